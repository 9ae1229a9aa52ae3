"""Links from a quote to where its document was published, pointing at the quoted words.

The fragment is a text directive (https://wicg.github.io/scroll-to-text-fragment/): a browser
that knows it scrolls to the words and highlights them, any other opens the page.
"""

import re
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from retrieval.types import Citation, Quote

LONG = 100  # characters; a longer sentence is named by its first and last words
FIRST_WORDS = 5


def original(quote: Quote, citation: Citation, *, text: str | None = None) -> str | None:
    """Return the document's own address with the answering sentence as its fragment.

    None if the catalogue knows no http(s) address. `text` is the document's text: with it, the
    words that stand for a long sentence are lengthened until they occur once.
    """
    url = _safe(citation.document.url)
    if url is None:
        return None
    mark = quote.marks[0] if quote.marks else quote.span
    words = quote.text[mark.start - quote.span.start : mark.end - quote.span.start]
    directive = _directive(words, text)
    if directive is None:
        return url
    return f"{url}{':~:' if '#' in url else '#:~:'}text={directive}"


def _safe(url: str | None) -> str | None:
    """Only web addresses, and only characters an address may have; `%` is left as it stands."""
    if url is None:
        return None
    url = percent_encode(url.strip(), safe="%/:?#[]@!$&'()*+,;=-._~")
    try:
        parts = urlsplit(url)
    except ValueError:  # an unclosed bracket in the host
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _directive(words: str, text: str | None) -> str | None:
    lines = [line for line in (_spaced(line) for line in words.splitlines()) if line]
    if not lines:
        return None
    whole = " ".join(lines)
    # A browser matches one piece of text inside one block only, so words that run over a line
    # break need the two-part form however short they are.
    if len(whole) <= LONG and len(lines) == 1:
        return _encoded(whole)
    first, last = lines[0].split(" "), lines[-1].split(" ")
    page = None if text is None else _spaced(text).casefold()
    start = _least(first, page, from_end=False)
    end = _least(last, page, from_end=True)
    if len(lines) == 1 and len(start) + len(end) >= len(whole):
        return _encoded(whole)
    return f"{_encoded(start)},{_encoded(end)}"


def _least(words: list[str], page: str | None, *, from_end: bool) -> str:
    """Return the fewest words from one end, at least FIRST_WORDS, that the page has once."""
    for count in range(min(FIRST_WORDS, len(words)), len(words) + 1):
        some = " ".join(words[-count:] if from_end else words[:count])
        if page is None or page.count(some.casefold()) <= 1:
            return some
    return " ".join(words)


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _encoded(text: str) -> str:
    # "-" and "," separate the parts of a directive, "&" the directives.
    return percent_encode(text, safe="").replace("-", "%2D")
