"""What those who run it look at: /healthz, /readyz, /metrics."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.service import Service

LATELY = 90.0  # seconds; Discord is heard every 41 s at least
STEP = 0.5  # seconds between two looks at the event loop
BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)  # seconds
PATHS = ("/healthz", "/readyz", "/metrics")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Connected(Protocol):
    """What a platform tells of its connection."""

    @property
    def silent_for(self) -> float | None:
        """Seconds since it was last heard; None if nobody would notice."""

    @property
    def throttled(self) -> int:
        """How often it has told us to wait (429)."""


Heard = Mapping[str, Connected]  # by platform


class Operations:
    """Counts what happens; `watch` measures the event loop until it is cancelled."""

    def __init__(
        self, service: Service, heard: Heard, *, allowed: Callable[[Request], bool]
    ) -> None:
        """Start counting; `allowed` says who may see the metrics."""
        self._service = service
        self._heard = heard
        self._allowed = allowed
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "talks_question_seconds",
            "From a question to its reply.",
            ("platform",),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._requests = Counter(
            "talks_http_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._lag = Gauge(
            "talks_event_loop_lag_seconds",
            "How late the event loop was last.",
            registry=self._registry,
        )
        self._registry.register(_Live(service, heard))
        service.watchers.append(self._answered)

    def routes(self) -> list[Route]:
        """Give the three routes."""
        health, ready, metrics = PATHS
        return [
            Route(health, self._health, methods=["GET"]),
            Route(ready, self._ready, methods=["GET"]),
            Route(metrics, self._metrics, methods=["GET"]),
        ]

    def note(self, method: str, route: str, status: int) -> None:
        """Count a request."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()

    async def watch(self) -> None:
        """Measure how late the event loop comes."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(STEP)
            self._lag.set(max(0.0, time.monotonic() - began - STEP))

    def _answered(self, platform: str, _outcome: str, seconds: float) -> None:
        self._seconds.labels(platform).observe(seconds)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ready(self, _: Request) -> Response:
        problems = [] if self._service.documents() else ["the index holds no document"]
        for platform, connected in self._heard.items():
            seconds = connected.silent_for
            if seconds is not None and seconds > LATELY:
                problems.append(f"{platform} has been silent for {seconds:.0f} s")
        if problems:
            return JSONResponse({"status": "not ready", "problems": problems}, 503)
        return JSONResponse({"status": "ready"})

    async def _metrics(self, request: Request) -> Response:
        if not self._allowed(request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        text = generate_latest(self._registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


class _Live:
    """What is read at the moment it is asked for."""

    def __init__(self, service: Service, heard: Heard) -> None:
        self._service = service
        self._heard = heard

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        questions = CounterMetricFamily(
            "talks_questions", "Questions by platform and outcome.", labels=("platform", "outcome")
        )
        limited = CounterMetricFamily(
            "talks_limited", "Questions refused because a limit was reached.", labels=("platform",)
        )
        for (platform, outcome), count in sorted(self._service.outcomes.items()):
            questions.add_metric((platform, outcome), count)
            if outcome == "limited":
                limited.add_metric((platform,), count)
        yield questions
        yield limited
        yield GaugeMetricFamily(
            "talks_queue_depth", "Questions waiting or at work.", value=self._service.waiting
        )
        silent = GaugeMetricFamily(
            "talks_platform_silent_seconds",
            "Since the gateway or socket was last heard.",
            labels=("platform",),
        )
        throttled = CounterMetricFamily(
            "talks_platform_throttled",
            "How often a platform told us to wait (429).",
            labels=("platform",),
        )
        for platform, connected in self._heard.items():
            throttled.add_metric((platform,), connected.throttled)
            if (seconds := connected.silent_for) is not None:
                silent.add_metric((platform,), seconds)
        yield silent
        yield throttled
