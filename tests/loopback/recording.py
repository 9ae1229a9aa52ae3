"""What the loopback platforms share: recording, violations, faults, waiting for what is seen."""

import asyncio
import copy
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Json = dict[str, Any]


class Reply(Exception):  # noqa: N818 - an answer, not always an error
    """Raised in a handler to answer at once with `status` and `body`."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass(frozen=True)
class Seen:
    """One thing that became visible to a user.

    `final` is True for an answer, False for progress ("thinking"), None for decoration (typing).
    `message` is a snapshot; `latency` counts from the event that asked.
    """

    kind: str
    text: str
    latency: float
    final: bool | None
    ephemeral: bool
    id: str | None
    message: Json | None


@dataclass
class Outcome:
    """What one user action made visible, in order."""

    items: list[Seen] = field(default_factory=list)
    source: Json = field(default_factory=dict)
    error: str | None = None  # what the platform itself would tell the user
    ack_latency: float | None = None
    ack_kind: int | None = None
    choices: list[Json] = field(default_factory=list)

    def _last_states(self) -> list[Seen]:
        states = {seen.id: seen for seen in self.items if seen.final is not None and seen.id}
        return [seen for seen in states.values() if seen.kind != "delete"]

    @property
    def messages(self) -> list[Json]:
        """The last state of every message still there, oldest first."""
        return [seen.message for seen in self._last_states() if seen.message is not None]

    @property
    def text(self) -> str:
        """Everything still readable."""
        return "\n".join(seen.text for seen in self._last_states() if seen.text)

    @property
    def ephemeral(self) -> bool:
        """Whether something was shown, and all of it to the asker alone."""
        shown = [seen for seen in self.items if seen.final]
        return bool(shown) and all(seen.ephemeral for seen in shown)

    @property
    def first_visible(self) -> float | None:
        """Seconds until the first answer."""
        shown = (seen.latency for seen in self.items if seen.final and seen.kind != "delete")
        return next(shown, None)


@dataclass
class _Shown:
    at: float
    kind: str
    text: str
    final: bool | None
    ephemeral: bool
    id: str | None
    message: Json | None


@dataclass
class _Fault:
    pattern: re.Pattern[str]
    status: int
    times: int
    retry_after: float | None
    body: Any
    delay: float
    drop: bool
    scope: str
    after: bool


class Fake:
    """A platform's server: subclasses add its routes, its rules and what its users can do."""

    name = "fake"

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.requests: list[Json] = []  # method, path, body, status, response, seconds
        self.violations: list[Json] = []  # kind, detail: what the platform would have punished
        self.log: list[Json] = []
        self._shown: defaultdict[str, list[_Shown]] = defaultdict(list)
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._faults: list[_Fault] = []
        self._cooldown: dict[Any, float] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    def note(self, kind: str, **facts: Any) -> Json:
        """Add a line to the log and return it."""
        row = {"t": time.monotonic(), "kind": kind, **facts}
        self.log.append(row)
        return row

    def violation(self, kind: str, detail: str) -> None:
        """Record something the bot must not do."""
        self.violations.append({"kind": kind, "detail": detail})

    def show(
        self,
        keys: Iterable[str],
        kind: str,
        text: str,
        *,
        final: bool | None = True,
        ephemeral: bool = False,
        id: str | None = None,
        message: Json | None = None,
    ) -> None:
        """Record something that a user could see, under the keys a collector may wait for."""
        snapshot = copy.deepcopy(message)
        row = _Shown(time.monotonic(), kind, text, final, ephemeral, id, snapshot)
        for key in dict.fromkeys(keys):
            self._shown[key].append(row)
            for changed in self._waiting[key]:
                changed.set()

    def fail(
        self,
        pattern: str,
        *,
        status: int = 500,
        times: int = 1,
        retry_after: float | None = None,
        body: Any = None,
        delay: float = 0,
        drop: bool = False,
        scope: str = "user",
        after: bool = False,
    ) -> None:
        """Answer the next `times` requests whose "METHOD /path" matches with a fault.

        `status=0` only delays; `drop` cuts the connection; `scope` is "user" or "global" (429);
        `after` carries the request out first, as when only the response is lost.
        """
        found = re.compile(pattern)
        self._faults.append(
            _Fault(found, status, times, retry_after, body, delay, drop, scope, after)
        )

    async def take_fault(self, request: web.Request, what: str) -> _Fault | None:
        """The fault that this request meets, after its delay; raises `Reply` when dropped."""
        for fault in self._faults:
            if fault.times > 0 and fault.pattern.search(what):
                fault.times -= 1
                if fault.delay:
                    await asyncio.sleep(fault.delay)
                if fault.drop:
                    if request.transport is not None:
                        request.transport.abort()
                    raise Reply(599, "dropped")
                return fault if fault.status else None
        return None

    def cool_down(self, key: Any, seconds: float) -> None:
        """Make any request under `key` ("*": all) a violation for so long."""
        self._cooldown[key] = time.monotonic() + seconds

    def check_cooldown(self, key: Any, what: str) -> None:
        """Record a request that did not wait for Retry-After."""
        until = max(self._cooldown.get(key, 0.0), self._cooldown.get("*", 0.0))
        if time.monotonic() < until - 0.05:
            self.violation("ignored_retry_after", f"{what} sent before Retry-After had passed")

    def later(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something that ends with the server."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def until(
        self, test: Callable[[], Any], timeout: float = 10, what: str = "condition"
    ) -> Any:
        """Wait until `test()` is true and return what it returned."""
        end = time.monotonic() + timeout
        while not (got := test()):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name}: {what} not met in {timeout} s")
            await asyncio.sleep(0.01)
        return got

    async def collect(
        self,
        keys: Iterable[str],
        sent: float,
        *,
        timeout: float = 10,
        settle: float = 0.05,
        until: Callable[[Outcome], Any] | None = None,
        done: Callable[[], Any] | None = None,
    ) -> Outcome:
        """Everything shown under `keys` since `sent`.

        Returns when `until(outcome)` holds, else once an answer is there, no progress is pending
        and nothing changed for `settle` seconds, else on `done()` or after `timeout`.
        """
        wanted, end = set(keys), sent + timeout
        changed = asyncio.Event()
        for key in wanted:
            self._waiting[key].append(changed)
        try:
            while True:
                outcome, last = self._gather(wanted, sent)
                now = time.monotonic()
                states = {seen.id: seen for seen in outcome.items if seen.final is not None}
                pending = any(seen.final is False for seen in states.values())
                answered = outcome.first_visible is not None and not pending
                settled = answered and now - last >= settle
                if now > end or (done and done()) or (until(outcome) if until else settled):
                    return outcome
                left = settle - (now - last) if answered and not until else 0.1
                changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), max(0.001, min(left, 0.1)))
        finally:
            for key in wanted:
                self._waiting[key].remove(changed)

    def _gather(self, wanted: set[str], sent: float) -> tuple[Outcome, float]:
        found = {id(row): row for key in wanted for row in self._shown[key] if row.at >= sent}
        rows = sorted(found.values(), key=lambda row: row.at)
        items = [
            Seen(r.kind, r.text, r.at - sent, r.final, r.ephemeral, r.id, r.message) for r in rows
        ]
        return Outcome(items), rows[-1].at if rows else sent

    def routes(self, app: web.Application) -> None:
        """Add the platform's routes."""
        raise NotImplementedError

    async def start(self) -> Self:
        """Listen on 127.0.0.1."""
        app = web.Application(client_max_size=30 << 20)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Cut every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()


Handler = Callable[..., Awaitable[Any]]
