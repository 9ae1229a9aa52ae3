"""Links from a quote to its reader page, or to where its document was published.

The original's fragment is a text directive (https://wicg.github.io/scroll-to-text-fragment/): a
browser that knows it scrolls to the words and highlights them, any other opens the page.
"""

import re
from functools import lru_cache
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from retrieval.types import Citation, Document, Quote, Span

LONG = 100  # characters; a longer sentence is named by its first and last words
FIRST_WORDS = 5
FINGERPRINT = 12  # characters of a document's sha256 in a link
ANCHOR = "quote"  # names the cited passage on a reader page


def best(
    quote: Quote, citation: Citation, *, text: str | None = None, public_url: str = ""
) -> str | None:
    """Return the reader page where one can be reached, else the document's own address."""
    if public_url:
        return reader(citation.document, quote.span, base=public_url)
    return original(quote, citation, text=text)


def reader(document: Document, span: Span | None = None, *, base: str = "") -> str:
    """Return the address of a document's reader page, at `span` where one is given.

    The link carries the beginning of the document's sha256: once the text is another, the page
    says so instead of marking other words. `base` has no slash at its end.
    """
    address = f"{base}/read/{percent_encode(document.id, safe='')}"
    if span is None:
        return address
    return f"{address}?s={span.start}-{span.end}&f={document.sha256[:FINGERPRINT]}#{ANCHOR}"


def address(document: Document) -> str | None:
    """Return the document's own address; None if the catalogue knows no http(s) one."""
    return _safe(document.url)


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
    page = None if text is None else _page(text)
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


@lru_cache(maxsize=64)  # documents are long, and each is cited again and again
def _page(text: str) -> str:
    return _spaced(text).casefold()


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _encoded(text: str) -> str:
    # "-" and "," separate the parts of a directive, "&" the directives.
    return percent_encode(text, safe="").replace("-", "%2D")
