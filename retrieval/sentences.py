"""Sentence spans: blingfire proposes where to cut, the rules here put right what it gets wrong.

The rules are about abbreviations, initials, quotations, ellipses and list marks in general.
"""

import re
import unicodedata
from collections.abc import Iterator

from blingfire import text_to_sentences_and_offsets

from retrieval.paragraphs import paragraphs
from retrieval.text import STOP_WORDS
from retrieval.types import Span

_CLOSE = "\"'”’»›)\\]"
_OPEN = "\"'“‘„«‹(\\["

# Abbreviations that a name or a number follows: no sentence ends with them.
_LEADS_ON = frozenset(
    """
    adj adm amb approx asst attn brig capt cf cmdr col cols comdr cpl dr drs e.g eg ex fig figs fr ft
    gen gov govs hon i.e ie insp lt maj messrs mlle mm mme mr mrs ms mt mx nr pp pres prof reps rep
    rev revd sen sens sgt sra st ste supt viz vs
    """.split()
)
# Abbreviations that may end a sentence: they do when what follows starts like one.
_MAY_END = frozenset(
    """
    a.d a.m al apr aug ave b.c bld blvd bros co corp dec dept est etc feb inc jan jr jul jun ltd mar
    no nos nov oct op p p.m ph.d rd sec sept sep sr univ vol vols
    """.split()
)
_SPEECH = (
    "said|says|added|adds|asked|asks|told|tells|wrote|writes|replied|replies|answered|answers|noted"
    "|notes|explained|explains|continued|continues|concluded|concludes|warned|warns|insisted|recalled"
    "|insists|declared|declares|argued|argues|joked|quipped|shouted|cried|exclaimed|demanded|wondered"
    "|remarked|remarks|stated|states|tweeted|recalls|responded|responds|retorted|mused|commented"
)
# "Museveni added.", "President Joe Biden asked on Tuesday": who spoke, after the words spoken. A verb
# with a statement of its own after it ("Price said the move came late") is a new sentence.
_ATTRIBUTION = re.compile(
    rf"(?:[^\W\d_a-z][\w.'’-]*\s+){{1,5}}(?:{_SPEECH})"
    r"(?=\s*(?:[.,;:!?]|\Z)"
    r"|\s+(?:in|on|at|during|after|before|when|while|as|by|via|from|last|this|to|of)\s"
    r"|\s+(?:\w+\s+){0,3}\w+[.,])"
)
_ATTRIBUTED_TO = re.compile(rf"(?:{_SPEECH})\s", re.IGNORECASE)
_QUESTION_QUOTED = re.compile(r"[?!…][\"'”’»]+\s*\Z")
_LAST_WORD = re.compile(rf"(?:\A|[\s{_OPEN}—–/-])([^\W\d_](?:[^\W_]|\.(?=\w))*)\.\s*\Z")
_FIRST_WORD = re.compile(rf"[{_OPEN}]*([^\W_]+(?:['’]\w+)?)")
_OPENS_LOWER = re.compile(rf"[{_OPEN}…—–\s.-]*([^\W_]+)")
_LOOSE_ELLIPSIS = re.compile(r"\s(?:…|\.{3}|(?:\.\s){2}\.)\s*\Z")
_LIST_MARK = re.compile(r"\s*[(\[]?(?:\d{1,3}|[^\W\d_]|[ivxlcdm]{1,6})[.)\]]\s*\Z")
_VISIBLE_WORD = re.compile(r"[^\W_]")
# Ends that blingfire passes over: a quotation after or before the gap, initials that open the next
# sentence, reference marks and pictures between the full stop and the gap, and the danda.
_PASSED_OVER = re.compile(
    rf"""
      [.!?…][{_CLOSE}]*["”’»][{_CLOSE}]*\s+(?=[{_OPEN}]*[^\W\d_a-z])
    | [.!?…][{_CLOSE}]*\s+(?=["“‘„«]\s?[^\W_a-z])
    | [^\W\d_]{{2}}[.!?][{_CLOSE}]*\s+(?=[A-Z]\.)
    | [.!?](?:\[\w{{1,3}}\])+\s+(?=[{_OPEN}]*[^\W_a-z])
    | [.!?…]\s*[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+\s+(?=[{_OPEN}]*[^\W_a-z])
    | [।॥۔][{_CLOSE}]*\s*(?=\S)
    """,
    re.VERBOSE,
)


def sentences(text: str, region: Span) -> tuple[Span, ...]:
    """Sentence spans that tile the region exactly, in order; none is only white space unless
    the whole region is.

    White space after a sentence belongs to it, white space at the region's start to the first. A
    sentence never runs past its paragraph (see `paragraphs`). An empty region has no sentences.
    """
    return tuple(
        span for paragraph in paragraphs(text, region) for span in of_paragraph(text, paragraph)
    )


