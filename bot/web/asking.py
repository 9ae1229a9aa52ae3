"""From a form or a body to a question for the service, and from its reply to what HTTP says."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from bot.chat import notices
from bot.errors import BotError
from bot.types import Answered, Busy, Duplicate, Failed, Limited, Question, Refused, Reply
from bot.words import KIND_NAMES
from retrieval.types import QUOTABLE, Document, Kind

PLATFORM = "web"
KINDS = tuple(kind for kind in Kind if kind in QUOTABLE)

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")  # of an answer
_UNKEPT = re.compile("[\0\ud800-\udfff]")  # NUL and half characters: not every database takes them


class NoFitError(BotError):
    """A question was narrowed to documents that are not there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks, and how it is narrowed; nothing of it is trusted.

    `since` and `until` are dates as precise as given (2022, 2022-07, 2022-07-29) or empty.
    """

    text: str = field(repr=False)
    documents: Sequence[str] = ()
    kinds: Sequence[str] = ()
    since: str = ""
    until: str = ""
    follows: str | None = None
    k: int | None = None


def question(wanted: Wanted, documents: Sequence[Document], *, user: str) -> Question:
    """Make the question. Raises NoFitError where no document is left to ask.

    `user` names who asks: a key, or an address.
    """
    return Question(
        _UNKEPT.sub("\ufffd", wanted.text),
        PLATFORM,
        user_key=user,
        channel_key=user,  # the web has no channels: its limit is each person's own
        follows=wanted.follows if _ID.fullmatch(wanted.follows or "") else None,
        documents=_documents(wanted, documents),
        kinds=frozenset(kind for kind in KINDS if kind.value in wanted.kinds) or None,
        private=True,
        k=wanted.k,
        unhurried=True,
    )


def _documents(wanted: Wanted, documents: Sequence[Document]) -> frozenset[str] | None:
    known = {document.id for document in documents}
    for doc_id in wanted.documents:
        if doc_id not in known:
            raise NoFitError(notices.no_document_in_words(doc_id))
    chosen = frozenset(wanted.documents)
    left = [one for one in documents if not chosen or one.id in chosen]
    left = [one for one in left if _in_time(one.date, wanted.since, wanted.until)]
    if not left:
        raise NoFitError("No document is from that time. Choose other dates, or none.")
    return None if len(left) == len(documents) else frozenset(one.id for one in left)


def _in_time(date: str | None, since: str, until: str) -> bool:
    if not (since or until):
        return True
    if date is None:
        return False
    first, last = date + "-01-01"[len(date) - 4 :], date + "-12-31"[len(date) - 4 :]
    return (not since or last >= since) and (
        not until or first <= until + "-12-31"[len(until) - 4 :]
    )


def asker(key: str | None, address: str | None) -> str:
    """Name who asks, for limits: a key, else the address (of IPv6 the network a person has)."""
    if key is not None:
        return f"key {hashlib.sha256(key.encode()).hexdigest()}"
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "nobody known"
    if ip.version == 6:
        return str(ipaddress.ip_network((int(ip), 64), strict=False).network_address)
    return str(ip)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said instead of an answer."""

    status: int
    title: str
    text: str
    retry_after: int | None = None  # seconds
    error_id: str | None = None


def instead(reply: Reply) -> Said | None:
    """Say why there is no answer; None if there is one."""
    match reply:
        case Answered():
            return None
        case Limited(retry_after):
            text = notices.notice_in_words(reply)
            return Said(
                429, "Too many questions", text, retry_after=max(1, -int(-retry_after // 1))
            )
        case Busy():
            return Said(503, "Busy", notices.notice_in_words(reply), retry_after=2)
        case Refused():
            return Said(403, "Switched off", notices.notice_in_words(reply))
        case Failed(public_text, error_id):
            return Said(500, "That went wrong", public_text, error_id=error_id)
        case Duplicate():
            return Said(409, "Asked before", "This very request is being answered elsewhere.")
        case _:
            assert_never(reply)


def kind_choices() -> tuple[tuple[str, str], ...]:
    """Give the kinds that can be asked for, by value and name."""
    return tuple((kind.value, KIND_NAMES[kind]) for kind in KINDS)
