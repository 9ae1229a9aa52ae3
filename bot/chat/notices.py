"""What chat platforms say instead of an answer, or around one; plain words, escaped by each."""

from collections.abc import Mapping
from typing import assert_never

from bot import words
from bot.types import (
    Busy,
    DocumentsChanged,
    Failed,
    Gone,
    Limited,
    NoMore,
    Noted,
    Refused,
)

Notice = Limited | Busy | Refused | Failed | DocumentsChanged | Gone | NoMore

NOTED: Mapping[Noted, str] = {
    Noted.KEPT: "Thank you, noted.",
    Noted.CHANGED: "Your vote is changed.",
    Noted.WITHDRAWN: "Your vote is withdrawn.",
}
OFFER = "Ask the documents: the answer is their exact words"  # what a command is described as
OFFER_ON_MESSAGE = "Ask the talks"  # in the menu of somebody's message
SHARED_BEFORE = "That answer was shared here before."
ELSEWHERE = "{} no longer took the answer in its place, so it is here."  # the platform's name
NOT_YOURS = "Only who asked, or a moderator, can delete this answer."

_TYPED_SHOWN = 100  # characters repeated of a question, or of a document's name
_FIXED = {
    Busy: words.BUSY,
    DocumentsChanged: words.CHANGED,
    Gone: words.GONE,
    NoMore: words.NO_MORE,
}


def notice_in_words(given: Notice) -> str:
    """Say what is to be said instead of an answer."""
    match given:
        case Limited(retry_after, scope):
            return words.limited_in_words(scope, retry_after)
        case Refused(public_text) | Failed(public_text):
            return public_text
        case Busy() | DocumentsChanged() | Gone() | NoMore():
            return _FIXED[type(given)]
        case _:
            assert_never(given)


def asked_in_words(name: str, question: str) -> str:
    """Say who asked what, in a line; a question is no quote and may be cut."""
    return f"{name} asked: {words.cut(' '.join(question.split()), _TYPED_SHOWN)}"


def no_document_in_words(name: str) -> str:
    """Say that a question was narrowed to nothing."""
    return f"There is no document called “{words.cut(name, _TYPED_SHOWN)}”."
