"""Work on another thread that the terminal can wait for, stop waiting for, or leave behind."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Task(Generic[Result]):
    """A running call. `status` is what it is doing, for people; the call may change it."""

    def __init__(
        self,
        work: Callable[["Task[Result]"], Result],
        *,
        status: str,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._status = status
        self._on_change = on_change
        self._done = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None
        # A daemon: leaving the program must not wait for an answer nobody wants any more.
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    @property
    def status(self) -> str:
        """What it is doing."""
        return self._status

    @status.setter
    def status(self, text: str) -> None:
        self._status = text
        self._on_change()

    @property
    def done(self) -> bool:
        """Whether it ended, well or not."""
        return self._done.is_set()

    @property
    def error(self) -> BaseException | None:
        """What it ended with, if it ended badly."""
        return self._error if self.done else None

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is done, interruptible by Ctrl-C; whether it is."""
        return self._done.wait(timeout_s)

    def result(self) -> Result:
        """Wait for what it returned; raises what it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set unless there was an error

    def _run(self, work: Callable[["Task[Result]"], Result]) -> None:
        try:
            self._result = work(self)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            self._error = error
        finally:
            self._done.set()
            self._on_change()
