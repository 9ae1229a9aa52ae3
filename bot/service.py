"""One question from an adapter to its Reply: claim, limits, thread memory, queue, errors.

The first module with `async`: everything that computes runs on worker threads, everything kept
goes through `bot.state`. Adapters hold no state and decide nothing that is decided here.
"""

from collections.abc import Callable

from bot.types import (
    DocumentsChanged,
    Engine,
    Excerpt,
    Failed,
    Gone,
    GuildSettings,
    Noted,
    Question,
    Recalled,
    Reloaded,
    Reply,
    Stats,
    Suggestion,
    Vote,
)
from retrieval.types import Document, Source, Span


class Service:
    """Built by `bot.app`; `open` before the first question, `close` at the end.

    Every coroutine may be called from any task of one event loop and never raises for what a
    person did: outcomes are values.
    """

    def __init__(self, build: Callable[[], Engine]) -> None:
        """`build` opens the index; it runs on a worker thread, at `open` and at each `reload`."""
        raise NotImplementedError

    async def open(self) -> None:
        """Build the engine and open the state. Raises what they raise."""
        raise NotImplementedError

    async def close(self, grace: float = 10.0) -> None:
        """Answer Busy from now on, finish what was accepted within `grace` seconds."""
        raise NotImplementedError

    # Questions

    async def ask(self, question: Question) -> Reply:
        """Answer. After an Answered, Limited, ... is delivered call `done(question)`."""
        raise NotImplementedError

    async def done(self, question: Question) -> None:
        """The reply is where the person sees it: its event is never answered again."""
        raise NotImplementedError

    async def claim(self, platform: str, *event_keys: str) -> bool:
        """Whether this process may act on an event that is not a question (for good)."""
        raise NotImplementedError

    # Buttons

    async def recall(self, answer_id: str) -> Recalled:
        """The same answer again (Share, or a first page lost)."""
        raise NotImplementedError

    async def more(
        self, answer_id: str, *, user_key: str, channel_key: str, shown: int
    ) -> Recalled:
        """Further passages after the first `shown`; Answered.skipped says how many came before.

        `answer.evidence` (or `.nearest`) then holds only the further ones, perhaps none.
        """
        raise NotImplementedError

    async def context(
        self, doc_id: str, span: Span, fingerprint: str
    ) -> Excerpt | DocumentsChanged:
        """The surroundings of a citation; `fingerprint` may be a prefix."""
        raise NotImplementedError

    async def exact(self, doc_id: str, span: Span, fingerprint: str) -> Excerpt | DocumentsChanged:
        """The cited words alone, as the file has them."""
        raise NotImplementedError

    async def feedback(self, answer_id: str, *, user_key: str, vote: Vote) -> Noted | Gone:
        """Keep one vote per person and answer; the same vote again withdraws it."""
        raise NotImplementedError

    async def asked_by(self, answer_id: str, user_key: str) -> bool:
        """Whether this person asked the question (for Delete)."""
        raise NotImplementedError

    # From memory, at once

    def source(self, doc_id: str) -> Source | None:
        """A document and its text."""
        raise NotImplementedError

    def documents(self) -> tuple[Document, ...]:
        """The collection, in its own order."""
        raise NotImplementedError

    def suggest(self, prefix: str, *, limit: int = 25) -> tuple[Suggestion, ...]:
        """Questions that the collection can answer, those that fit `prefix` first."""
        raise NotImplementedError

    def suggest_documents(self, prefix: str, *, limit: int = 25) -> tuple[Suggestion, ...]:
        """Documents whose title, publisher or id fits `prefix`."""
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        """The engine's."""
        raise NotImplementedError

    # Admin

    async def guild(self, platform: str, guild_key: str | None) -> GuildSettings:
        """What the admins chose; from memory after the first time."""
        raise NotImplementedError

    async def admin(self, platform: str, guild_key: str, words: str) -> str:
        """Carry out one admin command in words (see `bot.admin`); the reply is plain text.

        The adapter has checked that an admin asks. `words` such as `channels deny <#1>`,
        `limits user 10/60`, `private on`, `stats`, `reload`, `help`.
        """
        raise NotImplementedError

    async def stats(self, platform: str, guild_key: str | None, *, days: int = 30) -> Stats:
        """Figures of one place, or of the platform."""
        raise NotImplementedError

    async def reload(self) -> Reloaded | Failed:
        """Read the documents again and swap the engine; on failure the old one stays."""
        raise NotImplementedError

    async def forget(self, platform: str, user_key: str) -> int:
        """Delete what is kept of a person; how many answers that were."""
        raise NotImplementedError


