"""Each signal against a small twin worked out from the texts alone."""

import numpy as np
import pytest
from fakes import HashEncoder
from harbour import QUESTIONS, SOURCES, Case, case

from retrieval.columns import KIND_WORDS, heading_of, lexical_text
from retrieval.expect import NAMING, Expect, fitting
from retrieval.question import AskedWord
from retrieval.read import Reader
from retrieval.signals import SIGNALS, TOPIC, signals
from retrieval.text import stem, tokens, words
from retrieval.types import Hit, Kind, Span


class Twin:
    """Every signal of one sentence, the slow way round: no index, only texts."""

    def __init__(self, case: Case, hit: Hit, number: int, reader: Reader) -> None:
        self.asked, self.hit = case.asked, hit
        self.source = next(s for s in SOURCES if s.document.id == hit.passage.doc_id)
        self.sentences = [self.source.text[s.start : s.end] for s in hit.passage.sentences]
        self.number = number
        self.sentence = self.sentences[number]
        self.about = hit.passage.kind in case.asked.kinds
        self.question = case.encoded
        self.encoder = HashEncoder()
        columns = reader.index.columns
        passages = [columns.passage(row) for row in range(len(columns.passages))]
        self.whole_documents = [
            (s, "\n".join(lexical_text(s, p) for p in passages if p.doc_id == s.document.id))
            for s in SOURCES
        ]

    def worth(self, word: AskedWord) -> float:
        return max(word.rarity, 0.05)

    def share(self, met: list[float], among: list[AskedWord] | None = None) -> float:
        counted = list(self.asked.words) if among is None else among
        total = sum(map(self.worth, counted))
        return sum(self.worth(w) * m for w, m in zip(counted, met, strict=True)) / total

    def met_in(self, word: AskedWord, text: str) -> float:
        held = tokens(text)
        return max((weight for key, weight in word.stems.items() if key in held), default=0.0)

    def met(self, *texts: str) -> list[float]:
        return [max(self.met_in(w, text) for text in texts) for w in self.asked.words]

    def passage_text(self) -> str:
        return lexical_text(self.source, self.hit.passage)

    def passage(self) -> float:
        return self.hit.score

    def cosine(self) -> float:
        cosine = float(self.encoder.encode([self.sentence.strip()])[0] @ self.question.vector)
        if not self.about or self.hit.passage.kind is Kind.COMMENT:
            return cosine
        span = self.hit.passage.span
        whole = (
            heading_of(self.source, self.hit.passage)
            + "\n"
            + self.source.text[span.start : span.end]
        )
        return max(cosine, float(self.encoder.encode([whole])[0] @ self.question.vector))

    def over(self, word: AskedWord) -> float:
        """What a word is met by beside the sentence's own words."""
        if word.folded in NAMING[self.asked.expect] and self.fits():
            return 1.0  # it only names the sort of answer that the sentence has
        return max(self.over_passage(word), self.by_topic(word))

    def over_passage(self, word: AskedWord) -> float:
        kind = self.hit.passage.kind
        counts = kind is not Kind.COMMENT or word.stems.keys() & set(tokens(KIND_WORDS[kind]))
        return self.met_in(word, self.passage_text()) if self.about and counts else 0.0

    def by_topic(self, word: AskedWord) -> float:
        """What a name is met by where the document is the one, or one of two, that has it."""
        named = {
            source.document.id: sum(
                w.rarity for w in self.asked.words if w.is_name and self.met_in(w, texts)
            )
            for source, texts in self.whole_documents
        }
        best = [doc_id for doc_id, held in named.items() if held > max(named.values()) - 1e-6]
        mine = self.source.document.id in best and 0 < len(best) <= 2 and named[best[0]] > 0
        own = next(t for s, t in self.whole_documents if s is self.source)
        return TOPIC * self.met_in(word, own) if mine and word.is_name else 0.0

    def met_here(self, *texts: str) -> float:
        over = [self.over(word) for word in self.asked.words]
        return self.share(list(map(max, self.met(*texts), over)))

    def words(self) -> float:
        return self.met_here(self.sentence)

    def words_near(self) -> float:
        return self.met_here(*self.sentences[max(self.number - 1, 0) : self.number + 2])

    def words_passage(self) -> float:
        return self.met_here(self.passage_text())

    def document_texts(self) -> list[str]:
        return [text for source, text in self.whole_documents if source is self.source]

    def pieces(self, text: str) -> list[tuple[float, float]]:
        """How well each word of the question is met in a text, and what it is worth."""
        vectors = self.encoder.encode_tokens([text])[0].tokens
        found = []
        for span, vector in zip(self.question.spans, self.question.tokens, strict=True):
            word = next((w for w in self.asked.words if w.span.contains(span)), None)
            best = max([0.0, *(vectors @ vector)])
            if word:
                best = max(best, self.over(word))
            found.append((best, self.worth(word) if word else 0.0))
        return found

    def weighed(self, pieces: list[tuple[float, float]]) -> float:
        return sum(b * w for b, w in pieces) / max(sum(w for _, w in pieces), 1e-9)

    def meaning(self) -> float:
        return self.weighed(self.pieces(self.sentence))

    def meaning_all(self) -> float:
        return float(np.mean([best for best, _ in self.pieces(self.sentence)]))

    def meaning_passage(self) -> float:
        span = self.hit.passage.span
        return self.weighed(self.pieces(self.source.text[span.start : span.end]))

    def meaning_least(self) -> float:
        return min([1.0, *(best for best, worth in self.pieces(self.sentence) if worth)])

    def candidates(self) -> list[Span]:
        said = {stem(w.folded) for w in self.asked.words} | self.asked.terms.keys()
        return list(fitting(self.asked.expect, self.sentence, asked=lambda w: stem(w) in said))

    def fits(self) -> float:
        return float(self.asked.expect is Expect.ANYTHING or bool(self.candidates()))

    def lacks_number(self) -> float:
        of_numbers = self.asked.expect in (Expect.NUMBER, Expect.DURATION, Expect.CLOCK)
        return float(of_numbers and not self.fits())

    def lacks_date(self) -> float:
        return float(self.asked.expect is Expect.DATE and not self.fits())

    def close(self) -> float:
        found = words(self.sentence)
        places = [
            any(set(range(s.start, s.end)) & set(range(w.span.start, w.span.end))
                for s in self.candidates())
            if self.asked.expect is not Expect.ANYTHING
            else any(stem(w.folded) in asked.stems for asked in self.asked.words)
            for w in found
        ]  # fmt: skip
        best = 0.0
        for place in (i for i, is_one in enumerate(places) if is_one):
            window = [stem(w.folded) for w in found[max(place - 6, 0) : place + 7]]
            met = [max([0.0, *(v for k, v in w.stems.items() if k in window)])
                   for w in self.asked.words]  # fmt: skip
            best = max(best, self.share(met))
        return best

    def kind_asked(self) -> float:
        return float(self.about)

    def comment(self) -> float:
        return float(self.hit.passage.kind is Kind.COMMENT and not self.about)


@pytest.mark.parametrize("question", QUESTIONS)
def test_signals_are_what_the_texts_say(reader: Reader, question: str) -> None:
    given = case(reader, question)
    rows = iter(signals(reader.index, reader.sources, given.asked, given.encoded, given.hits))
    for hit in given.hits:
        for number in range(len(hit.passage.sentences)):
            found = dict(zip(SIGNALS, next(rows), strict=True))
            twin = Twin(given, hit, number, reader)
            texts = twin.document_texts()
            names = [w for w in given.asked.words if w.is_name]
            expected = {n: getattr(twin, n)() for n in SIGNALS if hasattr(twin, n)} | {
                "words_document": twin.met_here(*texts),
                "names": twin.share(
                    [max(twin.over(w), *(twin.met_in(w, t) for t in texts)) for w in names], names
                )
                if names
                else 1.0,
            }
            assert expected.keys() == set(SIGNALS)  # a signal without a twin is not checked
            for name, value in expected.items():
                near = 0.02 if name.startswith("meaning") else 1e-6  # token vectors are int8
                assert found[name] == pytest.approx(value, abs=near), (name, twin.sentence)
    assert next(rows, None) is None
