"""From a question to its delivered answer, with a sign of work where it takes long."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.chat.delivery import Post, Spot
from bot.chat.layout import Link
from bot.chat.presses import Face
from bot.service import Service
from bot.types import Question

Message = TypeVar("Message")

SIGN_AFTER = 1.0  # seconds: a quick answer needs no sign of work


async def answer(
    service: Service,
    face: Face[Message],
    post: Post[Message],
    question: Question,
    spots: Sequence[Spot[Message]],
    *,
    link: Link,
    asked: str | None = None,
    sign: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Ask the service and put its reply into the first spot that takes it.

    `sign` shows that work goes on; what it raises of the platform's faults is let be.
    """
    asking = asyncio.ensure_future(service.ask(question))
    done, _ = await asyncio.wait({asking}, timeout=SIGN_AFTER)
    if sign is not None and not done:
        try:
            await sign()
        except post.faults as error:
            post.note_of(error)
    message = face.reply(await asking, link=link, private=question.private, asked=asked)
    if message is not None:
        await post.deliver(message, spots)
        await service.done(question)


async def silence(silent_for: Callable[[], float], *, most: float) -> None:
    """Return when nothing was heard for more than `most` seconds."""
    while silent_for() <= most:  # noqa: ASYNC110 - silence is no event
        await asyncio.sleep(max(0.02, min(most / 20, most - silent_for())))
