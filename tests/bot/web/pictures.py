"""The README's pictures: `python -m tests.bot.web.pictures` draws them anew, from the real index.

Pages as a browser shows them, desktop and phone side by side, saved beside this module.
"""

import base64
import tempfile
from functools import partial
from pathlib import Path

from bot import app
from bot.terminal.opening import open_or_build
from tests.bot.web.browser import PHONE, chromium, page
from tests.bot.web.conftest import served

HERE = Path(__file__).parent
QUESTION = "/?q=how+long+did+the+talks+in+Stockholm+last%3F"
BOARD = """<!doctype html><style>
body { display: flex; gap: 20px; width: max-content; margin: 0; padding: 20px;
  background: #cfd4d6; }
img { display: block; border-radius: 12px; box-shadow: 0 2px 14px #0003; height: 620px; }
</style>"""


def main() -> None:
    settings = app.load_settings(None, {})
    open_or_build(app, settings, progress=lambda *_: None)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "s", build=partial(app.open_engine, settings)) as (address, _),
        chromium() as browser,
    ):
        with page(browser, viewport={"width": 940, "height": 760}) as opened:
            opened.goto(address + QUESTION)
            asked = opened.screenshot()
            opened.click("a.open")
            opened.wait_for_selector("#quote")
            read = opened.url
            opened.wait_for_timeout(200)
            opened_read = opened.screenshot()
            opened.goto(f"{address}/timeline")
            opened.set_viewport_size({"width": 1040, "height": 760})
            opened.screenshot(path=HERE / "timeline.png")
        with page(browser, viewport=PHONE, dark=True, device_scale_factor=1) as opened:
            opened.goto(read)
            opened.wait_for_timeout(200)
            phone = opened.screenshot()
        with page(browser, viewport={"width": 400, "height": 660}) as opened:
            opened.set_content(BOARD + "".join(map(picture, (asked, opened_read, phone))))
            opened.wait_for_timeout(200)
            opened.locator("body").screenshot(path=HERE / "pages.png")


def picture(content: bytes) -> str:
    return f'<img src="data:image/png;base64,{base64.b64encode(content).decode()}" alt="">'


if __name__ == "__main__":
    main()
