"""Folding, words and search tokens: what is compared when words are matched, never what is shown.

Offsets always point into the text as given; folding happens after a word has been found.
"""

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from retrieval.types import Span


def word_list(written: str) -> frozenset[str]:
    """Return the words of a list written with spaces between them."""
    return frozenset(written.split())


# Function words of English, without apostrophes (see `words`); "may" is left out, being a month
# too, and so are "id" and "ill".
STOP_WORDS = word_list(
    """
    a about above across after again against ago all almost along already also although always am
    among an and another any anybody anyone anything are arent around as at away be became
    because become been before being below between both but by can cannot cant could couldnt did
    didnt do does doesnt doing done dont down during each either else ever every everybody everyone
    everything few for from further get gets getting got had hadnt has hasnt have havent having he
    hed her here hers herself hes him himself his how however i if im in into is isnt it itd
    its itself ive just let lets like many me might mine more most much must mustnt my myself
    neither no nobody none nor not nothing now of off often on once one ones only onto or other
    others ought our ours ourselves out over own per please quite rather really same shall she
    should shouldnt since so some somebody someone something soon still such than that thats the
    their theirs them themselves then there therefore these they theyre this those though through
    thus to together too toward towards under until up upon us very via was wasnt we were werent
    what whatever whats when whenever where whereas whether which while who whoever whole whom whos
    whose why will with within without wont would wouldnt yes yet you youre your yours yourself
    yourselves
    """
)

# Stop words that are names when written in capitals; kept apart from the stop word by dots, so that
# "US" and "U.S." are one token and "us" is none. The longer form of the same name joins them.
_NAMES_IN_CAPITALS = {"us": "u.s", "it": "i.t", "who": "w.h.o"}
_SAME_NAME = {"usa": "u.s"}

# Prefixes written with and without a hyphen for the same word: co-operate, cooperate.
_JOINED_PREFIXES = frozenset({"co", "de", "e", "re"})

_SYMBOLS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ`´＇", "'"),
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        **dict.fromkeys("∕⁄", "/"),
        # letters that Unicode does not decompose
        **dict(zip("øłđðıæœþ", ["o", "l", "d", "d", "i", "ae", "oe", "th"], strict=True)),
    }
)


def _kept(char: str) -> bool:
    # Marks of class 7 to 9 (nukta, voicing marks, virama) and 0 (vowel signs) spell the word;
    # the others are accents, harakat and points. Format characters are invisible.
    return unicodedata.combining(char) < 10 and unicodedata.category(char) != "Cf"


def _bare(text: str) -> str:
    return "".join(filter(_kept, unicodedata.normalize("NFKD", text)))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    # Quotes first: NFKD takes an acute accent apart into a space and a mark.
    bare = _bare(_bare(text.translate(_PLAIN)).casefold())
    return unicodedata.normalize("NFC", bare.translate(_PLAIN))


_folded_word = lru_cache(maxsize=1 << 16)(_folded)


def fold(text: str) -> str:
    """Return the text for matching: NFKC, case folded, without diacritics, quotes and dashes plain.

    Its length may differ from the text's; offsets into it mean nothing outside.
    """
    return _folded_word(text) if len(text) <= 40 else _folded(text)


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands, and the form in which it is compared (never empty)."""

    span: Span
    folded: str


# The patterns below read a stand-in of the text with one character for each of the text's: marks
# and invisible characters become _MARK, so that they continue a word and never start one.
_MARK = "\u0300"
_LETTER = r"[^\W\d_]"
_ANY = rf"[^\W_{_MARK}]{_MARK}*"
# Scripts written without spaces between words: every character is a word.
_IDEOGRAPH = r"[\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
_WORD = re.compile(
    rf"""
      (?P<ideograph>{_IDEOGRAPH}{_MARK}*)
    | (?P<acronym>(?<![^\W_]){_LETTER}(?:\.{_LETTER})+(?![^\W_])\.?)
    | (?P<number>\d+(?:[.,]\d+)+)
    | (?P<word>(?:(?!{_IDEOGRAPH}){_ANY})+(?:'(?:(?!{_IDEOGRAPH}){_ANY})+)*)
    | (?P<symbol>[%$€£¥])
    """,
    re.VERBOSE,
)
_ENDING = re.compile(r"'(?:s|re|ve|ll|d|m)$")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_APOSTROPHES = frozenset("'’‘‛ʼ`´′＇")
_HYPHENS = frozenset("-‐‑－")


