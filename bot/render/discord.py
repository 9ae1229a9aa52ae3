"""What Discord shows, as message components (the layout kind) the way its API takes them.

Pure. Text is escaped so that Discord shows it as it is: markdown, mentions, links, timestamps and
emoji in a document are never interpreted, and no character is added that a reader could copy.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from bot.actions import AnswerAction, decode
from bot.chat.buttons import Button
from bot.chat.compose import Message, Part
from bot.chat.layout import Cite, Segment
from bot.types import Place

TEXT_TOTAL = 4000  # characters over all text of one message
ROOM = TEXT_TOTAL - 200  # the rest is for a sentence above: why the answer is here
QUOTES = 2  # at first sight; the others are behind More
BUTTONS = 0  # text alone counts
CODE_LONGEST = 1900
ACTION_ROW, BUTTON, TEXT, SEPARATOR, CONTAINER = 1, 2, 10, 14, 17
PRIMARY, SECONDARY = 1, 2
FOUND_COLOUR, WEAK_COLOUR = 0x2E7D57, 0x80848E
# Everything that starts a construct anywhere: emphasis, code, spoilers, links, mentions,
# timestamps, commands, emoji, addresses.
_ANYWHERE = re.compile(r"[\\*_~|`<\[@:]")
# What counts at the start of a line only: headings, small print, quotes, lists.
_AT_START = re.compile(r"^(\s*)(#|-|\+|>|\d+(?=\.))", re.MULTILINE)
_IN_LINE = re.compile(r"\S(?:.*\S)?")


def escape(text: str) -> str:
    """Markdown that Discord shows as `text`: signs get a backslash, nothing else changes."""
    return _AT_START.sub(_escape_start, _ANYWHERE.sub(r"\\\g<0>", text))


def _escape_start(found: re.Match[str]) -> str:
    spaces, sign = found.groups()
    return f"{spaces}{sign}\\" if sign[0].isdigit() else f"{spaces}\\{sign}"


def size(parts: Sequence[Part]) -> int:
    """Count the characters of text displays."""
    return sum(len(part["content"]) for part in parts)


def line(text: str) -> Part:
    """Make one line of small print."""
    return _text(f"-# {_line(text)}")


def strong(text: str) -> Part:
    """Make a bold line."""
    return _text(f"**{_line(text)}**")


def sentences(said: Sequence[str | Place]) -> Part:
    """Say something; places become mentions, which ping nobody."""
    signs = {"channel": "#", "role": "@&"}
    texts = (
        escape(one) if isinstance(one, str) else f"<{signs[one.kind]}{one.key}>" for one in said
    )
    return _text("".join(texts))


def quoted(segments: Iterable[Segment]) -> Part:
    """Write a quote that ends with its text: marked sentences bold, answering words underlined."""
    text = ""
    for marked, run in groupby((one for one in segments if one.text), lambda one: one.marked):
        parts = [
            _emphasised(_joined(part), "__" if chosen else "")
            for chosen, part in groupby(run, lambda one: one.words)
        ]
        text += _emphasised("".join(parts), "**" if marked else "")
    return _text(f">>> {text}")


def _joined(segments: Iterable[Segment]) -> str:
    return escape("".join(one.text for one in segments))


def _emphasised(escaped: str, sign: str) -> str:
    """Put `sign` around what stands in each line: no mark may cross a line end or touch a space."""
    return _IN_LINE.sub(rf"{sign}\g<0>{sign}", escaped)


def citation(cite: Cite) -> Part:
    """Write one small line: title, publisher, date, kind, line and the link."""
    title, *rest = (_line(part) for part in cite.parts)
    linked = [f"[read it there](<{cite.url}>)"] if cite.url else []
    label = f"-# {_line(cite.label)}\n" if cite.label else ""
    return _text(label + "-# " + " · ".join([f"**{title}**", *rest, *linked]))


def _line(text: str) -> str:
    return escape(" ".join(text.split()))


def boxed(groups: Sequence[Sequence[Part]], *, found: bool) -> Sequence[Part]:
    """Put an answer into a container with a coloured edge, a rule above each further group."""
    rule = {"type": SEPARATOR, "divider": True, "spacing": 1}
    inside = [part for group in groups for part in (rule, *group)][1:]
    colour = FOUND_COLOUR if found else WEAK_COLOUR
    return [{"type": CONTAINER, "accent_color": colour, "components": inside}]


def row(buttons: Iterable[Button]) -> Part:
    """Put buttons next to each other."""
    return {"type": ACTION_ROW, "components": [_button(button) for button in buttons]}


def below(buttons: Sequence[Button]) -> Sequence[Part]:
    """Put the buttons of a whole answer under its container."""
    return [row(buttons)]


def _button(button: Button) -> Part:
    label, style = button.label, PRIMARY if button.action.action == "more" else SECONDARY
    face = {"label": label} if label.isascii() else {"emoji": {"name": label}}
    return {"type": BUTTON, "style": style, "custom_id": button.value, **face}


def exact(text: str) -> Message:
    """Show words in a code block; as a file where a block would change them."""
    fits = len(text) <= CODE_LONGEST and "```" not in text and not text.endswith("`")
    plain = text == text.strip("\n") and not any(sign in text for sign in "\r\t\f")
    if fits and plain and text.strip():
        return Message((_text(f"```text\n{text}\n```"),), text)
    return Message((), text, file=text)


def answer_of(parts: Iterable[Part]) -> str | None:
    """Read from its buttons which answer a message shows."""
    for part in parts:
        action = decode(part.get("custom_id") or "")
        if isinstance(action, AnswerAction):
            return action.answer_id
        if found := answer_of(part.get("components") or ()):
            return found
    return None


def _text(content: str) -> Part:
    return {"type": TEXT, "content": content}
