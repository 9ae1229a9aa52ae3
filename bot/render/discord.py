"""Neutral blocks -> Discord's message components (the layout kind), as the API takes them.

Pure. Text is escaped so that Discord shows it as it is: markdown, mentions, links, timestamps and
emoji in a document are never interpreted, and no character is added that a reader could copy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, assert_never

from bot.actions import AnswerAction, decode
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
from retrieval.types import Found

Component = dict[str, Any]

TEXT_TOTAL = 4000  # characters over all text of one message
TEXT_RESERVE = 200  # for a line above the answer: who asked, what was left out
QUOTES = 2  # at first sight; the others are behind More
URL_LONGEST = 1000  # longer ones lose their text fragment
CODE_LONGEST = 1900
ACTION_ROW, BUTTON, TEXT, SEPARATOR, CONTAINER = 1, 2, 10, 14, 17
PRIMARY, SECONDARY, DANGER = 1, 2, 4
FOUND_COLOUR, WEAK_COLOUR = 0x2E7D57, 0x80848E
# Everything that starts a construct anywhere: emphasis, code, spoilers, links, mentions,
# timestamps, commands, emoji, addresses.
_ANYWHERE = re.compile(r"[\\*_~|`<\[@:]")
# What counts at the start of a line only: headings, small print, quotes, lists.
_AT_START = re.compile(r"^(\s*)(#|-|\+|>|\d+(?=\.))", re.MULTILINE)
# What could end an address inside <…>, or its line.
_UNSAFE = re.compile(r"[\s<>()\\\x00-\x1f]")
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to send; `components` are Discord's own JSON."""

    components: tuple[Component, ...]


def escape(text: str) -> str:
    """Markdown that Discord shows as `text`; `unescape` gives it back."""
    return _AT_START.sub(_escape_start, _ANYWHERE.sub(r"\\\g<0>", text))


def _escape_start(found: re.Match[str]) -> str:
    spaces, sign = found.groups()
    return f"{spaces}{sign}\\" if sign[0].isdigit() else f"{spaces}\\{sign}"


def unescape(markdown: str) -> str:
    """Give what Discord shows of `escape`'s output: a backslash before punctuation goes."""
    return _ESCAPED.sub(r"\1", markdown)


def quoted(segments: Iterable[Segment]) -> str:
    """Write a quote that ends with its text: marked sentences bold, answering words underlined."""
    text = ""
    full = (segment for segment in segments if segment.text)
    for marked, run in groupby(full, key=lambda segment: segment.marked):
        if marked:
            text += _each_line(_underlined(run), "**")
        else:
            text += escape("".join(segment.text for segment in run))
    return f">>> {text}"


def _underlined(run: Iterable[Segment]) -> str:
    text = ""
    for chosen, part in groupby(run, key=lambda segment: segment.words):
        escaped = escape("".join(segment.text for segment in part))
        text += _each_line(escaped, "__") if chosen else escaped
    return text


def _each_line(escaped: str, style: str) -> str:
    """Mark text line by line: no mark crosses a line end."""
    return "\n".join(_outside(line, style) for line in escaped.split("\n"))


def _outside(line: str, style: str) -> str:
    """Put `style` around a line, spaces left outside; a blank line has none."""
    core = line.strip()
    if not core:
        return line
    before, _, after = line.partition(core)
    return f"{before}{style}{core}{style}{after}"


def citation(cite: Cite) -> str:
    """Write one small line: title, publisher, date, kind, line and the link."""
    title, *rest = (_line(part) for part in cite.parts)
    linked = [f"[read it there](<{_address(cite.url)}>)"] if cite.url else []
    label = f"-# {_line(cite.label)}\n" if cite.label else ""
    return label + "-# " + " · ".join([f"**{title}**", *rest, *linked])


def _line(text: str) -> str:
    return escape(" ".join(text.split()))


def _address(url: str) -> str:
    """Write an address so that it cannot end its own link."""
    if len(url) > URL_LONGEST:
        url = url.partition("#")[0]
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def _texts(block: Block) -> tuple[str, ...]:
    """Give the text displays of a block."""
    match block:
        case Heading(text) | Understood(text) | LeftOut(_, text):
            return (f"-# {_line(text)}",)
        case QuoteBlock(segments, cite):
            return (quoted(segments), citation(cite))
        case TooLong(text, cite):
            return (f"-# {_line(text)}", citation(cite))
        case Abstention(text, nearest):
            return (f"**{_line(text)}**", *((f"-# {_line(nearest)}",) if nearest else ()))
        case _:
            assert_never(block)


def cost(block: Block) -> int:
    """Characters of a message's text budget."""
    return sum(map(len, _texts(block)))


BUDGET = Budget(total=TEXT_TOTAL - TEXT_RESERVE, cost=cost, quotes=QUOTES)


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
    answer = given.answer
    laid = layout(answer, budget=BUDGET, link=link, skipped=given.skipped)
    inside: list[Component] = []
    for block in laid.blocks:
        if isinstance(block, QuoteBlock | TooLong):
            if inside:
                inside.append({"type": SEPARATOR, "divider": True, "spacing": 1})
            inside += [_text(text) for text in _texts(block)]
            inside.append(_row(on_passage(block, answer.fingerprint)))
        else:
            inside += [_text(text) for text in _texts(block)]
    colour = FOUND_COLOUR if isinstance(answer, Found) else WEAK_COLOUR
    box = {"type": CONTAINER, "accent_color": colour, "components": inside}
    above = (_text(asked),) if asked else ()
    row = _row(on_answer(given, laid, private=private))
    return Message((*above, box, row))


def asked_by(name: str, question: str) -> str:
    """Write the line above an answer whose question the channel cannot see."""
    return f"-# {_line(asked_in_words(name, question))}"


def note(*said: str | Place) -> Message:
    """Say plain sentences; a channel or a role is shown by its name."""
    return Message((_text("".join(map(_said, said))),))


def _said(part: str | Place) -> str:
    if isinstance(part, str):
        return escape(part)
    return f"<#{part.key}>" if part.kind == "channel" else f"<@&{part.key}>"


def prefaced(sentence: str, message: Message) -> Message:
    """Put a plain sentence above a message."""
    return Message((*note(sentence).components, *message.components))


def excerpt(laid: Layout) -> Message:
    """Build the surroundings of a citation, without buttons."""
    return Message(tuple(_text(text) for block in laid.blocks for text in _texts(block)))


def code(text: str) -> str | None:
    """Write a code block that shows `text` exactly; None where a block would change it."""
    fits = len(text) <= CODE_LONGEST and "```" not in text and not text.endswith("`")
    plain = text == text.strip("\n") and not any(sign in text for sign in "\r\t\f")
    return f"```text\n{text}\n```" if fits and plain and text.strip() else None


def answer_of(components: Iterable[Component]) -> str | None:
    """Read from its buttons which answer a message shows."""
    for component in components:
        action = decode(component.get("custom_id") or "")
        if isinstance(action, AnswerAction):
            return action.answer_id
        if found := answer_of(component.get("components") or ()):
            return found
    return None


def _row(buttons: Iterable[Button]) -> Component:
    return {"type": ACTION_ROW, "components": [_button(button) for button in buttons]}


def _button(button: Button) -> Component:
    label, style = button.label, PRIMARY if button.action.action == "more" else SECONDARY
    face = {"label": label} if label.isascii() else {"emoji": {"name": label}}
    return {"type": BUTTON, "style": style, "custom_id": button.value, **face}


def _text(content: str) -> Component:
    return {"type": TEXT, "content": content}
