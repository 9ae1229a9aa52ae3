"""What a platform has taken on and not yet delivered: counted, waited for, its mistakes told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.service.failures import failed
from bot.types import Failed


class Work:
    """One platform's; every piece of it runs in a task of its own."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._tasks: set[asyncio.Task[object]] = set()

    @asynccontextmanager
    async def piece(self, tell: Callable[[Failed], Awaitable[object]]) -> AsyncIterator[None]:
        """Count the block as one piece; what nobody foresaw in it is logged and told."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("work is done in tasks")
        self._tasks.add(task)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the one place where they end
            await tell(failed(error, platform=self._platform))
        finally:
            self._tasks.discard(task)

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until nothing is left."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
