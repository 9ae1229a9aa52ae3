"""What a folder of documents becomes: sources with their kinds, or a list of what is wrong."""

import re

import pytest
from folders import ENTRY, Make, only, parts

from retrieval.corpus import check, load, share_left_out
from retrieval.errors import CollectionError
from retrieval.types import Kind

# A folder without a catalogue


def test_plain_files_are_a_collection_at_once(make: Make) -> None:
    seeds = make(
        {
            "notes.md": "# Garden\n\nPeas grow.\n",
            "log 2024.TXT": "It rained.\nIt stopped.\n",
            "sub/deep/ünï.txt": "The Long Walk\n\nThey walked.",
        }
    )
    documents = {source.document.id: source.document for source in load(seeds)}
    assert {doc_id: (doc.file, doc.title) for doc_id, doc in documents.items()} == {
        "log 2024": ("log 2024.TXT", "log 2024"),
        "notes": ("notes.md", "Garden"),
        "sub/deep/ünï": ("sub/deep/ünï.txt", "The Long Walk"),
    }
    assert {doc_id: set(doc.given) for doc_id, doc in documents.items()} == {
        "log 2024": set(),
        "notes": {"title"},
        "sub/deep/ünï": {"title"},
    }
    assert documents["notes"].date is None
    assert documents["notes"].date_known_by == "unknown"


def test_plain_files_get_their_kinds_from_patterns(make: Make) -> None:
    seeds = make({"a.md": "---\nx: 1\n---\n# Garden\nShare this!\nPeas grow.\n"})
    (source,) = load(seeds, furniture=["share .*"])
    assert parts(source) == [
        (Kind.FURNITURE, "---\nx: 1\n---"),
        (Kind.HEADING, "# Garden"),
        (Kind.FURNITURE, "Share this!"),
        (Kind.BODY, "Peas grow."),
    ]
    assert source.document.title == "Garden"


def test_nothing_of_a_text_is_changed(make: Make) -> None:
    data = "\ufeffé e\u0301\r\nb\rc\x00\u2028d\x85 \x1b[31m\n\n".encode()
    (source,) = load(make({"a.txt": data}))
    assert source.text.encode() == data


def test_a_missing_catalogue_is_only_worth_a_warning(make: Make) -> None:
    problem = only(make({"a.txt": "One.", "b.txt": "Two."}))
    assert (problem.severity, problem.file) == ("warning", "catalogue.toml")


def test_an_empty_file_is_left_out_with_a_warning(make: Make) -> None:
    seeds = make({"a.txt": "One.", "b.txt": " \n\xa0\n", "c.txt": "\ufeff"})
    assert [source.document.id for source in load(seeds)] == ["a"]
    empty = [problem for problem in check(seeds) if "empty" in problem.text]
    assert [(problem.severity, problem.file) for problem in empty] == [
        ("warning", "b.txt"),
        ("warning", "c.txt"),
    ]


def test_a_file_of_headings_only_is_worth_a_warning(make: Make) -> None:
    seeds = make({"a.txt": "# One\n# Two"})
    assert any("nothing in this file can be quoted" in problem.text for problem in check(seeds))
    assert share_left_out(load(seeds)[0]) == 1


def test_the_share_left_out_counts_characters_that_are_not_blank(make: Make) -> None:
    (source,) = load(make({"a.txt": "\ufeff# a\n\n  b c d e\xa0f g\n"}))
    assert share_left_out(source) == pytest.approx(2 / 8)


@pytest.mark.parametrize("files", [{}, {"a.pdf": "x"}, {"a.txt": "\n"}])
def test_a_folder_without_text_is_an_empty_collection(
    make: Make, files: dict[str, str | bytes]
) -> None:
    with pytest.raises(CollectionError, match="the collection is empty"):
        load(make(files))


@pytest.mark.parametrize(
    "pattern", ["(", "a{9999999999}", pytest.param(f"{'(' * 5000}{')' * 5000}", id="deep")]
)
def test_a_wrong_pattern_is_named(make: Make, pattern: str) -> None:
    with pytest.raises(CollectionError, match=re.escape(f'"{pattern}" is no regular expression')):
        load(make({"a.txt": "One."}), furniture=[pattern])


def test_an_error_lists_every_problem(make: Make) -> None:
    seeds = make({"a.txt": b"\xff", "b.txt": b"\xfe"})
    with pytest.raises(CollectionError) as raised:
        load(seeds)
    assert f"the collection in {seeds} cannot be read (2 problems):" in str(raised.value)
    assert "\n  a.txt:1: " in str(raised.value)
    assert "\n  b.txt:1: " in str(raised.value)


