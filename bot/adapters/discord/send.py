"""Getting a message to a person on Discord: where to put it, and where else when that fails."""

import asyncio
import logging

import aiohttp
import discord
from discord import ui

from bot.chat import delivery
from bot.chat.delivery import Post
from bot.render import discord as render
from bot.render.discord import Component, Message

log = logging.getLogger(__name__)

NOBODY = discord.AllowedMentions.none()
PLATFORM = "discord"
THREAD_NAME_LONGEST = 100
Spot = delivery.Spot[Message]
FAULTS = (discord.HTTPException, aiohttp.ClientError, asyncio.TimeoutError, OSError)

GONE_MESSAGE, BAD_FORM = 10008, 50035
_SENTENCES: dict[int | str, str] = {
    10003: "That channel is gone, so the answer is here.",
    10008: "The message to be answered is gone; here is the answer all the same.",
    10015: "Discord no longer took the answer in its place, so it is here.",
    10062: "Discord no longer took the answer in its place, so it is here.",
    40060: "That was answered before.",
    50001: "I cannot see that channel. An admin can give me View Channel there.",
    50007: "I could not write to you: your privacy settings refuse messages from this server.",
    50013: "I may not write in that channel. An admin can give me Send Messages there, "
    "and Send Messages in Threads.",
    50027: "Discord no longer took the answer in its place, so it is here.",
    50083: "That thread is closed, so the answer is here.",
}


def code_of(error: Exception) -> int | None:
    """Give Discord's number for a refusal; None for a fault of the network."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None


POST = Post(
    platform="Discord",
    faults=FAULTS,
    code=code_of,
    sentences=_SENTENCES,
    bad_forms=frozenset({BAD_FORM}),
    note=render.note,
    prefaced=render.prefaced,
    repeatable=True,  # an edit, or a nonce, makes that safe
)


def view(message: Message) -> ui.LayoutView:
    """Build what discord.py sends; stopped, for presses are found by their ids alone."""
    built = ui.LayoutView(timeout=None)
    for component in message.components:
        built.add_item(_item(component))
    built.stop()
    return built


def _item(component: Component) -> ui.Item[ui.LayoutView]:
    match component["type"]:
        case render.TEXT:
            return ui.TextDisplay(component["content"])
        case render.SEPARATOR:
            return ui.Separator(visible=component["divider"])
        case render.CONTAINER:
            children = map(_item, component["components"])
            return ui.Container(*children, accent_colour=component["accent_color"])
        case render.ACTION_ROW:
            return ui.ActionRow(*map(_item, component["components"]))
        case render.BUTTON:
            return ui.Button(
                style=discord.ButtonStyle(component["style"]),
                label=component.get("label"),
                emoji=component.get("emoji", {}).get("name"),
                custom_id=component["custom_id"],
            )
        case other:
            raise ValueError(f"no Discord component of type {other}")


# Spots: each takes the message last, the rest is bound before


async def fill(interaction: discord.Interaction, private: bool, message: Message) -> None:
    """Fill the deferred response; a follow-up where somebody deleted it."""
    try:
        await interaction.edit_original_response(view=view(message), allowed_mentions=NOBODY)
    except discord.NotFound as error:
        if error.code != GONE_MESSAGE:
            raise
        await follow_up(interaction, private, message)


async def follow_up(interaction: discord.Interaction, private: bool, message: Message) -> None:
    """Follow up on an interaction."""
    shown = view(message)
    await interaction.followup.send(view=shown, ephemeral=private, allowed_mentions=NOBODY)


async def write(channel: discord.abc.Messageable, event: int, message: Message) -> None:
    """Send a message of its own; once at most for the event that it answers."""
    await channel.send(view=view(message), allowed_mentions=NOBODY, nonce=str(event))


async def answer(question: discord.Message, message: Message) -> None:
    """Reply, or just write where the question is gone; once at most."""
    await question.channel.send(
        view=view(message),
        allowed_mentions=NOBODY,
        nonce=str(question.id),
        reference=question.to_reference(fail_if_not_exists=False),
        mention_author=False,
    )


async def answer_in_thread(question: discord.Message, name: str, message: Message) -> None:
    """Open a thread under the question and answer there."""
    plain = " ".join(name.split())[:THREAD_NAME_LONGEST]
    thread = await question.create_thread(name=plain or "Question")
    await write(thread, question.id, message)


async def mark(question: discord.Message, _: Message) -> None:
    """Put a sign under the question: the last resort."""
    await question.add_reaction("⚠️")


async def acknowledge(interaction: discord.Interaction, *, private: bool) -> None:
    """Defer; whatever goes wrong with that, the answer is tried all the same."""
    thinking = interaction.type is discord.InteractionType.application_command
    try:
        await interaction.response.defer(ephemeral=private, thinking=thinking)
    except FAULTS as error:
        log.warning("Discord did not take an acknowledgement: %s", error)
