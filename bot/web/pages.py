"""The pages for people: ask, read, documents, timeline; made on the server, good without script."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot import links
from bot.chat.layout import Budget, layout
from bot.service import Service
from bot.service.passages import passages
from bot.types import Answered
from bot.web import asking, cite, reading, timeline
from bot.web.article import article
from bot.web.asking import Said, Wanted
from bot.web.drawing import Drawing
from bot.words import (
    KIND_NAMES,
    date_in_words,
    publisher_in_words,
    title_in_words,
)
from retrieval.regions import line_of
from retrieval.types import Abstained, Citation, Document, Kind, Quote, Source, Span

KEPT = 64  # documents whose division is remembered
OFFERED = 6  # suggested questions
LISTED = 60  # documents to choose from on the ask page; those chosen are listed however many
QUOTES_MOST = 10  # one answer shows
FILTERS = ("document", "kind", "since", "until")


@dataclass(frozen=True, slots=True)
class Described:
    """A document in words, for every page that names one."""

    document: Document
    title: str
    publisher: str | None
    date: str
    read: str


def described(document: Document) -> Described:
    """Put a document's catalogue entry into words."""
    citation = Citation(1, document, Span(0, 0), 1, Kind.BODY)
    return Described(
        document,
        title_in_words(citation),
        publisher_in_words(citation),
        date_in_words(citation),
        links.reader(document),
    )


