"""The names that a collection uses, to be completed at the prompt."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from retrieval.types import Kind, Source

_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_GAP = re.compile(r"[ \u00a0]|[ \u00a0](?:of the|of|the|de|van|von|bin|al)[ \u00a0]")
_BEGINNING = re.compile(r"(?:^|[.!?:\n][”’\"')]*\s*)[“‘\"'(•\s-]*$")
LONGEST_NAME = 5  # words


def names(sources: Iterable[Source]) -> tuple[str, ...]:
    """List the runs of capitalised words, most frequent first.

    A word that the documents also write small (The, But) is not taken for the beginning of a name.
    """
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    texts = [
        source.text[region.span.start : region.span.end]
        for source in sources
        for region in source.regions
        if region.kind is not Kind.FURNITURE
    ]
    for text in texts:
        for word in _WORD.findall(text):
            (capital if word[0].isupper() else small)[_bare(word).casefold()] += 1
    common = {word for word in small if small[word] >= capital[word]}
    found: Counter[str] = Counter()
    for text in texts:
        for begins_sentence, run in _runs(text):
            while begins_sentence and run and run[0].casefold() in common:
                run.pop(0)
            if run and len(run) <= LONGEST_NAME and len("".join(run)) > 2:
                found[" ".join(run)] += 1
    return tuple(name for name, _ in found.most_common())


def _runs(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Capitalised words that stand next to each other or are joined by a small connecting word."""
    run: list[str] = []
    begins, end = False, 0
    for match in _WORD.finditer(text):
        if not match[0][0].isupper():
            continue
        gap = text[end : match.start()]
        if run and not _GAP.fullmatch(gap):
            yield begins, run
            run = []
        if not run:
            begins = _BEGINNING.search(text, max(match.start() - 10, 0), match.start()) is not None
        run += [*gap.split(), _bare(match[0])] if run else [_bare(match[0])]
        end = match.start() + len(_bare(match[0]))
    if run:
        yield begins, run


def _bare(word: str) -> str:
    return re.sub(r"[’']s?$", "", word)
