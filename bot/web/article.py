"""Pure: a document's text as HTML whose text content is the text, with a passage marked.

Labels and line numbers are attributes that the style sheet shows: they are no words of the text.
"""

from markupsafe import Markup, escape

from bot.links import ANCHOR
from bot.web.reading import FOLDED, Block, Line, Page
from bot.web.visible import shown
from bot.words import KIND_NAMES
from retrieval.types import Kind, Span

LABELS = {
    Kind.COMMENT: ("Reader’s comment", "Readers’ comments"),
    Kind.FURNITURE: (
        "Page furniture, not part of the text",
        "Page furniture, not part of the text",
    ),
}


def article(page: Page, cited: Span | None) -> Markup:
    """Return the inside of the article; the first mark in it carries the anchor's id."""
    marker = _Marker(page.source.text, cited)
    pieces = [_gap(marker, page.lead)]
    pieces += [_block(marker, block) for block in page.blocks]
    return Markup("").join(pieces)


class _Marker:
    """Gives stretches of one text as HTML, marked where they are cited."""

    def __init__(self, text: str, cited: Span | None) -> None:
        self._text = text
        self.cited = cited
        self._begun = False

    def between(self, start: int, end: int) -> Markup:
        cited = self.cited
        if cited is None or cited.end <= start or end <= cited.start:
            return shown(self._text[start:end])
        first, last = max(start, cited.start), min(end, cited.end)
        anchor = Markup("") if self._begun else Markup(f' id="{ANCHOR}"')  # noqa: S704 - a constant
        self._begun = True
        return Markup("{}<mark{}>{}</mark>{}").format(
            shown(self._text[start:first]),
            anchor,
            shown(self._text[first:last]),
            shown(self._text[last:end]),
        )


def _block(marker: _Marker, block: Block) -> Markup:
    parts = Markup("").join(_part(marker, block.kind, part) for part in block.parts)
    if block.kind not in FOLDED:
        return parts
    cited = marker.cited
    first, last = block.parts[0][0][0].span.start, block.parts[-1][-1][-1].gap.end
    opened = cited is not None and first <= cited.start < last
    return Markup('<details class="fold {}"{}><summary {}></summary>{}</details>').format(
        _css(block.kind), Markup(" open") if opened else "", _named(_folded(block)), parts
    )


def _part(marker: _Marker, kind: Kind, part: tuple[tuple[Line, ...], ...]) -> Markup:
    inside = Markup("").join(_paragraph(marker, lines) for lines in part)
    if kind is Kind.BODY:
        return Markup('<div class="part body">{}</div>').format(inside)
    name = KIND_NAMES[kind]
    return Markup('<section class="part {}" data-label="{}" aria-label="{}">{}</section>').format(
        _css(kind), name, name, inside
    )


def _paragraph(marker: _Marker, lines: tuple[Line, ...]) -> Markup:
    return Markup('<p dir="auto">{}</p>').format(
        Markup("").join(_line(marker, line) for line in lines)
    )


def _line(marker: _Marker, line: Line) -> Markup:
    words = marker.between(line.span.start, line.span.end)
    inside = Markup('<span class="line" id="L{}" data-line="{}">{}</span>').format(
        line.number, line.number, words
    )
    return inside + _gap(marker, line.gap)


def _gap(marker: _Marker, span: Span) -> Markup:
    if not len(span):
        return Markup("")
    return Markup('<span class="gap">{}</span>').format(marker.between(span.start, span.end))


def _folded(block: Block) -> str:
    first, last = block.lines
    where = f"line {first}" if first == last else f"lines {first}–{last}"
    count = len(block.parts)
    label = LABELS[block.kind][count > 1]
    counted = f" ({count})" if block.kind is Kind.COMMENT and count > 1 else ""
    return f"{label}{counted}, {where}"


def _named(label: str) -> Markup:
    return Markup('data-label="{}" aria-label="{}"').format(label, label)


def _css(kind: Kind) -> str:
    return str(escape(kind.value.replace(" ", "-")))
