"""`catalogue.toml`: its text to entries, and to problems that name its own lines; pure."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from reprlib import repr as shown  # a short one, however long or deep the value is
from typing import Any, Literal, get_args

from retrieval import regions, toml_lines
from retrieval.regions import Lines
from retrieval.types import DateKnownBy, Kind

NAME = "catalogue.toml"

_FIELDS = ("id", "file", "title", "publisher", "author", "date", "date_known_by", "url", "note")
_KEYS = (*_FIELDS, "given", "lines")
_GIVEN = ("title", "publisher", "author", "date")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a collection; `text` says what, and what to do about it."""

    severity: Literal["error", "warning"]
    file: str  # relative to the collection's folder
    line: int | None  # 1-based
    text: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One `[[document]]` as written."""

    fields: Mapping[str, str]  # those of id, file, title, … that are set and of the right form
    given: frozenset[str] = frozenset()
    ranges: Mapping[Lines, int | None] | None = None  # each range and where it is written
    at: Mapping[str, int | None] = field(default_factory=dict)  # where each key is; "": the entry
    sound: bool = True  # False: a problem was found in it, and something of it is missing here

    def place(self, key: str) -> int | None:
        """Return the line of `key`, or of the entry if the key has none."""
        return self.at.get(key) or self.at.get("")


def parse(text: str) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Return the entries that name a file, and everything wrong in the catalogue."""
    try:
        table = tomllib.loads(text)
    except RecursionError:
        nested = "brackets stand in brackets too often: write it in fewer"
        return (), (Problem("error", NAME, None, nested),)
    except ValueError as error:  # TOMLDecodeError, and what Python says of a number of 5000 digits
        return (), (_not_toml(text, error),)
    report = _Report()
    report.unknown(table, ("document",), lambda key: toml_lines.find(text, key))
    documents = table.get("document", [])
    if not isinstance(documents, list) or not all(isinstance(item, dict) for item in documents):
        report.error(
            toml_lines.find(text, "document"), 'write every document as its own "[[document]]"'
        )
        documents = []
    places = toml_lines.places(text)
    places += [{}] * (len(documents) - len(places))
    entries = [
        _entry(document, at, report) for document, at in zip(documents, places, strict=False)
    ]
    return tuple(entry for entry in entries if "file" in entry.fields), tuple(report.problems)


def disagreements(text: str, entry: Entry) -> tuple[Problem, ...]:
    """Return what an entry says that its document's text does not bear out; all are errors.

    Ranges outside the text or over each other, lines in no range, and fields said to be the text's
    own words that are not in it.
    """
    report = _Report()
    if entry.ranges is not None:
        _check_ranges(text, entry.fields["file"], entry.ranges, report)
    folded = " ".join(text.casefold().split())
    for key in sorted(entry.given - {"date"}):  # a date may be written in any way
        value = entry.fields[key]
        if " ".join(value.casefold().split()) not in folded:
            remedy = f'write it as the text has it, or take "{key}" out of "given"'
            report.error(entry.place(key), f'"{value}" is not in the text: {remedy}')
    return tuple(report.problems)


def _check_ranges(
    text: str, file: str, ranges: Mapping[Lines, int | None], report: "_Report"
) -> None:
    last = len(regions.line_spans(text))
    inside: list[Lines] = []
    before: Lines | None = None  # the range so far that ends last
    for lines in sorted(ranges, key=lambda lines: (lines.first, lines.last)):
        if lines.last > last:
            ends = f'"{file}" ends with line {last}'
            report.error(ranges[lines], f"lines {_named(lines)} are out of range: {ends}")
        if before is not None and lines.first <= before.last:
            both = f"{_named(before)} and {_named(lines)}"
            report.error(ranges[lines], f"lines {both} overlap: give each line one kind")
        if before is None or lines.last > before.last:
            before = lines
        if lines.first <= last:
            inside.append(Lines(lines.kind, lines.first, min(lines.last, last)))
    for first, end in regions.uncovered(text, inside):
        what = f"line {first} has" if first == end else f"lines {first}-{end} have"
        remedy = f"add to [document.lines] in {NAME}, as furniture if it is to be left out"
        report.problems.append(Problem("error", file, first, f"{what} no kind: {remedy}"))


def _named(lines: Lines) -> str:
    last = "" if lines.first == lines.last else f"-{lines.last}"
    return f"{lines.first}{last} ({lines.kind})"


@dataclass(frozen=True, slots=True)
class _Report:
    """Collects what is wrong with the catalogue."""

    problems: list[Problem] = field(default_factory=list)

    def error(self, line: int | None, text: str) -> None:
        self.problems.append(Problem("error", NAME, line, text))

    def unknown(
        self, table: Iterable[str], known: tuple[str, ...], line: Callable[[str], int | None]
    ) -> None:
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                remedy = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}"
                self.error(line(key), f'unknown key "{key}": {remedy}')


