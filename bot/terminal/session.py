"""One sitting at the prompt: the settings, the engine behind it, and the conversation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.cli_ask import timed, whole
from bot.errors import UsageError
from bot.names import names
from bot.ports import App, Engine, Progress
from bot.terminal.background import Task
from bot.terminal.opening import open_or_build
from bot.terminal.place import Place
from bot.terminal.screen import Screen, shown, steps_told
from config.settings import Settings
from retrieval.followup import carried
from retrieval.types import Answer, Evidence, Found

Result = TypeVar("Result")
BRIEF_S = 0.2  # a wait shorter than this needs no status line


@dataclass(frozen=True, slots=True)
class Loaded:
    """An open engine and what is derived from it once."""

    engine: Engine
    names: tuple[str, ...]


@dataclass(slots=True)
class Choices:
    """What the commands change for the questions that follow."""

    k: int | None = None
    explain: bool = False
    time: bool = False


@dataclass(slots=True)
class Session:
    """Everything a command can reach."""

    app: App
    screen: Screen
    config: Path | None
    overrides: dict[str, object]
    settings: Settings
    interactive: bool
    on_change: Callable[[], None] = lambda: None
    choices: Choices = field(default_factory=Choices)
    last: Answer | None = None  # the answer that `:open` and the next question lean on
    loading: "Task[Loaded]" = field(init=False)

    def __post_init__(self) -> None:
        self.load(refresh=False)

    def load(self, *, refresh: bool) -> None:
        """Begin to open the engine on another thread; `refresh` rebuilds a stale index."""
        settings = self.settings

        def work(task: "Task[Loaded]") -> Loaded:
            progress = _progress(task, None if self.interactive else self.screen.tell)
            engine = open_or_build(self.app, settings, progress=progress, refresh=refresh)
            return Loaded(engine, names(engine.sources.values()) if self.interactive else ())

        self.loading = Task(work, status="opening the index", on_change=self._changed)

    def loaded(self) -> Loaded:
        """Wait for the engine, with a status line; raises why there is none."""
        return self.wait_for(self.loading)

    def known_names(self) -> tuple[str, ...]:
        """Names for completion, as soon as there are any."""
        return self.loading.result().names if self._is_ready() else ()

    def known_documents(self) -> tuple[str, ...]:
        """Document ids for completion, as soon as there are any."""
        return tuple(self.loading.result().engine.sources) if self._is_ready() else ()

    def ask(self, question: str) -> None:
        """Answer one question, and remember the answer for the next."""
        engine = self.loaded().engine
        ask_it = partial(engine.trace, whole(question), k=self.choices.k, previous=self.last)
        task = Task(lambda _: timed(ask_it), status="looking it up")
        reply, trace, milliseconds = self.wait_for(task)
        self.last = carried(reply, self.last)
        self.screen.show_answer(
            reply,
            self.place(engine),
            trace=trace if self.choices.explain else None,
            milliseconds=milliseconds,
        )
        if self.choices.time and not self.choices.explain:
            self.screen.say(f"{milliseconds['total']:.1f} ms")

    def place(self, engine: Engine) -> Place:
        """Where the engine's documents are."""
        return Place(
            shown(self.settings.collection.seeds), engine.sources, self.settings.web.public_url
        )

    def change(self, key: str, value: str) -> None:
        """Change one setting and open the engine with it; SettingsError leaves all as it was."""
        overrides = {**self.overrides, key: value}
        self.settings = self.app.load_settings(self.config, overrides)
        self.overrides = overrides
        self.load(refresh=False)

    def evidence(self, number: int) -> Evidence:
        """Return a quote of the last answer by its number."""
        if self.last is None:
            raise UsageError("There is no answer yet. Ask something first.")
        shown_last = self.last.evidence if isinstance(self.last, Found) else self.last.nearest
        for one in shown_last:
            if one.citation.number == number:
                return one
        raise UsageError(f"The last answer has {len(shown_last)} quotes, and no number {number}.")

    def wait_for(self, task: "Task[Result]") -> Result:
        """Wait with a status line; Ctrl-C stops waiting, not the work."""
        if not task.wait(BRIEF_S):
            with self.screen.waiting() as tell:
                tell(f"{task.status} (Ctrl-C stops waiting)")
                while not task.wait(BRIEF_S):
                    tell(f"{task.status} (Ctrl-C stops waiting)")
        return task.result()

    def _changed(self) -> None:
        self.on_change()  # looked up late: the prompt sets it after loading has begun

    def _is_ready(self) -> bool:
        return self.loading.done and self.loading.error is None


def _progress(task: "Task[Loaded]", tell: Callable[[str], None] | None) -> Progress:
    """Build progress as the task's status, and as lines where nobody sees that."""
    lines = steps_told(tell) if tell else None

    def report(step: str, done: int, total: int) -> None:
        task.status = f"{step} {done}/{total}" if total else step
        if lines:
            lines(step, done, total)

    return report
