"""What goes into the service and what comes out: frozen values that know no platform.

Adapters make a Question, ask the service, and match the Reply with `assert_never`. Keys are the
platform's own ids as text; the service hashes them before anything is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from retrieval.types import Answer, Citation, Document, Kind, Quote, Source

Vote = Literal["up", "down"]
Scope = Literal["user", "channel", "guild", "thread", "global"]


class Engine(Protocol):
    """What the service needs of retrieval; `retrieval.answer.Engine` is one."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every document by id."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever documents, parameters or models do."""

    def ask(
        self,
        text: str,
        *,
        k: int | None = None,
        documents: frozenset[str] | None = None,
        kinds: frozenset[Kind] | None = None,
        previous: Answer | None = None,
    ) -> Answer:
        """Answer one question; safe to call from several threads."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question by one person in one place.

    `thread_key` names the conversation whose last question may complete this one; `follows` names
    an answer outright (a reply to it) and wins. `event_keys` are the platform's names of the event
    that brought the question: whichever delivery claims them first is answered, the others get
    Duplicate. `guild_key` is the server or workspace whose admins' choices hold; where the question
    is `direct`, in a conversation with the bot alone, those of them that are about channels do not.
    """

    text: str = field(repr=False)  # people's words stay out of logs
    platform: str
    user_key: str
    channel_key: str
    thread_key: str | None = None
    guild_key: str | None = None
    role_keys: frozenset[str] = frozenset()
    parent_keys: frozenset[str] = frozenset()  # the channel a thread hangs under, its category
    event_keys: tuple[str, ...] = ()
    follows: str | None = None  # an answer id
    documents: frozenset[str] | None = None
    kinds: frozenset[Kind] | None = None
    private: bool = False
    direct: bool = False
    k: int | None = None
    unhurried: bool = False  # nobody can act on the answer at once: it may be kept a moment later


@dataclass(frozen=True, slots=True)
class Answered:
    """The engine's answer. `skipped` quotes of the same question were shown before (More)."""

    answer: Answer
    answer_id: str
    question: str = field(repr=False)
    private: bool = False
    skipped: int = 0
    more: bool = False  # further passages can be had


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many questions in `scope`; worth trying again in `retry_after` seconds."""

    retry_after: float
    scope: Scope


@dataclass(frozen=True, slots=True)
class Busy:
    """The queue is full (or the process is closing): nothing was done."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The admins of this place switched the bot off for this channel or person."""

    public_text: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The event was answered, or is being answered, elsewhere: say nothing."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It went wrong; `public_text` is fit for the person, the log has the rest under the id."""

    public_text: str
    error_id: str


@dataclass(frozen=True, slots=True)
class DocumentsChanged:
    """What a button refers to was made from other documents than today's: ask again."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a button refers to is no longer kept: ask again."""


Reply = Answered | Limited | Busy | Refused | Duplicate | Failed


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Exact words around (or of) a citation; `quote.marks` is what the citation covers."""

    quote: Quote
    citation: Citation
    fingerprint: str  # as it was given


@dataclass(frozen=True, slots=True)
class NoMore:
    """There are no further passages."""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or a role by its platform's id, for a platform to show by name."""

    kind: Literal["channel", "role"]
    key: str


class Noted(StrEnum):
    """What became of a vote."""

    KEPT = "kept"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"  # the same button again


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` questions in any stretch of `seconds`; a count of 0 means no limit."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What the admins of one server or workspace chose; keys are the platform's ids."""

    channels_allowed: frozenset[str] = frozenset()  # empty: everywhere
    channels_denied: frozenset[str] = frozenset()
    roles_allowed: frozenset[str] = frozenset()  # empty: everyone
    private: bool = False
    rates: Mapping[Scope, Rate] = field(default_factory=dict)  # user, channel, guild


@dataclass(frozen=True, slots=True)
class Stats:
    """What happened in a place during the last `days`."""

    days: int
    questions: int
    found: int
    abstained: int
    askers: int
    up: int
    down: int
    documents: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The documents were read again; the same fingerprint means nothing had changed."""

    before: str
    after: str
    documents: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, or a document when `document` is set, offered while somebody types."""

    text: str
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `talks doctor` found out about a platform."""

    severity: Literal["info", "warning", "error"]
    place: str
    text: str
