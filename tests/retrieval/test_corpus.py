import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue import parse
from retrieval.corpus import Problem, check, load, share_left_out
from retrieval.errors import CollectionError
from retrieval.types import Kind, Source

Make = Callable[..., Path]

ENTRY = """\
[[document]]
id = "a"
file = "a.txt"
title = "Name"
date = "2024-05-01"
date_known_by = "inferred"
[document.lines]
body = ["1-2"]
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that fills a folder: make({"a.txt": "text"}, catalogue="…")."""

    def fill(files: dict[str, str | bytes], catalogue: str | None = None) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        if catalogue is not None:
            (tmp_path / "catalogue.toml").write_text(catalogue, encoding="utf-8")
        return tmp_path

    return fill


def only(seeds: Path) -> Problem:
    (problem,) = check(seeds)
    return problem


def parts(source: Source) -> list[tuple[Kind, str]]:
    return [
        (region.kind, source.text[region.span.start : region.span.end]) for region in source.regions
    ]


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


def test_files_of_one_name_keep_their_suffix(make: Make) -> None:
    seeds = make({"a.txt": "One.", "a.md": "Two.", "b.md": "Three."})
    assert {source.document.id for source in load(seeds)} == {"a.txt", "a.md", "b"}


def test_a_missing_catalogue_is_only_worth_a_warning(make: Make) -> None:
    problem = only(make({"a.txt": "One.", "b.txt": "Two."}))
    assert (problem.severity, problem.file) == ("warning", "catalogue.toml")


def test_what_is_no_document_is_left_alone(make: Make) -> None:
    names = ["b.pdf", "c.docx", "d.csv", "e"]
    seeds = make(
        {"a.txt": "One.", ".hidden.txt": "No.", ".git/x.txt": "No."} | dict.fromkeys(names, b"\xff")
    )
    assert [source.document.id for source in load(seeds)] == ["a"]
    (warning,) = (problem for problem in check(seeds) if problem.file == ".")
    assert "b.pdf, c.docx, d.csv and 1 more" in warning.text


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


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="there is no such folder: name a folder with"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    assert "not a folder" in only(tmp_path / "file").text


# Bytes and files that cannot be used


def test_bad_utf8_is_named_with_line_and_byte(make: Make) -> None:
    seeds = make({"a.txt": b"one\ntw\xf6\n", "b.txt": "h\u00e9".encode("utf-16")})
    errors = [problem for problem in check(seeds) if problem.severity == "error"]
    assert [(problem.file, problem.line) for problem in errors] == [("a.txt", 2), ("b.txt", 1)]
    assert "byte 7 of the file (0xf6) is not UTF-8" in errors[0].text
    assert "UTF-16" in errors[1].text


def test_a_byte_order_mark_is_reported(make: Make) -> None:
    seeds = make({"a.txt": "\ufeffOne."})
    (warning,) = (problem for problem in check(seeds) if problem.file == "a.txt")
    assert (warning.severity, warning.line) == ("warning", 1)


def test_a_link_that_leads_outside_is_not_followed(make: Make, tmp_path: Path) -> None:
    seeds = make({"in/a.txt": "One.", "secret.txt": "Hidden."}) / "in"
    (seeds / "b.txt").symlink_to(tmp_path / "secret.txt")
    (seeds / "c.txt").symlink_to(seeds / "a.txt")
    errors = [problem for problem in check(seeds) if problem.severity == "error"]
    assert [problem.file for problem in errors] == ["b.txt"]
    assert "leads outside the folder" in errors[0].text


def test_a_pipe_or_a_dead_link_is_an_error_and_does_not_wait(make: Make) -> None:
    seeds = make({"c.txt": "One."})
    os.mkfifo(seeds / "a.txt")
    (seeds / "b.txt").symlink_to(seeds / "gone.txt")
    errors = [problem for problem in check(seeds) if problem.severity == "error"]
    assert [(problem.file, problem.text.split(":")[0]) for problem in errors] == [
        ("a.txt", '"a.txt" is not a file'),
        ("b.txt", 'there is no file "b.txt"'),
    ]


def test_a_file_name_that_is_no_text_is_an_error(make: Make) -> None:
    seeds = make({"a.txt": "One."})
    Path(os.fsdecode(os.fsencode(seeds) + b"/b\xff.txt")).write_text("Two.")
    (error,) = (problem for problem in check(seeds) if problem.severity == "error")
    error.file.encode()
    assert "not UTF-8: rename it" in error.text


