"""Composition root: the only place that builds things from settings; only the CLI imports it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import links
from bot.errors import UsageError
from bot.types import Finding
from config import settings as configuration
from config.secrets import Secrets, read_secrets
from config.settings import Settings
from retrieval import corpus, index, read
from retrieval.answer import Engine, Policy
from retrieval.encode import CompiledEncoder, compiled_from
from retrieval.search import LocalSearcher
from retrieval.types import Citation, Quote, Source
from retrieval.weights import find_weights

if TYPE_CHECKING:
    from bot.serve import Adapter, Connect
    from bot.service import Service


def load_settings(config: Path | None, overrides: Mapping[str, object]) -> Settings:
    """Read every layer of settings; raises SettingsError."""
    return configuration.load(config, overrides=overrides)


def load_sources(settings: Settings) -> tuple[Source, ...]:
    """Read the collection; raises CollectionError."""
    return corpus.load(settings.collection.seeds, furniture=settings.collection.furniture)


def check_collection(settings: Settings) -> tuple[corpus.Problem, ...]:
    """Return everything wrong with the collection."""
    return corpus.check(settings.collection.seeds, furniture=settings.collection.furniture)


def build_index(
    settings: Settings, *, progress: Callable[[str, int, int], None], force: bool = False
) -> bool:
    """Build the index unless it is fresh; return whether it was built."""
    from retrieval.encode_original import ModelWorkshop  # noqa: PLC0415  only building needs it

    return index.build(
        index_folder(settings),
        load_sources(settings),
        _options(settings),
        workshop=ModelWorkshop(settings.encoder.model, precision=settings.encoder.precision),
        progress=progress,
        force=force,
    )


def open_engine(settings: Settings) -> Engine:
    """Open the index for asking; raises a RetrievalError that says what to do."""
    sources, folder = load_sources(settings), index_folder(settings)
    weights = find_weights(settings.encoder.model)
    opened = index.open_index(
        folder,
        sources,
        _options(settings),
        weights=compiled_from(folder, weights.stamp) or weights.sha256(),
    )
    by_id = {source.document.id: source for source in sources}
    judgement = read.load_judgement()
    answer = settings.answer
    return Engine(
        by_id,
        opened,
        LocalSearcher(
            opened,
            dense_weight=settings.search.dense_weight,
            candidates=settings.search.candidates,
        ),
        read.Reader(opened, by_id, judgement),
        CompiledEncoder(opened.encoder_folder, threads=settings.encoder.threads),
        Policy(
            quotes=answer.quotes,
            max_question=answer.max_question,
            max_quote=answer.max_quote,
            threshold=answer.threshold,
            on_topic=answer.on_topic,
            repeat_document=answer.repeat_document,
            further=answer.further,
            hits=answer.hits,
        ),
    )


def serve(settings: Settings) -> None:
    """Answer on every platform whose secrets are set, until a signal.

    Raises UsageError if there is none, PlatformError if one refuses.
    """
    from bot.serve import run  # noqa: PLC0415 - it brings the service and its database

    connect = platforms(settings, read_secrets())
    run(partial(open_engine, settings), settings, connect)


def check_platforms(settings: Settings) -> Sequence[Finding]:
    """Say for each platform how it is connected and what is missing."""
    secrets = read_secrets()
    if secrets.discord_token is None:
        return (Finding("info", "discord", "DISCORD_TOKEN is not set: switched off"),)
    try:
        from bot.adapters.discord.doctor import examine  # noqa: PLC0415 - discord.py is an extra
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    return examine(
        secrets.discord_token.get_secret_value(),
        api_url=secrets.discord_api_url,
        threads=settings.discord.threads,
    )


def platforms(settings: Settings, secrets: Secrets) -> "list[Connect]":
    """Give a connector for each platform whose secrets are set; UsageError if none is."""
    connect: list[Connect] = []
    if secrets.discord_token:
        connect.append(partial(_discord, settings, secrets))
    if not connect:
        raise UsageError("No platform is switched on. Set DISCORD_TOKEN in the environment.")
    return connect


def _discord(settings: Settings, secrets: Secrets, service: "Service") -> "Adapter":
    try:
        from bot.adapters.discord import Talks  # noqa: PLC0415 - discord.py is an extra
    except ModuleNotFoundError as error:
        raise _not_installed(error) from None
    token = secrets.discord_token
    return Talks(
        service,
        token=token.get_secret_value() if token else "",
        link=partial(_link, service),
        threads=settings.discord.threads,
        silence=settings.discord.silence,
        api_url=secrets.discord_api_url,
    )


def _not_installed(error: ModuleNotFoundError) -> Exception:
    if error.name != "discord":
        return error
    return UsageError("discord.py is not installed. Run pip install 'talks[discord]'.")


def _link(service: "Service", quote: Quote, citation: Citation) -> str | None:
    source = service.source(citation.document.id)
    return links.original(quote, citation, text=source.text if source else None)


def index_folder(settings: Settings) -> Path:
    """Return where this collection's index lives: one folder per collection."""
    seeds = settings.collection.seeds.resolve()
    return settings.index.path / f"{seeds.name}-{hashlib.sha256(bytes(seeds)).hexdigest()[:8]}"


def _options(settings: Settings) -> index.Options:
    return index.Options(
        max_chars=settings.passages.max_chars,
        max_sentences=settings.passages.max_sentences,
        k1=settings.lexical.k1,
        b=settings.lexical.b,
        model=settings.encoder.model,
        precision=settings.encoder.precision,
    )
