"""A terminal with a program in it: what is typed goes in, what a person would see comes out."""

import os
import time
from collections.abc import Callable

import pexpect
import pyte


class _Answering(pyte.HistoryScreen):
    """A screen that tells the program where the cursor is when it asks, as real ones do."""

    def __init__(self, columns: int, rows: int, reply: Callable[[str], object]) -> None:
        super().__init__(columns, rows, history=1000)
        self._reply = reply

    def write_process_input(self, data: str) -> None:
        self._reply(data)


class Terminal:
    """`raw` is everything the program wrote, `text` what the screen shows."""

    def __init__(self, command: list[str], *, rows: int = 40, **environment: str) -> None:
        # The size is the terminal's own, not what the tests' surroundings say of theirs.
        inherited = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            env={**inherited, "TERM": "xterm", **environment},
            dimensions=(rows, 100),
            timeout=20,
        )
        self.raw = ""
        self.screen = _Answering(100, rows, self.child.send)
        self._stream = pyte.ByteStream(self.screen)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).strip()

    def type(self, keys: str) -> "Terminal":
        self.child.send(keys)
        return self

    def until(self, shown: str | Callable[[str], bool], *, within_s: float = 20.0) -> "Terminal":
        """Read until the screen shows it; fails with the screen if it never does."""
        is_there = shown if callable(shown) else lambda text: shown in text
        deadline = time.monotonic() + within_s
        while not is_there(self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"never shown: {shown!r}; the screen:\n{self.text}")
            try:
                self._feed(self.child.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                if not is_there(self.text):
                    raise AssertionError(
                        f"ended without {shown!r}; the screen:\n{self.text}"
                    ) from None
        return self

    def ready(self) -> "Terminal":
        """Wait for an empty prompt on the last line."""
        return self.until(lambda text: text.splitlines()[-1:] == ["talks>"])

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        while True:
            try:
                self._feed(self.child.read_nonblocking(65536, timeout=20))
            except pexpect.EOF:
                break
        self.child.wait()
        return self.child.exitstatus

    def _feed(self, data: bytes) -> None:
        self.raw += data.decode("utf-8", errors="replace")
        self._stream.feed(data)
