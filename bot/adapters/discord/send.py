"""The places that a message can stand in on Discord, and what Discord may refuse."""

import asyncio
import io
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.chat.compose import Message, Part
from bot.chat.delivery import Post
from bot.chat.notices import ELSEWHERE
from bot.render import discord as render

NOBODY = discord.AllowedMentions.none()
THREAD_NAME_LONGEST = 100
GONE_MESSAGE, BAD_FORM, NO_HISTORY = 10008, 50035, 160002


def code_of(error: Exception) -> int | None:
    """Give Discord's number for a refusal; None for a fault of the network."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None


POST = Post(
    platform="Discord",
    face=render,
    faults=(discord.DiscordException, aiohttp.ClientError, asyncio.TimeoutError, OSError),
    code=code_of,
    sentences={
        10003: "That channel is gone, so the answer is here.",
        GONE_MESSAGE: "The message to be answered is gone; here is the answer all the same.",
        10015: ELSEWHERE,
        10062: ELSEWHERE,
        40060: "That was answered before.",
        50001: "I cannot see that channel. An admin can give me View Channel there.",
        50007: "I could not write to you: your privacy settings refuse messages from this server.",
        50013: "I may not write in that channel. An admin can give me Send Messages there, "
        "and Send Messages in Threads.",
        50027: ELSEWHERE,
        50083: "That thread is closed, so the answer is here.",
    },
    bad_forms=frozenset({BAD_FORM}),
    not_admin="That needs the permission Manage Server.",
)


class Shown(ui.LayoutView):
    """Ready components, for discord.py to send; stopped, for presses are found by their ids."""

    def __init__(self, message: Message) -> None:
        super().__init__(timeout=None)
        self._parts = list(message.parts)
        self.stop()

    def has_components_v2(self) -> bool:
        """Say that they are of the layout kind."""
        return True

    def to_components(self) -> list[Part]:
        """Give them as the API takes them."""
        return self._parts


def _body(message: Message) -> dict[str, Any]:
    if message.file is None:
        return {"view": Shown(message), "allowed_mentions": NOBODY}
    file = discord.File(io.BytesIO(message.file.encode()), "exact.txt")
    above = "\n".join(part["content"] for part in message.parts)
    said = {"content": above} if above else {}  # the layout kind would not show what is in a file
    return {**said, "file": file, "allowed_mentions": NOBODY, "suppress_embeds": True}


# Spots: each takes the message last, the rest is bound before


async def fill(interaction: discord.Interaction, private: bool, message: Message) -> None:
    """Fill the deferred response; a follow-up where somebody deleted it."""
    try:
        await POST.surely(lambda: interaction.edit_original_response(**_body(message)))
    except discord.NotFound as error:
        if error.code != GONE_MESSAGE:
            raise
        await follow_up(interaction, private, message)


async def follow_up(interaction: discord.Interaction, private: bool, message: Message) -> None:
    """Follow up on an interaction; tried once, for a second try could be a second message."""
    await interaction.followup.send(**_body(message), ephemeral=private)


async def write(
    channel: discord.abc.Messageable, event: int, message: Message, **reply: Any
) -> None:
    """Send a message of its own; once at most for the event that it answers."""
    await POST.surely(lambda: channel.send(**_body(message), nonce=str(event), **reply))


async def answer(question: discord.Message, message: Message) -> None:
    """Reply, or just write where the question is gone or the bot may not read what was said."""
    place, reference = question.channel, question.to_reference(fail_if_not_exists=False)
    try:
        await write(place, question.id, message, reference=reference, mention_author=False)
    except discord.HTTPException as error:
        if error.code != NO_HISTORY:
            raise
        await write(place, question.id, message)


async def answer_in_thread(question: discord.Message, name: str, message: Message) -> None:
    """Open a thread under the question and answer there; reply where there can be none."""
    plain = " ".join(name.split())[:THREAD_NAME_LONGEST]
    thread = await POST.attempt(question.create_thread(name=plain or "Question"), "open a thread")
    if thread is None:
        await answer(question, message)
    else:
        await write(thread, question.id, message)


async def mark(question: discord.Message, _: Message) -> None:
    """Put a sign under the question: the last resort."""
    await question.add_reaction("⚠️")


async def acknowledge(interaction: discord.Interaction, *, private: bool) -> None:
    """Defer; whatever goes wrong with that, the answer is tried all the same."""
    thinking = interaction.type is discord.InteractionType.application_command
    deferred = interaction.response.defer(ephemeral=private, thinking=thinking)
    await POST.attempt(deferred, "take an acknowledgement")
