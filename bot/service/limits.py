"""How many questions a person, channel, thread, guild or everybody may ask: sliding windows.

Counts live in this process; replicas behind a balancer each have their own.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.types import Rate, Scope

SWEEP_EVERY = 1000  # takes between two searches for windows that have emptied


@dataclass(frozen=True, slots=True)
class Window:
    """One limit that a question has to pass: at most `rate` of them by `key` within `scope`."""

    scope: Scope
    key: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Wait:
    """Which limit stands in the way, and for how many seconds."""

    scope: Scope
    seconds: float


class Limiter:
    """Remembers when questions were let through; used from one event loop, never waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock = clock
        self._passed: dict[tuple[Scope, str], deque[float]] = {}
        self._longest = 0.0
        self._takes = 0

    def take(self, windows: Sequence[Window]) -> Wait | None:
        """Let one question through all windows, or say which is full for longest.

        A question that is refused counts nowhere.
        """
        now = self._clock()
        limited = [window for window in windows if window.rate.count > 0]
        waits = [Wait(window.scope, self._wait(window, now)) for window in limited]
        longest = max(waits, key=lambda wait: wait.seconds, default=None)
        if longest is not None and longest.seconds > 0:
            return longest
        for window in limited:
            self._longest = max(self._longest, window.rate.seconds)
            self._passed.setdefault((window.scope, window.key), deque()).append(now)
        self._takes += 1
        if self._takes % SWEEP_EVERY == 0:
            self._sweep(now)
        return None

    def __len__(self) -> int:
        """How many windows are remembered."""
        return len(self._passed)

    def _wait(self, window: Window, now: float) -> float:
        passed = self._passed.get((window.scope, window.key), deque())
        if len(passed) < window.rate.count:
            return 0.0
        # The question that has to leave the window before another may enter.
        return max(0.0, passed[-window.rate.count] + window.rate.seconds - now)

    def _sweep(self, now: float) -> None:
        for key, passed in list(self._passed.items()):
            while passed and passed[0] + self._longest <= now:
                passed.popleft()
            if not passed:
                del self._passed[key]
