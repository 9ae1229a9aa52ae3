"""Text of documents and questions as HTML: escaped, and nothing in it steers the page.

The text content of what comes out is the text that went in, but for NUL, which HTML has not.
"""

import re

from markupsafe import Markup, escape

# Control characters, direction marks and other invisible ones; a zero-width joiner, a soft hyphen
# and what colours emoji belong to ordinary words. Each is put into an isolate of its own: a
# direction mark ends with it, and the style sheet shows its number. A carriage return is odd unless
# it is the first half of a line end.
_ODD = re.compile(
    r"\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    r"\u2066-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a]"
)
_NUL = "\ufffd"


def shown(text: str) -> Markup:
    """Return the text as HTML."""
    pieces, at = [], 0
    for match in _ODD.finditer(text):
        pieces += [escape(text[at : match.start()]), _odd(match[0])]
        at = match.end()
    return Markup("").join([*pieces, escape(text[at:])])


def _odd(character: str) -> Markup:
    # As a reference, a carriage return survives HTML's own treatment of line ends.
    if character == "\r\n":
        return Markup("&#13;\n")
    inside = "&#13;" if character == "\r" else _NUL if character == "\0" else character
    return Markup(f'<bdi class="odd" data-code="U+{ord(character):04X}">{inside}</bdi>')  # noqa: S704 - one character that HTML does not read as markup
