"""A bot connected to a loopback Discord: the real client, the real service, a small engine."""

import asyncio
import logging
import socket
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

pytest.importorskip("discord", reason="discord.py is not installed: pip install 'talks[discord]'")

from bot.adapters.discord import Talks
from bot.service import Service
from config.settings import load
from tests.bot.adapters.meetings import MeetingsEngine
from tests.loopback.discord_fake import FakeDiscord
from tests.loopback.discord_rules import SUPPRESS_EMBEDS, V2

NO_LIMITS = {f"limits.{scope}": 0 for scope in ("user", "channel", "thread", "guild", "overall")}
FORGIVEN = {"gateway_close"}  # what a test that disturbs the connection brings about itself


@dataclass
class Bot:
    """What a test holds: the platform, the service behind the client, the engine behind that."""

    discord: FakeDiscord
    service: Service
    client: Talks
    engine: MeetingsEngine
    serving: asyncio.Task


def forgive(discord, *kinds):
    """Violations of these kinds were the test's own doing; there must have been one."""
    mine = [v for v in discord.violations if v["kind"] in kinds]
    assert mine
    discord.violations[:] = [v for v in discord.violations if v["kind"] not in kinds]


def sent(discord):
    """Every message body that the bot sent or edited."""
    bodies = [r["body"] for r in discord.requests if isinstance(r["body"], dict)]
    bodies = [body.get("data", body) for body in bodies]
    return [b for b in bodies if "components" in b or "content" in b or "attachments" in b]


def guarded(body):
    """Whether a body can ping nobody and unfurls nothing."""
    allowed = body.get("allowed_mentions", {})
    silent = allowed.get("parse") == [] and not allowed.get("replied_user")
    no_unfurling = body.get("flags", 0) & (SUPPRESS_EMBEDS | V2) or not body.get("content")
    return silent and not allowed.get("users") and no_unfurling


@asynccontextmanager
async def connected(discord, state, *, engine=None, settings=None, **client):
    """A bot at `discord` until the block ends; then nothing may have been done wrong."""
    engine = engine or MeetingsEngine()
    url = {"state.url": f"sqlite:///{state}"}
    service = await Service.start(
        lambda: engine, load(overrides={**NO_LIMITS, **url, **(settings or {})})
    )
    sessions = len(discord.sessions)
    made = Talks(
        service,
        token=client.pop("token", discord.token),
        link=lambda quote, citation: f"https://talks.example/{quote.doc_id}#{citation.line}",
        api_url=discord.base,
        **client,
    )
    serving = asyncio.create_task(made.serve())
    try:
        await discord.until(
            lambda: serving.done() or len(discord.sessions) > sessions, what="bot connected"
        )
        yield Bot(discord, service, made, engine, serving)
    finally:
        getattr(engine, "go", threading.Event()).set()
        await service.close(3)
        await made.drain(3)
        await made.close()
        await asyncio.wait({serving}, timeout=5)
    if serving.exception():
        raise serving.exception()
    assert not [body for body in sent(discord) if not guarded(body)]
    wrong = [v for v in discord.violations if v["kind"] not in FORGIVEN]
    assert not wrong


@pytest.fixture(autouse=True)
def calm():
    """discord.py reports on disturbances that the tests make on purpose."""
    logging.getLogger("discord").setLevel(logging.CRITICAL)


@pytest.fixture
async def discord(anyio_backend):
    async with FakeDiscord() as server:
        server.buckets.clear()  # tests ask faster than people do; limits have a test of their own
        yield server


@pytest.fixture
async def bot(discord, tmp_path):
    async with connected(discord, tmp_path / "state.sqlite") as running:
        yield running


@pytest.fixture
def unused_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
async def slack(anyio_backend):
    from tests.loopback.slack_fake import FakeSlack

    async with FakeSlack() as server:
        yield server


@pytest.fixture
async def slack_bot(slack, tmp_path):
    from tests.bot.adapters import slacking

    async with slacking.connected(slack, tmp_path / "state.sqlite") as running:
        yield running
