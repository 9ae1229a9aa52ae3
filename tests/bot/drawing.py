"""Draws a view as a terminal or a pipe would get it."""

import io
from pathlib import Path

import pyte
from rich.console import Console
from tiny import SOURCES

from bot.terminal.place import Place

PLACE = Place(Path("seeds"), SOURCES)


def drawn(view, *, width=80, terminal=True, encoding="utf-8"):
    stream = io.TextIOWrapper(
        io.BytesIO(), encoding=encoding, errors="backslashreplace", newline=""
    )
    console = Console(
        file=stream,
        width=width,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        highlight=False,
        markup=False,
        _environ={"TERM": "xterm"},
    )
    console.print(view, soft_wrap=not terminal, crop=False)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def screen_of(view, *, width=80):
    screen = pyte.Screen(width, 100)
    pyte.Stream(screen).feed(drawn(view, width=width).replace("\n", "\r\n"))
    return screen
