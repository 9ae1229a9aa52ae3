"""Neutral blocks -> Slack's Block Kit, as the API takes it.

Pure. Documents' words stand in `rich_text` and `plain_text`, which Slack shows as they are; only
the fallback line and links are mrkdwn, whose three control characters are escaped.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from bot import words
from bot.chat.buttons import Button, on_answer, on_passage
from bot.chat.layout import (
    Abstention,
    Block,
    Budget,
    Cite,
    Heading,
    Layout,
    LeftOut,
    Link,
    QuoteBlock,
    Segment,
    TooLong,
    Understood,
    layout,
)
from bot.chat.notices import Notice, asked_in_words, notice_in_words
from bot.types import Answered, Duplicate, Place
from retrieval.types import Document

Json = dict[str, Any]

TOTAL = 12_000  # characters of a message's blocks, as JSON; Slack refuses somewhere past 13,000
RESERVE = 2_500  # of them for what stands around the quotes: who asked, why here, the last buttons
BUTTONS = 500  # of them for the buttons under one quote
QUOTES = 3
URL_LONGEST = 1000  # longer ones lose their text fragment
PLAIN_LONGEST = 2900  # of a plain text object, which may have 3000
ACTION = "talks"  # how the id of every button begins
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send: Slack's own blocks, and a line for notifications."""

    blocks: tuple[Json, ...]
    text: str


def escape(text: str) -> str:
    """Mrkdwn in which nothing of `text` is a mention, a link or a command to Slack."""
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], text)


