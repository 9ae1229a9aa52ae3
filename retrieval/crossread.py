"""Question and passage read together by one small model: how much speaks for each sentence being
the answer, and which of its words answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.encode import opened
from retrieval.errors import ReaderError
from retrieval.types import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER = Path(__file__).with_name("reader")  # the one that ships
MOST_PIECES = 320  # of a question and a passage together
MOST_ASKED = 64  # of those, the question
MOST_ANSWER = 30  # pieces
_MOST_TITLE = 24
_MOST_CHARS = 16 * MOST_PIECES  # of one text: what a longer one goes on with would not fit
WINDOW = 350  # characters read at once, the sentence before them left out; as in training
NOTHING = -20.0  # log-odds of words where there are none


@dataclass(frozen=True, slots=True)
class Layout:
    """One passage as the model sees it: a mark stands before each sentence.

    `marks` are the places of those marks; `words` tells for every piece of a sentence its place,
    the sentence's number and the span in that sentence.
    """

    ids: list[int]
    types: list[int]
    marks: list[int]
    words: list[tuple[int, int, Span]]

    def pieces(self, number: int) -> list[int]:
        """Return the places of one sentence's pieces."""
        return [at for at, of, _ in self.words if of == number]


class Layouts:
    """Lays questions and passages out for a model of BERT's kind."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        mark, end = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
        if mark is None or end is None:
            raise ReaderError(
                "the reader's tokeniser has no [CLS] and [SEP] → give one of BERT's kind"
            )
        self._mark, self._end = mark, end

    def __call__(self, question: str, title: str, sentences: Sequence[str]) -> Layout:
        """Return `[CLS] question [SEP] title [SEP]`, then a mark and the pieces of each sentence.

        What does not fit in MOST_PIECES is left out, but never a sentence's mark.
        """
        asked = self._pieces(question)[:MOST_ASKED]
        ids = [self._mark, *(i for i, _ in asked), self._end]
        types = [0] * len(ids)
        ids += [*(i for i, _ in self._pieces(title)[:_MOST_TITLE]), self._end]
        marks, words = [], []
        for number, sentence in enumerate(sentences):
            marks.append(len(ids))
            ids.append(self._mark)
            room = max(MOST_PIECES - len(ids) - (len(sentences) - number), 0)
            for i, span in self._pieces(sentence)[:room]:
                words.append((len(ids), number, span))
                ids.append(i)
        ids.append(self._end)
        types += [1] * (len(ids) - len(types))
        return Layout(ids, types, marks, words)

    def _pieces(self, text: str) -> list[tuple[int, Span]]:
        encoding = self._tokenizer.encode(text[:_MOST_CHARS], add_special_tokens=False)
        return [
            (i, Span(start, end))
            for i, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Read:
    """What the model makes of one sentence: log-odds that it answers (against "none of these"),
    the words in it that would, and how much speaks for those.
    """

    answers: float
    words: Span | None
    certainty: float


class CrossReader:
    """A trained model in a folder: model.onnx and tokenizer.json."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        try:
            self._session, tokenizer = opened(folder, threads=threads)
            self._layouts = Layouts(tokenizer)
        except Exception as error:
            raise ReaderError(
                f"the reader in {folder} cannot be loaded ({type(error).__name__}) → "
                "install the program again"
            ) from error

    def read(self, question: str, title: str, sentences: Sequence[str]) -> list[Read]:
        """Return one reading per sentence of a passage, which is read a window at a time."""
        found: list[Read] = []
        for first, end in windows(sentences):
            before = max(first - 1, 0)
            layout = self._layouts(question, title, sentences[before:end])
            answers, words = self._session.run(
                ["sentence", "words"],
                {
                    "input_ids": np.array([layout.ids], dtype=np.int64),
                    "token_type_ids": np.array([layout.types], dtype=np.int64),
                },
            )
            scores = sentence_scores(layout, answers[0], words[0])
            found += (
                Read(scores[number], *best_words(layout, number, words[0]))
                for number in range(first - before, end - before)
            )
        return found


def windows(sentences: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield first and end of the sentences to read at once: of WINDOW characters, or a single one.

    What learned from short passages finds the right sentence of a long one less often: 0.76 of the
    validation paragraphs read whole, 0.83 in windows with the sentence before each.
    """
    first = 0
    while first < len(sentences):
        end, size = first + 1, len(sentences[first])
        while end < len(sentences) and size + len(sentences[end]) <= WINDOW:
            size += len(sentences[end])
            end += 1
        yield first, end
        first = end


def sentence_scores(
    layout: Layout, marks: NDArray[np.float32], words: NDArray[np.float32]
) -> list[float]:
    """Return the log-odds of each sentence: its mark's, and those of all runs of its words.

    `marks` is (length,), `words` (length, 2).
    """
    scores = []
    for number, mark in enumerate(layout.marks):
        at = layout.pieces(number)
        of_words = np.logaddexp.reduce(words[at]).sum() if at else NOTHING
        scores.append(float(marks[mark] + of_words))
    return scores


def best_words(
    layout: Layout, number: int, chances: NDArray[np.float32]
) -> tuple[Span | None, float]:
    """Return the likeliest run of a sentence's words, and start's and end's log-odds added up.

    `chances` is (length, 2): log-odds of each piece being the first, the last.
    """
    pieces = [(at, span) for at, of, span in layout.words if of == number]
    if not pieces:
        return None, NOTHING
    places = np.array([at for at, _ in pieces])
    both = chances[places, 0][:, None] + chances[places, 1][None, :]
    index = np.arange(len(places))
    length = index[None, :] - index[:, None]
    both[(length < 0) | (length >= MOST_ANSWER)] = -np.inf
    first, last = np.unravel_index(int(both.argmax()), both.shape)
    return Span(pieces[first][1].start, pieces[last][1].end), float(both[first, last])
