"""What Discord refuses: the published schema where it lies at hand, and the limits it omits."""

import functools
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.loopback.recording import Json, Reply

# path inside the body -> (code, message), as Discord's "Invalid Form Body" nests them
Errors = dict[tuple[str | int, ...], tuple[str, str]]

V2 = 1 << 15  # message flag IS_COMPONENTS_V2
EPHEMERAL = 64
LOADING = 128
SUPPRESS_EMBEDS = 4

_WORDS = {
    "maxLength": ("BASE_TYPE_MAX_LENGTH", "Must be {} or fewer in length."),
    "minLength": ("BASE_TYPE_MIN_LENGTH", "Must be {} or more in length."),
    "maxItems": ("BASE_TYPE_MAX_LENGTH", "Must be {} or fewer in length."),
    "minItems": ("BASE_TYPE_MIN_LENGTH", "Must be {} or more in length."),
    "enum": ("BASE_TYPE_CHOICES", "Value must be one of {}."),
    "maximum": ("NUMBER_TYPE_MAX", "Value should be less than or equal to {}."),
    "minimum": ("NUMBER_TYPE_MIN", "Value should be greater than or equal to {}."),
}


def error(status: int, code: int, message: str) -> Reply:
    """One of Discord's JSON errors."""
    return Reply(status, {"message": message, "code": code})


def unknown(code: int, what: str) -> Reply:
    """404 "Unknown …"."""
    return error(404, code, f"Unknown {what}")


def invalid(errors: Errors) -> Reply:
    """50035 with the errors nested along their paths."""
    tree: Json = {}
    for path, (code, message) in errors.items():
        node = tree
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})
    return Reply(400, {"message": "Invalid Form Body", "code": 50035, "errors": tree})


def schema_path() -> Path | None:
    """Discord's OpenAPI file: DISCORD_OPENAPI, or `*/platform/` beside the checkout; not ours."""
    named = os.environ.get("DISCORD_OPENAPI")
    if named:
        return Path(named)
    root = Path(__file__).resolve().parents[2]
    return next(iter(root.parent.glob("*/platform/discord-openapi.json")), None)


