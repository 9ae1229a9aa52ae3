"""Sentence spans: blingfire proposes where to cut, the rules here put right what it gets wrong.

The rules are about abbreviations, initials, quotations, ellipses and list marks in general.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from blingfire import text_to_sentences_and_offsets

from retrieval.paragraphs import paragraphs
from retrieval.text import STOP_WORDS, word_list
from retrieval.types import Span

_CLOSE = "\"'”’»›)\\]"
_OPEN = "\"'“‘„«‹(\\["

# Titles of persons and places: no sentence ends with them, when they have their capital.
_TITLES = word_list(
    """
    adj adm amb asst attn atty brig capt cmdr col comdr cpl dr drs fr gen gov govs hon insp lt maj
    messrs mlle mme mr mrs ms mx pres prof rep reps rev revd sen sens sgt sra ste supt
    """
)
# Abbreviations that always lead on, and those that do so when a number follows.
_LEADS_ON = word_list("a.k.a aka approx cf e.g eg fig figs i.e ie nr pp viz vs")
_NUMBERED = word_list("no nos p vol vols")
# Abbreviations that may end a sentence: they do when what follows starts like one.
_MAY_END = word_list(
    """
    a.d a.m al apr aug ave b.c bld blvd bros co corp dec dept est etc feb ft inc jan jr jul jun ltd
    mar mt nov oct op p.m ph.d rd sec sept sep sr st thu tue univ weds
    """
)
_SPEECH = (
    "said|says|added|adds|asked|asks|told|tells|wrote|writes|replied|replies|answered|answers|noted"
    "|notes|explained|explains|continued|continues|concluded|concludes|warned|warns|insisted|recalled"
    "|insists|declared|declares|argued|argues|joked|quipped|shouted|cried|exclaimed|demanded|wondered"
    "|remarked|remarks|stated|states|tweeted|recalls|responded|responds|retorted|mused|commented"
)
_ABBREVIATIONS = _TITLES | _LEADS_ON | _NUMBERED | _MAY_END
# "Museveni added.", "President Joe Biden asked on Tuesday": who spoke, after the words spoken. A
# verb with a statement of its own after it ("Price said the move came late") starts a new sentence.
_ATTRIBUTION = re.compile(
    rf"(?:[^\W\d_a-z][\w.'’-]*\s+){{1,5}}(?:{_SPEECH})"
    r"(?=\s*(?:[.,;:!?]|\Z)"
    r"|\s+(?:in|on|at|during|after|before|when|while|as|by|via|from|last|this|to|of)\s"
    r"|(?:(?<=told)|(?<=asked))\s+(?:\w+\s+){0,3}\w+[.,])"
)
_ATTRIBUTED_TO = re.compile(rf"(?:{_SPEECH})\s", re.IGNORECASE)
_QUESTION_QUOTED = re.compile(r"[?!…][\"'”’»]+\s*\Z")
_LAST_WORD = re.compile(rf"(?:\A|[\s{_OPEN}—–/-])([^\W\d_](?:[^\W_]|\.(?=\w))*)\.\s*\Z")
_FIRST_WORD = re.compile(rf"[{_OPEN}]*([^\W_]+)")
_OPENS_LOWER = re.compile(rf"[{_OPEN}…—–\s.-]*([^\W_]+)")
_LOOSE_ELLIPSIS = re.compile(r"\s(?:…|\.{3}|(?:\.\s){2}\.)\s*\Z")
_LIST_MARK = re.compile(r"\s*[(\[]?(?:\d{1,3}|[^\W\d_]|[ivxlcdm]{1,6}|[IVXLCDM]{1,6})[.)\]]\s*\Z")
# The mark of a quotation at the start of a wrapped line: no word, it belongs to what follows it.
_QUOTE_MARK = re.compile(r"(?:\A|(?<=[\n\r\v\f\x85\u2028\u2029]))[ \t]*(>[ \t>]*)")
_NEAR = 200  # code points that the rules look back and ahead: long paragraphs stay linear
# The end of a sentence where nobody writes capitals: after a word too long to be an initial.
_SMALL_STOP = re.compile(rf"(?<=[^\W\d_]{{3}})[.!?…]\s+(?=[{_OPEN}]*([^\W\d_]))")
_LONG = 300  # code points: a shorter paragraph in small letters is left whole
_CLOSERS = re.compile(r"[”’»›)\]]+\s+")
_OPENER = re.compile(rf"[{_OPEN}•*+–—-]")
_QUOTED_SENTENCE = re.compile(r"[\"“‘„«][^”\"»]*?[.,!?…][’']?[”\"»]")
_VISIBLE_WORD = re.compile(r"[^\W_]")
# Ends that blingfire passes over: a quotation after or before the gap, initials or a title opening
# the next sentence, reference marks and pictures between the full stop and the gap, the danda.
_PASSED_OVER = re.compile(
    rf"""
      [.!?…][{_CLOSE}]{{0,4}}["”’»][{_CLOSE}]{{0,4}}\s+(?=[{_OPEN}]*[^\W\d_a-z])
    | [.!?…][{_CLOSE}]*\s+(?=["“‘„«]\s?[^\W_a-z])
    | [^\W\d_]{{2}}[.!?][{_CLOSE}]*\s+(?=[A-Z][A-Za-z]{{0,3}}\.)
    | [.!?](?:\[\w{{1,3}}\])+\s+(?=[{_OPEN}]*[^\W_a-z])
    | [.!?…]\s*[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]+\s+(?=[{_OPEN}]*[^\W_a-z])
    | [।॥۔][{_CLOSE}]*\s*(?=\S)
    """,
    re.VERBOSE,
)


def sentences(text: str, region: Span) -> tuple[Span, ...]:
    """Return sentence spans that tile the region exactly, in order.

    None is only white space, unless the whole region is. White space after a sentence belongs to
    it, white space at the region's start to the first. A sentence never runs past its paragraph
    (see `paragraphs`). An empty region has no sentences.
    """
    return tuple(
        span for paragraph in paragraphs(text, region) for span in of_paragraph(text, paragraph)
    )


def of_paragraph(text: str, paragraph: Span) -> tuple[Span, ...]:
    """Return the sentences of one span that `paragraphs` gave."""
    block = text[paragraph.start : paragraph.end]
    starts = [0, *_starts(block)]
    return tuple(
        Span(paragraph.start + a, paragraph.start + b)
        for a, b in zip(starts, [*starts[1:], len(block)], strict=True)
    )


def trimmed(text: str, span: Span) -> Span:
    """Return the span without the white space at its ends; if all is, an empty one at its start."""
    part = text[span.start : span.end]
    visible = part.strip()
    start = span.start + (len(part) - len(part.lstrip()) if visible else 0)
    return Span(start, start + len(visible))


def _plain(block: str) -> str:
    """Return a stand-in with one character for each of the block's that blingfire reads safely."""
    table: dict[int, str] = {}
    for char in set(block):
        category = unicodedata.category(char)
        if char.isspace() or category == "Cc":
            table[ord(char)] = " "
        elif category in {"Cs", "Cn"}:
            table[ord(char)] = "x"
    return _QUOTE_MARK.sub(lambda mark: " " * len(mark[0]), block).translate(table)


def _proposed(plain: str) -> Iterator[int]:
    if not plain.strip():
        return
    for start, _end in text_to_sentences_and_offsets(plain)[1]:
        yield start
    for match in _PASSED_OVER.finditer(plain):
        yield match.end()


def _starts(block: str) -> list[int]:
    """Return where each sentence but the first starts, relative to the block."""
    plain = _plain(block)
    small = _small_starts(plain)
    proposed = {_after_closers(plain, at) for at in _proposed(plain)}
    bounds = [0, *sorted((proposed | small) - {0})]
    worded = [
        bool(_VISIBLE_WORD.search(plain, a, b)) for a, b in pairwise([*bounds, len(plain)])
    ]  # fmt: skip
    starts: list[int] = []
    last, has_word = 0, worded[0]
    remaining = sum(worded[1:])  # pieces with a word from here on
    for at, word in zip(bounds[1:], worded[1:], strict=True):
        if not remaining:
            break  # only closing signs are left
        remaining -= word
        # A list mark or a stray sign is no sentence: it goes with the words it introduces, as signs
        # that open nothing go with the words they close.
        complete = has_word and not (at - last < 12 and _LIST_MARK.match(plain[last:at]))
        opens = word or bool(_OPENER.match(plain, at))
        left = plain[max(last, at - _NEAR) : at]
        if complete and opens and (at in small or not _runs_on(left, plain, at)):
            starts.append(at)
            last, has_word = at, word
        else:
            has_word = has_word or word
    marked = {mark.end(): mark.start(1) for mark in _QUOTE_MARK.finditer(block)}
    return [marked.get(at, at) for at in starts]


def _after_closers(plain: str, at: int) -> int:
    """Move a cut before a closing sign that stands alone behind it."""
    match = _CLOSERS.match(plain, at)
    return match.end() if match else at


def _small_starts(plain: str) -> set[int]:
    """Return where sentences start in a long paragraph in small letters, as in chat; else none."""
    first = _FIRST_WORD.search(plain, 0, _NEAR)
    if len(plain) < _LONG or not first or not _is_lower(first[1]):
        return set()
    stops = [m for m in _SMALL_STOP.finditer(plain) if not _listed(plain, m.start())]
    small = {stop.end() for stop in stops if _is_lower(stop[1])}
    return small if len(small) >= max(3, 0.9 * len(stops)) else set()


def _listed(plain: str, stop: int) -> bool:
    """Whether a full stop follows one of the abbreviations known here."""
    last = _LAST_WORD.search(plain[max(0, stop - _NEAR) : stop + 1])
    return last is not None and last[1].lower() in _ABBREVIATIONS


def _runs_on(left: str, plain: str, at: int) -> bool:
    """Whether the sentence on the left goes on at `at`, whatever the signs between say."""
    right = plain[at : at + _NEAR]
    first = _OPENS_LOWER.match(right)
    if first and _is_lower(first[1]):
        return True
    if _QUESTION_QUOTED.search(left) and (_ATTRIBUTION.match(right) or _ATTRIBUTED_TO.match(right)):
        return True
    return bool(_LOOSE_ELLIPSIS.search(left)) or _abbreviated(left, right)


def _is_lower(word: str) -> bool:
    """Whether a word starts small where a sentence would start large; iPhone does not count."""
    # Georgian letters are small ones to Unicode, but sentences start with them.
    return word[0].islower() and word[:3].islower() and not "ა" <= word[0] <= "ჿ"


def _abbreviated(left: str, right: str) -> bool:
    """Whether the full stop at the end of `left` is only an abbreviation's or an initial's."""
    last = _LAST_WORD.search(left)
    if not last:
        return False
    word, lower = last[1], last[1].lower()
    # "Roe v. Wade", but "in part V. Then".
    if word == "v" or lower in _LEADS_ON or (lower in _TITLES and word[0].isupper()):
        return True
    if word.islower() and left[: last.start(1)].endswith(("(", "[")):
        return True  # "(lit. House of Bread)"
    if lower in _NUMBERED:
        return right[0].isdigit()
    if len(word) == 1 and word.isupper():
        # "Antony J. Blinken": a name before it too; not so in "vitamin C. Then".
        before = left[: last.start(1)].rstrip().rpartition(" ")[2]
        return not _begins(right) and (not before or before[0].isupper())
    return (lower in _MAY_END or "." in word) and not _begins(right)


def _begins(right: str) -> bool:
    """Whether a sentence begins here even after an abbreviation: with a function word or speech."""
    if right[0] in '"“‘„«':
        return _speaks(right)
    first = _FIRST_WORD.match(right)
    return first is not None and first[1].lower() in STOP_WORDS


def _speaks(right: str) -> bool:
    """Whether a quotation opens that is a sentence: it stops or pauses before its closing sign."""
    return bool(_QUOTED_SENTENCE.match(right)) or not re.search(r"[”\"»]", right[1:])
