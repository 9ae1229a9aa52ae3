"""What the bot's side can raise, and how any error is put into words for people."""

import os
from collections.abc import Iterable
from enum import IntEnum

from retrieval.errors import RetrievalError

DEBUG_VARIABLE = "TALKS_DEBUG"


class Ending(IntEnum):
    """Exit codes; the last two are what a shell reports for the signals of the same name."""

    DONE = 0  # or answered
    FAILURE = 1
    USAGE = 2
    ABSTAINED = 3
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class BotError(Exception):
    """Root of this package's errors."""


class UsageError(BotError):
    """What was asked for is not something this program can do."""


class StateError(BotError):
    """The state cannot be opened or is not this program's."""


class PlatformError(BotError):
    """A chat platform refuses to work with this bot; the process cannot go on."""


class AdminError(UsageError):
    """An admin's words are not a command; the text says how to write it."""


class UnknownNameError(UsageError):
    """A name that is not known; the text gives the nearest one that is."""

    def __init__(self, what: str, given: str, known: Iterable[str]) -> None:
        self.given = given
        self.known = tuple(known)
        close = nearest(given, self.known)
        if close is None:
            advice = f"There is no {what} at all."
        else:
            some = ", ".join(self.known[:12]) + (", …" if len(self.known) > 12 else "")
            advice = f"Did you mean {close!r}? Known: {some}."
        super().__init__(f"There is no {what} {given!r}. {advice}")


def nearest(given: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `given`, however far it is; None if there is none."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    by_folded = {name.casefold(): name for name in known}
    found = get_close_matches(given.casefold(), by_folded, n=1, cutoff=0)
    return by_folded[found[0]] if found else None


def in_words(error: BaseException) -> str:
    """One to three plain lines for a person: our own errors speak, others are only named.

    The words of an unknown exception may hold a question or a path and help nobody who did not
    write the program, so they are kept for `TALKS_DEBUG`.
    """
    from config.settings import SettingsError  # noqa: PLC0415 - it costs pydantic

    if isinstance(error, (BotError, RetrievalError, SettingsError)):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"The system refused: {where}{error.strerror}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    return (
        f"unexpected error: {type(error).__name__}\n"
        f"Run it again with {DEBUG_VARIABLE}=1 in the environment to see where it happened."
    )


def debugging() -> bool:
    """Whether the user asked for tracebacks."""
    return bool(os.environ.get(DEBUG_VARIABLE))


def ending(error: BaseException) -> Ending:
    """Return how a run ends that this error ended."""
    from config.settings import SettingsError  # noqa: PLC0415 - it costs pydantic

    if isinstance(error, KeyboardInterrupt):
        return Ending.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return Ending.BROKEN_PIPE
    return Ending.USAGE if isinstance(error, (UsageError, SettingsError)) else Ending.FAILURE
