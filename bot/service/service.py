"""One question from an adapter to its Reply: claim, limits, thread memory, queue, errors.

The first module with `async`: everything that computes runs on worker threads, everything kept
goes through `bot.state`. Adapters hold no state and decide nothing that is decided here.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Self

from bot.errors import AdminError
from bot.service import passages
from bot.service.admin import (
    HELP,
    AdminReply,
    Ask,
    Command,
    describe,
    parse,
    reloaded_in_words,
    stats_in_words,
)
from bot.service.asking import Asking
from bot.service.failures import failed, guarded
from bot.service.guilds import Guilds
from bot.service.leases import LEASE, Leases
from bot.service.library import SUGGESTIONS, Library
from bot.service.tally import Tally
from bot.service.worker import Worker, apart
from bot.state import State
from bot.types import (
    Answered,
    Busy,
    DocumentsChanged,
    Duplicate,
    Engine,
    Excerpt,
    Failed,
    Gone,
    GuildSettings,
    Limited,
    NoMore,
    Noted,
    Question,
    Reloaded,
    Reply,
    Stats,
    Suggestion,
    Vote,
)
from config.settings import Settings
from retrieval.types import Document, Source, Span

DAY = 86_400.0
PRUNE_SECONDS = 3600.0
CONTEXT_SENTENCES = 3


class Service:
    """Made by `start`, ended by `close`.

    Every coroutine may be called from any task of one event loop and never raises for what a
    person did, nor for what breaks unless it says so: outcomes are values.
    """

    def __init__(
        self,
        library: Library,
        state: State,
        settings: Settings,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        lease: float,
    ) -> None:
        self._library = library
        self._state = state
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._worker = Worker(threads=settings.service.workers, most=settings.service.queue)
        self._leases = Leases(state, monotonic=monotonic, lease=lease)
        self._guilds = Guilds(state, monotonic=monotonic)
        self._asking = Asking(
            library,
            state,
            settings,
            worker=self._worker,
            guilds=self._guilds,
            clock=clock,
            monotonic=monotonic,
        )
        self._closing = False
        self._open = 0
        self._background: set[asyncio.Task[None]] = set()
        self._tally = Tally(log_questions=settings.service.log_questions)
        self.outcomes, self.watchers = self._tally.outcomes, self._tally.watchers

    @classmethod
    async def start(
        cls,
        build: Callable[[], Engine],
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        lease: float = LEASE,
    ) -> Self:
        """Build the engine and open the state. Raises what they raise (RetrievalError, StateError).

        `build` opens the index; it runs on a thread, here and at each `reload`. `clock` counts
        seconds since the epoch. A claim of a process that died is free after `lease` seconds.
        """
        engine = await apart(build)
        state = await State.open(settings.state.url, clock=clock)
        service = cls(
            Library(build, engine), state, settings, clock=clock, monotonic=monotonic, lease=lease
        )
        service._spawn(service._leases.keep())
        service._spawn(service._prune())
        service._spawn(service._library.find_questions())
        return service

    async def stop(self, grace: float) -> None:
        """Answer Busy from now on, and leave what was accepted `grace` seconds to finish.

        Accepted is what was asked and, if it has event keys, not yet `done`. What is still waiting
        or being computed then is answered Busy too, so that whoever asked hears of it.
        """
        self._closing = True
        deadline = time.monotonic() + grace
        while (self._open or self._leases.held) and time.monotonic() < deadline:  # noqa: ASYNC110 - two things to wait for, once
            await asyncio.sleep(0.02)
        self._worker.close()

    async def close(self, grace: float = 10.0) -> None:
        """`stop`, and let go; what is not `done` by then another process may answer at once."""
        await self.stop(grace)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for letting_go in (self._leases.close, self._state.close):
            try:
                await letting_go()
            except Exception as error:  # noqa: BLE001 - there is nobody left to tell but the log
                failed(error)

    # Questions

    async def ask(self, question: Question) -> Reply:
        """Answer; then deliver the reply (nothing for a Duplicate), then call `done(question)`.

        Until then the question's event counts as unanswered: should this process die, another
        delivery of it is answered.
        """
        began = self._monotonic()
        self._open += 1
        try:
            reply = await self._claimed(question)
        except Exception as error:  # noqa: BLE001 - the one place where errors become replies
            reply = failed(error, platform=question.platform)
        finally:
            self._open -= 1
        self._tally.note(question, reply, seconds=self._monotonic() - began)
        return reply

    async def done(self, question: Question) -> None:
        """Have the event of this very question never answered again, delivered or past help."""
        try:
            await self._leases.finish(question.platform, question.event_keys, holder=question)
        except Exception as error:  # noqa: BLE001 - the answer is out; nobody is helped by raising
            failed(error, platform=question.platform)

    def holds(self, question: Question) -> bool:
        """Whether this process answers a question that is being asked, and not another one."""
        keys = question.event_keys
        return not keys or self._leases.holds(question.platform, keys, holder=question)

    async def claim(self, platform: str, *event_keys: str) -> bool:
        """Whether this process may act on an event that is not a question; it may for good.

        Raises what the state raises: nothing is known to be new then, and nothing is claimed.
        """
        holder = object()
        try:
            taken = await self._leases.take(platform, event_keys, holder=holder, wait=False)
            await self._leases.finish(platform, event_keys, holder=holder)
        except Exception:
            self._leases.forget(platform, event_keys)
            raise
        return taken

    async def give_back(self, platform: str, *event_keys: str) -> None:
        """Have what this process claimed claimed again by whoever comes next: it did not work."""
        try:
            await self._state.release(platform, event_keys)
        except Exception as error:  # noqa: BLE001 - who waits was told what did not work
            failed(error, platform=platform)

    async def answered(self, platform: str, event_key: str) -> bool:
        """Whether an event was answered, as far as is known; claims are kept for two days."""
        try:
            return await self._state.done(platform, event_key)
        except Exception as error:  # noqa: BLE001 - then it is not known
            failed(error, platform=platform)
            return False

    async def _claimed(self, question: Question) -> Reply:
        platform, keys = question.platform, question.event_keys
        if keys and not await self._leases.take(platform, keys, holder=question):
            return Duplicate()
        if self._closing:
            return Busy()
        try:
            return await self._asking.answer(question)
        except asyncio.CancelledError:
            await asyncio.shield(self._leases.release(platform, keys, holder=question))
            raise

    # Buttons

    @guarded
    async def recall(self, answer_id: str) -> Answered | DocumentsChanged | Gone:
        """Give the same answer again, for Share."""
        return await self._asking.recall(answer_id)

    @guarded
    async def more(
        self, answer_id: str, *, user_key: str, channel_key: str, shown: int
    ) -> Answered | DocumentsChanged | Gone | Limited | NoMore:
        """Give further passages after the first `shown`; `Answered.skipped` is `shown`.

        `answer.evidence` (or `.nearest`) then holds only the further ones, numbered on.
        """
        return await self._asking.more(answer_id, user_key, channel_key, shown=shown)

    @guarded
    async def context(
        self, document: str, span: Span, fingerprint: str
    ) -> Excerpt | DocumentsChanged:
        """Cut the surroundings of a citation, which is marked in them.

        `document` is an id or what a button carries of one, `fingerprint` may be a prefix.
        """
        return await self._excerpt(document, span, fingerprint, around=CONTEXT_SENTENCES)

    @guarded
    async def exact(
        self, document: str, span: Span, fingerprint: str
    ) -> Excerpt | DocumentsChanged:
        """Cut the cited words alone, as the file has them."""
        return await self._excerpt(document, span, fingerprint, around=0)

    async def _excerpt(
        self, document: str, span: Span, fingerprint: str, *, around: int
    ) -> Excerpt | DocumentsChanged:
        source = self._library.find(document, fingerprint)
        if source is None:
            return DocumentsChanged()
        call = partial(passages.excerpt, source, span, around=around)
        cut = await self._worker.run(call, timeout=self._settings.service.timeout)
        return DocumentsChanged() if cut is None else Excerpt(*cut, fingerprint)

    @guarded
    async def feedback(self, answer_id: str, *, user_key: str, vote: Vote) -> Noted | Gone:
        """Keep one vote per person and answer; the same vote again withdraws it."""
        record = await self._state.answer(answer_id)
        if record is None:
            return Gone()
        return await self._state.vote(record, user_key=user_key, vote=vote)

    async def asked_by(self, answer_id: str, user_key: str) -> bool:
        """Whether this person asked the question, as far as is known (for Delete)."""
        try:
            record = await self._state.answer(answer_id)
        except Exception as error:  # noqa: BLE001 - then it is not known
            failed(error)
            return False
        return record is not None and record.asker == self._state.hashed(record.platform, user_key)

    # From memory, at once

    @property
    def fingerprint(self) -> str:
        """The engine's."""
        return self._library.engine.fingerprint

    @property
    def waiting(self) -> int:
        """How many questions wait or are being answered."""
        return self._worker.waiting

    def source(self, doc_id: str) -> Source | None:
        """Look a document and its text up."""
        return self._library.engine.sources.get(doc_id)

    def documents(self) -> tuple[Document, ...]:
        """List the collection, in its own order."""
        return self._library.documents

    def suggest(self, prefix: str, *, limit: int = SUGGESTIONS) -> tuple[Suggestion, ...]:
        """Offer questions that the collection answers, those that start like `prefix` first."""
        return self._library.suggest(prefix, limit=limit)

    def suggest_documents(self, prefix: str, *, limit: int = SUGGESTIONS) -> tuple[Suggestion, ...]:
        """Offer documents whose title, publisher, date or id fits `prefix`."""
        return self._library.suggest_documents(prefix, limit=limit)

    # Admin

    async def guild(self, platform: str, guild_key: str | None) -> GuildSettings:
        """Return what the admins chose; the defaults if that cannot be known just now."""
        try:
            return await self._guilds.get(platform, guild_key)
        except Exception as error:  # noqa: BLE001 - `ask` will say so
            failed(error, platform=platform)
            return GuildSettings()

    async def admin(self, platform: str, guild_key: str, words: str) -> AdminReply:
        """Carry out a command in words (see `bot.service.admin`) for somebody who is an admin.

        That they are is for the adapter to check. Only a Place in the reply becomes a mention.
        """
        try:
            return await self._admin(platform, guild_key, parse(words))
        except AdminError as error:
            return (str(error),)
        except Exception as error:  # noqa: BLE001 - errors become replies
            return (failed(error, platform=platform).public_text,)

    async def _admin(self, platform: str, guild_key: str, command: Command) -> AdminReply:
        match command:
            case Ask("help"):
                return (HELP,)
            case Ask("stats"):
                return (stats_in_words(await self.stats(platform, guild_key)),)
            case Ask("reload"):
                return (reloaded_in_words(await self.reload()),)
            case Ask(_):
                return describe(await self._guilds.get(platform, guild_key))
            case _:
                return describe(await self._guilds.change(platform, guild_key, command))

    async def stats(self, platform: str, guild_key: str | None, *, days: int = 30) -> Stats:
        """Sum up one guild, or the platform. Raises what the state raises."""
        since = self._clock() - days * DAY
        counts = await self._state.counts(platform, guild_key, since=since)
        return self._library.stats(counts, days=days)

    async def reload(self) -> Reloaded | Failed:
        """Read the documents again and swap the engine; on failure the old one stays."""
        try:
            reloaded = await self._library.reload()
        except Exception as error:  # noqa: BLE001 - errors become replies
            return failed(error)
        self._spawn(self._library.find_questions())
        return reloaded

    async def forget(self, platform: str, user_key: str) -> int:
        """Delete what is kept of a person; how many answers. Raises what the state raises."""
        return await self._state.forget(platform, user_key)

    # In the background

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _prune(self) -> None:
        while True:
            now = self._clock()
            keep = self._settings.state.retention_days * DAY
            try:
                await self._state.prune(answers_before=now - keep, claims_before=now - 2 * DAY)
            except Exception as error:  # noqa: BLE001 - the next round may do better
                failed(error)
            await asyncio.sleep(PRUNE_SECONDS)
