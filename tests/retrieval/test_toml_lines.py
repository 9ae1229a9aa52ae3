"""Where a catalogue writes what, in the usual styles; what it cannot find, it leaves out."""

import pytest

from retrieval.toml_lines import find, places

CATALOGUE = """\
# mine
[[document]]
id = "a"
"file" = 'a.txt'

[document.lines]  # of the text
body = ["1-2", "4"]
comment = [
    "5",
]
"author box" = ["6"]

[[ "document" ]]
lines . body = ["1"]
[other]
"""


def test_every_key_and_range_is_placed() -> None:
    first, second = places(CATALOGUE)
    assert first == {
        "": 2,
        "id": 3,
        "file": 4,
        "lines": 6,
        "lines.body": 7,
        "lines.body.1-2": 7,
        "lines.body.4": 7,
        "lines.comment": 8,
        "lines.comment.5": 9,
        "lines.author box": 11,
        "lines.author box.6": 11,
    }
    assert second["lines.body.1"] == 14
    assert second[""] == 13


def test_what_comes_before_the_first_document_has_no_place() -> None:
    assert places('id = "1-2"\n') == []


@pytest.mark.parametrize(
    ("key", "line"), [("id", 3), ("file", 4), ("document", 2), ("other", 15), ("titel", None)]
)
def test_a_key_or_a_table_is_found(key: str, line: int | None) -> None:
    assert find(CATALOGUE, key) == line


@pytest.mark.parametrize("line", ["[" + " " * 100_000, " " * 100_000 + "a", "a." * 50_000])
def test_a_long_line_takes_time_in_proportion(line: str) -> None:
    # With anything that grows as the square of the length this would not end today.
    assert places(f"[[document]]\n{line}") == [{"": 1}]
    assert find(line, "x") is None
