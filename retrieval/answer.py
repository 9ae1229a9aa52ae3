"""ask(text) -> Answer: search, read, then quote or abstain. The one door into retrieval."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval import quote as quoting
from retrieval.encode import Encoded, QuestionEncoder
from retrieval.followup import completed
from retrieval.index import Index
from retrieval.languages import glossed
from retrieval.parts import parts
from retrieval.question import Asked, understand
from retrieval.read import Judged, Reader
from retrieval.regions import line_of
from retrieval.search import Searcher, gather
from retrieval.sentences import trimmed
from retrieval.smalltalk import is_small_talk, without_courtesies
from retrieval.support import unsupported
from retrieval.text import tokens
from retrieval.types import (
    Abstained,
    Answer,
    Citation,
    Evidence,
    Found,
    Hit,
    Kind,
    Query,
    Reading,
    Reason,
    Source,
    Span,
    Trace,
)

_WORDLIKE = re.compile(r"[^\W_]")
# Half characters, as a terminal makes of bytes that are no UTF-8: no encoder takes them.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Policy:
    """What an answer may be; see [answer] in config/talks.toml."""

    quotes: int = 3
    max_question: int = 2000
    max_quote: int = 700  # characters; a longer sentence still comes whole
    threshold: float = 0.45  # least confidence to answer
    on_topic: float = 0.5  # below it, a question is about something else
    repeat_document: float = 0.5  # log-odds a further quote of one document must make up for
    further: float = 4.0  # log-odds by which a further quote may be less likely than the first
    hits: int = 8  # passages read


@dataclass(frozen=True, slots=True)
class Engine:
    """An open collection that answers. Safe to share between threads: nothing in it changes."""

    sources: Mapping[str, Source]
    index: Index
    searcher: Searcher
    reader: Reader
    encoder: QuestionEncoder
    policy: Policy

    @property
    def fingerprint(self) -> str:
        """Names exactly what was indexed, and how."""
        return self.index.fingerprint

    def ask(
        self,
        text: str,
        *,
        k: int | None = None,
        documents: frozenset[str] | None = None,
        kinds: frozenset[Kind] | None = None,
        previous: Answer | None = None,
    ) -> Answer:
        """Answer with up to k quotes, or abstain; `previous` makes it a follow-up.

        Any text gets an answer; ValueError only for k below 1.
        """
        answer, _ = self.trace(text, k=k, documents=documents, kinds=kinds, previous=previous)
        return answer

    def trace(
        self,
        text: str,
        *,
        k: int | None = None,
        documents: frozenset[str] | None = None,
        kinds: frozenset[Kind] | None = None,
        previous: Answer | None = None,
    ) -> tuple[Answer, Trace]:
        """As `ask`, with every sentence that was considered and where the time went."""
        count = self.policy.quotes if k is None else k
        if count < 1:
            raise ValueError(f"no answer has {count} quotes")
        clock = _Clock()
        whole = _SURROGATE.sub("\ufffd", text)
        query = Query(text, {}, max(count, self.policy.hits), documents, kinds)
        if reason := self._ending(whole):
            return self._declined(query, reason, clock)
        plain = without_courtesies(whole)
        gloss = glossed(plain, vocabulary=self.index.vocabulary)
        english = gloss.text if gloss else plain
        also = gloss.also if gloss else None
        meant = completed(english, previous) if previous else english
        best = self._consider(meant, query, clock, also=also)
        if best is None:
            return self._declined(query, Reason.NO_WORDS, clock)
        declined = best.judged.answers < self.policy.threshold
        if declined and isinstance(previous, Found) and meant != english and documents is None:
            # A conversation is often about one event, which the document tells in its own words.
            # The model learned from whole questions: what leaves out its subject is not for it.
            told = frozenset({previous.evidence[0].quote.doc_id})
            alone = self._consider(
                english, replace(query, documents=told), clock, also=also, model=False
            )
            if alone and alone.judged.answers > best.judged.answers:
                best = replace(alone, understood=best.understood)
        asked, readings, judged = best.asked, best.readings, best.judged
        apart = [
            considered
            for part in parts(meant, is_name=self.index.vocabulary.is_name)
            if (considered := self._consider(part, query, clock, also=also))
        ]
        # Of several things asked, one quote each; all must be told if the whole is not.
        confidence = max(judged.answers, min((c.judged.answers for c in apart), default=0.0))
        leads = [c.readings[0] for c in apart if c.judged.answers >= self.policy.threshold]
        query = replace(query, terms=asked.terms)
        understood = best.understood if best.understood != plain else None
        answer: Answer
        if readings and confidence >= self.policy.threshold:
            least = readings[0].score - self.policy.further
            evidence = self._choose([r for r in readings if r.score >= least], count, first=leads)
            answer = Found(query, evidence, confidence, self.fingerprint, understood)
        else:
            # What names something that the documents name is about them, whatever else it asks.
            named = any(word.is_name and word.variants for word in asked.words)
            on_topic = named or judged.on_topic >= self.policy.on_topic
            reason = Reason.NOT_IN_DOCUMENTS if on_topic else Reason.OFF_TOPIC
            nearest = self._choose(readings, count, first=leads)
            missing: tuple[str, ...] = ()
            if on_topic:
                missing = unsupported(self.index, asked, best.encoded, best.hits, text)
            answer = Abstained(
                query, reason, nearest, confidence, self.fingerprint, understood, missing
            )
        clock.lap("quote")
        variants = {w.folded: tuple(v.folded for v in w.variants) for w in asked.words}
        return answer, Trace(tuple(readings), variants, clock.laps, self.policy.threshold)

    def _consider(
        self,
        text: str,
        query: Query,
        clock: "_Clock",
        *,
        also: Mapping[str, Sequence[str]] | None,
        model: bool = True,
    ) -> "_Considered | None":
        """Search and read one version of a question, with the model or by signals alone; None if
        it has no words of its own.
        """
        asked = understand(
            text,
            vocabulary=self.index.vocabulary,
            lexical=self.index.lexical,
            is_word=self.encoder.is_word,
            also=also,
        )
        clock.lap("understand")
        if not asked.words:
            return None
        encoded = self.encoder.encode_question(asked.corrected)
        clock.lap("encode")
        query = replace(query, terms=asked.terms)
        hits = gather(self.searcher, self.index, query, asked, encoded.vector)
        clock.lap("search")
        reader = self.reader if model else replace(self.reader, together=None)
        readings = reader.read(asked, encoded, hits)
        judged = reader.judge(asked, readings)
        clock.lap("read")
        return _Considered(asked, encoded, hits, readings, judged, asked.corrected)

    def _declined(self, query: Query, reason: Reason, clock: "_Clock") -> tuple[Answer, Trace]:
        """End without a search."""
        clock.lap("understand")
        answer = Abstained(query, reason, (), 0.0, self.fingerprint)
        return answer, Trace((), {}, clock.laps, self.policy.threshold)

    def context(self, evidence: Evidence, *, sentences: int = 3) -> Span:
        """Return the quote's span widened by so many sentences of its kind on either side."""
        columns, row = self.index.columns, evidence.reading.hit.row
        passage = evidence.reading.hit.passage
        nearby = [
            other
            for r in range(max(row - sentences, 0), min(row + sentences + 1, len(columns.passages)))
            if (other := columns.passage(r)).doc_id == passage.doc_id and other.kind == passage.kind
        ]
        spans = [s for p in nearby for s in p.sentences]
        inside = [i for i, s in enumerate(spans) if s.overlaps(evidence.quote.span)]
        first = max(inside[0] - sentences, 0)
        last = min(inside[-1] + sentences, len(spans) - 1)
        text = self.sources[passage.doc_id].text
        return trimmed(text, Span(spans[first].start, spans[last].end))

    def _ending(self, text: str) -> Reason | None:
        """Return why a text is no question at all, if it is none."""
        stripped = text.strip()
        if not stripped.strip("\0"):
            return Reason.EMPTY_QUESTION
        if len(text) > self.policy.max_question:
            return Reason.TOO_LONG
        if len(_WORDLIKE.findall(stripped)) < 2:
            return Reason.NO_WORDS
        return Reason.SMALL_TALK if is_small_talk(stripped) else None

    def _choose(
        self, readings: Sequence[Reading], count: int, *, first: Sequence[Reading] = ()
    ) -> tuple[Evidence, ...]:
        """Pick `first`, then the best by score, other documents before one that was quoted, and
        never the same words twice.
        """
        chosen: list[Evidence] = []
        ahead, left = list(first), list(readings)
        while (ahead or left) and len(chosen) < count:
            used = {e.quote.doc_id for e in chosen}
            cost = self.policy.repeat_document
            if ahead:
                best = ahead.pop(0)
            else:
                best = max(left, key=lambda r: r.score - cost * (r.hit.passage.doc_id in used))
                left.remove(best)
            evidence = self._evidence(best, len(chosen) + 1)
            if not any(_same(evidence, other) for other in chosen):
                chosen.append(evidence)
        return tuple(chosen)

    def _evidence(self, reading: Reading, number: int) -> Evidence:
        passage = reading.hit.passage
        source = self.sources[passage.doc_id]
        span = quoting.run_around(
            source, passage, reading.sentence, max_chars=self.policy.max_quote
        )
        mark = trimmed(source.text, reading.sentence)
        quote = quoting.cut(source, passage, span, marks=(mark,), words=reading.words)
        quoting.verify(quote, source)
        line = line_of(source.text, mark.start)
        return Evidence(quote, Citation(number, source.document, span, line, passage.kind), reading)


@dataclass(frozen=True, slots=True)
class _Considered:
    """One version of a question, searched and read; `understood` is what to show as meant."""

    asked: Asked
    encoded: Encoded
    hits: list[Hit]
    readings: list[Reading]
    judged: Judged
    understood: str


class _Clock:
    """Milliseconds per step, and in all."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.laps[step] = self.laps.get(step, 0.0) + (now - self._last) * 1000
        self.laps["total"] = (now - self._start) * 1000
        self._last = now


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two quotes overlap, or mark (nearly) the same words."""
    if one.quote.doc_id == other.quote.doc_id and one.quote.span.overlaps(other.quote.span):
        return True
    a, b = (set(tokens(_marked(e))) for e in (one, other))
    return len(a & b) >= 0.8 * len(a | b)


def _marked(evidence: Evidence) -> str:
    quote = evidence.quote
    return " ".join(
        quote.text[m.start - quote.span.start : m.end - quote.span.start] for m in quote.marks
    )
