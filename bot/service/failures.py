"""Where an error becomes a reply: one plain sentence for the person, the rest for the log.

Messages of unknown errors may hold what somebody asked, so the log gets their type and where
they came from, never their text.
"""

import functools
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from bot.service.worker import FullError, SlowError
from bot.types import Busy, Failed
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Result = TypeVar("Result")


def failed(error: Exception, *, platform: str | None = None) -> Failed:
    """Log an error under an id and put it into words."""
    error_id = secrets.token_hex(4)
    told = {"error_id": error_id, "platform": platform, "error": type(error).__name__}
    match error:
        case SlowError():
            log.warning("%s: %s", error_id, error, extra=told)
            text = "That took too long. Try again, perhaps in fewer words"
        case RetrievalError():
            log.error("%s: %s", error_id, error, extra=told)
            text = "The documents cannot be searched just now. Whoever runs this finds the reason"
            text += " in the log"
        case _:
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s: unexpected %s\n%s", error_id, type(error).__name__, where, extra=told)
            text = "Something went wrong here. Whoever runs this finds the reason in the log"
    return Failed(f"{text} (error {error_id}).", error_id)


def guarded(
    method: Callable[Given, Awaitable[Result]],
) -> Callable[Given, Awaitable[Result | Busy | Failed]]:
    """Make a coroutine function return Busy or Failed instead of raising."""

    @functools.wraps(method)
    async def outcome(*args: Given.args, **kwargs: Given.kwargs) -> Result | Busy | Failed:
        try:
            return await method(*args, **kwargs)
        except FullError:
            return Busy()
        except Exception as error:  # noqa: BLE001 - this is where they end
            return failed(error)

    return outcome
