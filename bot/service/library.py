"""The engine that is open now, and what can be told from memory: documents, suggestions.

A reload builds another engine beside it and swaps: a question keeps the engine it began with.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from bot.actions import resolve
from bot.service import suggest
from bot.service.failures import failed
from bot.service.worker import apart
from bot.state import Counts
from bot.types import Engine, Reloaded, Stats, Suggestion
from retrieval.types import Document, Found, Source

log = logging.getLogger(__name__)

SUGGESTIONS = 25


class Library:
    """Holds an engine; used from one event loop."""

    def __init__(self, build: Callable[[], Engine], engine: Engine) -> None:
        self._build = build
        self._reloading = asyncio.Lock()
        self._questions: tuple[str, ...] = ()
        self.engine = engine

    @property
    def documents(self) -> tuple[Document, ...]:
        """The collection, in its own order."""
        return tuple(source.document for source in self.engine.sources.values())

    def find(self, document: str, fingerprint: str) -> Source | None:
        """Find a document by its id or by what a button carries of it.

        None unless the documents are still those that `fingerprint`, or its beginning, names.
        """
        sources = self.engine.sources
        if not fingerprint or not self.engine.fingerprint.startswith(fingerprint):
            return None
        doc_id = document if document in sources else resolve(document, sources)
        return None if doc_id is None else sources[doc_id]

    async def reload(self) -> Reloaded:
        """Build the engine anew and swap. Raises what `build` raises; the old one stays then."""
        async with self._reloading:
            before, engine = self.engine, await apart(self._build)
            self.engine = engine
        log.info("documents reloaded", extra={"documents": len(engine.sources)})
        return Reloaded(before.fingerprint, engine.fingerprint, len(engine.sources))

    def stats(self, counts: Counts, *, days: int) -> Stats:
        """Put sums and the collection together."""
        return Stats(
            days=days,
            questions=counts.questions,
            found=counts.found,
            abstained=counts.questions - counts.found,
            askers=counts.askers,
            up=counts.up,
            down=counts.down,
            documents=len(self.engine.sources),
            fingerprint=self.engine.fingerprint,
        )

    async def find_questions(self) -> None:
        """Try questions about the documents' own names and offer those that are answered."""
        engine, answered = self.engine, list[str]()
        try:
            for text in await apart(partial(suggest.candidates, engine.sources.values())):
                answer = await apart(partial(engine.ask, text))
                if engine is not self.engine or len(answered) >= SUGGESTIONS:
                    return
                if isinstance(answer, Found):
                    answered.append(text)
                    self._questions = tuple(answered)
        except Exception as error:  # noqa: BLE001 - without suggestions everything else works
            failed(error)

    def suggest(self, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
        """Offer questions that are answered, those that start like `prefix` first."""
        return suggest.questions(self._questions, prefix, limit=limit)

    def suggest_documents(self, prefix: str, *, limit: int) -> tuple[Suggestion, ...]:
        """Offer documents whose title, publisher, date or id fits `prefix`."""
        return suggest.documents(self.documents, prefix, limit=limit)
