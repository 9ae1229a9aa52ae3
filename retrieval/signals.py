"""Pure: what speaks for each sentence of the hits, in figures that anyone can check by hand.

Which of them count, and how much, is `retrieval.read`'s.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import KIND_WORDS
from retrieval.encode import Encoded
from retrieval.expect import NAMING, NUMBERS, Expect, fitting
from retrieval.index import Index
from retrieval.question import Asked
from retrieval.search import named_documents
from retrieval.text import stem, tokens, words
from retrieval.types import Hit, Kind, Source, Span

Matrix = NDArray[np.float64]
# What a question's name counts for in a sentence that does not say it, in the one or two documents
# that its names single out: those are about it, and say "the meeting" from then on.
TOPIC = 0.5

# Each signal is 0..1 for one sentence, but for `cosine` and the `meaning` ones (-1..1).
SIGNALS = (
    "passage",  # the passage's fused score
    "cosine",  # question and sentence vectors
    "words",  # share of the question's words in the sentence, by rarity
    "words_near",  # the same, with the sentences before and after
    "words_passage",  # the same, with the whole passage, its title, section and kind
    "words_document",  # the same, with the whole document
    "meaning",  # best match of each question word among the sentence's word vectors, by rarity
    "meaning_all",  # the same over all word pieces, unweighted
    "meaning_passage",  # as `meaning`, in the whole passage
    "meaning_least",  # the question's content word piece that is met worst
    "names",  # share of the question's names in the document
    "fits",  # the sentence has words of the sort that would answer
    "lacks_number",  # a number, duration or time of day is asked for, and there is none
    "lacks_date",  # a date is asked for, and there is none
    "close",  # share of the question's words within a few words of those, or of each other
    "kind_asked",  # a kind of text that the question asks about: comments, the author, ...
    "comment",  # a reader's comment, and the question does not ask for any
)


def signals(
    index: Index, sources: Mapping[str, Source], asked: Asked, encoded: Encoded, hits: Sequence[Hit]
) -> Matrix:
    """Return one row per sentence of the hits, in order, one column per SIGNALS."""
    columns = index.columns
    spans = [(int(columns.firsts[h.row]), int(columns.firsts[h.row + 1])) for h in hits]
    sizes = [end - start for start, end in spans]
    sentences = np.concatenate([np.arange(start, end) for start, end in spans])
    of_hit = np.repeat(np.arange(len(hits)), sizes)
    rarity = np.array([w.worth for w in asked.words])
    names = np.array([w.is_name for w in asked.words], dtype=bool)
    kinds = [hit.passage.kind for hit in hits]
    about = np.array([kind in asked.kinds for kind in kinds], dtype=bool)
    inside, near, passage, document = _coverage(index, asked, hits, sentences, of_hit)
    texts = [sentence_text(sources, hit, s) for hit in hits for s in hit.passage.sentences]
    fits_at = fitting_words(asked, texts)
    fits = np.array([asked.expect is Expect.ANYTHING or bool(f) for f in fits_at])
    naming = np.array([w.folded in NAMING[asked.expect] for w in asked.words], dtype=bool)
    said = _said_over(asked, kinds)[:, of_hit] * passage
    said = np.maximum(said, np.outer(naming, fits))
    singled_out = named_documents(index, asked)
    topical = np.array([hit.passage.doc_id in singled_out for hit in hits])[of_hit]
    said = np.maximum(said, np.outer(names, topical) * document * TOPIC)
    inside, near, passage, document = (
        np.maximum(part, said) for part in (inside, near, passage, document)
    )
    under = about & np.array([kind is not Kind.COMMENT for kind in kinds], dtype=bool)
    cosine = index.sentence_vectors[sentences] @ encoded.vector
    rows = [hit.row for hit in hits]
    under_title = (index.passage_vectors[rows] @ encoded.vector)[of_hit]
    comment = np.array(
        [kind is Kind.COMMENT and kind not in asked.kinds for kind in kinds], dtype=np.float64
    )
    return np.column_stack(
        [
            np.array([hit.score for hit in hits])[of_hit],
            np.where(under[of_hit], np.maximum(cosine, under_title), cosine),
            _share(inside, rarity),
            _share(near, rarity),
            _share(passage, rarity),
            _share(document, rarity),
            _meaning(index, asked, encoded, spans, said),
            _share(document[names], rarity[names]) if names.any() else np.ones(len(of_hit)),
            fits.astype(np.float64),
            (~fits & (asked.expect in NUMBERS)).astype(np.float64),
            (~fits & (asked.expect is Expect.DATE)).astype(np.float64),
            _closeness(asked, texts, fits_at, rarity),
            about[of_hit].astype(np.float64),
            comment[of_hit],
        ]
    )


def _said_over(asked: Asked, kinds: Sequence[Kind]) -> Matrix:
    """Return (words, hits): 1 where what stands over a passage counts as said in it.

    For a kind of text that was asked about: a byline says who wrote what stands under the
    title, so title and publisher count; a comment is what "readers" say, so that word counts.
    """
    out = np.zeros((len(asked.words), len(kinds)))
    for column, kind in enumerate(kinds):
        if kind is Kind.COMMENT and kind in asked.kinds:
            named = set(tokens(KIND_WORDS[kind]))
            out[:, column] = [not named.isdisjoint(word.stems) for word in asked.words]
        elif kind in asked.kinds:
            out[:, column] = 1.0
    return out


def _coverage(
    index: Index,
    asked: Asked,
    hits: Sequence[Hit],
    sentences: NDArray[np.int64],
    of_hit: NDArray[np.int64],
) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Return (words, sentences) matrices: in the sentence, near it, its passage, document."""
    inside, passage, document = (np.zeros((len(asked.words), len(sentences))) for _ in range(3))
    rows = np.array([hit.row for hit in hits])
    document_of = index.columns.passages[:, 0]
    for i, word in enumerate(asked.words):
        for key, weight in word.stems.items():
            holders = index.lexical.rows_with(key)
            for matrix, here in (
                (inside, np.isin(sentences, index.words.rows_with(key))),
                (passage, np.isin(rows, holders)[of_hit]),
                (document, np.isin(document_of[rows], document_of[holders])[of_hit]),
            ):
                matrix[i] = np.maximum(matrix[i], here * weight)
    near = inside.copy()
    if len(sentences) > 1:
        same = of_hit[1:] == of_hit[:-1]
        near[:, 1:] = np.maximum(near[:, 1:], inside[:, :-1] * same)
        near[:, :-1] = np.maximum(near[:, :-1], inside[:, 1:] * same)
    return inside, near, passage, document


