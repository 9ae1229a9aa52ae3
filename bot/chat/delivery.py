"""Getting a message to a person: where to put it, and where else when that fails."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.chat import notices
from bot.chat.compose import Face, Message, note, prefaced
from bot.types import Failed, Place

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Spot = Callable[[Message], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Post:
    """One platform's messages, its way of failing, and how it says so.

    `code` names an error that the platform itself sent, None for one of the network; `sentences`
    has the words for those that people can meet, `bad_forms` those that blame the message.
    `not_admin` is told to whom admins' commands are not for.
    """

    platform: str  # its name as people write it
    face: Face
    faults: tuple[type[Exception], ...]
    code: Callable[[Exception], int | str | None]
    sentences: Mapping[int | str, str]
    bad_forms: frozenset[int | str]
    not_admin: str

    async def deliver(self, message: Message, spots: Sequence[Spot]) -> bool:
        """Put `message` in the first spot that takes it, after a word on why not in an earlier one.

        A message whose form is refused gives way to a sentence; otherwise each spot is tried once,
        and it is the spot that knows whether a second try could be a second message. False if no
        spot took anything.
        """
        said: str | None = None
        for spot in spots:
            for last in (False, True):
                try:
                    await spot(message if said is None else prefaced(self.face, said, message))
                except self.faults as error:
                    said = self.in_words(error)
                    if last or self.code(error) not in self.bad_forms:
                        break
                    message, said = note(self.face, said), None
                else:
                    return True
        return False

    async def surely(self, send: Callable[[], Awaitable[object]]) -> None:
        """Send, and once more if the network failed: for what a second try cannot say twice."""
        try:
            await send()
        except self.faults as error:
            if self.code(error) is not None:
                raise
            await send()

    async def say(self, spots: Sequence[Spot], *said: str | Place) -> bool:
        """Put plain sentences in the first spot that takes them."""
        return await self.deliver(note(self.face, *said), spots)

    async def attempt(self, doing: Awaitable[Result], what: str) -> Result | None:
        """Do what no answer hangs on; that it failed is for the log, and None."""
        try:
            return await doing
        except self.faults as error:
            log.warning("%s did not %s: %s", self.platform, what, self.code(error) or error)
            return None

    async def tell(self, spots: Sequence[Spot], failed: Failed) -> None:
        """Say there that something went wrong."""
        await self.say(spots, notices.notice_in_words(failed))

    def in_words(self, error: Exception) -> str:
        """Say in one sentence what went wrong; what has no sentence gets an id that the log has."""
        code = self.code(error)
        known = None if code is None else self.sentences.get(code)
        if known:
            log.warning("%s refused a message: %s", self.platform, code)
            return known.format(self.platform)
        error_id = secrets.token_hex(4)
        what = "refused the form of" if code in self.bad_forms else "did not confirm"
        told = (error_id, self.platform, type(error).__name__, code)
        log.error("error %s: %s did not take a message: %s %s", *told)
        said = f"{self.platform} {what} the answer. Those who run me find out why in the log"
        return f"{said}, under {error_id}."
