"""What was looked up lately, so that it need not be looked up for every question."""

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Fresh(Generic[Key, Value]):
    """Values by key, each for so many seconds after it was kept."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._known: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        """Give what is still fresh."""
        since, value = self._known.get(key, (float("-inf"), None))
        return value if since > self._monotonic() - self._seconds else None

    def keep(self, key: Key, value: Value) -> Value:
        """Remember a value, and give it back."""
        self._known[key] = (self._monotonic(), value)
        return value
