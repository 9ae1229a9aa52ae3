"""A claimed question on its way to an answer: who may ask, how often, after what, and the queue.

And the way back: an answer that is remembered, asked again for its buttons.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from bot.service import admin, passages
from bot.service.failures import failed
from bot.service.guilds import Guilds
from bot.service.library import Library
from bot.service.limits import Limiter, Window
from bot.service.remember import Chain, ask_after, record_of
from bot.service.worker import FullError, Worker
from bot.state import Record, State
from bot.types import (
    Answered,
    Busy,
    DocumentsChanged,
    Gone,
    GuildSettings,
    Limited,
    NoMore,
    Question,
    Rate,
    Refused,
    Reply,
    Scope,
)
from config.settings import Settings
from retrieval.types import Answer, Found

FURTHER_MOST = 30  # passages that More can reach
RECENT = 256  # answers kept at hand, so that a follow-up is one question's work and not three


class Asking:
    """Used from one event loop; raises what engine and state raise."""

    def __init__(
        self,
        library: Library,
        state: State,
        settings: Settings,
        *,
        worker: Worker,
        guilds: Guilds,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._library = library
        self._state = state
        self._settings = settings
        self._worker = worker
        self._guilds = guilds
        self._clock = clock
        self._limiter = Limiter(monotonic)
        self._recent: OrderedDict[str, Answer] = OrderedDict()

    async def answer(self, question: Question) -> Reply:
        """Answer, or say why not; the answer is remembered under its id."""
        guild = await self._guilds.get(question.platform, question.guild_key)
        if (public_text := admin.refusal(guild, question)) is not None:
            return Refused(public_text)
        if (limited := self._limited(question, guild)) is not None:
            return limited
        previous = await self._previous(question)
        call = partial(
            ask_after,
            self._library.engine,
            previous,
            question.text,
            k=question.k,
            documents=question.documents,
            kinds=question.kinds,
            before=self._recent.get(previous[-1].id) if previous else None,
        )
        try:
            answer = await self._worker.run(call, timeout=self._settings.service.timeout)
        except FullError:
            return Busy()
        record = record_of(question, answer, previous=previous, now=self._clock())
        try:
            await self._state.remember(record, later=question.unhurried)
        except Exception as error:  # noqa: BLE001 - an answer whose buttons fail is still an answer
            failed(error, platform=question.platform)
        self._recent[record.id] = answer
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        wanted = question.k or self._settings.answer.quotes
        more = isinstance(answer, Found) and len(answer.evidence) >= wanted
        return Answered(answer, record.id, question.text, question.private, more=more)

    async def recall(self, answer_id: str) -> Answered | DocumentsChanged | Gone:
        """Give the same answer again."""
        record = await self._remembered(answer_id)
        if not isinstance(record, Record):
            return record
        answer, _ = await self._again(record)
        if answer.fingerprint != record.fingerprint:
            return DocumentsChanged()
        return Answered(answer, record.id, record.question, record.private)

    async def more(
        self, answer_id: str, user_key: str, channel_key: str, *, shown: int
    ) -> Answered | DocumentsChanged | Gone | Limited | NoMore:
        """Give further passages after the first `shown`, within the limits of who wants them."""
        record = await self._remembered(answer_id)
        if not isinstance(record, Record):
            return record
        pressing = Question(record.question, record.platform, user_key, channel_key)
        if (limited := self._limited(pressing, GuildSettings())) is not None:
            return limited
        first, longer = await self._again(record, longer=True)
        if first.fingerprint != record.fingerprint:
            return DocumentsChanged()
        count = self._settings.service.more
        page, more = passages.following(first, longer, shown=shown, count=count)
        if page is None:
            return NoMore()
        return Answered(page, record.id, record.question, record.private, shown, more)

    async def _remembered(self, answer_id: str) -> Record | DocumentsChanged | Gone:
        record = await self._state.answer(answer_id)
        if record is None:
            return Gone()
        same = record.fingerprint == self._library.engine.fingerprint
        return record if same else DocumentsChanged()

    async def _again(self, record: Record, *, longer: bool = False) -> tuple[Answer, Answer]:
        """Ask a remembered question again: as it was, and with as many passages as there are."""
        before = await self._state.answer(record.follows) if record.follows else None
        call = partial(
            ask_after,
            self._library.engine,
            await self._chain(before),
            record.question,
            documents=record.documents,
            kinds=record.kinds,
        )

        def both() -> tuple[Answer, Answer]:
            answer = call(k=record.k)
            return answer, call(k=FURTHER_MOST) if longer else answer

        return await self._worker.run(both, timeout=self._settings.service.timeout)

    def _limited(self, question: Question, guild: GuildSettings) -> Limited | None:
        """Count a question against every limit, or say which is reached."""
        limits, platform = self._settings.limits, question.platform
        places: list[tuple[Scope, str | None, int]] = [
            ("user", question.user_key, limits.user),
            ("channel", question.channel_key, limits.channel),
            ("thread", question.thread_key, limits.thread),
            ("guild", question.guild_key, limits.guild),
        ]
        windows = [
            Window(scope, f"{platform} {key}", guild.rates.get(scope, Rate(count, admin.MINUTE)))
            for scope, key, count in places
            if key is not None
        ]
        windows.append(Window("global", "", Rate(limits.overall, admin.MINUTE)))
        wait = self._limiter.take(windows)
        return None if wait is None else Limited(wait.seconds, wait.scope)

    async def _previous(self, question: Question) -> Chain:
        if question.follows is not None:
            return await self._chain(await self._state.answer(question.follows))
        if question.thread_key is not None:
            last = await self._state.last_in_thread(question.platform, question.thread_key)
            return await self._chain(last)
        return ()

    async def _chain(self, last: Record | None) -> Chain:
        if last is None:
            return ()
        before = await self._state.answer(last.follows) if last.follows else None
        return (last,) if before is None else (before, last)
