"""The API: ask, list the documents, fetch one; JSON in, JSON or problem+json out."""

import hmac
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bot import links
from bot.json import answer_object, document_object
from bot.service import Service
from bot.types import Answered
from bot.web import asking, problems, schema
from bot.web.reading import LineCounter
from retrieval.regions import line_of
from retrieval.types import Source

ANSWER_ID = "Talks-Answer-Id"
_PROBLEMS = {
    400: "not JSON",
    401: "no key, or a wrong one",
    403: "switched off",
    404: "no such document, or none that fits",
    408: "too slow to arrive",
    413: "too large",
    421: "this server does not go by that name",
    422: "not of the form described here",
    429: "too many questions",
    500: "failed",
    503: "busy",
}


def _failing(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"model": schema.Problem, "description": _PROBLEMS[status]} for status in statuses
    }


class Keys:
    """Who may use the API: anybody, or who has one of the keys."""

    def __init__(self, keys: frozenset[str]) -> None:
        self._keys = keys

    async def __call__(  # as a plain function it would cost each request a thread
        self,
        bearer: Annotated[
            HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
        ],
    ) -> str | None:
        """Return the key that was used, None where none is needed; 401 otherwise."""
        if not self._keys:
            return None
        given = bearer.credentials.encode() if bearer else b""
        found = [key for key in self._keys if hmac.compare_digest(key.encode(), given)]
        if not found:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        return found[0]


def router(service: Service, keys: Keys, *, public_url: str) -> APIRouter:
    """Make the routes under /api."""
    routes = APIRouter(prefix="/api", tags=["talks"])
    of_key = Depends(keys)

    @routes.post(
        "/ask",
        summary="Ask a question",
        responses={
            200: {
                "model": schema.Answer,
                "headers": {
                    ANSWER_ID: {
                        "description": "names this answer, for `follows`",
                        "schema": {"type": "string"},
                    }
                },
            },
            **_failing(*_PROBLEMS),
        },
    )
    async def ask(
        asked: schema.Asked, request: Request, key: Annotated[str | None, of_key]
    ) -> Response:
        """Answer with exact quotes, or say that the documents do not; both are 200."""
        wanted = asking.Wanted(
            asked.question,
            documents=asked.documents or (),
            kinds=asked.kinds or (),
            since=asked.since or "",
            until=asked.until or "",
            follows=asked.follows,
            k=asked.k,
        )
        user = asking.asker(key, request.client.host if request.client else None)
        try:
            question = asking.question(wanted, service.documents(), user=user)
        except asking.NoFitError as error:
            return problems.problem(problems.said(404, str(error)))
        began = time.perf_counter()
        reply = await service.ask(question)
        told = asking.instead(reply)
        if told is not None or not isinstance(reply, Answered):
            return problems.problem(told or problems.said(500))
        total = (time.perf_counter() - began) * 1000
        made = answer_object(
            reply.answer,
            question=asked.question,
            sources=_sources(service),
            milliseconds={"total": total},
            public_url=public_url,
        )
        return _json(made, headers={ANSWER_ID: reply.answer_id})

    @routes.get(
        "/documents",
        summary="List the documents",
        responses={200: {"model": schema.Documents}, **_failing(401, 421)},
    )
    async def documents(_key: Annotated[str | None, of_key]) -> Response:
        sources = [service.source(one.id) for one in service.documents()]
        listed = [_listed(one, public_url) for one in sources if one]
        return _json({"fingerprint": service.fingerprint, "documents": listed})

    @routes.get(
        "/documents/{document:path}",
        summary="Fetch a document",
        responses={200: {"model": schema.Whole}, **_failing(401, 404, 421, 422)},
    )
    async def document(document: str, _key: Annotated[str | None, of_key]) -> Response:
        source = service.source(document)
        if source is None:
            return problems.problem(problems.said(404, "There is no such document."))
        return await run_in_threadpool(_whole, source, public_url)

    return routes


def _sources(service: Service) -> Mapping[str, Source]:
    found = (service.source(one.id) for one in service.documents())
    return {one.document.id: one for one in found if one}


def _listed(source: Source, public_url: str) -> dict[str, Any]:
    document = source.document
    return {
        **document_object(document),
        "given": sorted(document.given),
        "characters": len(source.text),
        "lines": line_of(source.text, len(source.text)),
        "link": links.reader(document, base=public_url) if public_url else None,
    }


def _whole(source: Source, public_url: str) -> Response:
    lines = LineCounter(source.text)
    regions = [
        {
            "kind": one.kind.value,
            "start": one.span.start,
            "end": one.span.end,
            "line": lines.number(one.span.start),
        }
        for one in source.regions
    ]
    return _json({**_listed(source, public_url), "text": source.text, "regions": regions})


def _json(value: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(value), 200, headers, "application/json")
