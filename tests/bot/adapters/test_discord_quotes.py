"""The quote law end to end: what was stored at Discord shows each document's words exactly."""

import asyncio
from pathlib import Path

import pytest

from retrieval import corpus
from retrieval.sentences import sentences, trimmed
from tests.bot.adapters.conftest import connected
from tests.bot.examples import evidence, found, source
from tests.bot.render.test_discord import HOSTILE, LONG, OUR_MARKS
from tests.bot.service.engines import SmallEngine
from tests.loopback.discord_markdown import constructs, shown
from tests.loopback.discord_rules import walk

pytestmark = pytest.mark.anyio

SEEDS = Path(__file__).parents[3] / "seeds"


class Reciting(SmallEngine):
    """Asked for "sentence 7", answers with the seventh span it was given."""

    def __init__(self, spans):
        super().__init__()
        self.spans = spans
        self.sources = {of.document.id: of for of, _ in spans}

    def ask(self, text, **given):
        number = text.removeprefix("sentence ")
        of, span = self.spans[int(number) if number.isdigit() else 0]
        return found(evidence(of, span.start, span.end), text=text)


def everything():
    hostile = source(HOSTILE + LONG, "hostile")
    for of in (*corpus.load(SEEDS), hostile):
        for region in of.regions:
            for span in sentences(of.text, region.span):
                if of.text[span.start : span.end].strip():
                    yield of, trimmed(of.text, span)


async def test_every_sentence_of_every_document_arrives_as_it_is(discord, tmp_path):
    spans = list(everything())
    outcomes = []
    async with connected(discord, tmp_path / "s", engine=Reciting(spans)):
        for begin in range(0, len(spans), 25):
            asked = (
                discord.slash("talks", {"question": f"sentence {begin + n}"}, timeout=60)
                for n in range(len(spans[begin : begin + 25]))
            )
            outcomes += await asyncio.gather(*asked)
    for outcome, (of, span) in zip(outcomes, spans, strict=True):
        sentence = of.text[span.start : span.end]
        parts = [c["content"] for c in walk(outcome.messages[0]["components"]) if c["type"] == 10]
        quotes = [part for part in parts if part.startswith(">>> ")]
        if quotes:
            assert [shown(quote) for quote in quotes] == [sentence]
            assert constructs(quotes[0]) <= OUR_MARKS
        else:  # cited and linked, never cut
            assert len(sentence) > 1900
            assert any("too long to be quoted whole" in part for part in parts)
        assert not outcome.messages[0]["mentions"]
    assert len(spans) > 250
