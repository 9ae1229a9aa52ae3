"""Runs the service and its platforms until a signal, and ends them in order."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.service import Service
from bot.types import Engine
from config.settings import Settings

log = logging.getLogger(__name__)

SWITCH = 0.0005  # seconds
GRACE = 9.0  # seconds to finish what was accepted; with the rest it stays under ten
LAST_WORDS = 1.5  # of them, for saying that it was not finished


class Adapter(Protocol):
    """One platform's connection."""

    name: str

    async def serve(self) -> None:
        """Work until `close`. Raises PlatformError if that cannot be."""

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""

    async def close(self) -> None:
        """Leave."""


Connect = Callable[[Service], Sequence[Adapter]]


def run(
    build: Callable[[], Engine],
    settings: Settings,
    connect: Sequence[Connect],
    *,
    grace: float = GRACE,
) -> None:
    """Serve until SIGTERM or SIGINT, or until a platform fails; then raise what it raised.

    What was accepted is finished first, or whoever asked is told within `grace` seconds that it
    was not.
    """
    # Answers are computed on threads. At the usual 5 ms the event loop would wait that long after
    # each of its system calls while they compute, and be late for everybody.
    sys.setswitchinterval(SWITCH)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    asyncio.run(_run(build, settings, connect, grace))


async def _run(
    build: Callable[[], Engine], settings: Settings, connect: Sequence[Connect], grace: float
) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    service = await Service.start(build, settings)
    adapters = [adapter for make in connect for adapter in make(service)]
    gc.collect()
    gc.freeze()  # the index stays: searching it for garbage now and then would hold everybody up
    log.info("serving %s", ", ".join(adapter.name for adapter in adapters))
    working = [asyncio.create_task(adapter.serve()) for adapter in adapters]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({*working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    log.info("closing")
    now = asyncio.get_running_loop().time
    end = now() + grace - LAST_WORDS
    # What a platform has acknowledged but not yet asked the service for is accepted too.
    await asyncio.gather(*(adapter.drain(end - now()) for adapter in adapters))
    await service.stop(end - now())
    await asyncio.gather(*(adapter.drain(LAST_WORDS) for adapter in adapters))
    await asyncio.gather(*(adapter.close() for adapter in adapters), return_exceptions=True)
    ended = await asyncio.gather(*working, return_exceptions=True)
    await service.close(0)  # last: that something was answered is kept until here
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome
    log.info("closed")
