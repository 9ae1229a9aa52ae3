"""Examples for the reader from questions about single sentences (QAMR): a passage of several such
sentences, alike in their words, of which one answers.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.text import STOP_WORDS
from retrieval.training.groups import Group
from retrieval.types import Span

_ALIKE = 12  # sentences that share most words, from which the others are drawn


def of_single_sentences(
    rows: Sequence[Mapping[str, Any]], *, seed: int, most: int, sentences: int = 4
) -> Iterator[Group]:
    """Yield groups with one passage of so many sentences each.

    At most `most` questions a sentence. In one of four the sentence that answers is left out.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    by_context: dict[str, list[tuple[str, Span]]] = {}
    for row in rows:
        context, answer = plain(row["context"], Span(*row["answer"]))
        by_context.setdefault(context, []).append((row["question"], answer))
    contexts = sorted(by_context)
    bags = [_content(c) for c in contexts]
    for number, context in enumerate(contexts):
        alike = sorted(
            (i for i in range(len(contexts)) if i != number),
            key=lambda i: (-len(bags[number] & bags[i]), i),
        )[:_ALIKE]
        asked = by_context[context]
        for question, answer in dice.sample(asked, min(most, len(asked))):
            others = [contexts[i] for i in dice.sample(alike, sentences)]
            words = context[answer.start : answer.end]
            if dice.random() < 0.25:
                yield Group(question, (("", tuple(others)),))
                continue
            at = dice.randrange(sentences)
            others[at] = context
            doubtful = {(0, s) for s, o in enumerate(others) if s != at and words in o}
            yield Group(question, (("", tuple(others)),), (0, at), answer, frozenset(doubtful))


def _content(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{3,}|\d+", text.lower())) - STOP_WORDS


_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}
_BEFORE = re.compile(r"[.,;:?!%)\]]|'(?:s|re|ve|ll|m|d)?|n't", re.IGNORECASE)
_AFTER = re.compile(r"[(\[$£€#]")


def plain(text: str, span: Span) -> tuple[str, Span]:
    """Undo the spaces and brackets of Penn Treebank tokens; the span moves along."""
    out: list[str] = []
    length, glued, quoted = 0, True, False
    start, end, at = 0, 0, 0
    for piece in text.split(" "):
        written = _BRACKETS.get(piece, "-" if piece == "--" else piece)
        opening = piece == "``" or (written == '"' and not quoted and piece != "''")
        if written == '"':
            quoted = opening
        closes = written == '"' and not opening
        if not (glued or closes or _BEFORE.fullmatch(written)):
            out.append(" ")
            length += 1
        if at <= span.start:
            start = length
        out.append(written)
        length += len(written)
        if at < span.end:
            end = length
        at += len(piece) + 1
        glued = opening or bool(_AFTER.fullmatch(written))
    return "".join(out), Span(start, end)
