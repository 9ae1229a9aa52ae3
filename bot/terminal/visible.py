"""Text of documents and questions made harmless for a terminal, without losing a character."""

import re
from bisect import bisect_left
from collections.abc import Iterable

from rich.text import Text

from retrieval.types import Span

# Shown escaped: control characters, direction marks and other invisible ones (a zero-width joiner
# and a soft hyphen belong to ordinary words), line separators, surrogates, and a backslash that
# would read as one of our own escapes. A tab too: rich writes spaces instead, in a pipe as well.
_CONTROL = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b"
    r"\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_HEXADECIMAL = r"(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
_UNSHOWABLE = re.compile(rf"[{_CONTROL}]|\\(?={_HEXADECIMAL})")
_ESCAPE = re.compile(rf"\\({_HEXADECIMAL})")


def escape(text: str) -> str:
    r"""Make every character visible and harmless: `\x1b`, `\u202e`; line breaks stay.

    `unescape(escape(text)) == text` for any text.
    """
    return _UNSHOWABLE.sub(lambda match: _escaped(match[0]), text)


def unescape(shown: str) -> str:
    """Return the text that `escape` was given."""
    return _ESCAPE.sub(lambda match: chr(int(match[1][1:], 16)), shown)


def _escaped(character: str) -> str:
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def styled(text: str, styles: Iterable[tuple[Span, str]] = (), *, start: int = 0) -> Text:
    """`text`, escaped, with styles at spans of the original; `text` begins at offset `start`."""
    places: list[int] = []
    grown = [0]
    for match in _UNSHOWABLE.finditer(text):
        places.append(match.start())
        grown.append(grown[-1] + len(_escaped(match[0])) - 1)
    shown = Text(escape(text))
    for span, style in styles:
        first, last = span.start - start, span.end - start
        if last > 0 and first < len(text):
            shown.stylize(
                style,
                max(first, 0) + grown[bisect_left(places, max(first, 0))],
                last + grown[bisect_left(places, last)],
            )
    return shown
