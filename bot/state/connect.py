"""A URL -> an open, migrated database; safe when several processes start at once."""

import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import StateError
from bot.state import tables

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x74616C6B73  # one migration at a time in PostgreSQL; spells "talks"
BUSY_SECONDS = 30


async def connect(url: str) -> tuple[AsyncEngine, bytes]:
    """Open the engine and find the key that hashes. Raises StateError, never with a password."""
    parsed = async_url(url)
    shown = parsed.set(drivername=parsed.get_backend_name()).render_as_string(hide_password=True)
    try:
        engine = _engine(parsed)
    except ModuleNotFoundError as error:
        raise StateError(
            f"The state {shown} needs the package {error.name}, which is not installed: "
            'install it with `pip install "talks[postgres]"`.'
        ) from None
    except OSError as error:
        raise _unusable(shown, error.strerror) from None
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            await connection.run_sync(_migrate)
            return engine, await _hash_key(connection)
    except CommandError:
        await engine.dispose()
        raise StateError(
            f"The state {shown} was written by a newer version of talks: install that version, "
            "or set state.url to another place."
        ) from None
    except (SQLAlchemyError, OSError) as error:
        await engine.dispose()
        raise _unusable(shown, getattr(error, "orig", None) or error) from None


def _unusable(shown: str, cause: object) -> StateError:
    return StateError(
        f"The state {shown} cannot be opened ({cause}): check state.url, and that the file or "
        "server is there and may be written."
    )


def async_url(url: str) -> URL:
    """Add the driver to a URL as people write it. Raises StateError for another database."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = "" if parsed is None else parsed.drivername.partition("+")[0]
    if parsed is None or backend not in ("sqlite", "postgresql", "postgres"):
        raise StateError(
            f"state.url starts with {url.partition(':')[0]!r}, which is no database known here: "
            "write sqlite:///file, or postgresql://user:password@host/database."
        )
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    query = dict(parsed.query)
    if "sslmode" in query:  # libpq's word; asyncpg knows the same values under another
        query["ssl"] = query.pop("sslmode")
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        return create_async_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(
            mode=0o600
        )  # people's questions: for the owner's eyes, as are the files beside it
    # One connection: SQLite has one writer anyway, and waiting in the pool is fair and cheap.
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver starts no transactions of its own: see below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # Taking the write lock at once: a read that turns into a write could only fail.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _hash_key(connection: AsyncConnection) -> bytes:
    wanted = sa.select(tables.meta.c.value).where(tables.meta.c.name == "hash key")
    value: str | None = await connection.scalar(wanted)
    if value is None:
        value = secrets.token_hex(32)
        await connection.execute(sa.insert(tables.meta), {"name": "hash key", "value": value})
    return bytes.fromhex(value)