# A folder with a catalogue


def test_a_catalogue_says_what_each_line_is(make: Make) -> None:
    text = "Top\nName\n\nBy N. N.\nOne.\n\nTwo.\nGood!\nBad!\nAbout N. N."
    catalogue = """
[[document]]
id = "a b"
file = "sub/a.txt"
title = "Name"
author = "n. n."
publisher = "House"
date = 2024-05-01
date_known_by = "inferred"
url = "https://example.org/a"
given = ["title", "author"]
note = "dated by the weather"
[document.lines]
furniture = ["1"]
headline = ["2"]
byline = ["4"]
body = ["5-7"]
comment = [
    "8",
    "9",
]
"author box" = ["10"]
"""
    seeds = make({"sub/a.txt": text}, catalogue)
    assert check(seeds) == ()
    (source,) = load(seeds)
    document = source.document
    assert (document.id, document.file, document.title) == ("a b", "sub/a.txt", "Name")
    assert (document.author, document.publisher) == ("n. n.", "House")
    assert (document.date, document.date_known_by) == ("2024-05-01", "inferred")
    assert (document.url, set(document.given)) == ("https://example.org/a", {"title", "author"})
    assert parts(source) == [
        (Kind.FURNITURE, "Top"),
        (Kind.HEADLINE, "Name"),
        (Kind.BYLINE, "By N. N."),
        (Kind.BODY, "One.\n\nTwo."),
        (Kind.COMMENT, "Good!"),
        (Kind.COMMENT, "Bad!"),
        (Kind.AUTHOR_BOX, "About N. N."),
    ]


def test_an_entry_may_say_as_little_as_its_file(make: Make) -> None:
    seeds = make({"x/a.md": "# Name\nOne."}, '[[document]]\nfile = "./x/a.md"')
    (source,) = load(seeds)
    assert source.document.title == "Name"
    assert source.document.file == "x/a.md"
    assert source.document.given == {"title"}
    assert parts(source) == [(Kind.HEADING, "# Name"), (Kind.BODY, "One.")]
    assert "undated" in only(seeds).text


def test_an_undated_document_is_worth_a_warning(make: Make) -> None:
    entry = ENTRY.replace('date = "2024-05-01"\n', "").replace("inferred", "unknown")
    problem = only(make({"a.txt": "One.\nTwo."}, "\n" + entry))
    assert (problem.severity, problem.file, problem.line) == ("warning", "catalogue.toml", 2)
    assert '"a" is undated' in problem.text


def test_a_file_without_an_entry_is_read_with_a_warning(make: Make) -> None:
    seeds = make({"a.txt": "One.\nTwo.", "b.txt": "Three."}, ENTRY)
    assert [source.document.id for source in load(seeds)] == ["a", "b"]
    problem = only(seeds)
    assert (problem.severity, problem.file) == ("warning", "b.txt")
    assert "all but headings and page furniture counts as body" in problem.text


def test_an_id_of_the_catalogue_comes_before_a_file_name(make: Make) -> None:
    seeds = make({"b.txt": "One.\nTwo.", "a.txt": "Three."}, ENTRY.replace("a.txt", "b.txt"))
    assert [source.document.id for source in load(seeds)] == ["a", "a.txt"]


def test_an_empty_file_with_an_entry_is_an_error(make: Make) -> None:
    with pytest.raises(CollectionError, match="the file is empty"):
        load(make({"a.txt": "\n"}, ENTRY))


def test_ids_and_files_are_used_once(make: Make) -> None:
    seeds = make({"a.txt": "One.\nTwo."}, ENTRY + "\n" + ENTRY.replace('"a.txt"', '"./a.txt"'))
    assert [(problem.line, problem.text.split(":")[0]) for problem in check(seeds)] == [
        (11, 'id "a" is used twice (first on line 2)'),
        (12, 'file "./a.txt" is used twice (first on line 3)'),
    ]


def test_a_catalogue_that_is_not_utf8(make: Make) -> None:
    seeds = make({"a.txt": "One.", "catalogue.toml": b'[[document]]\nid = "\xe9"\n'})
    problem = only(seeds)
    assert (problem.file, problem.line) == ("catalogue.toml", 2)


def test_a_catalogue_with_a_byte_order_mark_reads(make: Make) -> None:
    seeds = make({"a.txt": "One.\nTwo."}, "\ufeff" + ENTRY)
    assert [source.document.title for source in load(seeds)] == ["Name"]
    assert only(seeds).severity == "warning"
