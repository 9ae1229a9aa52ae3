"""What was typed at the prompt, kept for the next sitting; only its owner can read the file."""

import os
from collections.abc import Mapping
from pathlib import Path

from prompt_toolkit.history import FileHistory


class PrivateHistory(FileHistory):
    """A history file with mode 0600; OSError if it cannot be written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.fchmod(descriptor, 0o600)  # one that an earlier umask left readable
        finally:
            os.close(descriptor)
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Append; characters that UTF-8 cannot hold become U+FFFD."""
        super().store_string(string.encode("utf-8", errors="replace").decode("utf-8"))


def history_path(environ: Mapping[str, str]) -> Path:
    """Return the file in the user's folder for state (XDG Base Directory Specification)."""
    state = Path(environ.get("XDG_STATE_HOME", ""))
    # The specification wants a relative path ignored.
    folder = state if state.is_absolute() else Path.home() / ".local" / "state"
    return folder / "talks" / "history"
