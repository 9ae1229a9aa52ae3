"""Questions as people type them, and questions that look alike but that nothing answers."""

import random
import re
from collections.abc import Sequence

from retrieval.text import STOP_WORDS, words
from retrieval.types import Span
from retrieval.vocabulary import Vocabulary

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+(?: (?:of (?:the )?)?[A-Z][\w-]+){0,2}")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_OPPOSITES = (
    "first last, before after, more less, more fewer, most least, larger smaller, largest smallest,"
    " higher lower, highest lowest, high low, north south, northern southern, east west,"
    " eastern western, upper lower, increase decrease, increased decreased, rise fall, rose fell,"
    " early late, earlier later, earliest latest, above below, always never, win lose, won lost,"
    " old new, oldest newest, positive negative, inside outside, internal external, major minor,"
    " good bad, best worst, long short, longest shortest, begin end, began ended, start stop,"
    " started stopped, open close, opened closed, allow forbid, allowed forbidden, accept reject,"
    " accepted rejected, support oppose, supported opposed, legal illegal, possible impossible,"
    " public private, men women, male female, same different, rich poor, import export, buy sell,"
    " arrive leave, agree refuse, agreed refused, join leave, joined left, created destroyed,"
    " greater lesser, strong weak, stronger weaker, fast slow, faster slower"
)
_OPPOSITE: dict[str, list[str]] = {}
for _one, _other in map(str.split, _OPPOSITES.split(",")):
    _OPPOSITE.setdefault(_one, []).append(_other)
    _OPPOSITE.setdefault(_other, []).append(_one)
# What leads to the words that answer, and what may follow where they end: "signed [in 1990] by".
_LED = re.compile(
    r"(?:^|,? )(?:in|on|at|by|from|with|to|near|since|until|during|of|for|about|after|before|as)"
    r"(?: (?:the|an?|early|late|about|around|some|over|nearly))* ?$",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\s*(?:[,.;:)]|$|(?:in|on|at|by|from|with|to|and|but|when|where|after|before|while|as|for)\b)"
)
_BARE = re.compile(r"(?:\b(?:the|an?) |[$€£])$", re.IGNORECASE)
_SENTENCE = 4  # words; what is left of a shorter one says nothing
_VAGUE = (
    (re.compile(r"[$€£]"), ("a sum of money", "some money")),
    (re.compile(r"(?:1\d|20)\d\d$"), ("that year", "one year")),
    (re.compile(r"\d"), ("several", "some", "a number of")),
    (re.compile(r"[A-Z]"), ("they", "it", "others", "someone", "one of them")),
    (re.compile(""), ("it", "this", "something", "such things")),
)
_DENIED = re.compile(r"\b(?:did|does|do|was|were|is|are|could|would|has|have|had)\b")


def in_chat(question: str, dice: random.Random) -> str:
    """Return the question as people type it: lower case, no question mark, slips, key words."""
    style = dice.random()
    if style < 0.4:
        return question
    typed = question.lower().rstrip("? ")
    if style > 0.9:
        content = [w for w in words(typed) if w.folded not in STOP_WORDS]
        return " ".join(typed[w.span.start : w.span.end] for w in content) or typed
    long = list(re.finditer(r"[a-z]{6,}", typed))
    if style > 0.75 and long:
        at = dice.choice(long).start() + dice.randint(1, 4)
        return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    return typed


def strange_names(here: Vocabulary, there: Vocabulary) -> Sequence[str]:
    """Return names of another collection that this one does not have, in order."""
    return sorted(
        word
        for word, (_, names) in there.counts.items()
        if names > 1 and len(word) > 3 and word.isalpha()
        if there.is_name(word) and word not in here
    )


def swapped(
    question: str, here: Vocabulary, strange: Sequence[str], dice: random.Random
) -> str | None:
    """Return the question with one of its names exchanged for a strange one; None without."""
    names = [w for w in words(question)[1:] if len(w.folded) > 3 and here.is_name(w.folded)]
    if not names or not strange:
        return None
    span = dice.choice(names).span
    return question[: span.start] + dice.choice(strange).capitalize() + question[span.end :]


def contradicted(question: str, context: str, answer: Span, dice: random.Random) -> str | None:
    """Return the question with one thing changed that its paragraph says: a name or a number for
    another that stands there too, or a word for its opposite; now and then it is denied. None if
    there is nothing to change.
    """
    ways: list[tuple[int, int, str]] = []
    known = {*question.rstrip("?").split(), *context[answer.start : answer.end].split()}
    for pattern in (_NAME, _NUMBER):
        standing = {m[0] for m in pattern.finditer(context) if known.isdisjoint(m[0].split())}
        others = sorted(text for text in standing if text not in question)
        ways += [
            (*m.span(), dice.choice(others))
            for m in pattern.finditer(question)
            if others and m[0] in context
        ]
    for m in re.finditer(r"[a-z]+", question):
        if others := _OPPOSITE.get(m[0], []):
            ways.append((*m.span(), dice.choice(others)))
    if not ways and dice.random() < 0.2:
        ways = [(*m.span(), f"{m[0]}n't") for m in _DENIED.finditer(question)]
    if not ways:
        return None
    start, end, other = dice.choice(ways)
    return question[:start] + other + question[end:]


def blotted(sentence: str, answer: Span, dice: random.Random) -> str | None:
    """Return the sentence with the words that answer left out, where it can be said without them,
    or something vague in their place: what speaks of the matter and still does not answer. None
    if little else would remain.
    """
    before, said, after = (
        sentence[: answer.start], sentence[answer.start : answer.end], sentence[answer.end :]
    )  # fmt: skip
    if before[-1:].isalnum() or after[:1].isalnum():
        return None  # part of a word
    led = _LED.search(before)
    if led and _FREE.match(after):
        before, vague = before[: led.start()], ""
    else:
        before = _BARE.sub("", before)
        vague = dice.choice(next(choices for pattern, choices in _VAGUE if pattern.match(said)))
    if len(words(before + " " + after)) < _SENTENCE:
        return None
    rest = (before + vague + after).lstrip(" ,")
    return rest[:1].upper() + rest[1:]
