"""What the terminal needs from the rest: an engine that answers, and an application around it.

`retrieval.answer.Engine` and the module `bot.app` satisfy these; tests bring small ones.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot import types
from bot.types import Finding
from config.settings import Settings
from retrieval.catalogue import Problem
from retrieval.types import Answer, Evidence, Kind, Source, Span, Trace

Progress = Callable[[str, int, int], None]  # step, done, total


class Engine(types.Engine, Protocol):
    """An open index; what every face of the program needs, and what the terminal shows besides."""

    def trace(
        self,
        text: str,
        *,
        k: int | None = None,
        documents: frozenset[str] | None = None,
        kinds: frozenset[Kind] | None = None,
        previous: Answer | None = None,
    ) -> tuple[Answer, Trace]:
        """As `ask`, and how the answer came about."""

    def context(self, evidence: Evidence, *, sentences: int = 3) -> Span:
        """Return the quote's span widened by so many sentences on either side."""


class App(Protocol):
    """Everything a command can ask for; errors are RetrievalError and SettingsError."""

    def load_settings(self, config: Path | None, overrides: Mapping[str, object], /) -> Settings:
        """All layers of settings."""

    def open_engine(self, settings: Settings, /) -> Engine:
        """Open the index; IndexMissingError, IndexStaleError, IndexDamagedError if it cannot be."""

    def build_index(
        self, settings: Settings, /, *, progress: Progress, force: bool = False
    ) -> bool:
        """Build it; False if it was fresh already."""

    def check_collection(self, settings: Settings, /) -> tuple[Problem, ...]:
        """Everything wrong with the documents and the catalogue."""

    def load_sources(self, settings: Settings, /) -> tuple[Source, ...]:
        """Read the documents, without the index."""

    def serve(self, settings: Settings, /) -> None:
        """Answer on the platforms that are switched on, until a signal."""

    def check_platforms(self, settings: Settings, /) -> Sequence[Finding]:
        """How each platform is connected and what is missing there."""

    def slack_manifest(self, settings: Settings, url: str | None, /) -> Mapping[str, object]:
        """Build the manifest that a Slack app is made from."""
