"""200 questions at once from 50 people in ten channels of a loopback Slack, on the real index.

`python -m tests.benchmarks.bench_slack` prints the figures and exits with 1 if a question did not
end visibly exactly once, or an acknowledgement took 3 s. The bot is a process of its own with
default settings.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bot import app
from bot.terminal.opening import open_or_build
from tests.benchmarks.bench_discord import QUESTIONS
from tests.loopback.slack_fake import FakeSlack
from tests.loopback.slack_rules import quotes

PEOPLE, CHANNELS, EACH = 50, 10, 4
ACKNOWLEDGED_WITHIN = 3.0  # seconds


async def measure(folder: Path) -> dict[str, float]:
    async with FakeSlack() as slack:
        environment = {
            **os.environ,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "TALKS_STATE__URL": f"sqlite:///{folder / 'state.sqlite'}",
        }
        with (folder / "log").open("wb") as log:
            command = (sys.executable, "-m", "bot", "serve")
            bot = await asyncio.create_subprocess_exec(*command, env=environment, stderr=log)
            await slack.until(lambda: slack.connections, 60)
            await slack.slash(QUESTIONS[0])
            figures = await _ask(slack)
            bot.terminate()
            figures["exit code"] = await bot.wait()
        figures["breaches of Slack's rules"] = len(slack.violations)
        return figures


async def _ask(slack: FakeSlack) -> dict[str, float]:
    people = [f"U{number:04}" for number in range(PEOPLE)]
    slack.users |= {person: person.lower() for person in people}
    channels = [f"C{number:04}" for number in range(CHANNELS)]
    slack.channels += channels
    before = len(slack.messages)
    began = time.perf_counter()
    outcomes = await asyncio.gather(
        *(
            slack.slash(
                QUESTIONS[(turn + number) % len(QUESTIONS)],
                user=person,
                channel=channels[(turn + number) % CHANNELS],
                timeout=60,
            )
            for turn in range(EACH)
            for number, person in enumerate(people)
        )
    )
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)  # whatever comes twice would be here by now
    ends = Counter(len(one.messages) for one in outcomes)
    acknowledged = sorted(one.ack_latency or float("inf") for one in outcomes)
    visible = sorted(one.first_visible or float("inf") for one in outcomes)
    return {
        "questions": len(outcomes),
        "ended visibly once": ends[1],
        "messages in all": len(slack.messages) - before,
        "answers with a quote": sum(bool(quotes(one.messages[0]["blocks"])) for one in outcomes),
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
        figures["ended visibly once"] == figures["messages in all"] == figures["questions"]
        and figures["acknowledged worst ms"] < ACKNOWLEDGED_WITHIN * 1000
        and not figures["breaches of Slack's rules"]
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
