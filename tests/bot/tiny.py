"""A small real engine over hand-made documents, for the terminal's tests; runs as `talks` too."""

import hashlib
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bot.types import Finding
from config import settings as config
from config.settings import Settings
from retrieval.catalogue import Problem
from retrieval.errors import (
    CollectionError,
    IndexDamagedError,
    IndexMissingError,
    IndexStaleError,
)
from retrieval.types import (
    Abstained,
    Answer,
    Citation,
    Document,
    Evidence,
    Found,
    Hit,
    Kind,
    Passage,
    Query,
    Quote,
    Reading,
    Reason,
    Region,
    Signal,
    Source,
    Span,
    Trace,
)

HARBOUR = (
    "The Harbour Opens\n"
    "The harbour of Port Ellen opened on Monday. Mayor Ida Brandt cut the ribbon. "
    "She called it “a door to the sea”.\n"
    "A second ferry follows in May. It carries forty cars. It was built in Gdansk.\n"
    "ugly thing, the ferry was never on time\n"
    "Follow us on social"
)
NASTY = (
    "The ferry captain wrote \x1b[31mred\x1b[0m [bold]words[/bold] and \u202egnp.exe. "
    "A [link=https://evil.example]lighthouse[/link] stands at C:\\x41 now."
)


def _document(doc_id: str, title: str, text: str, **more: object) -> Document:
    values: dict[str, object] = {
        "publisher": None,
        "author": None,
        "date": None,
        "date_known_by": "unknown",
        "url": None,
        "given": frozenset(),
    }
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(
        id=doc_id, file=f"{doc_id}.txt", title=title, sha256=sha256, **{**values, **more}
    )


def _regions(text: str, *kinds: Kind) -> tuple[Region, ...]:
    regions, at = [], 0
    for kind, line in zip(kinds, text.split("\n"), strict=True):
        regions.append(Region(kind, Span(at, at + len(line))))
        at += len(line) + 1
    return tuple(regions)


SOURCES = {
    "harbour": Source(
        _document(
            "harbour",
            "The Harbour Opens",
            HARBOUR,
            publisher="Isle Gazette",
            date="2021-05-03",
            date_known_by="inferred",
            url="https://gazette.example/harbour-opens",
            given=frozenset({"title"}),
        ),
        HARBOUR,
        _regions(HARBOUR, Kind.HEADLINE, Kind.BODY, Kind.BODY, Kind.COMMENT, Kind.FURNITURE),
    ),
    "nasty": Source(
        _document("nasty", "nasty [bold]title\x07", NASTY), NASTY, _regions(NASTY, Kind.BODY)
    ),
}


class TinyEngine:
    """Answers with the sentences that share most words with the question; at least two must."""

    def __init__(self, sources: Mapping[str, Source] = SOURCES) -> None:
        self.sources = sources
        self.fingerprint = "f" * 64

    def ask(self, text, *, k=None, documents=None, kinds=None, previous=None) -> Answer:
        return self.trace(text, k=k, documents=documents, kinds=kinds, previous=previous)[0]

    def trace(self, text, *, k=None, documents=None, kinds=None, previous=None):
        if "crash" in text:
            raise ZeroDivisionError(text)
        if "slow" in text:
            time.sleep(3)
        understood = None
        asked = text
        if previous is not None and len(text.split()) < 4:
            asked = understood = f"{previous.query.text} {text}"
        readings = self._readings(_words(asked), documents, kinds)
        terms = dict.fromkeys(sorted(_words(asked)), 1.0)
        query = Query(text, terms, k=k or 3, documents=documents, kinds=kinds)
        trace = Trace(tuple(readings), {"harbor": ("harbour",)}, {"search": 1.5, "read": 2.0}, 0.5)
        evidence = tuple(
            self._evidence(number, reading)
            for number, reading in enumerate(readings[: query.k], start=1)
        )
        answers = bool(readings) and readings[0].score >= 2
        common = {
            "confidence": 0.8 if answers else 0.2,
            "fingerprint": self.fingerprint,
            "understood": understood,
        }
        if not text.strip():
            return Abstained(query, Reason.EMPTY_QUESTION, (), **common), trace
        if not answers:
            return Abstained(query, Reason.NOT_IN_DOCUMENTS, evidence, **common), trace
        return Found(query, evidence, **common), trace

    def context(self, evidence: Evidence, *, sentences: int = 3) -> Span:
        source = self.sources[evidence.quote.doc_id]
        region = next(r for r in source.regions if r.span.contains(evidence.quote.span))
        return region.span

    def _readings(self, words, documents, kinds):
        found = []
        for doc_id, source in self.sources.items():
            for region in source.regions:
                wanted = not documents or doc_id in documents
                if (
                    region.kind is Kind.FURNITURE
                    or not wanted
                    or (kinds and region.kind not in kinds)
                ):
                    continue
                passage = Passage(doc_id, region.kind, region.span, _sentences(source, region.span))
                for sentence in passage.sentences:
                    shared = words & _words(source.text[sentence.start : sentence.end])
                    if shared:
                        share = len(shared) / len(words)
                        hit = Hit(passage, row=0, score=share, lexical=Signal(1, 3.5), dense=None)
                        features = {"coverage": share, "letters": float(len(sentence))}
                        found.append(Reading(hit, sentence, float(len(shared)), features))
        return sorted(found, key=lambda reading: -reading.score)

    def _evidence(self, number: int, reading: Reading) -> Evidence:
        passage = reading.hit.passage
        source = self.sources[passage.doc_id]
        index = passage.sentences.index(reading.sentence)
        before = passage.sentences[max(index - 1, 0)]
        span = Span(before.start, reading.sentence.end)
        word = re.compile(r"[A-Z]\w+ [A-Z]\w+").search(source.text, *_ends(reading.sentence))
        words = (Span(*word.span()),) if word else ()
        line = source.text.count("\n", 0, reading.sentence.start) + 1
        return Evidence(
            Quote(
                passage.doc_id,
                passage.kind,
                span,
                source.text[span.start : span.end],
                (reading.sentence,),
                words,
            ),
            Citation(number, source.document, span, line, passage.kind),
            reading,
        )