def of_paragraph(text: str, paragraph: Span) -> tuple[Span, ...]:
    """The sentences of one span that `paragraphs` gave."""
    block = text[paragraph.start : paragraph.end]
    starts = [0, *_starts(block)]
    return tuple(
        Span(paragraph.start + a, paragraph.start + b)
        for a, b in zip(starts, [*starts[1:], len(block)], strict=True)
    )


def trimmed(text: str, span: Span) -> Span:
    """The span without the white space at its ends; empty at its start when it is all blank."""
    part = text[span.start : span.end]
    visible = part.strip()
    start = span.start + (len(part) - len(part.lstrip()) if visible else 0)
    return Span(start, start + len(visible))


def _plain(block: str) -> str:
    """A stand-in with one character for each of the block's that blingfire reads safely."""
    table: dict[int, str] = {}
    for char in set(block):
        category = unicodedata.category(char)
        if char.isspace() or category == "Cc":
            table[ord(char)] = " "
        elif category in {"Cs", "Cn"}:
            table[ord(char)] = "x"
    return block.translate(table)


def _proposed(plain: str) -> Iterator[int]:
    if not plain.strip():
        return
    for start, _end in text_to_sentences_and_offsets(plain)[1]:
        yield start
    for match in _PASSED_OVER.finditer(plain):
        yield match.end()


def _starts(block: str) -> list[int]:
    """Where each sentence but the first starts, relative to the block."""
    plain = _plain(block)
    candidates = sorted({_after_closers(plain, start) for start in _proposed(plain)})
    starts: list[int] = []
    last = 0
    for at, following in zip(candidates, [*candidates[1:], len(plain)], strict=True):
        left = plain[last:at]
        # A list mark or a stray sign is no sentence: it goes with the words it introduces.
        if _LIST_MARK.match(left) or not _VISIBLE_WORD.search(left):
            continue
        if not _VISIBLE_WORD.search(plain, at):
            break  # only closing signs are left
        if not _VISIBLE_WORD.search(plain, at, following) and not _OPENS_NEXT.match(plain, at):
            continue
        if _runs_on(plain, left, at):
            continue
        starts.append(at)
        last = at
    return starts


_OPENS_NEXT = re.compile(rf"[{_OPEN}•*+–—-]")


def _after_closers(plain: str, at: int) -> int:
    """A cut before a closing sign that stands alone belongs behind it."""
    match = re.compile(r"[”’»›)\]]+\s+").match(plain, at)
    return match.end() if match else at


def _runs_on(plain: str, left: str, at: int) -> bool:
    """Whether the sentence on the left goes on at `at`, whatever the signs between say."""
    # The rules look no farther than a few words, which keeps long paragraphs linear.
    right = plain[at : at + 200]
    left = left[-200:]
    first = _OPENS_LOWER.match(right)
    if first and first[1][0].islower() and not any(map(str.isupper, first[1])):
        return True
    if _QUESTION_QUOTED.search(left) and (_ATTRIBUTION.match(right) or _ATTRIBUTED_TO.match(right)):
        return True
    if _LOOSE_ELLIPSIS.search(left):
        return True
    return _abbreviated(left, right)


def _abbreviated(left: str, right: str) -> bool:
    """Whether the full stop at the end of `left` is only an abbreviation's or an initial's."""
    last = _LAST_WORD.search(left)
    if not last:
        return False
    word, lower = last[1], last[1].lower()
    if lower in _LEADS_ON and (word[0].isupper() or lower not in {"ex", "fig", "gen", "fr"}):
        return True
    if lower in {"no", "nos", "p"}:
        return right[:1].isdigit()
    acronym = "." in word
    initial = len(word) == 1 and word.isupper()
    if not (lower in _MAY_END or acronym or initial):
        return False
    if right[0] in '"“‘„«':
        return not _speaks(right)
    first = _FIRST_WORD.match(right)
    begins = bool(first) and first[1].lower().replace("’", "'").split("'")[0] in STOP_WORDS
    if initial:
        # "Antony J. Blinken": a name before and after; "vitamin C. Then" is an end.
        before = left[: last.start(1)].rstrip().rpartition(" ")[2]
        return not begins and (not before or before[:1].isupper())
    return not begins


def _speaks(right: str) -> bool:
    """Whether a quotation opens that is a sentence: it stops or pauses before its closing sign."""
    closed = re.compile(r"[\"“‘„«][^”\"»]*?([.,!?…])[’']?[”\"»]").match(right)
    return closed is not None or not re.search(r"[”\"»]", right[1:])
