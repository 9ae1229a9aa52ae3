"""How a connection to a chat platform begins, lives and ends, and what the doctor finds of it."""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from typing import Literal

from bot.chat.delivery import Post
from bot.errors import PlatformError
from bot.types import Finding

Told = tuple[Literal["info", "warning", "error"], str]  # how bad it is, and what it is


@contextmanager
def explained(post: Post, refusals: Mapping[type[Exception], str]) -> Iterator[None]:
    """Raise PlatformError with the remedy for what a platform raises before it lets the bot in.

    The first refusal whose type fits says it; a `{}` in it becomes the platform's own word.
    """
    try:
        yield
    except post.faults as error:
        for kind, remedy in refusals.items():
            if isinstance(error, kind):
                raise PlatformError(remedy.format(post.code(error) or "no answer")) from None
        network = f"Check the network and {post.platform.upper()}_API_URL, then start again."
        said = f"{post.platform} cannot be used. {network} It said: {error}"
        raise PlatformError(said) from error


async def stay(
    connection: Awaitable[object], silent_for: Callable[[], float], *, most: float, post: Post
) -> None:
    """Wait until a connection ends, and raise what it raised.

    One that was not heard for more than `most` seconds is ended, with PlatformError: a supervisor
    starts the process again.
    """
    connected = asyncio.ensure_future(connection)
    watching = asyncio.create_task(_silence(silent_for, most=most))
    try:
        await asyncio.wait({connected, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not connected.done():
            again = "Start again; if that recurs, check the network."
            raise PlatformError(f"{post.platform} fell silent. {again}")
        await connected
    finally:
        connected.cancel()
        watching.cancel()
        await asyncio.gather(connected, watching, return_exceptions=True)


async def _silence(silent_for: Callable[[], float], *, most: float) -> None:
    while silent_for() <= most:  # noqa: ASYNC110 - silence is no event
        await asyncio.sleep(max(0.02, min(most / 20, most - silent_for())))


def findings(post: Post, looking: AsyncIterator[Told]) -> Sequence[Finding]:
    """Collect what somebody finds who looks at a platform; that it cannot be used is one too."""
    place = post.platform.lower()

    async def collected() -> list[Finding]:
        return [Finding(severity, place, text) async for severity, text in looking]

    try:
        return asyncio.run(collected())
    except PlatformError as error:
        return [Finding("error", place, str(error))]


def lacking(
    needed: Mapping[str, str], granted: Collection[str], named: str = "{}"
) -> Iterator[Told]:
    """Find what is needed, each for a use, and was not granted; `named` is how to say it."""
    for name, use in needed.items():
        if name not in granted:
            yield "warning", f"without {named.format(name)} it cannot {use}"
