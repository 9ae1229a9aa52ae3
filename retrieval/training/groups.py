"""Examples for the reader: a question, the passages that our own retrieval brings for it, and
which sentence answers, if any does.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from retrieval.training.collections import Example, Subject, find, searcher
from retrieval.training.variations import (
    blotted,
    contradicted,
    in_chat,
    strange_names,
    swapped,
)
from retrieval.types import Hit, Span

_SWAPPED = 0.3  # of the questions that are answered
_CONTRADICTED = 0.6
# Of the questions that are answered, at each step: those whose answer is blotted out of its
# sentence, and those that lose its whole passage.
_BLOTTED = 0.2
_LOST = 0.2
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+(?: [A-Z][\w-]+){0,2}")


Passages = tuple[tuple[str, tuple[str, ...]], ...]  # title and sentences of each


@dataclass(frozen=True, slots=True)
class Group:
    """One question with passages.

    `right` is (passage, sentence) or None; `answer` the words in that sentence. What is
    `doubtful` is neither right nor wrong: it holds the same words elsewhere.
    """

    question: str
    passages: Passages
    right: tuple[int, int] | None = None
    answer: Span | None = None
    doubtful: frozenset[tuple[int, int]] = field(default=frozenset())


def groups(given: Sequence[Subject], *, seed: int) -> Iterator[Group]:
    """Yield one group per example of the subjects, and one for each question made unanswerable."""
    for number, subject in enumerate(given):
        dice = random.Random(seed + number)  # noqa: S311 - nothing secret
        shelf = Shelf(subject)
        here, there = (s.index.vocabulary for s in (subject, given[(number + 1) % len(given)]))
        strange = strange_names(here, there)
        for example in subject.examples:
            group = shelf.group(example)
            yield group
            if example.answer is None:
                continue
            if dice.random() < _SWAPPED and (
                asked := swapped(example.question, here, strange, dice)
            ):
                yield Group(asked, group.passages)
            if dice.random() < _CONTRADICTED and (
                asked := contradicted(example.question, example.context, example.answer, dice)
            ):
                # Other paragraphs may well answer it.
                yield Group(asked, shelf.own(example))


class Shelf:
    """One indexed collection, searched as `Engine` does."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._searcher = searcher(subject)
        self._titles = titles(subject)

    def group(self, example: Example) -> Group:
        """Return an example's own passages, the answer's sentence among them, and what is found.

        Of a question that its paragraph does not answer only that paragraph is known not to, or
        that article: its passages in the order of retrieval.
        """
        doc_id, span = self._subject.place(example)
        own = self._own(doc_id, span)
        _, _, found = find(self._subject, self._searcher, example.question)
        if example.answer is None:
            rank = {hit.row: place for place, hit in enumerate(found)}
            own.sort(key=lambda hit: rank.get(hit.row, len(found)))
            return Group(example.question, self._shown(own))
        mine = {hit.row for hit in own}
        hits = own + [hit for hit in found if hit.row not in mine]
        start = span.start + example.answer.start
        said = example.context[example.answer.start : example.answer.end]
        right, answer, doubtful = None, None, set()
        for p, hit in enumerate(hits):
            for s, sentence in enumerate(hit.passage.sentences):
                if hit.passage.doc_id == doc_id and sentence.start <= start < sentence.end:
                    right, first = (p, s), start - sentence.start
                    answer = Span(first, min(first + len(said), len(sentence)))
                elif said in self._text(hit, sentence):
                    doubtful.add((p, s))
        return Group(example.question, self._shown(hits), right, answer, frozenset(doubtful))

    def own(self, example: Example) -> Passages:
        """Return the passages of an example's paragraph."""
        return self._shown(self._own(*self._subject.place(example)))

    def _own(self, doc_id: str, span: Span) -> list[Hit]:
        return [hit for hit in self._passages() if _touches(hit, doc_id, span)]

    def _passages(self) -> Iterator[Hit]:
        columns = self._subject.index.columns
        for row in range(len(columns.passages)):
            yield Hit(columns.passage(row), row, 0.0, None, None)

    def _text(self, hit: Hit, sentence: Span) -> str:
        return self._subject.sources[hit.passage.doc_id].text[sentence.start : sentence.end]

    def _shown(self, hits: Sequence[Hit]) -> Passages:
        return tuple(
            (
                self._titles[hit.passage.doc_id],
                tuple(self._text(hit, sentence) for sentence in hit.passage.sentences),
            )
            for hit in hits
        )


