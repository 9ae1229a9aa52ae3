"""The folder of documents: its files and its catalogue to sources, or to a list of what is wrong.

Files are decoded strictly as UTF-8 and kept exactly as they are; nothing here writes.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from retrieval import catalogue, regions
from retrieval.catalogue import Entry, Problem
from retrieval.errors import CollectionError
from retrieval.folder import Folder, stem
from retrieval.types import QUOTABLE, DateKnownBy, Document, Region, Source

__all__ = ["Problem", "check", "load", "share_left_out"]


def load(seeds: Path, *, furniture: Sequence[str] = ()) -> tuple[Source, ...]:
    """Return the documents of a folder, catalogued ones first, in the catalogue's order.

    `furniture` are regular expressions: in a document whose lines the catalogue does not describe,
    a line that one of them matches in full is not indexed. Raises CollectionError with every error
    that `check` finds.
    """
    sources, problems = _examine(seeds, furniture)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        listed = "\n".join(f"  {problem}" for problem in errors)
        raise CollectionError(f"the collection in {seeds} cannot be read ({count}):\n{listed}")
    return sources


def check(seeds: Path, *, furniture: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Return everything wrong or doubtful in a folder, errors first; `load` needs no error."""
    problems = _examine(seeds, furniture)[1]
    return tuple(sorted(problems, key=lambda problem: problem.severity != "error"))


def share_left_out(source: Source) -> float:
    """Return the share (0..1) of the characters that can never be quoted, white space apart."""

    def size(text: str) -> int:
        return len("".join(text.split()))

    kept = [region.span for region in source.regions if region.kind in QUOTABLE]
    total = size(source.text.removeprefix(regions.BYTE_ORDER_MARK))
    quotable = sum(size(source.text[span.start : span.end]) for span in kept)
    return 1 - quotable / total if total else 0.0


def _examine(seeds: Path, furniture: Sequence[str]) -> tuple[tuple[Source, ...], list[Problem]]:
    """Return every document that can be read, and every problem met on the way."""
    patterns, problems = _compile(furniture)
    folder = Folder(seeds, patterns, problems)
    if missing := folder.missing():
        folder.error(str(seeds), None, f"{missing}: name a folder with .txt or .md files")
        return (), problems
    entries = _entries(folder)
    _report_repeats(entries, folder)
    sources = [_described(entry, folder) for entry in entries]
    described = {folder.resolve(entry.fields["file"]) for entry in entries} - {None}
    files = [path for path in folder.files() if folder.resolve(folder.name(path)) not in described]
    _report_undescribed(files, folder)
    ids = folder.ids(files, taken=(_id(entry) for entry in entries))
    sources += [_undescribed(folder.name(path), ids[path], folder) for path in files]
    usable = tuple(source for source in sources if source is not None)
    if not usable and not any(problem.severity == "error" for problem in problems):
        folder.error(str(seeds), None, "the collection is empty: add .txt or .md files with text")
    return usable, problems


def _compile(furniture: Sequence[str]) -> tuple[tuple[re.Pattern[str], ...], list[Problem]]:
    patterns, problems = [], []
    for written in furniture:
        try:
            patterns.append(re.compile(written, re.IGNORECASE))
        except (re.error, OverflowError, RecursionError) as error:
            text = f'"{written}" is no regular expression ({error}): correct it in the settings'
            problems.append(Problem("error", "furniture patterns", None, text))
    return tuple(patterns), problems


def _entries(folder: Folder) -> tuple[Entry, ...]:
    if not folder.has(catalogue.NAME):
        return ()
    read = folder.read(catalogue.NAME)
    if read is None:
        return ()
    entries, problems = catalogue.parse(read[0].removeprefix(regions.BYTE_ORDER_MARK))
    folder.problems.extend(problems)
    return entries


def _id(entry: Entry) -> str:
    return entry.fields.get("id") or stem(entry.fields["file"])


