"""A crowd on Discord, asking by slash command.

`python -m tests.benchmarks.bench_discord` prints the figures and exits with 1 if a question did not
end visibly exactly once, an acknowledgement took 3 s, or the bot's event loop stood still 100 ms.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.crowd import CHANNELS, PEOPLE, Figures, bench, measure
from tests.loopback.discord_fake import FakeDiscord
from tests.loopback.recording import Outcome

LAG_WITHIN = 0.1  # seconds


class Discord:
    """The crowd's side of a loopback Discord."""

    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake
        self._channels = [fake.new_channel(f"channel{number}") for number in range(CHANNELS)]

    @property
    def environment(self) -> Mapping[str, str]:
        return {"DISCORD_TOKEN": self._fake.token, "DISCORD_API_URL": self._fake.base}

    @property
    def breaches(self) -> int:
        return len(self._fake.violations)

    async def ready(self) -> None:
        await self._fake.wait_commands(60)
        await self._fake.wait_ready()

    async def ask(self, question: str, person: int, channel: int) -> Outcome:
        return await self._fake.slash(
            "talks",
            {"question": question},
            user=self._fake.crowd[person],
            channel=self._channels[channel],
            timeout=60,
        )

    def answered_once(self, outcomes: Sequence[Outcome]) -> int:
        ends = Counter(
            self._fake.owner[message["id"]]
            for message in self._fake.messages.values()
            if message["id"] in self._fake.owner and message["components"]
        )
        return sum(ends[one.source["token"]] == 1 for one in outcomes)

    def is_quoted(self, outcome: Outcome) -> bool:
        return ">>> " in outcome.text


async def measured(folder: Path) -> Figures:
    async with FakeDiscord(people=PEOPLE) as fake:
        return await measure(Discord(fake), folder)


if __name__ == "__main__":
    sys.exit(bench(measured, lag_within=LAG_WITHIN))
