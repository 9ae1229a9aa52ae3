"""What is done with all that is said to the bot on one platform: questions, admins' commands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

from bot.chat import notices
from bot.chat.compose import collection, note, reply
from bot.chat.delivery import Post, Spot
from bot.chat.layout import Link
from bot.chat.members import Members
from bot.service import Service
from bot.service.suggest import named
from bot.service.work import Work
from bot.types import Question, Reply

SIGN_AFTER = 1.0  # seconds: a quick answer needs no sign of work
SIGN_WITHIN = 1.0  # seconds that an answer waits for a sign that is under way
DECIDE_WITHIN = 1.5  # seconds; platforms want to hear within three whether an answer is private


class Desk:
    """One platform's; it knows the service and how to deliver, and keeps nothing but its work.

    `follow`: messages in threads that the bot opened are for it. `members` says who is in a role,
    where a platform does not tell a person's roles with the question.
    """

    def __init__(
        self,
        service: Service,
        post: Post,
        *,
        link: Link,
        follow: bool,
        members: Callable[[str], Awaitable[Iterable[str]]] | None = None,
    ) -> None:
        self.service = service
        self.post = post
        self.link = link
        self.platform = post.platform.lower()
        self._work = Work(self.platform)
        self._follow = follow
        self._members = None if members is None else Members(service, post, members)

    def piece(self, spots: Sequence[Spot]) -> AbstractAsyncContextManager[None]:
        """Count a block as work taken on; what nobody foresaw in it is told in `spots`."""
        return self._work.piece(partial(self.post.tell, spots))

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""
        await self._work.drain(grace)

    async def is_private(self, guild_key: str | None) -> bool:
        """Whether answers here are for the asker alone; if that is not known in time, they are."""
        if guild_key is None:
            return False
        try:
            async with asyncio.timeout(DECIDE_WITHIN):
                return (await self.service.guild(self.platform, guild_key)).private
        except TimeoutError:
            return True

    # Questions

    async def hear(
        self,
        question: Question,
        *,
        called: bool,
        to_others: bool,
        ours: Callable[[], Awaitable[bool]],
        public: Sequence[Spot],
        alone: Sequence[Spot],
        last: Sequence[Spot] = (),
        sign: Callable[[], Awaitable[object]],
        sharable: bool,
    ) -> None:
        """Answer a message, if it is for the bot.

        It is where the bot is `called` by name or written to directly, and, if threads are
        followed, where it has words for nobody else in a thread of `ours`. The answer stands in
        one of the `public` spots or, where admins want it so, of those for the asker `alone`
        (from there it is to be shared if it is `sharable`); in one of the others, with a word
        on why, when none of these takes it.
        """
        follows = self._follow and bool(question.text) and not to_others
        if not called and not (follows and await ours()):
            return
        async with self.piece([*public, *alone]):
            private = not question.direct and await self.is_private(question.guild_key)
            spots = [*alone, *public] if private else [*public, *alone]
            question = replace(question, private=private and sharable)
            await self.answer(question, [*spots, *last], sign=sign)

    async def answer(
        self,
        question: Question,
        spots: Sequence[Spot],
        *,
        document: str | None = None,
        asker: str | None = None,
        sign: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Ask the service and put its reply into the first spot that takes it.

        `document` narrows the question: an id, what a suggestion carries of one, or free text.
        `asker` is named above the answer, with the question. `sign` shows that work goes on.
        """
        if document is not None:
            found = named(self.service.documents(), document)
            if found is None:
                await self.post.say(spots, notices.no_document_in_words(document))
                return
            question = replace(question, documents=frozenset({found.id}))
        if self._members is not None:
            question = replace(question, role_keys=await self._members.roles(question))
        given = await self._ask(question, sign)
        asked = None if asker is None else notices.asked_in_words(asker, question.text)
        private = question.private
        message = reply(self.post.face, given, link=self.link, private=private, asked=asked)
        if message is not None:
            await self.post.deliver(message, spots)
            await self.service.done(question)

    async def _ask(self, question: Question, sign: Callable[[], Awaitable[object]] | None) -> Reply:
        """Ask the service; show a sign of work where it is this process that is at work.

        The sign goes before the answer, for one that comes after it would stay.
        """
        asking = asyncio.ensure_future(self.service.ask(question))
        done, _ = await asyncio.wait({asking}, timeout=SIGN_AFTER)
        if done or sign is None or not self.service.holds(question):
            return await asking
        showing = asyncio.ensure_future(self.post.attempt(sign(), "show that work goes on"))
        given = await asking
        await asyncio.wait({showing}, timeout=SIGN_WITHIN)
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        return given

    # Commands

    async def typed(
        self,
        question: Question,
        spots: Sequence[Spot],
        *,
        words: str,
        how: str,
        is_admin: Callable[[], Awaitable[bool]],
    ) -> None:
        """Answer what was typed behind a command: `help`, `sources`, `admin …`, or a question.

        `words` are the question as the platform writes it, with the ids of channels and roles.
        """
        match question.text.split(maxsplit=1):
            case ["admin", *_]:
                may = await self.post.attempt(is_admin(), "say who is an admin") or False
                told = words.strip().removeprefix("admin")
                await self.admin(question, spots, words=told, is_admin=may)
                return
            case [] | ["help"]:
                message = note(self.post.face, how)
            case ["sources"]:
                message = collection(self.post.face, self.service.documents())
            case _:
                await self.answer(question, spots)
                return
        if await self.service.claim(self.platform, *question.event_keys):
            await self.post.deliver(message, spots)

    async def admin(
        self, event: Question, spots: Sequence[Spot], *, words: str, is_admin: bool
    ) -> None:
        """Carry out a command of somebody who runs the guild where it was given, once."""
        if not await self.service.claim(self.platform, *event.event_keys):
            return
        if event.guild_key is None or not is_admin:
            await self.post.say(spots, self.post.not_admin)
        else:
            said = await self.service.admin(self.platform, event.guild_key, words)
            await self.post.say(spots, *said)
