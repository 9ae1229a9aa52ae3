"""A crowd on Slack, asking by slash command.

`python -m tests.benchmarks.bench_slack` prints the figures and exits with 1 if a question did not
end visibly exactly once, or an acknowledgement took 3 s.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.crowd import CHANNELS, PEOPLE, Figures, bench, measure
from tests.loopback.recording import Outcome
from tests.loopback.slack_fake import FakeSlack
from tests.loopback.slack_rules import quotes


class Slack:
    """The crowd's side of a loopback Slack."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake
        self._people = [f"U{number:04}" for number in range(PEOPLE)]
        self._channels = [f"C{number:04}" for number in range(CHANNELS)]
        fake.users |= {person: person.lower() for person in self._people}
        fake.channels += self._channels

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "SLACK_BOT_TOKEN": self._fake.bot_token,
            "SLACK_APP_TOKEN": self._fake.app_token,
            "SLACK_API_URL": self._fake.api_url,
        }

    @property
    def breaches(self) -> int:
        return len(self._fake.violations)

    async def ready(self) -> None:
        await self._fake.until(lambda: self._fake.connections, 60)

    async def ask(self, question: str, person: int, channel: int) -> Outcome:
        return await self._fake.slash(
            question, user=self._people[person], channel=self._channels[channel], timeout=60
        )

    def answered_once(self, outcomes: Sequence[Outcome]) -> int:
        strays = len(self._fake.messages) - sum(len(one.messages) for one in outcomes) - 1
        return sum(len(one.messages) == 1 for one in outcomes) - abs(strays)

    def is_quoted(self, outcome: Outcome) -> bool:
        return bool(quotes(outcome.messages[0]["blocks"]))


async def measured(folder: Path) -> Figures:
    async with FakeSlack() as fake:
        return await measure(Slack(fake), folder)


if __name__ == "__main__":
    sys.exit(bench(measured))
