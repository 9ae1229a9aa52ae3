"""Errors as pages for people and as problem+json (RFC 9457) for programs; never a traceback."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bot.service.failures import failed
from bot.web.asking import PLATFORM, Said

Draw = Callable[[Request, Said], Response]

WORDS = {
    400: "The request could not be read.",
    401: "This needs a key: send it as “Authorization: Bearer …”.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    408: "The request took too long to arrive.",
    413: "The request is too large.",
    421: "This server does not go by that name. See web.public_url.",
    422: "The request has not the form that is described at /api/openapi.json.",
}


def said(status: int, text: str = "") -> Said:
    """Put an HTTP status into words."""
    return Said(status, HTTPStatus(status).phrase, text or WORDS.get(status, ""))


def problem(told: Said, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem as JSON."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": told.title,
        "status": told.status,
        "detail": told.text,
    }
    if told.error_id:
        body["error_id"] = told.error_id
    if told.retry_after is not None:
        body["retry_after"] = told.retry_after
    return Response(
        json.dumps(body),
        told.status,
        {**_retry(told), **(headers or {})},
        "application/problem+json",
    )


def handle(app: FastAPI, draw: Draw | None) -> None:
    """Answer whatever goes wrong: `draw` a page for people, problem+json under /api and without."""

    def told(request: Request, what: Said, headers: Mapping[str, str] | None = None) -> Response:
        if draw is None or request.url.path.startswith("/api/") or what.status == 421:
            return problem(what, headers=headers)
        response = draw(request, what)
        response.headers.update({**_retry(what), **(headers or {})})
        return response

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        detail = error.detail if isinstance(error, HTTPException) else ""
        own = "" if detail == HTTPStatus(status).phrase or status == 400 else detail
        return told(request, said(status, own), headers)

    async def invalid(request: Request, error: Exception) -> Response:
        where = error.errors()[:3] if isinstance(error, RequestValidationError) else []
        # What was sent is not repeated: it may be anything.
        named = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in where)
        return told(request, said(422, f"{WORDS[422]} {named}".strip()))

    async def unexpected(request: Request, error: Exception) -> Response:
        gone = failed(error, platform=PLATFORM)
        return told(request, Said(500, "That went wrong", gone.public_text, error_id=gone.error_id))

    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path if str(part).isidentifier() or isinstance(part, int))


def _retry(told: Said) -> dict[str, str]:
    return {} if told.retry_after is None else {"Retry-After": str(told.retry_after)}
