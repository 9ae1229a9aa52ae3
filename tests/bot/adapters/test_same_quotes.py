"""One question, one answer, wherever it is asked: the prompt, Discord, Slack, the web agree."""

import asyncio
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.adapters import slacking
from tests.bot.adapters.conftest import connected
from tests.loopback.discord_markdown import shown
from tests.loopback.discord_rules import walk
from tests.loopback.slack_rules import quotes

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


def questions():
    lines = (ROOT / "tests" / "questions" / "seeds.jsonl").read_text().splitlines()
    every = [one["question"] for one in map(json.loads, lines) if "\n" not in one["question"]]
    plain = [text for text in every if text.strip() and not text.startswith(":")]
    return plain[:: max(1, len(plain) // 20)][:20]


def at_the_prompt(asked, settings):
    """What the prompt shows of each question: its lines that are quotes."""
    environment = {
        **os.environ,
        "TALKS_INDEX__PATH": str(settings.index.path),
        "TALKS_ANSWER__QUOTES": "2",
        "COLUMNS": "100000",
    }
    command = [sys.executable, "-m", "bot", "repl", "--seeds", str(settings.collection.seeds)]
    done = subprocess.run(
        command, input="\n".join(asked), capture_output=True, text=True, timeout=120, cwd=ROOT,
        env=environment, check=True,
    )  # fmt: skip
    return done.stdout


def on_the_web(asked, engine, state):
    """What the ask page quotes of each question."""
    from tests.bot.web.conftest import client

    pages = []
    with client(state, build=lambda: engine, settings={"answer.quotes": 2}) as web:
        for text in asked:
            page = web.get("/", params={"q": text}).text
            quoted = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)
            pages.append([html.unescape(re.sub(r"<[^>]*>", "", one)) for one in quoted])
    return pages


async def test_20_questions_give_the_same_quotes_everywhere(
    seeds_engine, seeds_settings, discord, slack, tmp_path
):
    asked = questions()
    assert len(asked) == 20
    two = {"answer.quotes": 2}
    per_platform = {"discord": [], "slack": []}
    async with connected(discord, tmp_path / "d", engine=seeds_engine, settings=two):
        for text in asked:
            outcome = await discord.slash("talks", {"question": text}, timeout=60)
            parts = [
                c["content"] for c in walk(outcome.messages[0]["components"]) if c["type"] == 10
            ]
            per_platform["discord"].append([shown(p) for p in parts if p.startswith(">>> ")])
    async with slacking.connected(slack, tmp_path / "s", engine=seeds_engine, settings=two):
        for text in asked:
            given = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            outcome = await slack.slash(given, timeout=60)
            per_platform["slack"].append(quotes(outcome.messages[0]["blocks"])[:2])
    assert per_platform["discord"] == per_platform["slack"]
    web = await asyncio.to_thread(on_the_web, asked, seeds_engine, tmp_path / "w")
    assert [each[:2] for each in web] == per_platform["slack"]
    printed = at_the_prompt(asked, seeds_settings)
    flat = " ".join(line.strip().removeprefix(">").strip() for line in printed.splitlines())
    found = 0
    for each in per_platform["slack"]:
        for quote in each:
            found += 1
            assert " ".join(quote.split()) in " ".join(flat.split())
    assert found >= 20
