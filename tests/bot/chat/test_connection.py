"""How a connection ends: by itself, with the error's remedy, or because nothing was heard."""

import asyncio
from dataclasses import replace

import pytest

from bot.adapters.slack.send import POST as SLACK
from bot.chat.connection import explained, findings, lacking, stay
from bot.errors import PlatformError
from bot.types import Finding

pytestmark = pytest.mark.anyio


class BrokenError(Exception):
    """What the platform of these tests raises."""


class ShutError(BrokenError):
    """Its word for a wrong token."""


POST = replace(SLACK, platform="Post", faults=(BrokenError,), code=lambda _: "no_key")
REFUSALS = {ShutError: "The key does not fit ({})."}


async def test_a_connection_that_ends_ends_the_waiting():
    await stay(asyncio.sleep(0.01), lambda: 0.0, most=60.0, post=POST)


async def test_what_a_connection_raises_is_raised():
    async def breaking():
        raise BrokenError

    with pytest.raises(BrokenError):
        await stay(breaking(), lambda: 0.0, most=60.0, post=POST)


async def test_a_silent_connection_is_ended():
    ended = asyncio.Event()

    async def hanging():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    silence = iter([0.0, 0.0, 1.0, 1.0])
    with pytest.raises(PlatformError, match="Post fell silent"):
        await stay(hanging(), lambda: next(silence), most=0.1, post=POST)
    assert ended.is_set()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ShutError(), r"^The key does not fit \(no_key\)\.$"),
        (BrokenError("x"), r"^Post cannot be used\. Check the network and POST_API_URL, .*: x$"),
    ],
)
def test_a_refusal_is_explained_with_its_remedy(error, said):
    with pytest.raises(PlatformError, match=said), explained(POST, REFUSALS):
        raise error


def test_what_is_no_fault_of_the_platform_is_not_explained():
    with pytest.raises(ZeroDivisionError), explained(POST, REFUSALS):
        raise ZeroDivisionError


def test_what_was_found_is_a_finding_and_so_is_a_refusal():
    async def looking(*, shut):
        yield "info", "there"
        with explained(POST, REFUSALS):
            if shut:
                raise ShutError
        for told in lacking({"a": "hear", "b": "see"}, {"a"}, "the scope {}"):
            yield told

    assert findings(POST, looking(shut=False)) == [
        Finding("info", "post", "there"),
        Finding("warning", "post", "without the scope b it cannot see"),
    ]
    assert findings(POST, looking(shut=True)) == [
        Finding("error", "post", "The key does not fit (no_key).")
    ]
