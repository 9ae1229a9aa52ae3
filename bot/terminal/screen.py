"""The two streams of a terminal program: what is shown, what is said, and progress.

rich is imported when something is drawn, so that machine-readable output starts sooner.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TextIO

from bot.errors import in_words
from bot.ports import Progress
from bot.terminal.place import Place
from retrieval.types import Answer, Trace

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

UNWRAPPED = 10_000  # columns where nobody looks at columns: a file or a pipe


class Screen:
    """Writes to `out` (answers) and `err` (everything about getting them)."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = tolerant(out or sys.stdout or _nowhere())
        self.err = tolerant(err or sys.stderr or _nowhere())
        self.complained = False

    @cached_property
    def console(self) -> "Console":
        """Draws on `out`."""
        return _console(self.out)

    def show(self, view: "RenderableType") -> None:
        """Draw something; wrapped for a terminal, unwrapped for a file or a pipe."""
        try:
            # Not cropped: an address may run past the edge, where the terminal itself wraps it.
            self.console.print(view, soft_wrap=not self.console.is_terminal, crop=False)
        except SystemExit:  # what rich makes of a reader that left
            raise BrokenPipeError from None

    def show_answer(
        self,
        answer: Answer,
        place: Place,
        *,
        trace: Trace | None = None,
        milliseconds: Mapping[str, float],
    ) -> None:
        """Draw an answer, and with a trace how it came about."""
        from bot.terminal.answers import AnswerView  # noqa: PLC0415
        from bot.terminal.tables import ExplainView  # noqa: PLC0415

        self.show(AnswerView(answer, place))
        if trace is not None:
            self.say("")
            self.show(ExplainView(answer, trace, place, milliseconds))

    def page(self, view: "RenderableType") -> None:
        """Draw something long: through the user's pager where it does not fit on the screen."""
        console = self.console
        if not console.is_terminal or console.is_dumb_terminal:
            self.show(view)
            return
        with console.capture() as captured:
            console.print(view)
        if captured.get().count("\n") < console.height:
            self.show(view)
            return
        from rich.console import Console  # noqa: PLC0415

        plain = io.StringIO()
        Console(file=plain, width=console.width, markup=False, highlight=False).print(view)
        import pydoc  # noqa: PLC0415

        pydoc.pager(plain.getvalue())

    def write(self, line: str) -> None:
        """Write one line of machine-readable output and hand it on at once."""
        self.out.write(line + "\n")
        self.out.flush()

    def say(self, text: str) -> None:
        """Tell the user something, on `out`."""
        from bot.terminal.visible import escape  # noqa: PLC0415

        self.out.write(escape(text) + "\n")
        self.out.flush()

    def tell(self, text: str) -> None:
        """Tell the user something that is not part of the output, on `err`."""
        from bot.terminal.visible import escape  # noqa: PLC0415

        self.out.flush()
        self.err.write(escape(text) + "\n")
        self.err.flush()

    def complain(self, error: BaseException | str) -> None:
        """Put an error into words, on `err`."""
        self.complained = True
        self.tell(error if isinstance(error, str) else in_words(error))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Give a function that draws a bar on `err`, or writes a line a step where none can be."""
        console = _console(self.err)
        if not console.is_terminal or console.is_dumb_terminal:
            yield steps_told(self.tell)
            return
        from rich import progress as bars  # noqa: PLC0415

        columns = (
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
        )
        with bars.Progress(*columns, console=console) as bar:
            tasks = {}

            def drawn(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bar.add_task(step, total=total or None)
                bar.update(tasks[step], completed=done, total=total or None)

            yield drawn

    @contextmanager
    def waiting(self) -> Iterator[Callable[[str], None]]:
        """Give a function that keeps a status line on `err` up to date; silent in a pipe."""
        console = _console(self.err)
        if not console.is_terminal or console.is_dumb_terminal:
            yield lambda _: None
            return
        from rich.text import Text  # noqa: PLC0415

        with console.status(Text("working"), spinner="line") as status:
            yield lambda text: status.update(Text(text))


def steps_told(tell: Callable[[str], None], *, every_s: float = 10.0) -> Progress:
    """Progress as plain lines: each step once, then at most one line in `every_s` seconds."""
    current = ""
    told_at = 0.0

    def report(step: str, done: int, total: int) -> None:
        nonlocal current, told_at
        now = time.monotonic()
        if step != current or now - told_at >= every_s:
            tell(f"{step}: {done} of {total}" if done else f"{step} …")
            current, told_at = step, now

    return report


def shown(path: Path) -> PurePath:
    """Return a path as a reader in the current directory would write it."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except (OSError, ValueError):
        return path


def tolerant(stream: TextIO) -> TextIO:
    """Make a stream write characters that its encoding lacks as escapes instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _nowhere() -> TextIO:
    """Stand in for a stream that was closed before the program began (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8")


def _console(stream: TextIO) -> "Console":
    from rich.console import Console  # noqa: PLC0415

    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = UNWRAPPED
    return console
