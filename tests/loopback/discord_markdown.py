"""What Discord's clients show of a text display: its markdown rules, as far as they are known.

Ordered as in the clients: at each position the first rule that fits wins. Block rules count at
the start of a line only. `shown` gives the plain text and every construct that was interpreted.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """Text as shown, inside the constructs named from the outside in."""

    text: str
    inside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    content: Callable[[re.Match[str]], str] | None  # to be parsed again; None: shown as it is
    line_start: bool = False


def _first(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)


def _rule(name: str, pattern: str, *, nested: bool = True, line_start: bool = False) -> _Rule:
    compiled = re.compile(pattern, re.DOTALL)
    return _Rule(name, compiled, _first if nested else None, line_start)


_RULES = [
    _rule("quote", r" *>>> (.*)", line_start=True),
    _rule("quote", r" *> ([^\n]*(?:\n *> [^\n]*)*\n?)", line_start=True),
    _rule("heading", r" *#{1,3} (?!#) *([^\n]+\n?)", line_start=True),
    _rule("small", r"-# (?!-#) *([^\n]+\n?)", line_start=True),
    _rule("list", r" *(?:[*+-]|\d+\.) ([^\n]+\n?)", line_start=True),
    _rule("code block", r"```(?:[a-z0-9_+\-.#]*\n)?\n*([^\n].*?)\n*```", nested=False),
    _rule("escape", r"\\([^0-9A-Za-z\s])", nested=False),
    _rule("address", r"<[^: >]+:/[^ >]+>", nested=False),
    _rule("address", r"(?:https?|steam)://[^\s<]+[^<.,:;\"')\]\s]", nested=False),
    _rule("link", r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?https?://[^\s>]*?>?\s*\)"),
    _rule("mention", r"<(?:@[!&]?|#)\d+>", nested=False),
    _rule("mention", r"@everyone|@here", nested=False),
    _rule("emoji", r"<a?:\w+:\d+>", nested=False),
    _rule("emoji", r":[^\s:]+?(?:::skin-tone-\d)?:", nested=False),
    _rule("timestamp", r"<t:-?\d+(?::[a-zA-Z])?>", nested=False),
    _rule("command", r"</[-\w ]+:\d+>", nested=False),
    _rule("place", r"<id:\w+>", nested=False),
    _rule("bold", r"\*\*(.+?)\*\*(?!\*)"),
    _rule("underline", r"__(.+?)__(?!_)"),
    _rule("italic", r"\b_((?:__|\\.|[^\\_])+?)_\b"),
    _rule("italic", r"\*(?=\S)((?:\\\*|\*\*|\s+(?:[^*\s]|\\\*|\*\*)|[^\s*])+?)(?<!\\)\*(?!\*)"),
    _rule("strike", r"~~(.+?)~~"),
    _rule("spoiler", r"\|\|(.+?)\|\|"),
    _rule("code", r"(``?)(?=[^`])(.*?)(?<!`)\1(?!`)", nested=False),
]
_TRIMMED = ("heading", "small", "list")  # their lines lose the space around them


def pieces(text: str) -> Iterator[Piece]:
    """Parse a text display."""
    yield from _parse(text, (), line_start=True)


def _parse(text: str, inside: tuple[str, ...], *, line_start: bool) -> Iterator[Piece]:
    at, plain = 0, ""
    while at < len(text):
        rule, found = _match(text, at, inside, line_start=line_start)
        if rule is None or found is None:
            plain += text[at]
            line_start = text[at] == "\n" or (line_start and text[at] == " ")
            at += 1
            continue
        if rule.name == "escape":
            plain += found[1]
        else:
            if plain:
                yield Piece(plain, inside)
                plain = ""
            yield from _inner(rule, found, inside, line_start=line_start)
        line_start = rule.line_start
        at = found.end()
    if plain:
        yield Piece(plain, inside)


def _match(
    text: str, at: int, inside: tuple[str, ...], *, line_start: bool
) -> tuple[_Rule | None, re.Match[str] | None]:
    for rule in _RULES:
        if rule.line_start and not line_start:
            continue
        if rule.name == "quote" and "quote" in inside:
            continue
        if found := rule.pattern.match(text, at):
            return rule, found
    return None, None


def _inner(
    rule: _Rule, found: re.Match[str], inside: tuple[str, ...], *, line_start: bool
) -> Iterator[Piece]:
    now = (*inside, rule.name)
    if rule.content is None:
        yield Piece(found[0], now)
        return
    content = rule.content(found)
    if rule.name == "quote":
        content = (
            re.sub(r"(?m)^ *> ", "", content)
            if not found[0].lstrip(" ").startswith(">>>")
            else content
        )
    if rule.name in _TRIMMED:
        end = "\n" if content.endswith("\n") else ""
        content = content.strip() + end
    yield from _parse(content, now, line_start=line_start or rule.line_start)


def shown(text: str) -> str:
    """The plain text that a reader sees."""
    return "".join(piece.text for piece in pieces(text))


def constructs(text: str) -> set[str]:
    """Everything that was interpreted."""
    return {name for piece in pieces(text) for name in piece.inside}
