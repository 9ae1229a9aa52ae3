"""Debian's Chromium, driven by playwright: one browser for all tests, a new profile for each."""

import os
import shutil
from contextlib import contextmanager

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: make setup-dev")

from playwright.sync_api import sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
MISSING = "there is no chromium on the PATH (Debian: apt install chromium)"
DESKTOP, PHONE = {"width": 1100, "height": 800}, {"width": 390, "height": 800}
# How far a text reaches on screen: the boxes of everything marked.
BOXES = """() => [...document.querySelectorAll('mark')].flatMap(mark => [...mark.getClientRects()])
  .filter(box => box.height).map(box => ({top: box.top, bottom: box.bottom,
    left: box.left, right: box.right}))"""
MARKED = "() => [...document.querySelectorAll('mark')].map(mark => mark.textContent).join('')"


@contextmanager
def chromium():
    """A running browser."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # which root has to do without
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page(browser, *, viewport=DESKTOP, script=True, dark=False, forgive=None, **more):
    """A page of a new profile; nothing may go wrong on it but what `forgive` is part of."""
    context = browser.new_context(
        viewport=viewport,
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        **more,
    )
    opened = context.new_page()
    wrong = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    try:
        yield opened
    finally:
        context.close()
    assert not [one for one in wrong if forgive is None or forgive not in one]


def in_view(opened):
    """Whether everything marked is on the screen."""
    size = opened.viewport_size
    boxes = opened.evaluate(BOXES)
    return bool(boxes) and all(
        0 <= box["top"] < box["bottom"] <= size["height"]
        and 0 <= box["left"] < box["right"] <= size["width"]
        for box in boxes
    )


def marked(opened):
    return opened.evaluate(MARKED)
