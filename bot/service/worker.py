"""A bounded queue in front of a few threads: computing never happens on the event loop."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from bot.errors import BotError

Result = TypeVar("Result")
Job = tuple[Callable[[], Any], "Future[Any]"]


class FullError(BotError):
    """As many calls as may wait are waiting, or the worker is closed."""


class SlowError(BotError):
    """A call took longer than it may; its thread may still be at it."""


class Worker:
    """Runs calls on `threads` threads; at most `most` are waiting or running at once."""

    def __init__(self, *, threads: int, most: int) -> None:
        self._most = most
        self._open = 0
        self._lock = threading.Lock()
        self._closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._threads = threads
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stuck: set[Future[Any]] = set()
        for _ in range(threads):
            self._start_thread()

    @property
    def waiting(self) -> int:
        """How many calls wait or run; one given up on counts until its thread is free again."""
        return self._open

    async def run(self, call: Callable[[], Result], *, timeout: float) -> Result:  # noqa: ASYNC109 - waiting in the queue counts too
        """Return what `call` returns on a thread, or raise what it raises.

        Raises FullError when there is no room or the worker is closed, SlowError after `timeout`
        seconds.
        """
        with self._lock:
            if self._closed.done() or self._open >= self._most:
                raise FullError("too many questions at once → try again in a moment")
            self._open += 1
        future: Future[Result] = Future()
        future.add_done_callback(self._ended)
        self._jobs.put((call, future))
        result = asyncio.wrap_future(future)
        try:
            either = {result, self._closed}
            await asyncio.wait(either, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if result.done():
                return result.result()
        finally:  # without effect on what is done
            future.cancel()  # a call that no thread has begun is never made
            result.cancel()  # and nobody hears what another one still comes to
        if self._closed.done():
            raise FullError("closed before there was an answer → ask again in a moment")
        self._replace_thread_of(future)
        raise SlowError(f"no answer within {timeout} s → see service.timeout")

    def close(self) -> None:
        """Take no more calls, give up those that wait or run; threads end when they are free."""
        if self._closed.done():
            return
        self._closed.set_result(None)
        for _ in range(self._threads):
            self._jobs.put(None)

    def _start_thread(self) -> None:
        # Daemons: leaving the program does not wait for a call that hangs.
        threading.Thread(target=self._work, name="talks-worker", daemon=True).start()

    def _replace_thread_of(self, future: "Future[Any]") -> None:
        """Let another thread go on in place of one that is still at a call given up."""
        with self._lock:
            if future.running():
                self._stuck.add(future)
                self._start_thread()

    def _ended(self, _future: Future[Any]) -> None:
        with self._lock:
            self._open -= 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            perform(*job)
            with self._lock:
                if job[1] in self._stuck:
                    self._stuck.remove(job[1])
                    return  # another thread took over long ago
            del job  # what it holds is not kept while waiting for the next


def perform(call: Callable[[], Any], future: "Future[Any]") -> None:
    """Run a call for whoever waits for the future, unless nobody does any more."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
        future.set_exception(error)
    else:
        future.set_result(result)


async def apart(call: Callable[[], Result]) -> Result:
    """Run a long call on a thread of its own that nothing waits for at the end."""
    future: Future[Result] = Future()
    threading.Thread(target=perform, args=(call, future), daemon=True).start()
    return await asyncio.wrap_future(future)
