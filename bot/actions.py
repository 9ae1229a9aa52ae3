"""Button values: at most 100 characters that hold all a press needs, today or after a restart.

A document is named by a short stable hash of its id, so ids of any length and script fit.
Anything that is not exactly what `encode` writes is refused with None.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from retrieval.types import Span

OnAnswer = Literal["more", "share", "up", "down", "delete"]
OnPassage = Literal["context", "exact"]


@dataclass(frozen=True, slots=True)
class AnswerAction:
    """A press that concerns a whole answer; `shown` quotes were on the message."""

    action: OnAnswer
    answer_id: str
    shown: int = 0


@dataclass(frozen=True, slots=True)
class PassageAction:
    """A press that concerns one citation; `document` is the hash that `resolve` understands."""

    action: OnPassage
    document: str
    span: Span
    fingerprint: str  # a prefix


Action = AnswerAction | PassageAction


def encode(action: Action) -> str:
    """The value, at most 100 ASCII characters."""
    raise NotImplementedError


def decode(value: str) -> Action | None:
    """The action, or None for anything else."""
    raise NotImplementedError


def short(doc_id: str) -> str:
    """The hash that stands for a document id."""
    raise NotImplementedError


def resolve(document: str, doc_ids: Iterable[str]) -> str | None:
    """The id whose hash it is, or None."""
    raise NotImplementedError
