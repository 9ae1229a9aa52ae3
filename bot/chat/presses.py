"""Presses of buttons: a value holds all that is needed, so they work after a restart."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.actions import AnswerAction, PassageAction, decode
from bot.chat import notices
from bot.chat.compose import Message, excerpt, reply
from bot.chat.delivery import Spot
from bot.chat.desk import Desk
from bot.types import Answered, Excerpt, Gone, Noted, Question


@dataclass(frozen=True, slots=True)
class Presser:
    """Who pressed, where, and the ways to answer; `delete` may raise the platform's faults."""

    event: Question  # the press itself; its text says nothing
    name: str
    alone: Sequence[Spot]  # for the presser's eyes
    everyone: Sequence[Spot]  # for the channel's
    delete: Callable[[], Awaitable[object]]  # of the message that the button stands under
    moderates: Callable[[], Awaitable[bool]]  # whether they may delete what others asked for


async def press(desk: Desk, presser: Presser, value: str) -> None:
    """Carry out one press, once; all but Share is answered to the presser alone."""
    if not await desk.service.claim(desk.platform, *presser.event.event_keys):
        return
    match action := decode(value):
        case None:
            await _tell(desk, presser, Gone())
        case PassageAction():
            await _passage(desk, presser, action)
        case AnswerAction(action="more"):
            given = await desk.service.more(
                action.answer_id,
                user_key=presser.event.user_key,
                channel_key=presser.event.channel_key,
                shown=action.shown,
            )
            message = reply(desk.post.face, given, link=desk.link, private=True)
            if message is not None:
                await desk.post.deliver(message, presser.alone)
        case AnswerAction(action="share"):
            await _share(desk, presser, action)
        case AnswerAction(action="delete"):
            await _delete(desk, presser, action)
        case AnswerAction(action=("up" | "down") as vote):
            user_key = presser.event.user_key
            noted = await desk.service.feedback(action.answer_id, user_key=user_key, vote=vote)
            await _tell(desk, presser, notices.NOTED[noted] if isinstance(noted, Noted) else noted)


async def _tell(desk: Desk, presser: Presser, said: str | notices.Notice) -> None:
    text = said if isinstance(said, str) else notices.notice_in_words(said)
    await desk.post.say(presser.alone, text)


async def _passage(desk: Desk, presser: Presser, action: PassageAction) -> None:
    post, around = desk.post, action.action == "context"
    ask = desk.service.context if around else desk.service.exact
    given = await ask(action.document, action.span, action.fingerprint)
    if not isinstance(given, Excerpt):
        await _tell(desk, presser, given)
    elif around:
        await post.deliver(excerpt(post.face, given, link=desk.link), presser.alone)
    else:
        await post.deliver(post.face.exact(given.quote.text), presser.alone)


async def _share(desk: Desk, presser: Presser, action: AnswerAction) -> None:
    given = await desk.service.recall(action.answer_id)
    if not isinstance(given, Answered):
        await _tell(desk, presser, given)
        return
    share = f"{action.answer_id}:{presser.event.channel_key}"
    if not await desk.service.claim("share", share):
        await _tell(desk, presser, notices.SHARED_BEFORE)
        return
    may_be_seen = False

    async def shown(spot: Spot, message: Message) -> None:
        nonlocal may_be_seen
        try:
            await spot(message)
        except desk.post.faults as error:
            may_be_seen |= desk.post.code(error) is None  # then its fate is not known
            raise
        may_be_seen = True

    asked = notices.asked_in_words(presser.name, given.question)
    message = reply(desk.post.face, given, link=desk.link, private=False, asked=asked)
    try:
        if message is not None:
            everyone = [partial(shown, spot) for spot in presser.everyone]
            await desk.post.deliver(message, [*everyone, *presser.alone])
    finally:
        if not may_be_seen:
            await desk.service.give_back("share", share)


async def _delete(desk: Desk, presser: Presser, action: AnswerAction) -> None:
    theirs = await desk.service.asked_by(action.answer_id, presser.event.user_key)
    if not theirs and not await desk.post.attempt(presser.moderates(), "say who is an admin"):
        await _tell(desk, presser, notices.NOT_YOURS)
        return
    try:
        await presser.delete()
    except desk.post.faults as error:
        await _tell(desk, presser, desk.post.in_words(error))