@functools.cache
def _schema() -> tuple[Json, Registry[Any]] | None:
    path = schema_path()
    if path is None:
        return None
    spec = json.loads(path.read_text(encoding="utf-8"))
    # the service takes both; the client sends integers
    spec["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
    # media channels are documented, and the client knows them; the schema lags behind
    spec["components"]["schemas"]["ChannelTypes"]["oneOf"].append({"const": 16})
    resource = Resource(contents=spec, specification=DRAFT202012)
    return spec, Registry().with_resource("urn:spec", resource)


@functools.cache
def _validator(template: str, method: str) -> Draft202012Validator | None:
    loaded = _schema()
    if loaded is None:
        return None
    spec, registry = loaded
    operation = spec["paths"].get(template, {}).get(method.lower(), {})
    if "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    escaped = template.replace("~", "~0").replace("/", "~1")
    pointer = f"/paths/{escaped}/{method.lower()}/requestBody/content/application~1json/schema"
    return Draft202012Validator({"$ref": "urn:spec#" + pointer}, registry=registry)


def schema_errors(template: str, method: str, body: Any) -> Errors:
    """Where `body` breaks the published schema of this endpoint; nothing without the schema."""
    validator = _validator(template, method)
    if validator is None:
        return {}
    return dict(leaf for found in validator.iter_errors(body) for leaf in _leaves(found))


def _leaves(found: ValidationError) -> Iterator[tuple[tuple[str | int, ...], tuple[str, str]]]:
    """The errors a reader can act on: of a union, those of the branch that was meant."""
    if found.validator in ("anyOf", "oneOf") and found.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in found.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        for inner in min(branches.values(), key=lambda es: (_wrong_branch(es), len(es))):
            yield from _leaves(inner)
    elif found.validator == "required":
        for key in found.validator_value:
            if key not in found.instance:
                path = (*found.absolute_path, key)
                yield path, ("BASE_TYPE_REQUIRED", "This field is required")
    else:
        plain = found.message[:120].replace("{", "(").replace("}", ")")
        code, text = _WORDS.get(str(found.validator), ("BASE_TYPE_BAD_TYPE", plain))
        yield tuple(found.absolute_path), (code, text.format(found.validator_value))


def _wrong_branch(errors: Iterable[ValidationError]) -> bool:
    return any(
        e.validator in ("const", "enum", "type") and list(e.path) in ([], ["type"]) for e in errors
    )


def walk(components: Iterable[Json] | None) -> Iterator[Json]:
    """Every component, containers and accessories opened."""
    for component in components or ():
        yield component
        yield from walk(component.get("components"))
        if component.get("accessory"):
            yield from walk([component["accessory"]])


def plain(message: Json) -> str:
    """All text a reader sees in a message, as sent (markdown is not interpreted)."""
    out = [message.get("content") or ""]
    for embed in message.get("embeds") or ():
        out += [embed.get("title") or "", embed.get("description") or ""]
        out += [part for f in embed.get("fields") or () for part in (f["name"], f["value"])]
        out += [(embed.get("footer") or {}).get("text") or ""]
    out += [c.get("content", "") for c in walk(message.get("components")) if c.get("type") == 10]
    return "\n".join(part for part in out if part)


def message_errors(data: Json, base: tuple[str | int, ...] = ()) -> Errors:
    """Message limits that the schema does not state. Lengths count code points."""
    bad: Errors = {}
    v2 = bool((data.get("flags") or 0) & V2)
    if len(data.get("content") or "") > 2000:
        bad[*base, "content"] = ("BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    if v2 and (data.get("content") or data.get("embeds") or data.get("poll")):
        text = "The 'content' and 'embeds' fields cannot be used with IS_COMPONENTS_V2"
        bad[*base, "flags"] = ("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    mentions = data.get("allowed_mentions") or {}
    for kind in ("users", "roles"):
        if mentions.get(kind) and kind in (mentions.get("parse") or []):
            text = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            bad[*base, "allowed_mentions"] = ("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
    return {**bad, **_embed_errors(data, base), **_component_errors(data, base, v2=v2)}


def _embed_errors(data: Json, base: tuple[str | int, ...]) -> Errors:
    bad: Errors = {}
    size = 0
    for i, embed in enumerate(data.get("embeds") or ()):
        fields = embed.get("fields") or ()
        texts = [embed.get("title"), embed.get("description")]
        texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
        texts += [part for f in fields for part in (f.get("name"), f.get("value"))]
        size += sum(len(text or "") for text in texts)
        for j, f in enumerate(fields):
            for key in ("name", "value"):
                if not f.get(key):
                    where = (*base, "embeds", i, "fields", j, key)
                    bad[where] = ("BASE_TYPE_REQUIRED", "This field is required")
        if embed.get("url") and not re.match(r"(https?|attachment)://\S+$", embed["url"]):
            bad[*base, "embeds", i, "url"] = ("URL_TYPE_INVALID_URL", "Not a well formed URL.")
    if size > 6000:
        text = "Embed size exceeds maximum size of 6000"
        bad[*base, "embeds"] = ("MAX_EMBED_SIZE_EXCEEDED", text)
    return bad


def _component_errors(data: Json, base: tuple[str | int, ...], *, v2: bool) -> Errors:
    found = list(walk(data.get("components")))
    where = (*base, "components")
    bad: Errors = {}
    if len(found) > 40 or (not v2 and len(data.get("components") or []) > 5):
        text = f"Must be {40 if v2 else 5} or fewer in length."
        bad[where] = ("BASE_TYPE_MAX_LENGTH", text)
    if not v2 and any(c.get("type", 1) >= 9 for c in found):
        bad[where] = ("UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    if sum(len(c.get("content") or "") for c in found if c.get("type") == 10) > 4000:
        text = "Displayable text size exceeds maximum size of 4000"
        bad[where] = ("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
    ids = [c["custom_id"] for c in found if c.get("custom_id")]
    if len(ids) != len(set(ids)):
        bad[where] = ("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    for component in found:
        inner = component.get("components") or []
        if component.get("type") == 1 and len(inner) > 1 and any(c["type"] != 2 for c in inner):
            text = "The specified component exceeds the maximum width"
            bad[where] = ("COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)
        if component.get("type") == 2:
            for problem in _button_errors(component):
                bad[where] = problem
    return bad


def _button_errors(button: Json) -> Iterator[tuple[str, str]]:
    link = button.get("style") == 5
    if link != bool(button.get("url")) or link == bool(button.get("custom_id")):
        text = "A link button needs a url and no custom_id; any other a custom_id and no url"
        yield "BASE_TYPE_REQUIRED", text
    if link and button.get("url") and not re.match(r"(https?|discord)://\S+$", button["url"]):
        text = "Scheme must be one of ('http', 'https', 'discord')."
        yield "URL_TYPE_INVALID_SCHEME", text
    if not (button.get("label") or button.get("emoji")):
        yield "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji"


def command_errors(commands: list[Json]) -> Errors:
    """What the command registry refuses beyond the schema."""
    bad: Errors = {}
    invalid_name = ("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    for i, command in enumerate(commands):
        if command.get("type", 1) == 1:
            if not _command_name(command.get("name", "")):
                bad[i, "name"] = invalid_name
            if not command.get("description"):
                bad[i, "description"] = ("BASE_TYPE_REQUIRED", "This field is required")
        bad |= _option_errors(command.get("options") or [], (i,))
    if len({(c.get("name"), c.get("type", 1)) for c in commands}) < len(commands):
        text = "Application command names must be unique"
        bad["_",] = ("APPLICATION_COMMANDS_DUPLICATE_NAME", text)
    return bad


def _option_errors(options: list[Json], base: tuple[str | int, ...]) -> Errors:
    bad: Errors = {}
    optional_seen, names = False, set()
    for j, option in enumerate(options):
        where = (*base, "options", j)
        if not _command_name(option.get("name", "")) or option["name"] in names:
            text = "Option name is invalid or duplicated"
            bad[*where, "name"] = ("APPLICATION_COMMAND_INVALID_NAME", text)
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            bad[where] = ("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        if option.get("autocomplete") and option.get("choices"):
            text = "autocomplete and choices are mutually exclusive"
            bad[where] = ("APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", text)
        if option["type"] in (1, 2):
            bad |= _option_errors(option.get("options") or [], where)
        optional_seen |= not option.get("required")
        names.add(option.get("name"))
    return bad


def _command_name(name: str) -> bool:
    return bool(re.fullmatch(r"[-_'\w]{1,32}", name)) and name == name.lower()
