"""Which files of a folder are read, what they are called, and what keeps one from being read."""

import os
import re
from pathlib import Path

import pytest
from folders import ENTRY, Make, only

from retrieval.corpus import check, load
from retrieval.errors import CollectionError


def test_files_of_one_name_keep_their_suffix(make: Make) -> None:
    seeds = make({"a.txt": "One.", "a.md": "Two.", "b.md": "Three."})
    assert {source.document.id for source in load(seeds)} == {"a.txt", "a.md", "b"}


def test_an_id_that_no_suffix_can_tell_apart_is_an_error(make: Make) -> None:
    entry = ENTRY.replace('id = "a"', 'id = "b.txt"')
    seeds = make({"a.txt": "One.\nTwo.", "b.txt": "Three.", "b.md": "Four."}, entry)
    with pytest.raises(CollectionError, match=re.escape('b.txt: id "b.txt" is used twice')):
        load(seeds)


def test_what_is_no_document_is_left_alone(make: Make) -> None:
    names = ["b.pdf", "c.docx", "d.csv", "e"]
    seeds = make(
        {"a.txt": "One.", ".hidden.txt": "No.", ".git/x.txt": "No."} | dict.fromkeys(names, b"\xff")
    )
    assert [source.document.id for source in load(seeds)] == ["a"]
    (warning,) = (problem for problem in check(seeds) if problem.file == ".")
    assert "b.pdf, c.docx, d.csv and 1 more" in warning.text


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="there is no such folder: name a folder with"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    assert "not a folder" in only(tmp_path / "file").text


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


def test_a_folder_whose_name_is_no_text_is_an_error(make: Make) -> None:
    seeds = make({"a.txt": "One."})
    folder = Path(os.fsdecode(os.fsencode(seeds) + b"/caf\xe9"))
    folder.mkdir()
    (folder / "b.txt").write_text("Two.")
    (error,) = (problem for problem in check(seeds) if problem.severity == "error")
    assert error.file == r"caf\udce9/b.txt"
    assert "of a folder it is in is not UTF-8: rename it" in error.text


def test_the_name_of_a_file_that_is_not_read_may_be_anything(make: Make) -> None:
    seeds = make({"a.txt": "One."})
    Path(os.fsdecode(os.fsencode(seeds) + b"/caf\xe9.jpg")).touch()
    assert [source.document.id for source in load(seeds)] == ["a"]
    (warning,) = (problem for problem in check(seeds) if problem.file == ".")
    assert r"not read: caf\udce9.jpg;" in warning.text


def test_a_link_to_a_folder_is_not_followed_and_said_to_be_so(make: Make) -> None:
    seeds = make({"in/a.txt": "One.", "out/b.txt": "Two."}) / "in"
    (seeds / "more").symlink_to(seeds.parent / "out")
    (seeds / ".hidden").symlink_to(seeds.parent / "out")
    assert [source.document.id for source in load(seeds)] == ["a"]
    (warning,) = (problem for problem in check(seeds) if problem.file != "catalogue.toml")
    assert (warning.severity, warning.file) == ("warning", "more")
    assert "a link to a folder is not followed" in warning.text


def test_a_link_to_itself_is_an_error(make: Make) -> None:
    seeds = make({"a.txt": "One."})
    (seeds / "b.txt").symlink_to(seeds / "b.txt")
    with pytest.raises(CollectionError, match=re.escape('b.txt: "b.txt" leads outside')):
        load(seeds)


def test_a_folder_that_cannot_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="cannot be looked at"):
        load(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize(
    ("mode", "file", "text"),
    [
        (0o600, "sub/b.txt", '"sub/b.txt" cannot be read (Permission denied)'),
        (0o300, "sub", "cannot be listed (Permission denied)"),
    ],
)
def test_a_folder_that_may_not_be_entered_or_listed(
    make: Make, mode: int, file: str, text: str
) -> None:
    seeds = make({"a.txt": "One.", "sub/b.txt": "Two."})
    (seeds / "sub").chmod(mode)
    try:
        (error,) = (problem for problem in check(seeds) if problem.severity == "error")
    finally:
        (seeds / "sub").chmod(0o700)
    assert error.file == file
    assert error.text.startswith(text)