def _report_repeats(entries: Sequence[Entry], folder: Folder) -> None:
    """Report ids and files that more than one entry claims."""
    seen: dict[tuple[str, object], int | None] = {}
    for entry in entries:
        for key, value in (("id", _id(entry)), ("file", folder.resolve(entry.fields["file"]))):
            if (key, value) in seen and value is not None:
                first = f" (first on line {seen[key, value]})" if seen[key, value] else ""
                shown = value if key == "id" else entry.fields["file"]
                text = f'{key} "{shown}" is used twice{first}: give each document its own'
                folder.error(catalogue.NAME, entry.place(key), text)
            seen.setdefault((key, value), entry.place(key))


def _described(entry: Entry, folder: Folder) -> Source | None:
    """Return the document of a catalogue entry, or None if something about it is wrong."""
    name = entry.fields["file"]
    read = folder.read(name, at=(catalogue.NAME, entry.place("file")))
    if read is None or not entry.sound:
        return None
    text, sha256 = read
    if not _has_words(text):
        folder.error(name, None, "the file is empty: restore it, or remove its entry")
        return None
    disagreements = catalogue.disagreements(text, entry)
    folder.problems.extend(disagreements)
    if disagreements:
        return None
    document = _document(entry, text, sha256, folder.furniture)
    if document.date is None:
        remedy = "add date and date_known_by, or leave it so if nobody knows"
        folder.warn(
            catalogue.NAME, entry.place(""), f'document "{document.id}" is undated: {remedy}'
        )
    if entry.ranges is None:
        return _source(document, text, _by_patterns(name, text, folder), folder)
    return _source(document, text, regions.by_lines(text, entry.ranges), folder)


def _document(
    entry: Entry, text: str, sha256: str, furniture: Sequence[re.Pattern[str]]
) -> Document:
    fields, given = entry.fields, entry.given
    title = fields.get("title")
    if title is None:
        stated = regions.title(text, furniture=furniture)
        title = stated or Path(fields["file"]).stem
        given |= {"title"} if stated else frozenset()
    return Document(
        id=_id(entry),
        file=Path(fields["file"]).as_posix(),
        title=title,
        publisher=fields.get("publisher"),
        author=fields.get("author"),
        date=fields.get("date"),
        date_known_by=cast("DateKnownBy", fields.get("date_known_by", "unknown")),
        url=fields.get("url"),
        sha256=sha256,
        given=given,
    )


def _report_undescribed(files: Sequence[Path], folder: Folder) -> None:
    """Warn about files that the catalogue does not have; once, if there is no catalogue."""
    if any(
        problem.file == catalogue.NAME and problem.severity == "error"
        for problem in folder.problems
    ):
        return  # what it was meant to have is not known
    if not folder.has(catalogue.NAME):
        text = "there is none: titles come from headings or file names, and nothing is dated"
        folder.warn(catalogue.NAME, None, f"{text}; write one to name publishers and dates")
        return
    for path in files:
        text = (
            f"not in {catalogue.NAME}: all but headings and page furniture counts as body; "
            "add an entry to describe it"
        )
        folder.warn(folder.name(path), None, text)


def _undescribed(name: str, doc_id: str, folder: Folder) -> Source | None:
    """Return the document of a file without an entry, or None if it cannot be read or is empty."""
    read = folder.read(name)
    if read is None:
        return None
    text, sha256 = read
    if not _has_words(text):
        folder.warn(name, None, "the file is empty and left out: fill it or remove it")
        return None
    entry = Entry({"id": doc_id, "file": name})
    document = _document(entry, text, sha256, folder.furniture)
    return _source(document, text, _by_patterns(name, text, folder), folder)


def _by_patterns(name: str, text: str, folder: Folder) -> tuple[Region, ...]:
    front_matter = name.lower().endswith(".md")
    return regions.by_patterns(text, furniture=folder.furniture, front_matter=front_matter)


def _source(document: Document, text: str, found: tuple[Region, ...], folder: Folder) -> Source:
    if not any(region.kind in QUOTABLE for region in found):
        why = "nothing in this file can be quoted: all of it is headings or furniture"
        folder.warn(document.file, None, why)
    return Source(document, text, found)


def _has_words(text: str) -> bool:
    return bool(text.removeprefix(regions.BYTE_ORDER_MARK).strip())
