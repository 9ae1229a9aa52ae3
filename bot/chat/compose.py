"""Messages for any chat platform, put together from what each can show: lines, quotes, buttons.

Pure. A module of `bot.render` is a Face; the parts that it makes are its platform's own JSON.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, assert_never

from bot.chat.buttons import Button, on_answer, on_passage
from bot.chat.layout import (
    Abstention,
    Block,
    Budget,
    Cite,
    Heading,
    LeftOut,
    Link,
    QuoteBlock,
    Segment,
    TooLong,
    Understood,
    layout,
    layout_excerpt,
)
from bot.chat.notices import Notice, notice_in_words
from bot.types import Answered, Duplicate, Excerpt, Place
from bot.words import counted_documents, document_in_words, left_out_documents_in_words
from retrieval.types import Document, Found

Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send: a platform's own parts, and a plain line for notifications.

    A `file` is text that no part could show exactly; only plain sentences stand above one.
    """

    parts: tuple[Part, ...]
    text: str
    file: str | None = None


class Face(Protocol):
    """How one platform shows things. All text is plain; making it harmless is the platform's."""

    ROOM: int  # for one answer, as `size` counts: its blocks and the line that says who asked
    QUOTES: int  # at first sight; the others are behind More
    BUTTONS: int  # what the buttons under one quote take of the room

    def size(self, parts: Sequence[Part], /) -> int:
        """Count what parts take of a message."""

    def line(self, text: str, /) -> Part:
        """Make one small line."""

    def strong(self, text: str, /) -> Part:
        """Make a sentence that stands out."""

    def sentences(self, said: Sequence[str | Place], /) -> Part:
        """Say something; a place in it is shown by its name."""

    def quoted(self, segments: Iterable[Segment], /) -> Part:
        """Show a quote, its marked sentences and its answering words standing out."""

    def citation(self, cite: Cite, /) -> Part:
        """Say where a quote stands, with the link."""

    def row(self, buttons: Iterable[Button], /) -> Part:
        """Put buttons next to each other."""

    def below(self, buttons: Sequence[Button], /) -> Sequence[Part]:
        """Show the buttons of a whole answer."""

    def boxed(self, groups: Sequence[Sequence[Part]], /, *, found: bool) -> Sequence[Part]:
        """Hold an answer together: its head, and each quote with all that belongs to it."""

    def exact(self, text: str, /) -> Message:
        """Show words as nothing but themselves, all of them or none."""


def budget(face: Face, above: Sequence[Part] = ()) -> Budget:
    """Say what a message of this platform holds below what stands `above`."""
    total = face.ROOM - face.size(above)
    return Budget(total=total, cost=partial(cost, face), quotes=face.QUOTES)


def cost(face: Face, block: Block) -> int:
    """Count what a block takes of a message, its buttons included."""
    buttons = face.BUTTONS if isinstance(block, QuoteBlock | TooLong) else 0
    return face.size(parts(face, block)) + buttons


def parts(face: Face, block: Block) -> list[Part]:
    """Show a block, without buttons."""
    match block:
        case Heading(text) | Understood(text) | LeftOut(_, text):
            return [face.line(text)]
        case QuoteBlock(segments, cite):
            return [face.quoted(segments), face.citation(cite)]
        case TooLong(text, cite):
            return [face.line(text), face.citation(cite)]
        case Abstention(text, nearest):
            return [face.strong(text), *([face.line(nearest)] if nearest else [])]
        case _:
            assert_never(block)


def reply(
    face: Face,
    given: Answered | Duplicate | Notice,
    *,
    link: Link,
    private: bool,
    asked: str | None = None,
) -> Message | None:
    """Build what a person gets to see; None if nothing. `asked` stands above an answer."""
    if isinstance(given, Duplicate):
        return None
    if not isinstance(given, Answered):
        return note(face, notice_in_words(given))
    above = [face.line(asked)] if asked else []
    laid = layout(given.answer, budget=budget(face, above), link=link, skipped=given.skipped)
    groups: list[list[Part]] = [[]]
    for block in laid.blocks:
        shown = parts(face, block)
        if not isinstance(block, QuoteBlock | TooLong):
            groups[-1] += shown
        else:
            groups.append([*shown, face.row(on_passage(block, given.answer.fingerprint))])
    boxed = face.boxed(list(filter(None, groups)), found=isinstance(given.answer, Found))
    below = face.below(on_answer(given, laid, private=private))
    return Message((*above, *boxed, *below), laid.fallback)


def note(face: Face, *said: str | Place) -> Message:
    """Say plain sentences; a channel or a role is shown by its name."""
    text = "".join(part if isinstance(part, str) else part.key for part in said)
    return Message((face.sentences(said),), text)


def prefaced(face: Face, sentence: str, message: Message) -> Message:
    """Put a plain sentence above a message."""
    above = note(face, sentence)
    return Message((*above.parts, *message.parts), f"{above.text} {message.text}", message.file)


def excerpt(face: Face, given: Excerpt, *, link: Link) -> Message:
    """Build the surroundings of a citation, without buttons."""
    laid = layout_excerpt(given, budget=budget(face), link=link)
    return Message(tuple(one for block in laid.blocks for one in parts(face, block)), laid.fallback)


def collection(face: Face, documents: Sequence[Document]) -> Message:
    """List what is searched, as many documents as a message holds."""
    listed: list[str] = []
    for document in documents:
        longer = [*listed, f"• {document_in_words(document)}\n"]
        if face.size([face.sentences(longer)]) > face.ROOM:
            break
        listed = longer
    left = len(documents) - len(listed)
    rest = [face.line(left_out_documents_in_words(left))] if left else []
    shown = [face.sentences(listed)] if listed else []
    return Message((*shown, *rest), counted_documents(len(documents)))
