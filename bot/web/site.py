"""The application: which address leads where, behind one guard."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.service import Service
from bot.web import api, problems, schema
from bot.web.drawing import Drawing
from bot.web.guard import Guard, Rules
from bot.web.operations import PATHS, Heard, Operations
from bot.web.pages import Pages

# headers (in lower case) and body in, status, content type and body out
Handler = Callable[[Mapping[str, str], bytes], Awaitable[tuple[int, str, str]]]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
ABOUT = "Exact quotes from a collection of documents, or an honest no. No text is generated."


@dataclass(frozen=True, slots=True)
class Options:
    """`people` switches pages and API on; `longest` is the most characters of a question."""

    people: bool = True
    host: str = "127.0.0.1"
    public_url: str = ""
    largest: int = 1_000_000
    patience: float = 10.0
    longest: int = 2000
    more: int = 3
    keys: frozenset[str] = frozenset()


def site(
    service: Service,
    options: Options,
    *,
    mounted: Mapping[str, Handler] | None = None,
    heard: Heard | None = None,
) -> tuple[ASGIApp, Operations]:
    """Build the application; `mounted` are the addresses where platforms send their requests."""
    mounted = mounted or {}
    drawing = Drawing() if options.people else None
    operations = Operations(service, heard or {}, allowed=_holders(options.keys))
    app = FastAPI(
        title="talks",
        version="1",
        description=ABOUT,
        openapi_url="/api/openapi.json" if options.people else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    routes: list[Route] = [
        *operations.routes(),
        *(Route(path, _taking(handler), methods=["POST"]) for path, handler in mounted.items()),
    ]
    draw = None
    if drawing is not None:
        described = api.router(service, api.Keys(options.keys), public_url=options.public_url)
        app.include_router(described)
        pages = Pages(
            service,
            drawing,
            public_url=options.public_url,
            longest=options.longest,
            more=options.more,
        )
        routes += [*pages.routes(), drawing.route()]
        draw = pages.notice
        _describe(app, keyed=bool(options.keys))
    app.router.routes.extend(routes)
    problems.handle(app, draw)
    rules = Rules(
        largest=options.largest,
        patience=options.patience,
        hosts=_hosts(options),
        free=frozenset({*PATHS, *mounted}),
        https=options.public_url.startswith("https:"),
    )
    names = {route.endpoint: route.path for route in routes}
    if drawing is not None:
        names |= {one.endpoint: one.path for one in described.routes if isinstance(one, APIRoute)}
    return Guard(app, rules, operations.note, names=names), operations


def _hosts(options: Options) -> frozenset[str] | None:
    """Return the names requests may call it by, so that no other site's name leads here.

    None where it listens to the world and no public address is known.
    """
    if not options.public_url and options.host not in LOOPBACK | {"::1"}:
        return None
    public = urlsplit(options.public_url).hostname
    # Browsers send a name such as bücher.example in its ASCII form.
    return LOOPBACK | {options.host} | ({public.encode("idna").decode()} if public else set())


def _holders(keys: frozenset[str]) -> Callable[[Request], bool]:
    def allowed(request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return not keys or any(hmac.compare_digest(f"Bearer {k}".encode(), given) for k in keys)

    return allowed


def _taking(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        status, kind, text = await handler(request.headers, await request.body())
        return Response(text, status, media_type=kind)

    return take


def _describe(app: FastAPI, *, keyed: bool) -> None:
    """Have the description name the media type of failures, and keys only where they are needed."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = schema.as_problems(made())
            if not keyed:
                description["components"].pop("securitySchemes", None)
                for path in description["paths"].values():
                    for operation in path.values():
                        operation.pop("security", None)
            app.openapi_schema = description
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