def test_a_wrong_pattern_is_named(make: Make) -> None:
    with pytest.raises(CollectionError, match=re.escape('"(" is no regular expression')):
        load(make({"a.txt": "One."}), furniture=["("])


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


def test_an_id_of_the_catalogue_comes_before_a_file_name(make: Make) -> None:
    seeds = make({"b.txt": "One.\nTwo.", "a.txt": "Three."}, ENTRY.replace("a.txt", "b.txt"))
    assert [source.document.id for source in load(seeds)] == ["a", "a.txt"]


def test_an_id_that_no_suffix_can_tell_apart_is_an_error(make: Make) -> None:
    entry = ENTRY.replace('id = "a"', 'id = "b.txt"')
    seeds = make({"a.txt": "One.\nTwo.", "b.txt": "Three.", "b.md": "Four."}, entry)
    with pytest.raises(CollectionError, match=re.escape('b.txt: id "b.txt" is used twice')):
        load(seeds)


def test_an_empty_file_with_an_entry_is_an_error(make: Make) -> None:
    with pytest.raises(CollectionError, match="the file is empty"):
        load(make({"a.txt": "\n"}, ENTRY))


WRONG = {
    "missing file": ('"a.txt"', '"gone.txt"', 3, 'there is no file "gone.txt"'),
    "parent": ('"a.txt"', '"../a.txt"', 3, "leads outside the folder"),
    "absolute": ('"a.txt"', '"/etc/passwd"', 3, "leads outside the folder"),
    "nul": ('"a.txt"', '"a\\u0000.txt"', 3, "leads outside the folder"),
    "folder": ('"a.txt"', '"."', 3, "is not a file"),
    "no file": ('file = "a.txt"\n', "", 1, "names no file"),
    "unknown key": ("title =", "titel =", 4, 'unknown key "titel": did you mean "title"?'),
    "far key": ("title =", "zzz =", 4, 'unknown key "zzz": known are id, file'),
    "unknown kind": ("body =", "bdy =", 8, 'unknown key "bdy": did you mean "body"?'),
    "unknown table": ("[document.lines]", "[document.line]", 7, 'did you mean "lines"?'),
    "id type": ('id = "a"', "id = 7", 2, '"id" must be a text'),
    "blank title": ('"Name"', '" "', 4, '"title" must be a text that is not blank'),
    "no date": ('"2024-05-01"', '"May 2024"', 5, "is not a date"),
    "no such day": ('"2024-05-01"', '"2023-02-29"', 5, "is not a date"),
    "date type": ('"2024-05-01"', "2024", 5, '"date" must be a text'),
    "date with time": ('"2024-05-01"', "2024-05-01T10:00:00", 5, '"date" must be a text'),
    "date way": ('"inferred"', '"guessed"', 6, '"date_known_by" must be one of'),
    "date way type": ('"inferred"', "1", 6, '"date_known_by" must be a text'),
    "date unknown": ('"inferred"', '"unknown"', 5, "say how the date is known"),
    "way without date": ('date = "2024-05-01"\n', "", 5, "there is no date"),
    "url": ("title =", 'url = "javascript:alert(1)"\ntitle =', 4, "must begin with https://"),
    "given": ("title =", 'given = ["url"]\ntitle =', 4, '"given" must be a list of the fields'),
    "given type": ("title =", "given = 3\ntitle =", 4, '"given" must be a list of the fields'),
    "given unset": ("title =", 'given = ["author"]\ntitle =', 4, 'add author = "…"'),
    "given date": ("title =", 'given = ["date"]\ntitle =', 4, 'if date_known_by = "in text"'),
    "date in text": ('"inferred"', '"in text"', 1, 'if date_known_by = "in text"'),
    "given untrue": (
        'title = "Name"',
        'title = "One or two"\ngiven = ["title"]',
        4,
        '"One or two" is not in the text',
    ),
    "lines type": ('[document.lines]\nbody = ["1-2"]', "lines = 3", 7, '"lines" must be a table'),
    "range type": ('["1-2"]', '"1-2"', 8, '"body" must be a list of line ranges'),
    "range number": ('["1-2"]', "[1]", 8, "1 is no line range"),
    "range words": ('["1-2"]', '["1 to 2"]', 8, "'1 to 2' is no line range"),
    "range backwards": ('["1-2"]', '["2-1"]', 8, "'2-1' is no line range"),
    "range zero": ('["1-2"]', '["0-2"]', 8, "'0-2' is no line range"),
    "range long": ('["1-2"]', f'["{"9" * 5000}"]', 8, "is no line range"),
    "range twice": ('["1-2"]', '["1-2", "1-2"]', 8, "lines 1-2 are listed twice"),
    "out of range": ('["1-2"]', '[\n"1-2",\n"3"\n]', 10, '3 (body) are out of range: "a.txt"'),
    "far out": ('["1-2"]', '["1-999999999"]', 8, 'out of range: "a.txt" ends with line 2'),
    "overlap": (
        '["1-2"]',
        '["1-2"]\ncomment = ["2"]',
        9,
        "lines 1-2 (body) and 2 (comment) overlap",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "text"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_entry_is_named_with_its_line(
    make: Make, old: str, new: str, line: int, text: str
) -> None:
    assert old in ENTRY
    seeds = make({"a.txt": "One.\nTwo."}, ENTRY.replace(old, new, 1))
    found = [
        problem
        for problem in check(seeds)
        if (problem.severity, problem.file, problem.line) == ("error", "catalogue.toml", line)
    ]
    assert text in " ".join(problem.text for problem in found)
    with pytest.raises(CollectionError, match=re.escape(f"catalogue.toml:{line}: ")):
        load(seeds)


def test_every_overlap_is_found(make: Make) -> None:
    entry = ENTRY.replace('["1-2"]', '["1-4", "2", "3"]')
    texts = [problem.text for problem in check(make({"a.txt": "1\n2\n3\n4"}, entry))]
    assert [text.split(" overlap")[0] for text in texts] == [
        "lines 1-4 (body) and 2 (body)",
        "lines 1-4 (body) and 3 (body)",
    ]


def test_lines_in_no_range_are_named_where_they_stand(make: Make) -> None:
    seeds = make({"a.txt": "1\n2\n3\n\n4\n\n5\n\n"}, ENTRY.replace('"1-2"', '"2", "7"'))
    problems = check(seeds)
    assert [(problem.file, problem.line) for problem in problems] == [("a.txt", 1), ("a.txt", 3)]
    assert problems[0].text.startswith("line 1 has no kind: add to [document.lines]")
    assert problems[1].text.startswith("lines 3-5 have no kind")


def test_ids_and_files_are_used_once(make: Make) -> None:
    seeds = make({"a.txt": "One.\nTwo."}, ENTRY + "\n" + ENTRY.replace('"a.txt"', '"./a.txt"'))
    assert [(problem.line, problem.text.split(":")[0]) for problem in check(seeds)] == [
        (11, 'id "a" is used twice (first on line 2)'),
        (12, 'file "./a.txt" is used twice (first on line 3)'),
    ]


@pytest.mark.parametrize(
    ("catalogue", "line", "text"),
    [
        ("[[document]]\nid = 3x\n", 2, "this is not TOML"),
        ('[[document]]\nid = "a', 2, "this is not TOML"),
        ("# all mine\n[[documents]]\n", 2, 'unknown key "documents": did you mean "document"?'),
        ('\n[document]\nid = "a"\n', 2, '"[[document]]"'),
        ("document = [1]", 1, '"[[document]]"'),
    ],
)
def test_a_catalogue_of_another_shape(make: Make, catalogue: str, line: int, text: str) -> None:
    problem = only(make({"a.txt": "One."}, catalogue))
    assert (problem.severity, problem.file, problem.line) == ("error", "catalogue.toml", line)
    assert text in problem.text


def test_a_catalogue_written_in_another_style_still_reads(make: Make) -> None:
    catalogue = """
document = [
  { id = "a", file = "a.txt", date = "2024", date_known_by = "inferred", lines.body = ["1-9"] },
]"""
    seeds = make({"a.txt": "One.\nTwo."}, catalogue)
    problem = only(seeds)
    assert (problem.file, problem.line) == ("catalogue.toml", None)
    assert str(problem).startswith("catalogue.toml: lines 1-9 (body) are out of range")


def test_a_catalogue_that_is_not_utf8(make: Make) -> None:
    seeds = make({"a.txt": "One.", "catalogue.toml": b'[[document]]\nid = "\xe9"\n'})
    problem = only(seeds)
    assert (problem.file, problem.line) == ("catalogue.toml", 2)


def test_a_catalogue_with_a_byte_order_mark_reads(make: Make) -> None:
    seeds = make({"a.txt": "One.\nTwo."}, "\ufeff" + ENTRY)
    assert [source.document.title for source in load(seeds)] == ["Name"]
    assert only(seeds).severity == "warning"


@given(st.text(st.sampled_from('[]{}="\n.,# adoceumntlis"1-2\'\\'), max_size=80))
def test_no_catalogue_breaks_the_reading(text: str) -> None:
    for problem in parse(text)[1]:
        assert problem.file == "catalogue.toml"
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
