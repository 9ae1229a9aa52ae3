"""The statements: claims, answers, votes, what admins chose.

People, channels and events are kept as keyed hashes, never by name. The key lies in the same
database: it keeps ids out of backups read by chance, not from somebody who holds the database.
"""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.state import tables
from bot.state.connect import connect
from bot.types import GuildSettings, Noted, Rate, Vote
from retrieval.types import Kind

log = logging.getLogger(__name__)

LATER = 0.2  # seconds; at many questions a second one transaction takes all of them


class Claim(StrEnum):
    """What became of an attempt to claim an event."""

    MINE = "mine"
    HELD = "held"  # by somebody whose lease has not run out
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Record:
    """An answer as it is remembered: enough to ask again. Keys are hashed on the way in."""

    id: str
    platform: str
    asker: str
    guild: str | None
    thread: str | None
    question: str = field(repr=False)
    understood: str | None = field(repr=False)
    documents: frozenset[str] | None
    kinds: frozenset[Kind] | None
    k: int | None
    follows: str | None  # the answer that completed the question
    private: bool
    found: bool
    fingerprint: str
    created: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over the answers of a place since a moment."""

    questions: int
    found: int
    askers: int
    up: int
    down: int


class State:
    """An open database. Times are seconds since the epoch, from the clock given to `open`."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float], key: bytes) -> None:
        self._engine = engine
        self._clock = clock
        self._key = key
        self._owner = secrets.token_hex(8)
        self._unwritten: list[dict[str, Any]] = []
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, clock: Callable[[], float]) -> Self:
        """Connect and migrate; safe when several processes start at once. Raises StateError."""
        engine, key = await connect(url)
        return cls(engine, clock=clock, key=key)

    async def close(self) -> None:
        """Write what is left to be written, and let go of every connection."""
        if self._writing is not None:
            self._writing.cancel()
        await self._write()
        await self._engine.dispose()

    def hashed(self, platform: str, key: str) -> str:
        """Return what is kept instead of a key: 128 bits, the same for the same key."""
        digest = hashlib.blake2b(f"{platform}\0{key}".encode(), key=self._key, digest_size=16)
        return digest.hexdigest()

    # Claims

    async def claim(self, platform: str, events: Iterable[str], *, lease: float) -> Claim:
        """Take all events or none, for `lease` seconds; one that lapsed may be taken over."""
        now = self._clock()
        names = sorted({self.hashed(platform, event) for event in events})  # one order: no deadlock
        statement = self._insert(tables.claims)
        statement = statement.on_conflict_do_update(
            index_elements=["platform", "event"],
            set_={"owner": statement.excluded.owner, "expires": statement.excluded.expires},
            where=sa.and_(tables.claims.c.done.is_(False), tables.claims.c.expires <= now),
        ).returning(tables.claims.c.event)
        async with self._engine.connect() as connection:
            for name in names:
                row: dict[str, object] = {"platform": platform, "event": name, "owner": self._owner}
                row |= {"expires": now + lease, "done": False}
                if (await connection.execute(statement, row)).first() is None:
                    await connection.rollback()
                    where = [tables.claims.c.platform == platform, tables.claims.c.event == name]
                    done = await connection.scalar(sa.select(tables.claims.c.done).where(*where))
                    return Claim.DONE if done else Claim.HELD
            await connection.commit()
        return Claim.MINE

    async def renew(self, platform: str, events: Iterable[str], *, lease: float) -> None:
        """Keep this process's claims for another `lease` seconds."""
        await self._update_claims(platform, events, expires=self._clock() + lease)

    async def finish(self, platform: str, events: Iterable[str]) -> None:
        """Nobody answers these events any more, claimed before or not; another's claims stay."""
        names = sorted({self.hashed(platform, event) for event in events})
        of = {"platform": platform, "owner": self._owner, "expires": self._clock(), "done": True}
        statement = self._insert(tables.claims).on_conflict_do_update(
            index_elements=["platform", "event"],
            set_={"done": True},
            where=tables.claims.c.owner == self._owner,
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement, [{**of, "event": name} for name in names])

    async def release(self, platform: str, events: Iterable[str]) -> None:
        """Whoever hears of these events next may answer, even those this process has finished."""
        await self._update_claims(platform, events, expires=self._clock(), done=False)

    async def done(self, platform: str, event: str) -> bool:
        """Whether an event was finished; False too once its claim was pruned."""
        where = [
            tables.claims.c.platform == platform,
            tables.claims.c.event == self.hashed(platform, event),
        ]
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(sa.select(tables.claims.c.done).where(*where)))

    async def _update_claims(self, platform: str, events: Iterable[str], **values: object) -> None:
        names = [self.hashed(platform, event) for event in events]
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.update(tables.claims)
                .where(
                    tables.claims.c.platform == platform,
                    tables.claims.c.event.in_(names),
                    tables.claims.c.owner == self._owner,
                )
                .values(**values)
            )

    # Answers and votes

    async def remember(self, record: Record, *, later: bool = False) -> None:
        """Keep an answer; asker, guild and thread come as plain keys and are hashed here.

        With `later` it is written with others within LATER seconds: this process knows it at once,
        another one from then on, and it is lost if this one is killed before.
        """
        hashed = {
            name: None if key is None else self.hashed(record.platform, key)
            for name, key in (
                ("asker", record.asker),
                ("guild", record.guild),
                ("thread", record.thread),
            )
        }
        plain = ("id", "platform", "question", "understood", "k", "follows", "private", "found")
        row = {name: getattr(record, name) for name in (*plain, "fingerprint", "created")}
        row |= hashed | {"documents": _listed(record.documents), "kinds": _listed(record.kinds)}
        self._unwritten.append(row)
        if not later:
            await self._write()
        elif self._writing is None:
            self._writing = asyncio.create_task(self._write_later())

    async def _write_later(self) -> None:
        await asyncio.sleep(LATER)
        self._writing = None
        try:
            await self._write()
        except Exception as error:  # noqa: BLE001 - nobody waits for it; its words may hold a question
            log.error("answers were not kept: %s", type(error).__name__)  # noqa: TRY400 - likewise

    async def _write(self) -> None:
        async with self._turn:  # who reads next has to find what is being written
            rows, self._unwritten = self._unwritten, []
            if rows:
                async with self._engine.begin() as connection:
                    await connection.execute(sa.insert(tables.answers), rows)

    async def answer(self, answer_id: str) -> Record | None:
        """Find an answer by id; its keys are hashes."""
        return await self._record(sa.select(tables.answers).where(tables.answers.c.id == answer_id))

    async def last_in_thread(self, platform: str, thread: str) -> Record | None:
        """Find the newest answer of a conversation."""
        return await self._record(
            sa.select(tables.answers)
            .where(
                tables.answers.c.platform == platform,
                tables.answers.c.thread == self.hashed(platform, thread),
            )
            .order_by(tables.answers.c.created.desc())
            .limit(1)
        )

    async def _record(self, statement: sa.Select[Any]) -> Record | None:
        await self._write()
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        kinds = _unlisted(row["kinds"])
        return Record(
            **{
                **row,
                "documents": _unlisted(row["documents"]),
                "kinds": None if kinds is None else frozenset(Kind(kind) for kind in kinds),
            }
        )

    async def vote(self, record: Record, *, user_key: str, vote: Vote) -> Noted:
        """Keep one vote a person; the same one again takes it back."""
        voter = self.hashed(record.platform, user_key)
        mine = sa.and_(tables.votes.c.answer == record.id, tables.votes.c.voter == voter)
        async with self._engine.begin() as connection:
            before = await connection.scalar(sa.select(tables.votes.c.vote).where(mine))
            if before == vote:
                await connection.execute(sa.delete(tables.votes).where(mine))
                return Noted.WITHDRAWN
            statement = self._insert(tables.votes)
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["answer", "voter"], set_={"vote": statement.excluded.vote}
                ),
                {"answer": record.id, "voter": voter, "vote": vote},
            )
        return Noted.KEPT if before is None else Noted.CHANGED

    async def counts(self, platform: str, guild: str | None, *, since: float) -> Counts:
        """Sum up one guild, or the platform when `guild` is None."""
        await self._write()
        place = [tables.answers.c.platform == platform, tables.answers.c.created >= since]
        if guild is not None:
            place.append(tables.answers.c.guild == self.hashed(platform, guild))
        sums = sa.select(
            sa.func.count(),
            sa.func.count().filter(tables.answers.c.found),
            sa.func.count(sa.distinct(tables.answers.c.asker)),
        ).where(*place)
        votes = (
            sa.select(tables.votes.c.vote, sa.func.count())
            .join(tables.answers, tables.answers.c.id == tables.votes.c.answer)
            .where(*place)
            .group_by(tables.votes.c.vote)
        )
        async with self._engine.connect() as connection:
            questions, found, askers = (await connection.execute(sums)).one()
            by_vote = {row[0]: row[1] for row in await connection.execute(votes)}
        return Counts(questions, found, askers, by_vote.get("up", 0), by_vote.get("down", 0))

    # Guilds

    async def guild(self, platform: str, guild: str) -> GuildSettings:
        """Return what its admins chose; the defaults if they never did."""
        place = sa.and_(tables.guilds.c.platform == platform, tables.guilds.c.guild == guild)
        async with self._engine.connect() as connection:
            text = await connection.scalar(sa.select(tables.guilds.c.settings).where(place))
        return GuildSettings() if text is None else _guild_settings(text)

    async def set_guild(self, platform: str, guild: str, settings: GuildSettings) -> None:
        """Replace what its admins chose."""
        statement = self._insert(tables.guilds)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["platform", "guild"],
                    set_={"settings": statement.excluded.settings},
                ),
                {"platform": platform, "guild": guild, "settings": _guild_text(settings)},
            )

    # Keeping no more than is needed

    async def prune(self, *, answers_before: float, claims_before: float) -> int:
        """Delete old answers with their votes, and claims that lapsed long ago."""
        async with self._engine.begin() as connection:
            old = sa.delete(tables.answers).where(tables.answers.c.created < answers_before)
            count: int = (await connection.execute(old)).rowcount
            await self._drop_orphans(connection)
            await connection.execute(
                sa.delete(tables.claims).where(tables.claims.c.expires < claims_before)
            )
        return count

    async def forget(self, platform: str, user_key: str) -> int:
        """Delete a person's answers and votes; how many answers."""
        await self._write()
        who = self.hashed(platform, user_key)
        async with self._engine.begin() as connection:
            theirs = sa.delete(tables.answers).where(tables.answers.c.asker == who)
            count: int = (await connection.execute(theirs)).rowcount
            await connection.execute(sa.delete(tables.votes).where(tables.votes.c.voter == who))
            await self._drop_orphans(connection)
        return count

    @staticmethod
    async def _drop_orphans(connection: AsyncConnection) -> None:
        await connection.execute(
            sa.delete(tables.votes).where(
                tables.votes.c.answer.not_in(sa.select(tables.answers.c.id))
            )
        )

    def _insert(self, table: sa.Table) -> Any:
        # Both dialects write ON CONFLICT alike, but SQLAlchemy has no common spelling of it.
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)


def _listed(values: frozenset[str] | None) -> str | None:
    return None if values is None else json.dumps(sorted(values), ensure_ascii=False)


def _unlisted(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def _guild_text(settings: GuildSettings) -> str:
    return json.dumps(
        {
            "channels_allowed": sorted(settings.channels_allowed),
            "channels_denied": sorted(settings.channels_denied),
            "roles_allowed": sorted(settings.roles_allowed),
            "private": settings.private,
            "rates": {scope: [rate.count, rate.seconds] for scope, rate in settings.rates.items()},
        }
    )


def _guild_settings(text: str) -> GuildSettings:
    value = json.loads(text)
    return GuildSettings(
        channels_allowed=frozenset(value["channels_allowed"]),
        channels_denied=frozenset(value["channels_denied"]),
        roles_allowed=frozenset(value["roles_allowed"]),
        private=value["private"],
        rates={scope: Rate(*rate) for scope, rate in value["rates"].items()},
    )