def _entry(document: Mapping[str, Any], at: Mapping[str, int | None], report: _Report) -> Entry:
    def place(key: str) -> int | None:
        return at.get(key) or at.get("")

    before = len(report.problems)
    report.unknown(document, _KEYS, place)
    fields = {}
    for key in _FIELDS:
        value = document.get(key)
        if key == "date" and type(value) is date:
            value = value.isoformat()  # an unquoted TOML date says the same
        if isinstance(value, str) and value.strip():
            fields[key] = value
        elif value is not None:
            report.error(place(key), f'"{key}" must be a text that is not blank, in quotes')
    if "file" not in document:
        report.error(place(""), 'this document names no file: add file = "…"')
    _check_date(fields, place, report)
    url = fields.get("url")
    if url is not None and not re.match(r"https?://[^\s/]", url):
        report.error(place("url"), '"url" must begin with https:// or http://')
    given = _given(document.get("given", []), fields, place("given"), report)
    ranges = _ranges(document.get("lines"), at, report)
    return Entry(fields, given, ranges, at, sound=len(report.problems) == before)


def _check_date(
    fields: Mapping[str, str], place: Callable[[str], int | None], report: _Report
) -> None:
    written, known_by = fields.get("date"), fields.get("date_known_by")
    ways = get_args(DateKnownBy)
    if written is not None and not _is_date(written):
        text = (
            f'"{written}" is not a date: write 2021-12-02, or 2021-12 or 2021 if no more is known'
        )
        report.error(place("date"), text)
    if known_by is not None and known_by not in ways:
        report.error(place("date_known_by"), f'"date_known_by" must be one of {_listed(ways)}')
    elif written is not None and known_by in {None, "unknown"}:
        text = f"say how the date is known: date_known_by = one of {_listed(ways[:-1])}"
        report.error(place("date"), text)
    elif written is None and known_by not in {None, "unknown"}:
        report.error(place("date_known_by"), 'there is no date: add date = "…" or remove this key')


def _is_date(written: str) -> bool:
    if not _DATE.fullmatch(written):
        return False
    try:
        date.fromisoformat(written + "-01-01"[len(written) - 4 :])
    except ValueError:
        return False
    return True


def _given(
    value: object, fields: Mapping[str, str], line: int | None, report: _Report
) -> frozenset[str]:
    if not isinstance(value, list) or not all(key in _GIVEN for key in value):
        report.error(line, f'"given" must be a list of the fields in the text: {_listed(_GIVEN)}')
        return frozenset()
    for key in value:
        if key not in fields:
            report.error(line, f'"{key}" is given by the text but not set: add {key} = "…"')
    if ("date" in value) != (fields.get("date_known_by") == "in text"):
        text = 'a date is in "given" exactly if date_known_by = "in text": change one of them'
        report.error(line, text)
    return frozenset(value)


def _ranges(
    value: object, at: Mapping[str, int | None], report: _Report
) -> dict[Lines, int | None] | None:
    """Return every range with its line in the catalogue, or None if there is no table of lines."""
    if value is None:
        return None
    if not isinstance(value, dict):
        report.error(at.get("lines"), '"lines" must be a table: [document.lines]')
        return {}
    kinds = {kind.value: kind for kind in Kind}

    def place(key: str) -> int | None:
        return at.get(f"lines.{key}") or at.get("lines") or at.get("")

    report.unknown(value, tuple(kinds), place)
    ranges: dict[Lines, int | None] = {}
    for key, written in value.items():
        if not isinstance(written, list):
            report.error(place(key), f'"{key}" must be a list of line ranges, such as ["1-5", "8"]')
            continue
        for item in written if key in kinds else ():
            line = (at.get(f"lines.{key}.{item}") if isinstance(item, str) else None) or place(key)
            lines = _range(kinds[key], item)
            if lines is None:
                text = (
                    f'{shown(item)} is no line range: write "6-7", or "8" for one line, '
                    "counted from 1"
                )
                report.error(line, text)
            elif lines in ranges:
                report.error(line, f"lines {item} are listed twice: remove one")
            else:
                ranges[lines] = line
    return ranges


def _range(kind: Kind, written: object) -> Lines | None:
    match = _RANGE.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return Lines(kind, first, last) if 1 <= first <= last else None


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _not_toml(text: str, error: ValueError) -> Problem:
    where = re.search(r"\(at (?:line (\d+)|end of document)", str(error))
    if where is None:
        return Problem("error", NAME, None, f"this is not TOML ({error}): correct it")
    line = int(where[1] or text.count("\n") + 1)
    remedy = f"correct line {line}, or look at the line above it"
    return Problem("error", NAME, line, f"this is not TOML ({error}): {remedy}")