class Pages:
    """Draws them; used from one event loop."""

    def __init__(
        self, service: Service, drawing: Drawing, *, public_url: str, longest: int, more: int
    ) -> None:
        self._service = service
        self._drawing = drawing
        self._public_url = public_url
        self._longest = longest
        self._more = more
        self._divided: OrderedDict[str, reading.Page] = OrderedDict()

    def routes(self) -> list[Route]:
        """Give the routes of all pages."""
        return [
            Route("/", self.ask, methods=["GET"]),
            Route("/documents", self.documents, methods=["GET"]),
            Route("/timeline", self.timeline, methods=["GET"]),
            Route("/read/{document:path}", self.read, methods=["GET"]),
        ]

    def notice(self, _: Request, told: Said) -> Response:
        """Draw what went wrong."""
        return self._page("notice.html", {"told": told}, status=told.status)

    async def ask(self, request: Request) -> Response:
        """Draw the question box and, if there is a question in the address, its answer."""
        given = request.query_params
        wanted = Wanted(
            given.get("q", "")[: self._longest + 1],
            documents=tuple(one for one in given.getlist("document") if one),
            kinds=tuple(given.getlist("kind")),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            follows=given.get("after") or None,
            k=_count(given.get("k", "")),
        )
        documents = self._service.documents()
        chosen = frozenset(wanted.documents)
        # A choice that had no box to tick would be lost with the next question.
        first = sorted(documents, key=lambda one: one.id not in chosen)
        listed = first[: max(LISTED, len(chosen))]
        shown: dict[str, Any] = {
            "wanted": wanted,
            "longest": self._longest,
            "kinds": asking.kind_choices(),
            "documents": [described(one) for one in listed],
            "count": len(documents),
            "suggested": [one.text for one in self._service.suggest("", limit=OFFERED)],
            "told": None,
            "answer": None,
            "kept": [(key, one) for key in FILTERS for one in given.getlist(key) if one],
        }
        if not wanted.text.strip():
            return self._page("ask.html", shown)
        user = asking.asker(None, request.client.host if request.client else None)
        try:
            question = asking.question(wanted, documents, user=user)
        except asking.NoFitError as error:
            told = Said(404, "Nothing to ask", str(error))
            return self._page("ask.html", {**shown, "told": told}, status=404)
        reply = await self._service.ask(question)
        told_instead = asking.instead(reply)
        if told_instead is not None or not isinstance(reply, Answered):
            status = told_instead.status if told_instead else 500
            response = self._page("ask.html", {**shown, "told": told_instead}, status=status)
            if told_instead and told_instead.retry_after:
                response.headers["Retry-After"] = str(told_instead.retry_after)
            return response
        return self._page("ask.html", {**shown, **self._answer(reply, wanted, shown["kept"])})

    def _answer(
        self, reply: Answered, wanted: Wanted, kept: list[tuple[str, str]]
    ) -> dict[str, Any]:
        budget = Budget(total=1, cost=lambda _: 0, quotes=QUOTES_MOST)
        laid = layout(reply.answer, budget=budget, link=self._read)
        understood = reply.answer.understood
        count = (wanted.k or laid.shown) + self._more
        further = reply.more and laid.shown < QUOTES_MOST
        return {
            "answer": laid,
            "weak": isinstance(reply.answer, Abstained),  # its quotes do not answer
            "answer_id": reply.answer_id,
            "originals": {
                one.citation.number: self._original(one.quote, one.citation)
                for one in passages(reply.answer)
            },
            # A follow-up leans on an answer that is forgotten one day; as understood it does not.
            "permanent": _address(understood, kept) if understood and wanted.follows else None,
            "further": _address(
                wanted.text,
                [
                    *kept,
                    *([("after", wanted.follows)] if wanted.follows else []),
                    ("k", str(min(count, QUOTES_MOST))),
                ],
            )
            if further
            else None,
        }

    def _read(self, quote: Quote, citation: Citation) -> str:
        return links.reader(citation.document, quote.span)

    def _original(self, quote: Quote, citation: Citation) -> str | None:
        source = self._service.source(citation.document.id)
        return links.original(quote, citation, text=source.text if source else None)

    async def documents(self, _: Request) -> Response:
        """List the collection."""
        listed = []
        for document in self._service.documents():
            source = self._service.source(document.id)
            if source is None:
                continue
            kinds = [
                (KIND_NAMES[kind], sum(one.kind is kind for one in source.regions))
                for kind in Kind
                if any(one.kind is kind for one in source.regions)
            ]
            listed.append((described(document), kinds, line_of(source.text, len(source.text))))
        return self._page("documents.html", {"listed": listed})

    async def timeline(self, _: Request) -> Response:
        """Draw the documents, and the meetings they tell of, along the time."""
        sources = [self._service.source(one.id) for one in self._service.documents()]
        drawn = await run_in_threadpool(
            timeline.timeline, tuple(one for one in sources if one), self._service.fingerprint
        )
        return self._page("timeline.html", {"drawn": drawn})

    async def read(self, request: Request) -> Response:
        """Draw a document with the passage that the address cites."""
        source = self._service.source(request.path_params["document"])
        if source is None:
            told = Said(404, "No such document", "There is no such document in this collection.")
            return self.notice(request, told)
        given = request.query_params
        return await run_in_threadpool(
            partial(self._draw, source, s=given.get("s", ""), f=given.get("f", ""))
        )

    def _draw(self, source: Source, *, s: str, f: str) -> Response:
        page = self._divide(source)
        found = reading.cited(source, s, f)
        doubt = found if isinstance(found, reading.Doubt) else None
        quote, citation = found if isinstance(found, tuple) else (None, None)
        span = quote.span if quote else None
        before, after = page.neighbours(span)
        document = source.document
        return self._page(
            "read.html",
            {
                "about": described(document),
                "article": article(page, span),
                "doubt": doubt and doubt.value,
                "quote": quote,
                "citation": citation,
                "kind": KIND_NAMES[quote.kind] if quote else None,
                "forms": cite.forms(quote, citation, text=source.text, public_url=self._public_url)
                if quote and citation
                else (),
                "original": links.original(quote, citation, text=source.text)
                if quote and citation
                else links.address(document),
                "before": before and links.reader(document, before),
                "after": after and links.reader(document, after),
            },
        )

    def _divide(self, source: Source) -> reading.Page:
        key = f"{source.document.id} {source.document.sha256}"
        page = self._divided.get(key)
        if page is None or page.source is not source:  # the catalogue may have changed alone
            page = self._divided[key] = reading.page(source)
            while len(self._divided) > KEPT:
                self._divided.popitem(last=False)
        return page

    def _page(self, name: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        return HTMLResponse(self._drawing.draw(name, values), status)


def _address(text: str, more: list[tuple[str, str]]) -> str:
    return f"/?{urlencode([('q', text), *more])}"


def _day(text: str) -> str:
    """Return a date, as precise as it is written; empty for anything else."""
    parts = text.split("-")
    sizes = [len(part) for part in parts]
    fine = sizes in ([4], [4, 2], [4, 2, 2]) and all(
        one.isascii() and one.isdigit() for one in parts
    )
    return text if fine else ""


def _count(text: str) -> int | None:
    return int(text) if text in map(str, range(1, QUOTES_MOST + 1)) else None
