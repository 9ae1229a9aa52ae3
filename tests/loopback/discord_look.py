"""A message payload drawn in the look of Discord's client: one HTML page, for screenshots.

`python -m tests.loopback.discord_look QUESTION > page.html` asks the index and draws the answer;
tests/bot/render/discord.png is that page, 720 and 390 pixels wide:
`chromium --headless --screenshot=...`.
"""

import html
import sys
from collections.abc import Iterable

from tests.loopback.discord_markdown import pieces
from tests.loopback.recording import Json

STYLE = """
body { margin: 0; padding: 16px; background: #313338; color: #dbdee1;
  font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue", Helvetica, Arial, sans-serif; }
.message { display: flex; gap: 16px; max-width: 760px; }
.face { flex: none; width: 40px; height: 40px; border-radius: 50%; background: #2e7d57;
  color: #fff; font: 600 20px/40px sans-serif; text-align: center; }
.body { min-width: 0; flex: 1; }
.name { font-weight: 500; color: #f2f3f5; }
.tag { background: #5865f2; color: #fff; border-radius: 4px; font: 500 10px/15px sans-serif;
  padding: 1px 4px; margin: 0 6px; vertical-align: 2px; }
.time { color: #949ba4; font-size: 12px; }
.container { background: #2b2d31; border: 1px solid #3f4147; border-left: 4px solid var(--accent);
  border-radius: 8px; padding: 12px 16px; margin-top: 6px; max-width: 600px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0; }
.quote { display: block; border-left: 4px solid #4e5058; border-radius: 4px; padding-left: 12px; }
.small { display: block; font-size: 13px; color: #949ba4; }
.bold { font-weight: 700; color: #f2f3f5; } .small .bold { color: #b5bac1; font-weight: 600; }
.underline { text-decoration: underline; text-underline-offset: 2px; }
.link { color: #00a8fc; }
.separator { border-top: 1px solid #3f4147; margin: 10px 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 4px; }
.button { background: #4e5058; color: #fff; border-radius: 8px; padding: 5px 14px;
  font: 500 14px/20px "Noto Sans", "Noto Color Emoji", sans-serif; }
.primary { background: #5865f2; } .danger { background: #da373c; }
"""
_STYLES = {1: " primary", 4: " danger"}
_BLOCKS = ("quote", "small")


def page(components: Iterable[Json], *, name: str = "Talks") -> str:
    """One message by a bot."""
    drawn = "".join(map(_component, components))
    head = f"<span class=name>{name}</span><span class=tag>APP</span><span class=time>10:42</span>"
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div class=message>"
        f"<div class=face>T</div><div class=body><div>{head}</div>{drawn}</div></div>"
    )


def _component(component: Json) -> str:
    match component["type"]:
        case 1:
            return f"<div class=row>{''.join(map(_component, component['components']))}</div>"
        case 2:
            face = component.get("label") or component["emoji"]["name"]
            return f'<span class="button{_STYLES.get(component["style"], "")}">{face}</span>'
        case 10:
            return f"<div class=text>{_markdown(component['content'])}</div>"
        case 14:
            return "<div class=separator></div>"
        case 17:
            inside = "".join(map(_component, component["components"]))
            colour = f"#{component['accent_color']:06x}"
            return f'<div class=container style="--accent: {colour}">{inside}</div>'
    raise ValueError(f"no drawing for component type {component['type']}")


def _markdown(text: str) -> str:
    out, open_block = "", ""
    for piece in pieces(text):
        block = next((name for name in piece.inside if name in _BLOCKS), "")
        spans = [name for name in piece.inside if name not in _BLOCKS]
        shown = html.escape(piece.text)
        for name in reversed(spans):
            shown = f"<span class={name}>{shown}</span>"
        if block != open_block:
            out += "</span>" if open_block else ""
            out += f"<span class={block}>" if block else ""
            open_block = block
        out += shown
    return out + ("</span>" if open_block else "")


def main(question: str) -> None:
    """Ask the index and print the page."""
    from bot import app, links
    from bot.chat.compose import reply
    from bot.chat.notices import asked_in_words
    from bot.render import discord
    from bot.types import Answered

    engine = app.open_engine(app.load_settings(None, {}))
    answered = Answered(engine.ask(question), "example", question, more=True)
    asked = asked_in_words("Alice", question)
    message = reply(discord, answered, link=links.original, private=False, asked=asked)
    if message is not None:
        sys.stdout.write(page(message.parts))


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
