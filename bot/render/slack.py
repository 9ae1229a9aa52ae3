"""What Slack shows, as Block Kit the way its API takes it.

Pure. Documents' words stand in `rich_text` and `plain_text`, which Slack shows as they are; only
the fallback line and links are mrkdwn, whose three control characters are escaped.
"""

import html
import json
import re
from collections.abc import Iterable, Sequence

from bot import words
from bot.chat.buttons import Button
from bot.chat.compose import Message, Part
from bot.chat.layout import Cite, Segment
from bot.types import Place

TOTAL = 12_000  # characters of a message's blocks, as JSON; Slack refuses somewhere past 13,000
ROOM = TOTAL - 2_500  # the rest is for who asked, why the answer is here, the last buttons
QUOTES = 3  # at first sight; the others are behind More
BUTTONS = 500  # characters of the buttons under one quote
PLAIN_LONGEST = 2900  # of a plain text object, which may have 3000
ACTION = "talks"  # how the id of every button begins
_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def body(message: Message) -> Part:
    """Write a message as the Web API takes it; the fallback is mrkdwn."""
    quiet = {"unfurl_links": False, "unfurl_media": False}
    return {"text": escape(message.text), "blocks": list(message.parts), **quiet}


def escape(text: str) -> str:
    """Mrkdwn in which nothing of `text` is a mention, a link or a command to Slack."""
    return html.escape(text, quote=False)


def typed(text: str) -> str:
    """Give what a person wrote, from how Slack passes it on: names for mentions, no entities."""
    return html.unescape(_TOKEN.sub(_typed, text)).strip()


def _typed(found: re.Match[str]) -> str:
    sign, target, label = found.groups()
    if sign:
        return label or ""
    return label or target.removeprefix("mailto:")


def size(parts: Sequence[Part]) -> int:
    """Count the characters of blocks as JSON: never less than Slack counts."""
    return len(json.dumps(parts, ensure_ascii=False))


def line(text: str) -> Part:
    """Make one small line."""
    return {"type": "context", "elements": [_plain(text)]}


def strong(text: str) -> Part:
    """Make a bold sentence."""
    return _section([_text(text, bold=True)])


def sentences(said: Sequence[str | Place]) -> Part:
    """Say something; Slack itself shows places by their names."""
    return _section([_text(part) if isinstance(part, str) else _place(part) for part in said])


def _place(place: Place) -> Part:
    kind = "channel" if place.kind == "channel" else "usergroup"
    return {"type": kind, f"{kind}_id": place.key}


def quoted(segments: Iterable[Segment]) -> Part:
    """Write a quote: the marked sentences are bold, the answering words in italics too."""
    shown = [_text(one.text, bold=one.marked, italic=one.words) for one in segments if one.text]
    return _rich({"type": "rich_text_quote", "elements": shown})


def citation(cite: Cite) -> Part:
    """Write the line under a quote: title, publisher, date, kind, line and the link."""
    stands = _plain(" · ".join((*cite.parts, *([cite.label] if cite.label else []))))
    linked = f"<{escape(cite.url)}|read it there>" if cite.url else None
    link = [{"type": "mrkdwn", "text": linked}] if linked else []
    return {"type": "context", "elements": [stands, *link]}


def boxed(groups: Sequence[Sequence[Part]], *, found: bool) -> Sequence[Part]:  # noqa: ARG001 - a block has no colour
    """Put the parts of an answer below each other."""
    return [part for group in groups for part in group]


def row(buttons: Iterable[Button]) -> Part:
    """Put buttons next to each other."""
    return {"type": "actions", "elements": [_button(button) for button in buttons]}


def _button(button: Button) -> Part:
    text = {"type": "plain_text", "text": button.label}
    name = f"{ACTION}.{button.action.action}"
    return {"type": "button", "action_id": name, "text": text, "value": button.value}


def below(buttons: Sequence[Button]) -> Sequence[Part]:
    """Show votes as Slack's own feedback buttons, and the rest in a row."""
    up, down = (button for button in buttons if not button.label.isascii())
    votes = {
        "type": "feedback_buttons",
        "action_id": f"{ACTION}.vote",
        "positive_button": _vote("Helpful", up),
        "negative_button": _vote("Not helpful", down),
    }
    rest = [button for button in buttons if button.label.isascii()]
    return [{"type": "context_actions", "elements": [votes]}, *([row(rest)] if rest else [])]


def _vote(label: str, button: Button) -> Part:
    return {"text": {"type": "plain_text", "text": label}, "value": button.value}


def exact(text: str) -> Message:
    """Show words in a block of their own; say so where they are too many."""
    block = _rich({"type": "rich_text_preformatted", "elements": [_text(text)]})
    if size([block]) <= TOTAL:
        return Message((block,), "The exact words.")
    said = words.too_long_in_words(len(text)).rstrip(":") + "."
    return Message((sentences([said]),), said)


def home(how: str, collection: Message) -> Part:
    """Build the App Home: how to ask, and what is searched."""
    title = {"type": "header", "text": _plain(collection.text)}
    return {"type": "home", "blocks": [sentences([how]), title, *collection.parts]}


def _plain(text: str) -> Part:
    shown = words.cut(" ".join(text.split()), PLAIN_LONGEST)
    return {"type": "plain_text", "text": shown, "emoji": False}


def _section(elements: list[Part]) -> Part:
    return _rich({"type": "rich_text_section", "elements": elements})


def _rich(element: Part) -> Part:
    return {"type": "rich_text", "elements": [element]}


def _text(text: str, **styles: bool) -> Part:
    style = {name: True for name, on in styles.items() if on}
    return {"type": "text", "text": text, **({"style": style} if style else {})}
