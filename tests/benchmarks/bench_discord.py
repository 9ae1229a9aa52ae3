"""200 questions at once from 50 people in ten channels of a loopback Discord, on the real index.

`python -m tests.benchmarks.bench_discord` prints the figures and exits with 1 if a question did not
end visibly exactly once, an acknowledgement took 3 s, or the bot's event loop stood still 100 ms.
The bot is a process of its own with default settings; the index is built first if there is none.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

from bot import app
from bot.serve import run
from bot.terminal.opening import open_or_build
from config.secrets import read_secrets
from tests.loopback.discord_fake import FakeDiscord

PEOPLE, CHANNELS, EACH = 50, 10, 4
ACKNOWLEDGED_WITHIN, LAG_WITHIN = 3.0, 0.1  # seconds
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


async def measure(folder: Path) -> dict[str, float]:
    async with FakeDiscord(people=PEOPLE) as discord:
        environment = {
            **os.environ,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.base,
            "TALKS_STATE__URL": f"sqlite:///{folder / 'state.sqlite'}",
        }
        lag = folder / "lag.json"
        command = (sys.executable, "-m", "tests.benchmarks.bench_discord", str(lag))
        with (folder / "log").open("wb") as log:
            bot = await asyncio.create_subprocess_exec(*command, env=environment, stderr=log)
            await discord.wait_commands(60)
            await discord.wait_ready()
            await discord.slash("talks", {"question": QUESTIONS[0]})
            figures = await _ask(discord)
            bot.terminate()
            figures["exit code"] = await bot.wait()
        late = sorted(json.loads(lag.read_text()))
        figures["loop lag p99 ms"] = late[int(len(late) * 0.99)] * 1000
        figures["loop lag worst ms"] = late[-1] * 1000
        figures["breaches of Discord's rules"] = len(discord.violations)
        return figures


async def _ask(discord: FakeDiscord) -> dict[str, float]:
    channels = [discord.new_channel(f"channel{number}") for number in range(CHANNELS)]
    for channel in channels:
        discord.dispatch("CHANNEL_CREATE", channel)
    began = time.perf_counter()
    outcomes = await asyncio.gather(
        *(
            discord.slash(
                "talks",
                {"question": QUESTIONS[(turn + number) % len(QUESTIONS)]},
                user=person,
                channel=channels[(turn + number) % CHANNELS],
                timeout=60,
            )
            for turn in range(EACH)
            for number, person in enumerate(discord.crowd)
        )
    )
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)  # whatever comes twice would be here by now
    ends = Counter(
        discord.owner[message["id"]]
        for message in discord.messages.values()
        if message["id"] in discord.owner and message["components"]
    )
    acknowledged = sorted(one.ack_latency or float("inf") for one in outcomes)
    visible = sorted(one.first_visible or float("inf") for one in outcomes)
    return {
        "questions": len(outcomes),
        "ended visibly once": sum(ends[one.source["token"]] == 1 for one in outcomes),
        "answers with a quote": sum(">>> " in one.text for one in outcomes),
        "acknowledged p50 ms": acknowledged[len(acknowledged) // 2] * 1000,
        "acknowledged worst ms": acknowledged[-1] * 1000,
        "answered p50 ms": visible[len(visible) // 2] * 1000,
        "answered worst ms": visible[-1] * 1000,
        "all answered s": seconds,
    }


def main() -> int:
    settings = app.load_settings(None, {})
    open_or_build(app, settings, progress=lambda *_: None)
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    for name, figure in figures.items():
        print(f"{name:28} {figure:10.1f}")
    good = (
        figures["ended visibly once"] == figures["questions"]
        and figures["acknowledged worst ms"] < ACKNOWLEDGED_WITHIN * 1000
        and figures["loop lag worst ms"] < LAG_WITHIN * 1000
        and not figures["breaches of Discord's rules"]
    )
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(Path(sys.argv[1]))
    else:
        sys.exit(main())