def titles(subject: Subject) -> Mapping[str, str]:
    """Return a title for each document: the two names that it holds most, and others least."""
    counts = {
        doc_id: Counter(_NAME.findall(source.text)) for doc_id, source in subject.sources.items()
    }
    holders = Counter(name for names in counts.values() for name in names)
    return {
        doc_id: ", ".join(
            sorted(names, key=lambda name: (-names[name] / holders[name] ** 2, name))[:2]
        )
        for doc_id, names in counts.items()
    }


def _touches(hit: Hit, doc_id: str, span: Span) -> bool:
    return hit.passage.doc_id == doc_id and hit.passage.span.overlaps(span)


def reduced(group: Group, dice: random.Random, *, passages: int, chars: int) -> Group:
    """Return a group as one step learns it: fewer passages, shorter, the question as typed.

    Some of those that are answered lose their answer, so that "nothing here answers" is learned
    from what speaks of the matter, and from what is found next.
    """
    group, at = _spoilt(group, dice)
    first = at[0] if at else 0
    others = [p for p in range(len(group.passages)) if p != first]
    # The hits are in the order of retrieval: what it ranks first misleads most.
    order = [first, *(p for p in others if dice.random() < 0.7)][:passages]
    dice.shuffle(order)
    shown, doubtful, placed = [], set(), None
    for new, p in enumerate(order):
        title, sentences = group.passages[p]
        keep = at[1] if at and at[0] == p else None
        low, high = _window(sentences, keep, chars if dice.random() < 0.8 else 2 * chars, dice)
        shown.append((title if dice.random() < 0.7 else "", sentences[low:high]))
        if keep is not None and group.right:
            placed = (new, keep - low)
        doubtful |= {(new, s - low) for q, s in group.doubtful if q == p and low <= s < high}
    return Group(
        in_chat(group.question, dice),
        tuple(shown),
        placed,
        group.answer if placed else None,
        frozenset(doubtful),
    )


def _spoilt(group: Group, dice: random.Random) -> tuple[Group, tuple[int, int] | None]:
    """Return a group, in some cases without its answer, and where the sentence about it stands."""
    chance, right = dice.random(), group.right
    if right is None:
        return group, None
    if group.answer and chance < _BLOTTED:
        sentence = group.passages[right[0]][1][right[1]]
        if text := blotted(sentence, group.answer, dice):
            given = _exchanged(group.passages, right, text)
            return replace(group, passages=given, right=None), right
    if len(group.passages) > 1 and chance > 1 - _LOST:
        lost = right[0]
        left = tuple(each for p, each in enumerate(group.passages) if p != lost)
        doubtful = frozenset((p - (p > lost), s) for p, s in group.doubtful if p != lost)
        return replace(group, passages=left, right=None, doubtful=doubtful), None
    return group, right


def _exchanged(given: Passages, at: tuple[int, int], text: str) -> Passages:
    """Return passages with one sentence in place of another."""
    title, sentences = given[at[0]]
    new = (title, (*sentences[: at[1]], text, *sentences[at[1] + 1 :]))
    return (*given[: at[0]], new, *given[at[0] + 1 :])


def _window(
    sentences: Sequence[str], keep: int | None, chars: int, dice: random.Random
) -> tuple[int, int]:
    """Return first and end of a run of sentences, about `chars` long, with `keep` in it."""
    low = keep if keep is not None else dice.randrange(len(sentences))
    high = low + 1
    size = len(sentences[low])
    while True:
        more = []
        if low and size + len(sentences[low - 1]) <= chars:
            more.append(-1)
        if high < len(sentences) and size + len(sentences[high]) <= chars:
            more.append(1)
        if not more:
            return low, high
        if dice.choice(more) < 0:
            low -= 1
            size += len(sentences[low])
        else:
            size += len(sentences[high])
            high += 1