class TinyApp:
    """The application around it; the index is a file that says "fresh", "stale" or "damaged"."""

    def __init__(
        self,
        *,
        delay_s: float = 0.0,
        opening: Path | None = None,
        problems: tuple[Problem, ...] = (),
        findings: tuple[Finding, ...] = (),
    ) -> None:
        self.delay_s = delay_s
        self.opening = opening  # comes to exist when an engine is about to be opened
        self.problems = problems
        self.findings = findings

    def load_settings(self, path: Path | None, overrides: Mapping[str, object]) -> Settings:
        return config.load(path, overrides=overrides)

    def open_engine(self, settings: Settings) -> TinyEngine:
        if self.opening:
            self.opening.touch()
        time.sleep(self.delay_s)
        if settings.collection.seeds.name == "nowhere":
            raise CollectionError("There is no folder nowhere. Give one that exists.")
        match self._state(settings):
            case None:
                raise IndexMissingError("There is no index. Run talks index.")
            case "stale":
                raise IndexStaleError(
                    "harbour.txt changed since the index was built. Run talks index."
                )
            case "damaged":
                raise IndexDamagedError("vectors.npy is cut short. Run talks index --force.")
        return TinyEngine()

    def build_index(self, settings: Settings, *, progress, force: bool = False) -> bool:
        if self._state(settings) == "fresh" and not force:
            return False
        if self._state(settings) == "damaged" and not force:
            raise IndexDamagedError("vectors.npy is cut short. Run talks index --force.")
        for done in range(4):
            progress("encode", done, 3)
        settings.index.path.write_text("fresh")
        return True

    def check_collection(self, settings: Settings) -> tuple[Problem, ...]:
        return self.problems

    def load_sources(self, settings: Settings) -> tuple[Source, ...]:
        return tuple(SOURCES.values())

    def serve(self, settings: Settings) -> None:
        self.open_engine(settings)

    def check_platforms(self, settings: Settings) -> tuple[Finding, ...]:
        return self.findings

    def _state(self, settings: Settings) -> str | None:
        path = settings.index.path
        return path.read_text() if path.exists() else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - {"the", "a", "of", "who", "what", "in", "is"}


def _sentences(source: Source, span: Span) -> tuple[Span, ...]:
    text = source.text[span.start : span.end]
    found = re.finditer(r".+?(?:[.!?]”?\.?\s+|$)", text)
    return tuple(Span(span.start + m.start(), span.start + m.end()) for m in found)


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


if __name__ == "__main__":
    from bot.cli import main

    named = os.environ.get("TINY_OPENING")
    delay_s = float(os.environ.get("TINY_DELAY", "0"))
    sys.exit(main(app=TinyApp(delay_s=delay_s, opening=Path(named) if named else None)))
