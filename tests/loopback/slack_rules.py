"""What Slack accepts as blocks, and what a reader sees of them."""

import json
from collections.abc import Iterator
from typing import Any

from tests.loopback.recording import Json

BLOCKS_MOST, VIEW_MOST, TOTAL_MOST = 50, 100, 13_200
ELEMENTS_MOST = {"context": 10, "actions": 25, "context_actions": 5}
ALLOWED = {
    "context": {"mrkdwn", "plain_text", "image"},
    "actions": {"button"},
    "context_actions": {"feedback_buttons"},
}
RICH = {"rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list"}
INLINE = {"text", "link", "user", "usergroup", "channel", "emoji", "broadcast"}
STYLES = {"bold", "italic", "strike", "code"}


def elements(blocks: list[Json]) -> Iterator[Json]:
    """Everything that can be pressed."""
    for block in blocks:
        yield from (e for e in block.get("elements") or () if e.get("action_id"))


def faces(blocks: list[Json]) -> Iterator[tuple[str, str, Json]]:
    """Label, value and element of each thing to press."""
    for element in elements(blocks):
        if element["type"] == "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                yield element[side]["text"]["text"], element[side]["value"], element
        else:
            yield element["text"]["text"], element["value"], element


def readable(message: Json) -> str:
    """All the text that a reader sees, blocks line by line; `text` only where there are none."""
    blocks = message.get("blocks") or []
    return "\n".join(filter(None, map(_readable, blocks))) or message.get("text") or ""


def _readable(block: Json) -> str:
    match block["type"]:
        case "rich_text":
            return "\n".join(map(_rich, block["elements"]))
        case "context":
            return " ".join(_shown(element) for element in block["elements"])
        case "header":
            return str(block["text"]["text"])
        case _:
            return ""


def _rich(element: Json) -> str:
    if element["type"] == "rich_text_list":
        return "\n".join(map(_rich, element["elements"]))
    return "".join(_shown(part) for part in element["elements"])


def _shown(part: Json) -> str:
    if "text" in part:
        return str(part["text"])
    name = next(value for key, value in part.items() if key.endswith("_id"))
    return f"<{part['type']} {name}>"


def quotes(blocks: list[Json]) -> list[str]:
    """The text of each quote, as it is shown."""
    return [
        "".join(part["text"] for part in element["elements"])
        for block in blocks
        if block["type"] == "rich_text"
        for element in block["elements"]
        if element["type"] == "rich_text_quote"
    ]


def complaints(blocks: Any, *, view: bool = False) -> list[str]:
    """Why Slack would refuse blocks; empty if it would not."""
    if not isinstance(blocks, list):
        return ["must be an array"]
    most = VIEW_MOST if view else BLOCKS_MOST
    out = [f"no more than {most} items allowed"] if len(blocks) > most else []
    for number, block in enumerate(blocks):
        out += [f"{said} [json-pointer:/blocks/{number}]" for said in _block(block)]
    return out


def too_long(blocks: list[Json]) -> bool:
    """Whether all blocks together are more than Slack takes."""
    return len(json.dumps(blocks, ensure_ascii=False)) > TOTAL_MOST


def _block(block: Json) -> Iterator[str]:
    kind = block.get("type")
    if kind == "rich_text":
        for element in block.get("elements") or [{}]:
            yield from _rich_complaints(element)
    elif kind in ELEMENTS_MOST:
        found = block.get("elements") or []
        if not 1 <= len(found) <= ELEMENTS_MOST[kind]:
            yield f"must provide 1 to {ELEMENTS_MOST[kind]} elements"
        ids = [element["action_id"] for element in found if "action_id" in element]
        if len(ids) != len(set(ids)):
            yield "`action_id` already exists"
        for element in found:
            if element.get("type") not in ALLOWED[kind]:
                yield f"unsupported type: {element.get('type')}"
            else:
                yield from _element(element)
    elif kind == "header":
        yield from _text(block.get("text"), 150, plain=True)
    else:
        yield f"unsupported type: {kind}"


def _rich_complaints(element: Json) -> Iterator[str]:
    if element.get("type") not in RICH or not element.get("elements"):
        yield f"rich_text: {element.get('type')} needs elements"
        return
    for part in element["elements"]:
        if element["type"] == "rich_text_list":
            yield from _rich_complaints(part)
        elif part.get("type") not in INLINE:
            yield f"rich_text: unsupported type {part.get('type')}"
        elif part["type"] == "text" and not part.get("text"):
            yield "rich_text: text must be more than 0 characters"
        elif set(part.get("style") or {}) - STYLES:
            yield "rich_text: unknown style"


def _element(element: Json) -> Iterator[str]:
    if element["type"] == "button":
        yield from _text(element.get("text"), 75, plain=True)
        if not 1 <= len(element.get("value") or "") <= 2000:
            yield "value must be 1 to 2000 characters"
    elif element["type"] == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            yield from _text(element[side].get("text"), 75, plain=True)
            if not 1 <= len(element[side].get("value") or "") <= 2000:
                yield "value must be 1 to 2000 characters"
    else:
        yield from _text(element, 3000)


def _text(text: Any, most: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict) or not isinstance(text.get("text"), str):
        yield "must provide an object with a string `text`"
    elif plain and text.get("type") != "plain_text":
        yield "must be plain_text"
    elif not 1 <= len(text["text"]) <= most:
        yield f"must be 1 to {most} characters"