def _meaning(
    index: Index,
    asked: Asked,
    encoded: Encoded,
    spans: Sequence[tuple[int, int]],
    said: Matrix,
) -> Matrix:
    """Return (sentences, 4): the `meaning` signals, from word-piece vectors in context.

    `said` (words, sentences) is what each word is known to be met by beside the vectors.
    """
    firsts = index.columns.token_firsts
    of_word = piece_words(asked, encoded)
    weights = _piece_weights(asked, of_word)
    content = weights > 0
    total = max(float(weights.sum()), 1e-9)
    known = np.zeros((len(of_word), said.shape[1]))
    known[content] = said[of_word[content]]
    out: list[tuple[float, float, float, float]] = []
    for start, end in spans:
        pieces = index.token_vectors[firsts[start] : firsts[end]].astype(np.float32)
        near = encoded.tokens @ (pieces.T / 127)  # (question pieces, passage pieces)
        anywhere = near.max(axis=1, initial=0.0)
        for sentence in range(start, end):
            first, last = (int(f - firsts[start]) for f in firsts[sentence : sentence + 2])
            best = near[:, first:last].max(axis=1, initial=0.0)
            best = np.maximum(best, known[:, len(out)])
            whole = np.maximum(anywhere, known[:, len(out)])
            out.append(
                (
                    float(best @ weights) / total,
                    float(best.mean()) if len(best) else 0.0,
                    float(whole @ weights) / total,
                    float(best[content].min(initial=1.0)),
                )
            )
    return np.array(out)


def sentence_text(sources: Mapping[str, Source], hit: Hit, sentence: Span) -> str:
    """Return the words of one sentence of a hit."""
    return sources[hit.passage.doc_id].text[sentence.start : sentence.end]


def fitting_words(asked: Asked, sentences: Sequence[str]) -> list[list[Span]]:
    """Return the words of each sentence that are of the sort asked for, as spans in it."""
    stems = asked.terms.keys() | {stem(w.folded) for w in asked.words}

    def is_asked(folded: str) -> bool:
        return stem(folded) in stems

    return [list(fitting(asked.expect, sentence, asked=is_asked)) for sentence in sentences]


# How many words away from the answering words a question's word still counts as close to them.
_WINDOW = 6


def _closeness(
    asked: Asked, sentences: Sequence[str], fits_at: Sequence[Sequence[Span]], rarity: Matrix
) -> list[float]:
    """Return per sentence the share of the question's words within _WINDOW words of one place.

    The places are the words that would answer or, for a question that anything may answer, the
    question's own words in the sentence.
    """
    stems = [word.stems for word in asked.words]
    anything = asked.expect is Expect.ANYTHING
    total = max(float(rarity.sum()), 1e-9)
    out = []
    for sentence, fitting_spans in zip(sentences, fits_at, strict=True):
        places: list[int] = []
        found: list[tuple[int, int, float]] = []  # position, number of the asked word, weight
        for position, word in enumerate(words(sentence)):
            key = stem(word.folded)
            matches = [(position, i, s[key]) for i, s in enumerate(stems) if key in s]
            found += matches
            if matches if anything else any(word.span.overlaps(f) for f in fitting_spans):
                places.append(position)
        best = 0.0
        for place in places:
            reached = np.zeros(len(stems))
            for position, i, weight in found:
                if abs(position - place) <= _WINDOW:
                    reached[i] = max(reached[i], weight)
            best = max(best, float(reached @ rarity))
        out.append(best / total)
    return out


def _share(covered: Matrix, rarity: Matrix) -> Matrix:
    """Return how much of the question, by rarity, each column covers; 0 without words."""
    total = float(rarity.sum())
    return rarity @ covered / total if total else np.zeros(covered.shape[1])


def piece_words(asked: Asked, encoded: Encoded) -> NDArray[np.int64]:
    """Return for each word piece the number of the content word it belongs to, or -1."""
    numbers = np.full(len(encoded.spans), -1)
    for number, word in enumerate(asked.words):
        for piece, span in enumerate(encoded.spans):
            if word.span.contains(span):
                numbers[piece] = number
    return numbers


def _piece_weights(asked: Asked, of_word: NDArray[np.int64]) -> Matrix:
    """Share each content word's rarity among its word pieces; 0 for all other pieces."""
    weights = np.zeros(len(of_word))
    for number, word in enumerate(asked.words):
        mine = of_word == number
        weights[mine] = word.worth / max(int(mine.sum()), 1)
    return weights
