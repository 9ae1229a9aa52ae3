"""A site over the seeds or over hand-made documents: in process, or on a port in a thread."""

import asyncio
import hashlib
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed: pip install 'talks[web]'")

from starlette.testclient import TestClient

from bot.service import Service
from bot.web import Options, Web, site
from config.settings import load
from retrieval.types import Document, Kind, Region, Source, Span
from tests.bot.adapters.meetings import MeetingsEngine
from tests.bot.examples import evidence, found

NO_LIMITS = {f"limits.{scope}": 0 for scope in ("user", "channel", "thread", "guild", "overall")}
EVIL = "<script>alert(1)</script>"
HOSTILE = (
    "</p></article><h1>" + EVIL + "\n"
    "\x1b[31mred\x07 \u202egnp.exe\u202c & &amp; &#x41; \"'` {{ 7*7 }} {% raw %} \x00 end.\r\n"
    "<img src=x onerror=alert(1)> <!-- --> ]]> javascript:alert(1) \u2028 \ufeff \x85\n"
    "]]><mark id=quote>not a mark</mark>"
)


def document(doc_id, text, **more):
    values = {
        "publisher": None, "author": None, "date": None, "date_known_by": "unknown", "url": None,
    }  # fmt: skip
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    values = {"title": doc_id, "given": frozenset(), **values, **more}
    return Document(id=doc_id, file=f"{doc_id}.txt", sha256=sha256, **values)


def hostile_source():
    """A document whose every part would like to be more than text."""
    doc_id = f'a/b?c#d "{EVIL}" é'
    about = document(
        doc_id,
        HOSTILE,
        title=f'"><svg onload=alert(1)>{EVIL}\x1b\u202e',
        publisher=EVIL,
        author="{{ config }}",
        date="2022-07",
        date_known_by="inferred",
        url="javascript:alert(1)",
    )
    kinds = (Kind.HEADLINE, Kind.BODY, Kind.COMMENT, Kind.FURNITURE)
    regions, at = [], 0
    for kind, line in zip(kinds, HOSTILE.split("\n"), strict=True):
        regions.append(Region(kind, Span(at, at + len(line))))
        at += len(line) + 1
    return Source(about, HOSTILE, tuple(regions))


class WebEngine(MeetingsEngine):
    """The meetings, and a hostile document that answers when it is named."""

    def __init__(self, **given):
        super().__init__(**given)
        self.heard = []
        hostile = hostile_source()
        self.hostile = hostile.document.id
        self.sources[self.hostile] = hostile

    def ask(self, text, *, k=None, documents=None, kinds=None, previous=None):
        self.heard.append((text, documents, kinds))
        if "hostile" not in text and documents != frozenset({self.hostile}):
            return super().ask(text, k=k, documents=documents, kinds=kinds, previous=previous)
        source = self.sources[self.hostile]
        region = source.regions[1]
        one = evidence(source, region.span.start, region.span.end, kind=region.kind)
        answer = found(one, text=text, understood=f"{EVIL} {text}")
        return replace(answer, fingerprint=self.fingerprint)


@dataclass
class Site:
    """What a test holds."""

    service: Service
    engine: object
    app: object
    operations: object
    options: Options
    heard: dict = field(default_factory=dict)


@asynccontextmanager
async def made(state, *, build=None, settings=None, heard=None, mounted=None, **options):
    """Make a site over `build`'s engine until the block ends."""
    engine = build() if build else WebEngine()
    url = {"state.url": f"sqlite:///{state}"}
    chosen = load(overrides={**NO_LIMITS, **url, **(settings or {})})
    service = await Service.start(lambda: engine, chosen)
    heard = {} if heard is None else heard
    chosen_options = Options(**options)
    app, operations = site(service, chosen_options, mounted=mounted, heard=heard)
    try:
        yield Site(service, engine, app, operations, chosen_options, heard)
    finally:
        getattr(engine, "go", threading.Event()).set()
        await service.close(2)


@contextmanager
def served(state, **more):
    """The same on a port, in a thread with an event loop of its own; gives its address."""
    ready, stop = threading.Event(), []
    told = {}

    async def serve():
        async with made(state, **more) as running:
            web = Web(running.app, host="127.0.0.1", port=0, patience=running.options.patience)
            serving = asyncio.create_task(web.serve())
            stop.append((asyncio.get_running_loop(), web))
            while web.port is None:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
            told.update(port=web.port, site=running)
            ready.set()
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{told['port']}", told["site"]
    finally:
        loop, web = stop[0]
        asyncio.run_coroutine_threadsafe(web.close(), loop).result(5)
        thread.join(20)


@contextmanager
def client(state, **more):
    """An HTTP client of a site in this process: no port, and one event loop for both."""
    context = made(state, **more)
    with TestClient(_Late(), base_url="http://localhost") as portal_client:
        running = portal_client.portal.call(context.__aenter__)
        portal_client.app.app = running.app
        portal_client.site = running
        try:
            yield portal_client
        finally:
            portal_client.portal.call(context.__aexit__, None, None, None)


class _Late:
    """An application that is named after the client's event loop has begun."""

    app = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await self.app(scope, receive, send)


@pytest.fixture
def web(tmp_path):
    with client(tmp_path / "state.sqlite") as one:
        yield one
