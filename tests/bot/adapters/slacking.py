"""A bot connected to a loopback Slack: the real client, the real service, a small engine."""

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

pytest.importorskip("slack_bolt", reason="slack-bolt is not installed: pip install 'talks[slack]'")

from bot.adapters.slack import Talks
from bot.adapters.slack.manifest import REQUESTS
from bot.service import Service
from bot.web import Options, Web, site
from config.settings import load
from tests.bot.adapters.meetings import MeetingsEngine
from tests.loopback.slack_fake import FakeSlack

NO_LIMITS = {f"limits.{scope}": 0 for scope in ("user", "channel", "thread", "guild", "overall")}


@dataclass
class Bot:
    slack: FakeSlack
    service: Service
    client: Talks
    engine: MeetingsEngine
    serving: asyncio.Task
    web: Web | None = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.web.port}{REQUESTS}"


def quiet(request):
    """Whether a body unfurls nothing; ephemeral messages never do."""
    body = request["body"]
    return body.get("unfurl_links") in (False, "0", "False") and body.get("unfurl_media") in (
        False,
        "0",
        "False",
    )


@asynccontextmanager
async def connected(slack, state, *, engine=None, settings=None, http=False, lease=15.0, **client):
    """A bot at `slack` until the block ends; then nothing may have been done wrong."""
    engine = engine or MeetingsEngine()
    url = {"state.url": str(state) if "://" in str(state) else f"sqlite:///{state}"}
    chosen = load(overrides={**NO_LIMITS, **url, **(settings or {})})
    service = await Service.start(lambda: engine, chosen, lease=lease)
    made = Talks(
        service,
        bot_token=client.pop("bot_token", slack.bot_token),
        app_token=None if http else client.pop("app_token", slack.app_token),
        signing_secret=slack.secret if http else None,
        link=lambda quote, citation: f"https://talks.example/{quote.doc_id}#{citation.line}",
        api_url=slack.api_url,
        **client,
    )
    serving = asyncio.create_task(made.serve())
    web = None
    if http:
        options = Options(people=False, largest=20_000)
        application, _ = site(service, options, mounted={REQUESTS: made.http})
        web = Web(application, host="127.0.0.1", port=0)
    listening = asyncio.create_task(web.serve()) if web else None
    before = len(slack.connections)
    try:
        if web:
            await slack.until(lambda: listening.done() or web.port, what="web server")
        else:
            await slack.until(
                lambda: serving.done() or len(slack.connections) > before, what="bot connected"
            )
        yield Bot(slack, service, made, engine, serving, web)
    finally:
        getattr(engine, "go", threading.Event()).set()
        await service.close(3)
        await made.drain(3)
        await made.close()
        if web:
            await web.drain(1)
            await web.close()
            await asyncio.wait({listening}, timeout=5)
        await asyncio.wait({serving}, timeout=5)
    if serving.done() and serving.exception():
        raise serving.exception()
    loud = [r for r in slack.requests if r["method"] == "chat.postMessage" and not quiet(r)]
    assert not loud
    assert not [v for v in slack.violations if v["kind"] != "api:invalid_auth"]
