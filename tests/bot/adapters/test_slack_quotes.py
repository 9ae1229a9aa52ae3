"""The quote law end to end: what arrived at Slack shows each document's words exactly."""

import asyncio

import pytest

from retrieval.types import Span
from tests.bot.adapters.slacking import connected
from tests.bot.adapters.test_discord_quotes import Reciting, everything
from tests.bot.examples import source
from tests.bot.render.test_slack import HOSTILE
from tests.loopback.slack_rules import quotes

pytestmark = pytest.mark.anyio


async def test_every_sentence_of_every_document_arrives_as_it_is(slack, tmp_path):
    hostile = source(HOSTILE, "hostile-to-slack", title=HOSTILE)
    spans = [*everything(), (hostile, Span(0, len(HOSTILE)))]
    outcomes = []
    async with connected(slack, tmp_path / "s", engine=Reciting(spans)):
        for begin in range(0, len(spans), 50):
            numbers = range(begin, min(begin + 50, len(spans)))
            asked = (slack.slash(f"sentence {n}", timeout=60) for n in numbers)
            outcomes += await asyncio.gather(*asked)
    for outcome, (of, span) in zip(outcomes, spans, strict=True):
        sentence = of.text[span.start : span.end]
        shown = quotes(outcome.messages[0]["blocks"])
        if shown:
            assert shown == [sentence]
        else:  # cited and linked, never cut
            assert len(sentence) > 8000
            assert "too long to be quoted whole" in outcome.text
        assert not set("<>") & set(outcome.messages[0]["text"])
    assert len(spans) > 250
