"""Composition root: the only place that builds things from settings; only the CLI imports it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from bot import links
from bot.errors import UsageError
from bot.types import Finding
from config import settings as configuration
from config.secrets import Secrets, SecretStr, read_secrets
from config.settings import Settings
from retrieval import corpus, index, read
from retrieval.answer import Engine, Policy
from retrieval.encode import CompiledEncoder, compiled_from
from retrieval.pretrained import open_reader
from retrieval.search import LocalSearcher
from retrieval.types import Citation, Quote, Source
from retrieval.weights import find_weights

if TYPE_CHECKING:
    from bot.adapters.discord import Talks as DiscordTalks
    from bot.adapters.slack import Talks as SlackTalks
    from bot.chat.layout import Link
    from bot.serve import Adapter, Connect
    from bot.service import Service
    from bot.web import Connected, Handler, Heard, Web

NO_WAY_IN = (
    "SLACK_BOT_TOKEN alone is not enough: set SLACK_APP_TOKEN too (Socket Mode), or "
    "SLACK_SIGNING_SECRET (requests over HTTP)."
)


KEY_LEAST = 16  # characters
EXTRAS = {
    "discord": "discord",
    "slack_bolt": "slack",
    "slack_sdk": "slack",
    "aiohttp": "slack",
    "fastapi": "web",
    "uvicorn": "web",
    "jinja2": "web",
    "prometheus_client": "web",
}


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
    # Matrices this small gain nothing from further threads, which wait for each other by spinning:
    # beside an event loop or another program that doubled what a question took.
    threadpool_limits(limits=settings.encoder.threads, user_api="blas")
    sources, folder = load_sources(settings), index_folder(settings)
    weights = find_weights(settings.encoder.model)
    opened = index.open_index(
        folder,
        sources,
        _options(settings),
        weights=compiled_from(folder, weights.stamp) or weights.sha256(),
    )
    by_id = {source.document.id: source for source in sources}
    together = None
    reader = settings.reader
    if reader.passages:
        model = open_reader(reader.model, threads=settings.encoder.threads)
        together = read.Together(model, reader.passages, reader.sure, reader.unlikely)
    judgement = read.load_judgement(Path(reader.judgement or read.FITTED))
    answer = settings.answer
    return Engine(
        by_id,
        opened,
        LocalSearcher(
            opened,
            dense_weight=settings.search.dense_weight,
            candidates=settings.search.candidates,
        ),
        read.Reader(opened, by_id, judgement, together),
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
    return (
        *_check_discord(settings, secrets),
        *_check_slack(settings, secrets),
        _check_web(settings, secrets),
    )


def _check_discord(settings: Settings, secrets: Secrets) -> Sequence[Finding]:
    if secrets.discord_token is None:
        return (Finding("info", "discord", "DISCORD_TOKEN is not set: switched off"),)
    with _installed():
        from bot.adapters.discord.doctor import examine  # noqa: PLC0415 - discord.py is an extra
    return examine(
        secrets.discord_token.get_secret_value(),
        api_url=secrets.discord_api_url,
        threads=settings.discord.threads,
    )


def _check_slack(settings: Settings, secrets: Secrets) -> Sequence[Finding]:
    if secrets.slack_bot_token is None:
        return (Finding("info", "slack", "SLACK_BOT_TOKEN is not set: switched off"),)
    if not (secrets.slack_app_token or secrets.slack_signing_secret):
        return (Finding("error", "slack", NO_WAY_IN),)
    with _installed():
        from bot.adapters.slack.doctor import examine  # noqa: PLC0415 - slack-bolt is an extra
    return examine(
        secrets.slack_bot_token.get_secret_value(),
        app_token=_shown(secrets.slack_app_token),
        threads=settings.slack.threads,
        api_url=secrets.slack_api_url,
    )


def _check_web(settings: Settings, secrets: Secrets) -> Finding:
    web = settings.web
    if not web.enabled:
        return Finding("info", "web", "web.enabled is false: no pages and no API")
    try:
        keyed = "with a key" if api_keys(secrets) else "for everybody who reaches it"
    except UsageError as error:
        return Finding("error", "web", str(error))
    shown = web.public_url or "no web.public_url, so citations elsewhere link to the originals"
    return Finding("info", "web", f"on {web.host}:{web.port}, the API {keyed}; {shown}")


def slack_manifest(settings: Settings, url: str | None) -> dict[str, object]:
    """Build the manifest of the Slack app: for Socket Mode, or for requests to `url`."""
    with _installed():
        from bot.adapters.slack.manifest import manifest  # noqa: PLC0415 - slack-bolt is an extra
    return manifest(threads=settings.slack.threads, url=url)


def platforms(settings: Settings, secrets: Secrets) -> "list[Connect]":
    """Give what connects each platform that is switched on; UsageError if none is."""
    if secrets.slack_bot_token and not (secrets.slack_app_token or secrets.slack_signing_secret):
        raise UsageError(NO_WAY_IN)
    if not (secrets.discord_token or secrets.slack_bot_token or settings.web.enabled):
        raise UsageError(
            "No platform is switched on. Set DISCORD_TOKEN or SLACK_BOT_TOKEN in the environment, "
            "or serve the web: --set web.enabled=true."
        )
    api_keys(secrets)
    return [partial(_connect, settings, secrets)]


def api_keys(secrets: Secrets) -> frozenset[str]:
    """Read who may use the API; nobody in particular if it is empty. UsageError for short keys."""
    keys = {key.strip() for key in (_shown(secrets.talks_api_keys) or "").split(",")} - {""}
    if any(len(key) < KEY_LEAST or not key.isascii() for key in keys):
        raise UsageError(
            f"A key in TALKS_API_KEYS has less than {KEY_LEAST} characters, or others than ASCII. "
            "Make one with: openssl rand -hex 16"
        )
    return frozenset(keys)


def _connect(settings: Settings, secrets: Secrets, service: "Service") -> "Sequence[Adapter]":
    made: list[Adapter] = []
    heard: dict[str, Connected] = {}
    mounted: dict[str, Handler] = {}
    link = partial(_link, service, settings.web.public_url)
    if secrets.discord_token:
        discord = _discord(settings, secrets, service, link)
        made.append(discord)
        heard[discord.name] = discord
    if secrets.slack_bot_token:
        slack, address = _slack(settings, secrets, service, link)
        made.append(slack)
        heard[slack.name] = slack
        if not secrets.slack_app_token:
            mounted[address] = slack.http
    if settings.web.enabled or mounted:
        made.append(_web(settings, secrets, service, mounted=mounted, heard=heard))
    return made


def _discord(
    settings: Settings, secrets: Secrets, service: "Service", link: "Link"
) -> "DiscordTalks":
    with _installed():
        from bot.adapters.discord import Talks  # noqa: PLC0415 - discord.py is an extra
    return Talks(
        service,
        token=_shown(secrets.discord_token) or "",
        link=link,
        threads=settings.discord.threads,
        silence=settings.discord.silence,
        api_url=secrets.discord_api_url,
    )


def _slack(
    settings: Settings, secrets: Secrets, service: "Service", link: "Link"
) -> "tuple[SlackTalks, str]":
    with _installed():
        from bot.adapters.slack import Talks  # noqa: PLC0415 - slack-bolt is an extra
        from bot.adapters.slack.manifest import REQUESTS  # noqa: PLC0415
    talks = Talks(
        service,
        bot_token=_shown(secrets.slack_bot_token) or "",
        app_token=_shown(secrets.slack_app_token),
        signing_secret=_shown(secrets.slack_signing_secret),
        link=link,
        threads=settings.slack.threads,
        silence=settings.slack.silence,
        api_url=secrets.slack_api_url,
    )
    return talks, REQUESTS


def _web(
    settings: Settings,
    secrets: Secrets,
    service: "Service",
    *,
    mounted: "Mapping[str, Handler]",
    heard: "Heard",
) -> "Web":
    with _installed():
        from bot.web import Options, Web, site  # noqa: PLC0415 - FastAPI is an extra
    web = settings.web
    options = Options(
        people=web.enabled,
        host=web.host,
        public_url=web.public_url,
        largest=web.largest,
        patience=web.patience,
        longest=settings.answer.max_question,
        more=settings.service.more,
        keys=api_keys(secrets),
    )
    application, operations = site(service, options, mounted=mounted, heard=heard)
    return Web(
        application,
        host=web.host,
        port=web.port,
        patience=web.patience,
        connections=web.connections,
        proxies=web.proxies,
        beside=operations.watch,
    )


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


@contextmanager
def _installed() -> Iterator[None]:
    """Say how to install what a platform stands on where it is not."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = EXTRAS.get(str(error.name))
        if name is None:
            raise
        raise UsageError(
            f"{error.name} is not installed. Run pip install 'talks[{name}]'."
        ) from None


def _link(service: "Service", public_url: str, quote: Quote, citation: Citation) -> str | None:
    source = service.source(citation.document.id)
    text = source.text if source else None
    return links.best(quote, citation, text=text, public_url=public_url)


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
