"""Pure: questions and documents to offer while somebody types."""

import unicodedata
from collections.abc import Iterable, Sequence

from bot.actions import resolve
from bot.names import names
from bot.types import Suggestion
from bot.words import document_in_words
from retrieval.types import Document, Source


def candidates(sources: Iterable[Source], *, most: int = 60) -> tuple[str, ...]:
    """Make questions about the names that the documents themselves use most.

    They are only candidates: whoever offers them has to try which of them are answered.
    """
    once: dict[str, str] = {}
    for name in names(sources):
        once.setdefault(_folded(name), name)  # NATO and Nato: the commoner spelling
    return tuple(f"What is said about {name}?" for name in list(once.values())[:most])


def questions(known: Sequence[str], prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """Choose known questions: those that start like `prefix`, then those that have its words."""
    return tuple(Suggestion(known[n]) for n in _ranked(known, prefix)[:limit])


def documents(known: Sequence[Document], prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
    """Choose documents by title, publisher, date or id."""
    shown = [document_in_words(one) for one in known]
    searched = [f"{text} {one.id}" for text, one in zip(shown, known, strict=True)]
    return tuple(Suggestion(shown[n], known[n]) for n in _ranked(searched, prefix)[:limit])


def named(known: Sequence[Document], given: str) -> Document | None:
    """Find the document that an id, what a button carries of one, or free text means."""
    by_id = {one.id: one for one in known}
    doc_id = given if given in by_id else resolve(given, by_id)
    if doc_id is not None:
        return by_id[doc_id]
    return next((one.document for one in documents(known, given, limit=1)), None)


def _ranked(texts: Sequence[str], prefix: str) -> list[int]:
    """Rank the texts that hold every word: those that start alike, then those with it as a word."""
    wanted = _folded(prefix).strip()
    words = wanted.split()

    def likeness(text: str) -> tuple[bool, bool]:
        begun = all(any(one.startswith(word) for one in text.split()) for word in words)
        return not text.startswith(wanted), not begun

    folded = [_folded(text) for text in texts]
    fitting = [n for n, text in enumerate(folded) if all(word in text for word in words)]
    return sorted(fitting, key=lambda n: likeness(folded[n]))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
