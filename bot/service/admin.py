"""What admins of a server or workspace may set, in words: `channels deny <#1>`, `limits user 5`.

Pure: words -> command -> new settings -> a reply. Adapters check who is an admin and show the
reply; places in it stay values, so that each platform can write them its own way.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, cast

from bot.errors import AdminError
from bot.types import Failed, GuildSettings, Place, Question, Rate, Reloaded, Scope, Stats

MINUTE = 60.0
MOST = 100_000
PLAIN = {  # commands of one word, and what they are for
    "show": "what is set here",
    "stats": "what happened here lately",
    "reload": "read the documents again",
    "help": "what can be set",
}
HELP = f"""\
show - {PLAIN["show"]}
channels allow #a #b - answer in these channels and in direct messages only
channels deny #a - never answer in these
channels any - answer everywhere again
roles allow @r - answer people with these roles only
roles any - answer everybody again
limits user 10 - questions a minute from one person (also: channel, guild; 0 is no limit)
limits default - back to the operator's limits
private on, private off - whether answers are for the asker's eyes unless asked otherwise
stats - {PLAIN["stats"]}
reload - {PLAIN["reload"]}"""

AdminReply = tuple[str | Place, ...]  # to be joined; only Place may become a mention

# As platforms write them, with a sign before the id; or the id alone, whose letter tells the kind.
_KEYS = {
    "channel": re.compile(r"<#([A-Za-z0-9]{1,40})(?:\|[^<>]*)?>|([0-9]{5,40}|[CG][0-9A-Z]{8,40})"),
    "role": re.compile(
        r"<(?:@&|!subteam\^)([A-Za-z0-9]{1,40})(?:\|[^<>]*)?>|([0-9]{5,40}|S[0-9A-Z]{8,40})"
    ),
}


@dataclass(frozen=True, slots=True)
class Choose:
    """Allow or deny places, or forget about them (`any`)."""

    what: Literal["channel", "role"]
    rule: Literal["allow", "deny", "any"]
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limit:
    """Set one limit; None for all back to the operator's."""

    scope: Scope | None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Private:
    """Whether answers are private by default."""

    on: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Nothing is changed here."""

    what: Literal["help", "show", "stats", "reload"]


Change = Choose | Limit | Private
Command = Change | Ask


def parse(words: str) -> Command:  # noqa: PLR0911 - one for each command
    """Read a command. Raises AdminError, whose text says how to write it."""
    first, *rest = words.split() or ["help"]
    match first.lower(), [word.lower() for word in rest]:
        case ("help" | "show" | "stats" | "reload") as what, []:
            return Ask(what)
        case "channels" | "roles" as plural, ["any"]:
            return Choose(_singular(plural), "any")
        case "channels" | "roles" as plural, ["allow", _, *_]:
            return Choose(_singular(plural), "allow", _keys(rest[1:], _singular(plural)))
        case "channels", ["deny", _, *_]:
            return Choose("channel", "deny", _keys(rest[1:], "channel"))
        case "limits", ["default"]:
            return Limit(None)
        case "limits", ["user" | "channel" | "guild" as scope, count]:
            return Limit(cast("Scope", scope), _count(count))
        case "private", ["on" | "off" as switch]:
            return Private(switch == "on")
    first_words = (line.partition(" ")[0] for line in HELP.splitlines())
    known = ", ".join(dict.fromkeys(first_words))
    raise AdminError(f"That is no command here. Known are {known}; help explains them.")


def change(settings: GuildSettings, command: Change) -> GuildSettings:
    """Carry a command out on what was set before."""
    match command:
        case Choose("channel", "allow", keys):
            return replace(
                settings,
                channels_allowed=settings.channels_allowed | keys,
                channels_denied=settings.channels_denied - keys,
            )
        case Choose("channel", "deny", keys):
            return replace(
                settings,
                channels_allowed=settings.channels_allowed - keys,
                channels_denied=settings.channels_denied | keys,
            )
        case Choose("channel", _, _):
            return replace(settings, channels_allowed=frozenset(), channels_denied=frozenset())
        case Choose(_, rule, keys):
            allowed = frozenset() if rule == "any" else settings.roles_allowed | keys
            return replace(settings, roles_allowed=allowed)
        case Limit(scope, count):
            rates = dict[Scope, Rate]()
            if scope is not None:
                rates = {**settings.rates, scope: Rate(count, MINUTE)}
            return replace(settings, rates=rates)
        case Private(on):
            return replace(settings, private=on)


def refusal(settings: GuildSettings, question: Question) -> str | None:
    """Say why a question is not answered here; None if it is."""
    if not question.direct:
        places = {question.channel_key} | question.parent_keys
        if places & settings.channels_denied:
            return "The admins here switched answers off in this channel."
        if settings.channels_allowed and not places & settings.channels_allowed:
            return "The admins here switched answers on in other channels only."
    if settings.roles_allowed and not question.role_keys & settings.roles_allowed:
        return "The admins here let only people with certain roles ask."
    return None


def describe(settings: GuildSettings) -> AdminReply:
    """Say what is set."""
    parts: list[str | Place] = []
    if settings.channels_allowed:
        parts += ["Answers in ", *_places("channel", settings.channels_allowed), " only.\n"]
    else:
        parts += ["Answers in every channel"]
        if settings.channels_denied:
            parts += [" but ", *_places("channel", settings.channels_denied)]
        parts += [".\n"]
    if settings.roles_allowed:
        parts += ["Answers people with ", *_places("role", settings.roles_allowed), " only.\n"]
    else:
        parts += ["Answers everybody.\n"]
    for scope, rate in sorted(settings.rates.items()):
        amount = f"{rate.count} questions a minute" if rate.count else "no limit"
        parts.append(f"Limit for one {scope}: {amount}.\n")
    if not settings.rates:
        parts.append("Limits are the operator's.\n")
    shown = "the asker's eyes only" if settings.private else "everybody in the channel"
    parts.append(f"Answers are for {shown} unless asked otherwise.")
    return tuple(parts)


def stats_in_words(stats: Stats) -> str:
    """Put figures into a few lines."""
    return (
        f"The last {stats.days} days: {stats.questions} questions from {stats.askers} people, "
        f"{stats.found} answered, {stats.abstained} not in the documents.\n"
        f"Votes: {stats.up} up, {stats.down} down.\n"
        f"Documents: {stats.documents} (version {stats.fingerprint[:12]})."
    )


def reloaded_in_words(outcome: Reloaded | Failed) -> str:
    """Say what reading the documents again changed."""
    if isinstance(outcome, Failed):
        return f"{outcome.public_text} Answers still come from the documents as they were."
    if outcome.before == outcome.after:
        return f"Nothing has changed: {outcome.documents} documents."
    return f"Read again: {outcome.documents} documents (version {outcome.after[:12]})."


def _singular(plural: str) -> Literal["channel", "role"]:
    return "channel" if plural == "channels" else "role"


def _keys(words: Iterable[str], what: Literal["channel", "role"]) -> frozenset[str]:
    keys = set()
    for word in words:
        found = _KEYS[what].fullmatch(word)
        if not found:
            shown = word if word.isprintable() and len(word) <= 50 else "That"
            raise AdminError(
                f"{shown} is no {what}: pick it from the list while typing, or give its id."
            )
        keys.add(found[1] or found[2])
    return frozenset(keys)


def _count(word: str) -> int:
    if word.isascii() and word.isdigit() and len(word) < 7 and int(word) <= MOST:
        return int(word)
    raise AdminError(f"A limit is a whole number of questions a minute, from 0 to {MOST}.")


def _places(kind: Literal["channel", "role"], keys: Iterable[str]) -> list[str | Place]:
    parts: list[str | Place] = []
    for key in sorted(keys):
        parts += [", ", Place(kind, key)]
    return parts[1:]
