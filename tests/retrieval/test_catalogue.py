"""A catalogue that is wrong says where, and what to do about it; none breaks the reading."""

import re

import pytest
from folders import ENTRY, Make, only
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue import parse
from retrieval.corpus import check, load
from retrieval.errors import CollectionError

WRONG = {
    "missing file": ('"a.txt"', '"gone.txt"', 3, 'there is no file "gone.txt"'),
    "parent": ('"a.txt"', '"../a.txt"', 3, "leads outside the folder"),
    "absolute": ('"a.txt"', '"/etc/passwd"', 3, "leads outside the folder"),
    "nul": ('"a.txt"', '"a\\u0000.txt"', 3, "leads outside the folder"),
    "long name": ('"a.txt"', f'"{"a" * 300}"', 3, "cannot be read (File name too long)"),
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
    "range deep": ('["1-2"]', f"[{{a{'.a' * 5000} = 1}}]", 8, "is no line range"),
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


@pytest.mark.parametrize(
    ("catalogue", "line", "text"),
    [
        ("[[document]]\nid = 3x\n", 2, "this is not TOML"),
        ('[[document]]\nid = "a', 2, "this is not TOML"),
        ("# all mine\n[[documents]]\n", 2, 'unknown key "documents": did you mean "document"?'),
        ('\n[document]\nid = "a"\n', 2, '"[[document]]"'),
        ("document = [1]", 1, '"[[document]]"'),
        pytest.param(f"x = {'[' * 5000}", None, "brackets stand in brackets", id="deep"),
        pytest.param(f"x = {'9' * 5000}", None, "this is not TOML", id="long number"),
    ],
)
def test_a_catalogue_of_another_shape(
    make: Make, catalogue: str, line: int | None, text: str
) -> None:
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


@given(st.text(st.sampled_from('[]{}="\n.,# adoceumntlis"1-2\'\\'), max_size=80))
def test_no_catalogue_breaks_the_reading(text: str) -> None:
    for problem in parse(text)[1]:
        assert problem.file == "catalogue.toml"
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
