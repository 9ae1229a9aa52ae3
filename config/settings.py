"""Settings: all sections together, and the one way they are read.

A later layer wins: the defaults here, `config/talks.toml` or the file given, the environment
(`TALKS_<SECTION>__<KEY>`), then overrides such as flags. An unknown key is an error in each.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UndecodableError

from config.sections import (
    Answer,
    Collection,
    Discord,
    Encoder,
    Index,
    Lexical,
    Limits,
    Passages,
    Reader,
    Search,
    Section,
    Service,
    Slack,
    State,
    Terminal,
    Web,
    in_short,
)

DEFAULT_FILE = Path(__file__).with_name("talks.toml")
PREFIX = "TALKS_"
DELIMITER = "__"


class SettingsError(Exception):
    """Root of this package's errors; the text names where, which key, and what to do."""


class Settings(BaseSettings):
    """All of it. `Settings()` is the defaults alone; `load` reads every layer."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter=DELIMITER
    )

    collection: Collection = Collection()
    passages: Passages = Passages()
    index: Index = Index()
    encoder: Encoder = Encoder()
    reader: Reader = Reader()
    lexical: Lexical = Lexical()
    search: Search = Search()
    answer: Answer = Answer()
    terminal: Terminal = Terminal()
    service: Service = Service()
    limits: Limits = Limits()
    state: State = State()
    discord: Discord = Discord()
    slack: Slack = Slack()
    web: Web = Web()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what `load` passes: it alone knows the layers and where each value stood."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class _Given:
    """A value and where it was found, for the error text."""

    value: object
    where: str


def load(
    path: Path | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read every layer; `path` stands in for config/talks.toml, `environ` for `os.environ`.

    Overrides have dotted keys, such as `{"answer.quotes": 2}`; `"2"` is as good. Raises
    SettingsError for an unreadable file, an unknown key and an unusable value.
    """
    given = _from_file(path)
    given |= _from_environment(os.environ if environ is None else environ)
    given |= {
        _known(key, where="the override"): _Given(value, f"the override {key}")
        for key, value in (overrides or {}).items()
    }
    nested: dict[str, dict[str, object]] = {}
    for dotted, item in given.items():
        section, key = dotted.split(".")
        nested.setdefault(section, {})[key] = item.value
    try:
        return Settings(**nested)  # type: ignore[arg-type]  # validated by the very call
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        dotted = ".".join(str(part) for part in first["loc"][:2])
        reason = str(first.get("ctx", {}).get("error", ""))
        raise _unusable(dotted, given[dotted], reason) from None


def keys() -> dict[str, FieldInfo]:
    """Every dotted key and its declaration, in order."""
    return {
        f"{section}.{key}": field
        for section, table in Settings.model_fields.items()
        if isinstance(table.annotation, type) and issubclass(table.annotation, Section)
        for key, field in table.annotation.model_fields.items()
    }


def _from_file(path: Path | None) -> dict[str, _Given]:
    file = DEFAULT_FILE if path is None else path
    if path is None and not file.exists():
        return {}  # an installation without the file has its defaults all the same
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The settings file {file} cannot be read: {error.strerror}. "
            "Give the path of a readable TOML file, or none to use config/talks.toml."
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The settings file {file} is not UTF-8 (byte {error.start}). Save it as UTF-8."
        ) from None
    except ValueError as error:  # a number with thousands of digits is not a TOMLDecodeError
        raise SettingsError(f"The settings file {file} is not TOML: {error}. Correct it.") from None
    except RecursionError:
        raise SettingsError(f"The settings file {file} is nested too deep. Correct it.") from None
    where = f"the settings file {file}"
    given = {}
    for section, table in tables.items():
        if section not in Settings.model_fields or not isinstance(table, dict):
            raise _unknown(section, where=where)
        for key, value in table.items():
            given[_known(f"{section}.{key}", where=where)] = _Given(value, where)
    return given


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    source: EnvSettingsSource | None = None
    given = {}
    for name, value in environ.items():
        section, delimiter, key = name.removeprefix(PREFIX).partition(DELIMITER)
        if not (name.startswith(PREFIX) and delimiter):
            continue
        dotted = _known(f"{section}.{key}".lower(), where=f"the environment variable {name}")
        if not value:
            continue  # `TALKS_INDEX__PATH=` is how many tools say "not set"
        source = source or EnvSettingsSource(Settings)
        source.env_vars = {name.lower(): value}
        item = _Given(value, f"the environment variable {name}")
        try:
            decoded = source()[section.lower()][key.lower()]
        except (UndecodableError, RecursionError):
            raise _unusable(dotted, item, "a list is written as JSON") from None
        given[dotted] = _Given(decoded, item.where)
    return given


def _known(dotted: str, *, where: str) -> str:
    if dotted not in keys():
        raise _unknown(dotted, where=where)
    return dotted


def _unknown(name: str, *, where: str) -> SettingsError:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    shown = name if name.isprintable() else repr(name)
    section, _, key = name.partition(".")
    if name in Settings.model_fields:
        cause, remedy = f"{name} is a section, not a value", f"Write [{name}] and its keys below it"
    elif not key:
        nearest = get_close_matches(section, Settings.model_fields, n=1, cutoff=0)[0]
        cause = f"there is no section {shown}; the nearest known one is {nearest}"
        remedy = "Correct the name or remove it"
    else:
        elsewhere = [known for known in keys() if known.partition(".")[2] == key]
        nearest = (elsewhere or get_close_matches(name, keys(), n=1, cutoff=0))[0]
        cause = f"there is no setting {shown}; the nearest known one is {nearest}"
        remedy = "Correct the name or remove it"
    return SettingsError(
        f"{where[0].upper()}{where[1:]}: {cause}. {remedy} (config/talks.toml lists all settings)."
    )


def _unusable(dotted: str, given: _Given, reason: str) -> SettingsError:
    field = keys()[dotted]
    detail = f" ({reason})" if reason else ""
    where = given.where[0].upper() + given.where[1:]
    return SettingsError(
        f"{where}: {dotted} must be {_expected(field)}, not {in_short(given.value)}{detail}. "
        "Correct it, or remove it to use the default."
    )


def _expected(field: FieldInfo) -> str:
    """Say what a key takes, with its bounds."""
    kind = field.annotation
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "a list of regular expressions"
    words = {int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
    bounds = {
        name: getattr(part, name)
        for part in field.metadata
        for name in ("ge", "le")
        if hasattr(part, name)
    }
    expected = words.get(kind, "text") if isinstance(kind, type) else "text"
    return f"{expected} from {bounds['ge']} to {bounds['le']}" if bounds else expected
