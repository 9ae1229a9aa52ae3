"""One folder of files: what is in it, strict reading, and the problems met; nothing is written."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.catalogue import NAME, Problem
from retrieval.regions import BYTE_ORDER_MARK

_SUFFIXES = (".txt", ".md")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder being examined, and what has been found wrong in it so far."""

    path: Path
    furniture: tuple[re.Pattern[str], ...]
    problems: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int | None, text: str) -> None:
        """Note what keeps the collection from being read."""
        self.problems.append(Problem("error", _printable(file), line, _printable(text)))

    def warn(self, file: str, line: int | None, text: str) -> None:
        """Note what is doubtful."""
        self.problems.append(Problem("warning", _printable(file), line, _printable(text)))

    def resolve(self, name: str) -> Path | None:
        """Return the real path of a file named relative to the folder; None if it lies outside."""
        try:
            path = (self.path / name).resolve()
        except (OSError, ValueError, RuntimeError):  # a NUL in the name, a loop of links
            return None
        return path if path.is_relative_to(self.path.resolve()) else None

    def missing(self) -> str | None:
        """Say why there is no folder to read; None if there is one."""
        try:
            if self.path.is_dir():
                return None
            return "this is not a folder" if self.path.exists() else "there is no such folder"
        except OSError as error:
            return f"this cannot be looked at ({error.strerror})"

    def has(self, name: str) -> bool:
        """Whether there is a file of that name, or something that cannot even be looked at."""
        try:
            return (self.path / name).exists()
        except OSError:  # reading it says why
            return True

    def read(
        self, name: str, *, at: tuple[str, int | None] | None = None
    ) -> tuple[str, str] | None:
        """Return a file's text and the sha256 of its bytes, or note why not.

        `at` is what names the file, so that a missing one is reported there.
        """
        file, line = at or (name, None)
        data = self._bytes(name, file, line)
        if data is None:
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.error(name, data.count(b"\n", 0, error.start) + 1, _not_utf8(data, error.start))
            return None
        if text.startswith(BYTE_ORDER_MARK):
            self.warn(name, 1, "starts with a byte-order mark: save it as UTF-8 without one")
        return text, hashlib.sha256(data).hexdigest()

    def _bytes(self, name: str, file: str, line: int | None) -> bytes | None:
        path = self.resolve(name)
        try:
            if path is None:
                self.error(file, line, f'"{name}" leads outside the folder: copy the file into it')
            elif not path.exists():
                remedy = "add it, or remove what names it"
                self.error(file, line, f'there is no file "{name}": {remedy}')
            elif not path.is_file():
                self.error(file, line, f'"{name}" is not a file: name a file with text')
            else:
                return path.read_bytes()
        except OSError as error:
            why = f'"{name}" cannot be read ({error.strerror})'
            self.error(file, line, f"{why}: see its name and its permissions")
        return None

    def files(self) -> list[Path]:
        """Return the .txt and .md files, sorted by path; hidden files and folders are skipped."""
        found: list[Path] = []
        others: list[str] = []
        for path in self._walk():
            if path.suffix.lower() not in _SUFFIXES:
                if path != self.path / NAME:
                    others.append(path.name)
            elif _is_unicode(self.name(path)):
                found.append(path)
            else:  # no link could name it
                text = "the name of this file or of a folder it is in is not UTF-8: rename it"
                self.error(self.name(path), None, text)
        if others:
            shown = ", ".join(sorted(others)[:3])
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            text = f"neither .txt nor .md, so not read: {shown}{more}; convert what belongs here"
            self.warn(".", None, text)
        return sorted(found)

    def _walk(self) -> Iterable[Path]:
        def unreadable(error: OSError) -> None:
            text = f"cannot be listed ({error.strerror}): see its permissions"
            self.error(self.name(Path(error.filename)), None, text)

        for top, folders, names in os.walk(self.path, onerror=unreadable):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (Path(top, name) for name in folders):
                if _is_link(path):
                    text = "a link to a folder is not followed: copy here what belongs here"
                    self.warn(self.name(path), None, text)
            yield from (Path(top, name) for name in names if not name.startswith("."))

    def name(self, path: Path) -> str:
        """Return a path as documents and problems name it: relative to the folder, with "/"."""
        return path.relative_to(self.path).as_posix()

    def ids(self, paths: Sequence[Path], *, taken: Iterable[str]) -> dict[Path, str]:
        """Return every file's name without its suffix, or with it where that is not unique."""
        names = {path: self.name(path) for path in paths}
        taken = set(taken)
        often = Counter([*taken, *(stem(name) for name in names.values())])
        ids = {path: name if often[stem(name)] > 1 else stem(name) for path, name in names.items()}
        uses = Counter([*taken, *ids.values()])
        for path, doc_id in ids.items():
            if uses[doc_id] > 1:
                text = f'id "{doc_id}" is used twice: rename this file, or catalogue it with an id'
                self.error(names[path], None, text)
        return ids


def stem(name: str) -> str:
    """Return a file's name without its suffix, its folders kept."""
    return name.removesuffix(Path(name).suffix)


def _not_utf8(data: bytes, offset: int) -> str:
    found = f"byte {offset + 1} of the file (0x{data[offset]:02x}) is not UTF-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        found += ", it looks like UTF-16"
    return f"{found}: save the file as UTF-8"


def _is_unicode(name: str) -> bool:
    return _printable(name) == name


def _printable(text: str) -> str:
    """Return a text with what no UTF-8 can hold, as bytes of a file's name may be, written out."""
    return text.encode(errors="backslashreplace").decode()


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # in a folder that may be listed but not entered
        return False
