"""200 questions at once from 50 people in ten channels of a loopback platform, on the real index.

The bot is a process of its own with default settings (`python -m tests.benchmarks.crowd FILE`,
which notes there how late its event loop was); the index is built first if there is none.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from bot import app
from bot.serve import run
from bot.terminal.opening import open_or_build
from config.secrets import read_secrets
from tests.loopback.recording import Outcome

PEOPLE, CHANNELS, EACH = 50, 10, 4
ACKNOWLEDGED_WITHIN = 3.0  # seconds
QUESTIONS = (
    "who met in Reykjavik?",
    "how long did the talks in Stockholm last?",
    "when will Blinken be in Kyiv?",
    "what did Lavrov say about a written response?",
    "how many Russian troops are at the border?",
    "who won the world cup?",
    "how long was the Geneva meeting?",
    "what is said about Nord Stream 2?",
)
Figures = dict[str, float]


class Side(Protocol):
    """One loopback platform, as the crowd needs it."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells the bot where it is."""

    @property
    def breaches(self) -> int:
        """How often the bot did what the platform forbids."""

    async def ready(self) -> None:
        """Wait until the bot is connected."""

    async def ask(self, question: str, person: int, channel: int) -> Outcome:
        """Ask by a command; the people and channels are numbered."""

    def answered_once(self, outcomes: Sequence[Outcome]) -> int:
        """Count the questions that ended visibly exactly once."""

    def is_quoted(self, outcome: Outcome) -> bool:
        """Whether an answer has a quote."""


class LagMeter:
    """Notes by how much a short sleep of the bot's loop came too late; runs like a platform."""

    name = "lag meter"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._late: list[float] = []
        self._over = asyncio.Event()

    async def serve(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self._late.append(time.perf_counter() - began - 0.005)

    async def drain(self, grace: float) -> None:
        """Nothing is left to do."""

    async def close(self) -> None:
        self._over.set()
        self._path.write_text(json.dumps(self._late))


def serve(lag: Path) -> None:
    """The bot's process."""
    settings = app.load_settings(None, {})
    connect = app.platforms(settings, read_secrets())
    run(partial(app.open_engine, settings), settings, [*connect, lambda _: (LagMeter(lag),)])


async def measure(side: Side, folder: Path) -> Figures:
    """Start the bot, let everybody ask, stop it."""
    state = {"TALKS_STATE__URL": f"sqlite:///{folder / 'state.sqlite'}"}
    environment = {**os.environ, **side.environment, **state}
    lag = folder / "lag.json"
    command = (sys.executable, "-m", "tests.benchmarks.crowd", str(lag))
    with (folder / "log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(*command, env=environment, stderr=log)
        await side.ready()
        await side.ask(QUESTIONS[0], 0, 0)
        figures = await _everybody(side)
        bot.terminate()
        figures["exit code"] = await bot.wait()
    late = sorted(json.loads(lag.read_text()))
    figures["loop lag p99 ms"] = late[int(len(late) * 0.99)] * 1000
    figures["loop lag worst ms"] = late[-1] * 1000
    figures["breaches of the rules"] = side.breaches
    return figures


async def _everybody(side: Side) -> Figures:
    began = time.perf_counter()
    outcomes = await asyncio.gather(
        *(
            side.ask(
                QUESTIONS[(turn + person) % len(QUESTIONS)], person, (turn + person) % CHANNELS
            )
            for turn in range(EACH)
            for person in range(PEOPLE)
        )
    )
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)  # whatever comes twice would be here by now
    acknowledged = sorted(one.ack_latency or float("inf") for one in outcomes)
    visible = sorted(one.first_visible or float("inf") for one in outcomes)
    return {
        "questions": len(outcomes),
        "ended visibly once": side.answered_once(outcomes),
        "answers with a quote": sum(map(side.is_quoted, outcomes)),
        "acknowledged p50 ms": acknowledged[len(acknowledged) // 2] * 1000,
        "acknowledged worst ms": acknowledged[-1] * 1000,
        "answered p50 ms": visible[len(visible) // 2] * 1000,
        "answered worst ms": visible[-1] * 1000,
        "all answered s": seconds,
    }


def bench(
    measured: Callable[[Path], Coroutine[None, None, Figures]], *, lag_within: float = float("inf")
) -> int:
    """Print the figures; 1 if one of them is not as it should be. `lag_within` is in seconds."""
    settings = app.load_settings(None, {})
    open_or_build(app, settings, progress=lambda *_: None)
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measured(Path(folder)))
    for name, figure in figures.items():
        print(f"{name:28} {figure:10.1f}")
    good = (
        figures["ended visibly once"] == figures["questions"]
        and figures["acknowledged worst ms"] < ACKNOWLEDGED_WITHIN * 1000
        and figures["loop lag worst ms"] < lag_within * 1000
        and not figures["breaches of the rules"]
    )
    return 0 if good else 1


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
