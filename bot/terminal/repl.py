"""`talks repl`: the prompt, on a terminal, on a dumb one, and for lines from a pipe."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli_ask import decoded
from bot.errors import Ending, UsageError, debugging, in_words
from bot.ports import App
from bot.terminal.commands import COMMANDS, Command, Leave
from bot.terminal.commands import run as run_command
from bot.terminal.screen import Screen
from bot.terminal.session import Session
from retrieval.errors import IndexDamagedError, IndexStaleError

if TYPE_CHECKING:
    from prompt_toolkit.history import History

PROMPT = "talks> "


def run(app: App, screen: Screen, *, config: Path | None, overrides: Mapping[str, object]) -> int:
    """Answer line after line until the input ends; 1 if it was a pipe and any line failed."""
    if sys.stdin is None:
        raise UsageError("There is no standard input to read questions from.")
    settings = app.load_settings(config, overrides)
    interactive = sys.stdin.isatty()
    session = Session(app, screen, config, dict(overrides), settings, interactive)
    read = _reader(session)
    while True:
        try:
            line = read()
            _answer(line, session)
        except KeyboardInterrupt:  # at the prompt, where it clears the line
            if not interactive:
                raise
        except (EOFError, Leave):
            break
    code = Ending.FAILURE if screen.complained and not interactive else Ending.DONE
    if not session.loading.done:
        # A thread inside native code that is torn down at exit can take the process with it.
        screen.out.flush()
        os._exit(code)
    return code


def _answer(line: str, session: Session) -> None:
    """Do what the line says; whatever goes wrong is told and does not end the sitting."""
    try:
        _do(line.strip(), session)
    except KeyboardInterrupt:
        if not session.interactive:
            raise
        session.screen.tell("cancelled")
    except (BrokenPipeError, Leave):
        raise
    except Exception as error:  # noqa: BLE001 - the one place where any error becomes words
        session.screen.complain(error)
        if isinstance(error, (IndexStaleError, IndexDamagedError)):
            session.screen.tell(":reload builds it again from here.")
        if debugging():
            session.screen.tell("".join(traceback.format_exception(error)))


def _do(line: str, session: Session) -> None:
    if line.startswith(":"):
        run_command(line, session)
    elif line:
        session.ask(line)
        session.screen.say("")


def _reader(session: Session) -> Callable[[], str]:
    """Return what reads the next line; EOFError at the end of the input."""
    if not session.interactive:
        return _from_pipe()
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown") or not sys.stdout.isatty():
        return lambda: _from_dumb_terminal(session.screen)
    return _from_terminal(session)


def _from_pipe() -> Callable[[], str]:
    lines = iter(sys.stdin.buffer)

    def read() -> str:
        for line in lines:
            return decoded(line)
        raise EOFError

    return read


def _from_dumb_terminal(screen: Screen) -> str:
    # On the error stream, so that the output holds nothing but answers.
    screen.err.write(PROMPT)
    screen.err.flush()
    line = decoded(sys.stdin.buffer.readline())
    if not line:
        screen.err.write("\n")
        raise EOFError
    return line


def _from_terminal(session: Session) -> Callable[[], str]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - 80 ms

    from bot.terminal.completion import TypedCompleter  # noqa: PLC0415

    def arguments(command: Command) -> Callable[[], Iterable[str]]:
        return lambda: command.complete(session)

    prompt: PromptSession[str] = PromptSession(
        PROMPT,
        history=_history(session),
        completer=TypedCompleter(
            {f":{command.name}": arguments(command) for command in COMMANDS}, session.known_names
        ),
        complete_while_typing=False,
        enable_suspend=True,
    )

    def changed() -> None:
        prompt.bottom_toolbar = _state(session)
        prompt.app.invalidate()

    session.on_change = changed
    changed()
    return prompt.prompt


def _state(session: Session) -> str | None:
    """Say what goes on behind the prompt, as long as questions cannot be answered."""
    if not session.loading.done:
        return f"{session.loading.status} …"
    if session.loading.error is not None:
        return "The index is not open: ask or type :reload to see why."
    return None


def _history(session: Session) -> "History":
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415

    from bot.terminal.history import PrivateHistory, history_path  # noqa: PLC0415

    if not session.settings.terminal.history:
        return InMemoryHistory()
    try:
        return PrivateHistory(history_path(os.environ))
    except OSError as error:
        session.screen.tell(f"What you type will not be remembered. {in_words(error)}")
        return InMemoryHistory()