def _stand_in(text: str) -> str:
    if text.isascii():
        return text.replace("`", "'")
    table: dict[int, str] = {}
    for char in set(text):
        if char in _APOSTROPHES:
            table[ord(char)] = "'"
        elif char in _HYPHENS:
            table[ord(char)] = "-"
        elif not char.isascii() and (
            unicodedata.category(char)[0] == "M" or unicodedata.category(char) == "Cf"
        ):
            table[ord(char)] = _MARK
    return text.translate(table)


def _shouts(text: str) -> bool:
    """Whether everything is in capitals, so that capitals say nothing."""
    return text.isupper() and len(text.split()) > 2


def _number(folded: str) -> str:
    if not folded.isascii():
        folded = "".join(str(unicodedata.digit(c, c)) for c in folded)
    return folded.replace(",", "") if _GROUPED.fullmatch(folded) else folded


def words(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order, with spans that never overlap.

    A possessive or a shortened verb after an apostrophe is left out ("Russia’s" is "Russia"), a
    hyphenated word gives its parts, except after co-, de-, e- and re-, which join. "U.S." is one
    word, as are 100,000 (folded 100000) and 20.5; %, $, €, £ and ¥ are words of their own.
    """
    return _kept_words(text) if len(text) <= 1000 else _words(text)


def _words(text: str) -> tuple[Word, ...]:
    found: list[Word] = []
    shape = _stand_in(text)
    shouts = _shouts(text)
    for match in _WORD.finditer(shape):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "symbol":
            found.append(Word(Span(start, end), _SYMBOLS[shape[start]]))
            continue
        if kind == "word":
            end -= len(ending[0]) if (ending := _ENDING.search(match[0].lower())) else 0
        written = text[start:end]
        folded = fold(written)
        if kind == "acronym":
            letters = folded.replace(".", "")
            folded = ".".join(letters) if letters in STOP_WORDS else letters
        elif kind == "number":
            folded = _number(folded)
        elif kind == "word":
            folded = folded.replace("'", "")
            if written.isupper() and not shouts:
                folded = _NAMES_IN_CAPITALS.get(folded, folded)
            if not folded.isascii() and folded.isdigit():
                folded = _number(folded)
        folded = _SAME_NAME.get(folded, folded)
        before = found[-1] if found else None
        if (
            before is not None
            and kind == "word"
            and before.folded in _JOINED_PREFIXES
            and start == before.span.end + 1
            and shape[start - 1] == "-"
            and folded.isalpha()
        ):
            found[-1] = Word(Span(before.span.start, end), before.folded + folded)
        elif folded:
            found.append(Word(Span(start, end), folded))
    return tuple(found)


# One question reads the same sentences several times over, and the next one most of them again.
_kept_words = lru_cache(maxsize=1024)(_words)

_stemmer = snowballstemmer.stemmer("english")
_stemming = threading.Lock()  # a stemmer keeps the word it works on in itself


@lru_cache(maxsize=1 << 16)
def stem(folded: str) -> str:
    """Return the English (Snowball) stem; numbers and other scripts stay as they are."""
    if not (folded.isascii() and folded.isalpha()):
        return folded
    with _stemming:
        return str(_stemmer.stemWord(folded))


def tokens(text: str) -> tuple[str, ...]:
    """Return the search tokens in order: folded content words, stemmed, repeats kept."""
    return tuple(stem(word.folded) for word in words(text) if word.folded not in STOP_WORDS)
