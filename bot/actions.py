"""Button values: at most 100 characters that hold all a press needs, today or after a restart.

A document is named by a short stable hash of its id, so ids of any length and script fit.
Anything that is not exactly what `encode` writes is refused with None.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from retrieval.types import Span

OnAnswer = Literal["more", "share", "up", "down", "delete"]
OnPassage = Literal["context", "exact"]

LIMIT = 100
SHOWN_MOST = 9999
PREFIX = "talks1:"  # the number changes with the format: old buttons then say "ask again"
FINGERPRINT = 12  # characters of it that are carried

_ON_ANSWER = re.compile(
    rf"{PREFIX}(more|share|up|down|delete):([A-Za-z0-9_-]{{1,40}}):(0|[1-9][0-9]{{0,3}})"
)
_ON_PASSAGE = re.compile(
    rf"{PREFIX}(context|exact):([A-Za-z0-9_-]{{11}}):"
    rf"(0|[1-9][0-9]{{0,11}})-(0|[1-9][0-9]{{0,11}}):([0-9A-Za-z]{{1,{FINGERPRINT}}})"
)


@dataclass(frozen=True, slots=True)
class AnswerAction:
    """A press that concerns a whole answer; `shown` quotes of it were on messages so far."""

    action: OnAnswer
    answer_id: str
    shown: int = 0


@dataclass(frozen=True, slots=True)
class PassageAction:
    """A press that concerns one citation; `document` is what `short` made of the id."""

    action: OnPassage
    document: str
    span: Span
    fingerprint: str  # whole or the beginning; its beginning is carried


Action = AnswerAction | PassageAction


def encode(action: Action) -> str:
    """Write the value: ASCII, at most LIMIT characters. Raises ValueError for what cannot be."""
    match action:
        case AnswerAction():
            value = f"{PREFIX}{action.action}:{action.answer_id}:{action.shown}"
            known = _ON_ANSWER.fullmatch(value)
        case PassageAction(span=span):
            value = (
                f"{PREFIX}{action.action}:{action.document}:{span.start}-{span.end}"
                f":{action.fingerprint[:FINGERPRINT]}"
            )
            known = _ON_PASSAGE.fullmatch(value)
    if not known:
        raise ValueError(f"no button can carry {action!r}")
    return value


def decode(value: str) -> Action | None:
    """Read a value; None for anything that `encode` would not have written."""
    if len(value) > LIMIT:
        return None
    if found := _ON_ANSWER.fullmatch(value):
        return AnswerAction(cast("OnAnswer", found[1]), found[2], int(found[3]))
    if found := _ON_PASSAGE.fullmatch(value):
        start, end = int(found[3]), int(found[4])
        if start <= end:
            return PassageAction(cast("OnPassage", found[1]), found[2], Span(start, end), found[5])
    return None


def short(doc_id: str) -> str:
    """Make the eleven characters that stand for a document id."""
    digest = hashlib.blake2b(doc_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def resolve(document: str, doc_ids: Iterable[str]) -> str | None:
    """Find the one id that `document` stands for; None when there is none, or more than one."""
    found = [doc_id for doc_id in doc_ids if short(doc_id) == document]
    return found[0] if len(found) == 1 else None
