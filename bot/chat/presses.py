"""Presses of buttons: a value holds all that is needed, so they work after a restart."""

from typing import Protocol, TypeVar

from bot.actions import AnswerAction, PassageAction, decode
from bot.chat import notices
from bot.chat.layout import Budget, Layout, Link, layout_excerpt
from bot.service import Service
from bot.types import Answered, Duplicate, Excerpt, Gone, Noted

Message = TypeVar("Message")
Made_co = TypeVar("Made_co", covariant=True)
Shown_contra = TypeVar("Shown_contra", contravariant=True)


class Face(Protocol[Made_co]):
    """How a platform's messages are made; a module of `bot.render` is one."""

    BUDGET: Budget

    def reply(
        self,
        given: Answered | Duplicate | notices.Notice,
        *,
        link: Link,
        private: bool,
        asked: str | None = None,
    ) -> Made_co | None:
        """Make what a person gets to see; None if nothing."""

    def note(self, said: str, /) -> Made_co:
        """Make a plain sentence."""

    def excerpt(self, laid: Layout) -> Made_co:
        """Make the surroundings of a citation."""

    def asked_by(self, name: str, question: str) -> str:
        """Write the line above an answer whose question others cannot see."""


class Presser(Protocol[Shown_contra]):
    """Who pressed, where, and the ways to answer."""

    user_key: str
    name: str
    channel_key: str

    async def show(self, message: Shown_contra, /) -> object:
        """Show to the presser alone."""

    async def publish(self, message: Shown_contra, /) -> object:
        """Show to everybody in the channel."""

    async def hand_over(self, text: str, /) -> object:
        """Show exact words to the presser alone, as nothing but themselves."""

    async def delete(self) -> object:
        """Take away the message that the button stands under."""

    async def moderates(self) -> bool:
        """Whether this person may delete what others asked for."""


async def press(
    service: Service, face: Face[Message], presser: Presser[Message], value: str, *, link: Link
) -> None:
    """Carry out one press; all but Share is answered to the presser alone."""
    match action := decode(value):
        case None:
            await _tell(face, presser, Gone())
        case PassageAction():
            await _passage(service, face, presser, action, link=link)
        case AnswerAction(action="more"):
            given = await service.more(
                action.answer_id,
                user_key=presser.user_key,
                channel_key=presser.channel_key,
                shown=action.shown,
            )
            message = face.reply(given, link=link, private=True)
            if message is not None:
                await presser.show(message)
        case AnswerAction(action="share"):
            await _share(service, face, presser, action, link=link)
        case AnswerAction(action="delete"):
            theirs = await service.asked_by(action.answer_id, presser.user_key)
            if theirs or await presser.moderates():
                await presser.delete()
            else:
                await _tell(face, presser, notices.NOT_YOURS)
        case AnswerAction(action=("up" | "down") as vote):
            noted = await service.feedback(action.answer_id, user_key=presser.user_key, vote=vote)
            said = notices.NOTED[noted] if isinstance(noted, Noted) else noted
            await _tell(face, presser, said)


async def _tell(face: Face[Message], presser: Presser[Message], said: str | notices.Notice) -> None:
    text = said if isinstance(said, str) else notices.notice_in_words(said)
    await presser.show(face.note(text))


async def _passage(
    service: Service,
    face: Face[Message],
    presser: Presser[Message],
    action: PassageAction,
    *,
    link: Link,
) -> None:
    ask = service.context if action.action == "context" else service.exact
    excerpt = await ask(action.document, action.span, action.fingerprint)
    if not isinstance(excerpt, Excerpt):
        await _tell(face, presser, excerpt)
    elif action.action == "context":
        await presser.show(face.excerpt(layout_excerpt(excerpt, budget=face.BUDGET, link=link)))
    else:
        await presser.hand_over(excerpt.quote.text)


async def _share(
    service: Service,
    face: Face[Message],
    presser: Presser[Message],
    action: AnswerAction,
    *,
    link: Link,
) -> None:
    given = await service.recall(action.answer_id)
    if not isinstance(given, Answered):
        await _tell(face, presser, given)
        return
    if not await service.claim("share", f"{action.answer_id}:{presser.channel_key}"):
        await _tell(face, presser, notices.SHARED_BEFORE)
        return
    asked = face.asked_by(presser.name, given.question)
    message = face.reply(given, link=link, private=False, asked=asked)
    if message is not None:
        await presser.publish(message)