def unescape(text: str) -> str:
    """Give back what `escape` was given."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str) -> str:
    """Give what a person wrote, from how Slack passes it on: names for mentions, no entities."""
    return unescape(_TOKEN.sub(_typed, text)).strip()


def _typed(found: re.Match[str]) -> str:
    sign, target, label = found.groups()
    if sign:
        return label or ""
    return label or target.removeprefix("mailto:")


def quoted(segments: Iterable[Segment]) -> Json:
    """Write a quote: the marked sentences are bold, the answering words in italics too."""
    return _rich(
        {"type": "rich_text_quote", "elements": [_styled(one) for one in segments if one.text]}
    )


def _styled(segment: Segment) -> Json:
    style = {"bold": True} if segment.marked else {}
    style |= {"italic": True} if segment.words else {}
    return {"type": "text", "text": segment.text, **({"style": style} if style else {})}


def citation(cite: Cite) -> Json:
    """Write the line under a quote: title, publisher, date, kind, line and the link."""
    line = _plain(" · ".join((*cite.parts, *([cite.label] if cite.label else []))))
    link = {"type": "mrkdwn", "text": f"<{_address(cite.url)}|read it there>"} if cite.url else None
    return {"type": "context", "elements": [line, *([link] if link else [])]}


def _address(url: str) -> str:
    """Write an address so that it cannot end its own link."""
    if len(url) > URL_LONGEST:
        url = url.partition("#")[0]
    return escape(re.sub(r"[\s<>|]", lambda f: "".join(f"%{b:02X}" for b in f[0].encode()), url))


def _plain(text: str) -> Json:
    line = " ".join(text.split())
    cut = line if len(line) <= PLAIN_LONGEST else line[: PLAIN_LONGEST - 1] + "…"
    return {"type": "plain_text", "text": cut, "emoji": False}


def _line(text: str) -> Json:
    return {"type": "context", "elements": [_plain(text)]}


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _said(*parts: Json) -> Json:
    return _rich({"type": "rich_text_section", "elements": list(parts)})


def _text(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _blocks(block: Block) -> list[Json]:
    match block:
        case Heading(text) | Understood(text) | LeftOut(_, text):
            return [_line(text)]
        case QuoteBlock(segments, cite):
            return [quoted(segments), citation(cite)]
        case TooLong(text, cite):
            return [_line(text), citation(cite)]
        case Abstention(text, nearest):
            return [_said(_text(text, bold=True)), *([_line(nearest)] if nearest else [])]
        case _:
            assert_never(block)


def size(blocks: Sequence[Json]) -> int:
    """Characters of blocks as JSON: never less than Slack counts."""
    return len(json.dumps(blocks, ensure_ascii=False))


def cost(block: Block) -> int:
    """Characters that a block takes of a message, its buttons included."""
    buttons = BUTTONS if isinstance(block, QuoteBlock | TooLong) else 0
    return size(_blocks(block)) + buttons


BUDGET = Budget(total=TOTAL - RESERVE, cost=cost, quotes=QUOTES)


def reply(
    given: Answered | Duplicate | Notice, *, link: Link, private: bool, asked: str | None = None
) -> Message | None:
    """Build what a person gets to see; None if nothing. `asked` stands above an answer."""
    if isinstance(given, Answered):
        return _answered(given, link=link, private=private, asked=asked)
    if isinstance(given, Duplicate):
        return None
    return note(notice_in_words(given))


def _answered(given: Answered, *, link: Link, private: bool, asked: str | None) -> Message:
    laid = layout(given.answer, budget=BUDGET, link=link, skipped=given.skipped)
    blocks = [_line(asked)] if asked else []
    for block in laid.blocks:
        blocks += _blocks(block)
        if isinstance(block, QuoteBlock | TooLong):
            blocks.append(_row(on_passage(block, given.answer.fingerprint)))
    buttons = on_answer(given, laid, private=private)
    votes = [button for button in buttons if not button.label.isascii()]
    blocks.append(_feedback(*votes))
    if rest := [button for button in buttons if button.label.isascii()]:
        blocks.append(_row(rest))
    return Message(tuple(blocks), escape(laid.fallback))


def asked_by(name: str, question: str) -> str:
    """Write the line above an answer whose question the channel cannot see."""
    return asked_in_words(name, question)


def note(*said: str | Place) -> Message:
    """Say plain sentences; a channel or a user group is shown by its name."""
    parts = [_text(part) if isinstance(part, str) else _place(part) for part in said]
    text = "".join(part if isinstance(part, str) else part.key for part in said)
    return Message((_said(*parts),), escape(text))


def _place(place: Place) -> Json:
    if place.kind == "channel":
        return {"type": "channel", "channel_id": place.key}
    return {"type": "usergroup", "usergroup_id": place.key}


def prefaced(sentence: str, message: Message) -> Message:
    """Put a plain sentence above a message."""
    above = note(sentence)
    return Message((*above.blocks, *message.blocks), f"{above.text} {message.text}")


def excerpt(laid: Layout) -> Message:
    """Build the surroundings of a citation, without buttons."""
    blocks = (one for block in laid.blocks for one in _blocks(block))
    return Message(tuple(blocks), escape(laid.fallback))


def exact(text: str) -> Message:
    """Show the words themselves, all of them or none."""
    block = _rich({"type": "rich_text_preformatted", "elements": [_text(text)]})
    if size([block]) > TOTAL:
        return note(words.too_long_in_words(len(text)).rstrip(":") + ".")
    return Message((block,), "The exact words.")


def collection(documents: Sequence[Document]) -> Message:
    """List what is searched, as many as a message holds."""
    lines: list[Json] = []
    for document in documents:
        known = (document.title, document.publisher, document.date)
        line = {"type": "rich_text_section", "elements": [_text(" · ".join(filter(None, known)))]}
        if size([*lines, line]) > TOTAL - RESERVE:
            break
        lines.append(line)
    listed = _rich({"type": "rich_text_list", "style": "bullet", "elements": lines})
    left = len(documents) - len(lines)
    rest = [_line(words.left_out_documents_in_words(left))] if left else []
    return Message(
        (listed, *rest) if lines else tuple(rest), words.counted_documents(len(documents))
    )


def home(documents: Sequence[Document], how: str) -> Json:
    """Build the App Home: how to ask, and what is searched."""
    title = {"type": "header", "text": _plain(words.counted_documents(len(documents)))}
    return {"type": "home", "blocks": [*note(how).blocks, title, *collection(documents).blocks]}


def _row(buttons: Iterable[Button]) -> Json:
    return {"type": "actions", "elements": [_button(button) for button in buttons]}


def _button(button: Button) -> Json:
    text = {"type": "plain_text", "text": button.label}
    name = f"{ACTION}.{button.action.action}"
    return {"type": "button", "action_id": name, "text": text, "value": button.value}


def _feedback(up: Button, down: Button) -> Json:
    def face(label: str, button: Button) -> Json:
        return {"text": {"type": "plain_text", "text": label}, "value": button.value}

    element: Json = {"type": "feedback_buttons", "action_id": f"{ACTION}.vote"}
    element |= {
        "positive_button": face("Helpful", up),
        "negative_button": face("Not helpful", down),
    }
    return {"type": "context_actions", "elements": [element]}
