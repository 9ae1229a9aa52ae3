"""What can be typed after a colon at the prompt."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.errors import UnknownNameError, UsageError
from bot.terminal.screen import shown
from bot.terminal.session import Session
from config.settings import keys


class Leave(Exception):  # noqa: N818 - not an error
    """The user wants to go."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `complete` gives what its argument may be."""

    name: str
    argument: str
    help: str
    run: Callable[[Session, str], None]
    complete: Callable[[Session], Iterable[str]] = lambda _: ()


def run(line: str, session: Session) -> None:
    """Run `:name argument`; UsageError and what the engine raises are the caller's to show."""
    name, _, argument = line.removeprefix(":").partition(" ")
    command = _BY_NAME.get(name)
    if command is None:
        raise UnknownNameError("command", f":{name}", (f":{known.name}" for known in COMMANDS))
    command.run(session, argument.strip())


def _explain(session: Session, argument: str) -> None:
    session.choices.explain = _switch(argument, session.choices.explain)
    session.screen.say(f"explain is {_on_off(session.choices.explain)}")


def _time(session: Session, argument: str) -> None:
    session.choices.time = _switch(argument, session.choices.time)
    session.screen.say(f"time is {_on_off(session.choices.time)}")


def _k(session: Session, argument: str) -> None:
    if argument:
        session.choices.k = _number(argument, at_most=10)
    session.screen.say(f"at most {session.choices.k or session.settings.answer.quotes} quotes")


def _source(session: Session, argument: str) -> None:
    from bot.terminal.tables import SourceView  # noqa: PLC0415 - rich

    documents = session.loaded().engine.sources
    if argument not in documents:
        raise UnknownNameError("document", argument, documents)
    session.screen.page(SourceView(documents[argument]))


def _open(session: Session, argument: str) -> None:
    from bot.terminal.tables import ContextView  # noqa: PLC0415 - rich

    evidence = session.evidence(_number(argument or "1"))
    engine = session.loaded().engine
    if evidence.citation.document.id not in engine.sources:
        raise UsageError("The documents changed. Ask again.")
    span = engine.context(evidence)
    session.screen.show(ContextView(evidence, session.place(engine), span))


def _set(session: Session, argument: str) -> None:
    key, _, value = argument.replace("=", " ", 1).partition(" ")
    if key and value.strip():
        session.change(key, value.strip())
        session.screen.say(f"{key} = {_value(session, key)}")
        return
    if key and key not in keys():
        raise UnknownNameError("setting", key, keys())
    for known in (key,) if key else keys():
        session.screen.say(f"{known} = {_value(session, known)}")


def _reload(session: Session, argument: str) -> None:
    del argument
    session.load(refresh=True)
    session.last = None  # its places may have moved
    engine = session.loaded().engine
    session.screen.say(f"{len(engine.sources)} documents, index {engine.fingerprint[:12]}")


def _new(session: Session, argument: str) -> None:
    del argument
    session.last = None
    session.screen.say("a new conversation: the next question stands alone")


def _sources(session: Session, argument: str) -> None:
    from bot.terminal.tables import SourcesView  # noqa: PLC0415 - rich
    from retrieval.corpus import share_left_out  # noqa: PLC0415

    del argument
    folder = shown(session.settings.collection.seeds)
    documents = session.loaded().engine.sources.values()
    shares = [(source, share_left_out(source)) for source in documents]
    session.screen.show(SourcesView(shares, folder))


def _help(session: Session, argument: str) -> None:
    del argument
    session.screen.say("Type a question, or:")
    for command in COMMANDS:
        typed = f":{command.name} {command.argument}".rstrip()
        session.screen.say(f"  {typed:<26} {command.help}")
    session.screen.say("Tab completes, Ctrl-C cancels, Ctrl-D leaves.")


def _quit(session: Session, argument: str) -> None:
    del session, argument
    raise Leave


def _switch(argument: str, now: bool) -> bool:
    if argument not in ("", "on", "off"):
        raise UsageError(f"{argument!r} is neither on nor off.")
    return argument == "on" if argument else not now


def _on_off(value: bool) -> str:
    return "on" if value else "off"


def _number(argument: str, *, at_most: int = 1000) -> int:
    if not (argument.isascii() and argument.isdecimal() and 1 <= int(argument[:9]) <= at_most):
        raise UsageError(f"{argument!r} is not a number from 1 to {at_most}.")
    return int(argument)


def _value(session: Session, key: str) -> str:
    """Show a setting; of an address without its password."""
    section, _, name = key.partition(".")
    value = str(getattr(getattr(session.settings, section), name))
    return re.sub(r"(://[^/@:]*:).*@", r"\1***@", value)


_SWITCHES = ("on", "off")
COMMANDS = (
    Command("explain", "[on|off]", "show why, after every answer", _explain, lambda _: _SWITCHES),
    Command("k", "[N]", "at most N quotes", _k),
    Command(
        "source",
        "ID",
        "a whole document with line numbers and kinds of text",
        _source,
        lambda session: session.known_documents(),
    ),
    Command("open", "[N]", "quote N of the last answer in its surroundings", _open),
    Command("sources", "", "list the documents", _sources),
    Command("set", "[SECTION.KEY VALUE]", "show or change a setting", _set, lambda _: keys()),
    Command("reload", "", "open the index again, rebuilt if it is not up to date", _reload),
    Command("time", "[on|off]", "show how long each answer took", _time, lambda _: _SWITCHES),
    Command("new", "", "start a new conversation", _new),
    Command("help", "", "this list", _help),
    Command("quit", "", "leave", _quit),
)
_BY_NAME = {command.name: command for command in COMMANDS}
