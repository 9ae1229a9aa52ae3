"""Discord's gateway on loopback: identify, heartbeat, resume with replay, disturbances."""

import asyncio
import copy
import json
import os
import time
import zlib
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.loopback.discord_world import DM, THREAD, World
from tests.loopback.recording import Json

# the intent bit that lets an event through; in direct messages three higher
_INTENT = {
    "GUILD_CREATE": 0,
    "CHANNEL_CREATE": 0,
    "THREAD_CREATE": 0,
    "MESSAGE_CREATE": 9,
    "MESSAGE_UPDATE": 9,
    "MESSAGE_DELETE": 9,
    "MESSAGE_REACTION_ADD": 10,
    "TYPING_START": 11,
}
PRIVILEGED = {"members": 1, "presences": 8, "message_content": 15}


@dataclass(eq=False)
class Session:
    """What a client may resume."""

    id: str
    intents: int
    seq: int = 0
    buffer: list[Json] = field(default_factory=list)
    connection: "Connection | None" = None
    alive: bool = True


class Connection:
    """One websocket, compressed as the client asked."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self.kicked = False
        self.received: list[float] = []
        self.beat = time.monotonic()
        stream = request.query.get("compress") == "zlib-stream"
        self._compressor = zlib.compressobj() if stream else None

    async def send(self, payload: Json) -> None:
        """Send, ignoring that the other side may be gone."""
        text = json.dumps(payload)
        try:
            if self._compressor is None:
                await self.socket.send_str(text)
            else:
                data = self._compressor.compress(text.encode())
                await self.socket.send_bytes(data + self._compressor.flush(zlib.Z_SYNC_FLUSH))
        except (ConnectionError, RuntimeError):
            pass


class Gateway(World):
    """World plus its gateway. `privileged` names the intents switched on in the portal."""

    def __init__(
        self,
        *,
        token: str = "loopback.token",  # noqa: S107 - opens nothing
        privileged: tuple[str, ...] = (),
        heartbeat: float = 41.25,
        port: int = 0,
        people: int = 0,
    ) -> None:
        super().__init__(port=port, people=people)
        self.token = token
        self.privileged = set(privileged)
        self.heartbeat = heartbeat
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies: list[Json] = []
        self.resumes: list[Json] = []
        self.heartbeats = 0
        self.silent = False  # acknowledge no heartbeat

    @property
    def gateway_url(self) -> str:
        """Where clients connect."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/gateway", self._accept)
        app.router.add_get("/gateway/resume", self._accept)

    async def _accept(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.add(connection)
        query = request.query
        if query.get("v") != "10" or query.get("encoding", "json") != "json":
            await self._kick(connection, 4012, "Invalid API version or encoding")
        hello = {"heartbeat_interval": int(self.heartbeat * 1000), "_trace": ["loopback"]}
        await connection.send({"op": 10, "s": None, "t": None, "d": hello})
        watch = self.later(self._watch(connection))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await self._receive(connection, message.data)
        except ConnectionError:
            pass
        watch.cancel()
        self.connections.discard(connection)
        session = connection.session
        if session and session.connection is connection:
            session.connection = None
            if socket.close_code in (1000, 1001) and not connection.kicked:
                session.alive = False  # the client said goodbye
        self.note("gateway_closed", code=socket.close_code)
        return socket

    async def _watch(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(self.heartbeat / 4)
            age = time.monotonic() - connection.beat
            if age > self.heartbeat * 1.5:
                await self._kick(connection, 4000, f"no heartbeat for {age:.1f} s")

    async def _kick(self, connection: Connection, code: int, why: str) -> None:
        self.violation("gateway_close", f"{code} {why}")
        connection.kicked = True
        await connection.socket.close(code=code, message=why.encode()[:100])

    async def _receive(self, connection: Connection, raw: str) -> None:
        at = time.monotonic()
        connection.received = [t for t in connection.received if at - t < 60] + [at]
        if len(connection.received) > 120:
            await self._kick(connection, 4008, "more than 120 gateway events in 60 s")
            return
        if len(raw.encode()) > 4096:
            await self._kick(connection, 4002, "payload over 4096 bytes")
            return
        try:
            payload = json.loads(raw)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            await self._kick(connection, 4002, "undecodable payload")
            return
        match op:
            case 1:
                connection.beat = at
                self.heartbeats += 1
                if not self.silent:
                    await connection.send({"op": 11, "s": None, "t": None, "d": None})
            case 2:
                await self._identify(connection, data)
            case 6:
                await self._resume(connection, data)
            case _ if not connection.session:
                await self._kick(connection, 4003, "payload before identify")
            case 3 | 4 | 8:
                self.note("gateway_op", op=op, d=data)
            case _:
                await self._kick(connection, 4001, f"unknown opcode {op}")

    async def _identify(self, connection: Connection, data: Json) -> None:
        intents = data.get("intents")
        off = [
            name
            for name, bit in PRIVILEGED.items()
            if isinstance(intents, int) and intents >> bit & 1 and name not in self.privileged
        ]
        if connection.session:
            return await self._kick(connection, 4005, "already authenticated")
        if not self._token_fits(data):
            return await self._kick(connection, 4004, "authentication failed")
        if not isinstance(intents, int) or intents >> 26:
            return await self._kick(connection, 4013, "invalid intents")
        if off:
            return await self._kick(connection, 4014, f"disallowed intents {off}")
        self.identifies.append({"intents": intents, "shard": data.get("shard")})
        session = Session(os.urandom(16).hex(), intents, connection=connection)
        connection.session = self.sessions[session.id] = session
        ready = {
            "v": 10,
            "user": self.bot,
            "guilds": [{"id": self.guild_id, "unavailable": True}],
            "session_id": session.id,
            "shard": data.get("shard") or [0, 1],
            "resume_gateway_url": self.gateway_url + "/resume",
            "application": {"id": self.app_id, "flags": 0},
            "private_channels": [],
            "user_settings": {},
        }
        await self.emit(session, "READY", ready)
        await self.emit(session, "GUILD_CREATE", self._guild_create(intents))
        return None

    def _guild_create(self, intents: int) -> Json:
        known = list(self.users) if intents >> 1 & 1 else [self.app_id]
        inside = [c for c in self.channels.values() if c.get("guild_id") and c is not self.hidden]
        empty = ("voice_states", "presences", "stage_instances", "guild_scheduled_events")
        return {
            **self.guild(),
            **{key: [] for key in (*empty, "soundboard_sounds")},
            "joined_at": "2024-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": len(self.users),
            "members": [self.member(user) for user in known],
            "channels": [c for c in inside if c["type"] != THREAD],
            "threads": [c for c in inside if c["type"] == THREAD],
        }

    async def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data.get("session_id", ""))
        seq = data.get("seq")
        fits = session and session.alive and self._token_fits(data) and isinstance(seq, int)
        if not fits or session is None or seq > session.seq:
            return await connection.send({"op": 9, "s": None, "t": None, "d": False})
        via_resume_url = connection.request.path.endswith("/resume")
        self.resumes.append({"missed": session.seq - seq, "via_resume_url": via_resume_url})
        connection.session, session.connection = session, connection
        for payload in [p for p in session.buffer if p["s"] > seq]:
            await connection.send(payload)
        await self.emit(session, "RESUMED", {"_trace": ["loopback"]})
        return None

    def _token_fits(self, data: Json) -> bool:
        return bool(data.get("token", "").removeprefix("Bot ") == self.token)

    async def emit(self, session: Session, event: str, data: Json) -> None:
        """Send an event if the session's intents let it through; kept for a resume."""
        private = event in _INTENT and "guild_id" not in data
        private = private and event.startswith(("MESSAGE", "TYPING"))
        if event in _INTENT and not session.intents >> (_INTENT[event] + 3 * private) & 1:
            return
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            data = self.as_seen(data, intent=bool(session.intents >> 15 & 1))
            if "guild_id" in data and not data.get("webhook_id"):
                member = self.member(data["author"]["id"])
                data = {**data, "member": {k: v for k, v in member.items() if k != "user"}}
        session.seq += 1
        payload = {"op": 0, "t": event, "s": session.seq, "d": copy.deepcopy(data)}
        session.buffer.append(payload)
        if session.connection:
            await session.connection.send(payload)

    async def replay(self, event: str) -> None:
        """Send the last event of this name a second time, as happens around a resume."""
        session = self.live()[-1]
        last = next(p for p in reversed(session.buffer) if p["t"] == event)
        await self.emit(session, event, last["d"])

    def live(self) -> list[Session]:
        """Sessions that may still be resumed."""
        return [s for s in self.sessions.values() if s.alive]

    def dispatch(self, event: str, data: Json) -> None:
        """Tell the newest session."""
        if data.get("channel_type") == DM and event.startswith("MESSAGE"):
            data = {k: v for k, v in data.items() if k != "guild_id"}
        for session in self.live()[-1:]:
            self.later(self.emit(session, event, copy.deepcopy(data)))

    async def wait_ready(self, timeout: float = 10) -> None:
        """Wait for a connected session."""
        await self.until(lambda: any(s.connection for s in self.live()), timeout, "bot connected")

    # Disturbances

    async def drop(self) -> None:
        """Cut the connections without a close frame."""
        for connection in list(self.connections):
            connection.kicked = True
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def close_gateway(self, code: int = 1001) -> None:
        """Close with a code."""
        for connection in list(self.connections):
            connection.kicked = True
            await connection.socket.close(code=code)

    async def reconnect(self) -> None:
        """Ask the clients to reconnect (op 7)."""
        for connection in list(self.connections):
            await connection.send({"op": 7, "s": None, "t": None, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Invalid session (op 9)."""
        for connection in list(self.connections):
            if not resumable and connection.session:
                connection.session.alive = False
            await connection.send({"op": 9, "s": None, "t": None, "d": resumable})
