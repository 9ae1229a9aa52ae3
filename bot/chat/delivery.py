"""Getting a message to a person: where to put it, and where else when that fails."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.chat import notices
from bot.types import Failed

log = logging.getLogger(__name__)

Message = TypeVar("Message")
Spot = Callable[[Message], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Post(Generic[Message]):
    """One platform's way of failing, and how it says so.

    `code` names an error that the platform itself sent, None for one of the network; `sentences`
    has the words for those that people can meet, `bad_forms` those that blame the message.
    `repeatable`: a spot that the network failed may be tried again without saying things twice.
    """

    platform: str
    faults: tuple[type[Exception], ...]
    code: Callable[[Exception], int | str | None]
    sentences: Mapping[int | str, str]
    bad_forms: frozenset[int | str]
    note: Callable[[str], Message]
    prefaced: Callable[[str, Message], Message]
    repeatable: bool

    async def deliver(self, message: Message, spots: Sequence[Spot[Message]]) -> bool:
        """Put `message` in the first spot that takes it, after a word on why not in an earlier one.

        A message whose form is refused gives way to a sentence. False if no spot took anything.
        """
        said: str | None = None
        for spot in spots:
            for last in (False, True):
                try:
                    await spot(message if said is None else self.prefaced(said, message))
                except self.faults as error:
                    code = self.code(error)
                    if code is None and not last and self.repeatable:
                        continue
                    said = self.in_words(error)
                    if code not in self.bad_forms or last:
                        break
                    message, said = self.note(said), None
                else:
                    return True
        return False

    async def tell(self, spots: Sequence[Spot[Message]], failed: Failed) -> None:
        """Say there that something went wrong."""
        await self.deliver(self.note(notices.notice_in_words(failed)), spots)

    def note_of(self, error: Exception) -> None:
        """Put into the log what nobody has to be told."""
        log.info("%s refused a sign of work: %s", self.platform, self.code(error))

    def in_words(self, error: Exception) -> str:
        """Say in one sentence what went wrong; what has no sentence gets an id that the log has."""
        code = self.code(error)
        known = None if code is None else self.sentences.get(code)
        if known:
            log.warning("%s refused a message: %s", self.platform, code)
            return known
        error_id = secrets.token_hex(4)
        what = "refused the form of" if code in self.bad_forms else "did not confirm"
        told = (error_id, self.platform, type(error).__name__, code)
        log.error("error %s: %s did not take a message: %s %s", *told)
        said = f"{self.platform} {what} the answer. Those who run me find out why in the log"
        return f"{said}, under {error_id}."
