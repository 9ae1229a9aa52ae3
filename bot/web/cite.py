"""Pure: a quote with its citation in the forms that people paste elsewhere.

The quote itself is never changed; Markdown's own signs are escaped, so that it reads the same.
"""

import re
from dataclasses import dataclass
from datetime import date

from bot import links
from bot.words import citation_parts
from retrieval.types import Citation, Quote

_SIGNS = re.compile(r"([\\`*_\[\]<>~|&$])")
_AT_START = re.compile(
    r"(?m)^([ \t]*(?:\d{1,9}(?=[.)]))?)([-+#=.)])"
)  # of a list, a heading, a rule
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One way to copy it; `name` is for people."""

    name: str
    text: str


def forms(quote: Quote, citation: Citation, *, text: str, public_url: str = "") -> tuple[Form, ...]:
    """Return the quote alone, plain, Markdown, APA-like and BibTeX."""
    link = links.original(quote, citation, text=text)
    if public_url:
        link = link or links.reader(citation.document, quote.span, base=public_url)
    return (
        Form("Quote alone", quote.text),
        Form("Plain", _plain(quote, citation, link)),
        Form("Markdown", _markdown(quote, citation, link)),
        Form("APA-like", _apa(quote, citation, link)),
        Form("BibTeX", bibtex(citation, link)),
    )


def _plain(quote: Quote, citation: Citation, link: str | None) -> str:
    where = ", ".join((*citation_parts(citation), f"line {citation.line}"))
    return f"“{quote.text}” — {where}" + (f", {link}" if link else "")


def _markdown(quote: Quote, citation: Citation, link: str | None) -> str:
    words = "\n".join(f"> {line}".rstrip(" ") for line in _escaped(quote.text).split("\n"))
    title, *rest = citation_parts(citation)
    title = _escaped(title)
    if link:
        title = f"[{title}]({link.replace('(', '%28').replace(')', '%29')})"
    where = ", ".join((title, *map(_escaped, rest), f"line {citation.line}"))
    return f"{words}\n>\n> — {where}"


def _escaped(text: str) -> str:
    """Have Markdown show every sign as it is; backslashes before punctuation do that."""
    return _AT_START.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", text))


def _apa(quote: Quote, citation: Citation, link: str | None) -> str:
    """Give author (date). Title. Publisher. Address; what the text does not state in brackets."""
    document = citation.document
    publisher = _bracketed(document.publisher, "publisher" in document.given)
    author = _bracketed(document.author, "author" in document.given)
    day = _bracketed(_day(document.date), "date" in document.given) or "n.d."
    title = _bracketed(document.title, "title" in document.given)
    parts = [f"{author or publisher or title} ({day})"]
    parts += [title] if author or publisher else []
    parts += [publisher] if author and publisher else []
    cited = ". ".join(part.rstrip(".") for part in parts if part) + "."
    return f"“{quote.text}” (line {citation.line}). {cited}" + (f" {link}" if link else "")


def _bracketed(value: str | None, stated: bool) -> str:
    if not value:
        return ""
    return value if stated else f"[{value}]"


def _day(written: str | None) -> str | None:
    """Write 2021-12-02 as 2021, December 2; less exact dates likewise."""
    if written is None or len(written) == 4:
        return written
    day = date.fromisoformat(f"{written}-01"[:10])
    return f"{day.year}, {day:%B}" + (f" {day.day}" if len(written) == 10 else "")


def bibtex(citation: Citation, link: str | None) -> str:
    """Return a BibTeX entry of the document, with the cited line in its note."""
    document = citation.document
    year, month, *_ = [*(document.date or "").split("-"), ""]
    note = [f"Line {citation.line}"]
    if document.date and "date" not in document.given:
        note.append(f"date: {document.date_known_by}")
    if "title" not in document.given:
        note.append("title supplied")
    if document.publisher and "publisher" not in document.given:
        note.append("publisher inferred")
    fields = {
        "author": document.author,
        "title": f"{{{_latex(document.title)}}}",
        "publisher": document.publisher,
        "year": year,
        "month": month.lstrip("0"),
        "url": None,
        "note": "; ".join(note),
    }
    rows = [
        f"  {name} = {{{value if name == 'title' else _latex(value)}}}"
        for name, value in fields.items()
        if value
    ]
    if link:
        rows.append(f"  url = {{{link.replace('{', '%7B').replace('}', '%7D')}}}")
    key = re.sub(r"[^A-Za-z0-9]+", "-", document.id).strip("-") or "document"
    return f"@misc{{{key},\n" + ",\n".join(rows) + "\n}"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
