"""Who pressed a button on Discord, and the ways to answer them."""

import io
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.adapters.discord.send import NOBODY, PLATFORM, POST, acknowledge, follow_up, write
from bot.chat import notices
from bot.chat.presses import press
from bot.render import discord as render
from bot.types import Failed

if TYPE_CHECKING:
    from bot.adapters.discord.client import Talks


class Press(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"talks\d+:.*"):
    """Any of our buttons, old ones included."""

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the library types the client loosely
        cls, _: "discord.Interaction[Talks]", item: ui.Button[ui.LayoutView], *__: object
    ) -> "Press":
        """Take the button as it was found in the message."""
        return cls(item)

    async def callback(self, interaction: "discord.Interaction[Talks]") -> None:  # type: ignore[override]
        """Acknowledge, then act, once however often the press is delivered."""
        client = interaction.client
        presser = Presser(interaction)
        async with client.work.piece(presser.failed):
            await acknowledge(interaction, private=True)
            if await client.service.claim(PLATFORM, str(interaction.id)):
                await press(client.service, render, presser, self.custom_id, link=client.link)


class Presser:
    """One press, as `bot.chat.presses` needs it."""

    def __init__(self, interaction: discord.Interaction) -> None:
        self._interaction = interaction
        self.user_key = str(interaction.user.id)
        self.name = interaction.user.display_name
        self.channel_key = str(interaction.channel_id)

    async def show(self, message: render.Message, /) -> None:
        """Show to the presser alone."""
        private = partial(write, self._interaction.user, self._interaction.id)
        await POST.deliver(message, [partial(follow_up, self._interaction, True), private])

    async def publish(self, message: render.Message, /) -> None:
        """Show to everybody in the channel."""
        await POST.deliver(message, [partial(follow_up, self._interaction, False)])

    async def hand_over(self, text: str, /) -> None:
        """Send the words themselves: a code block where that changes nothing, else a file."""
        send, block = self._interaction.followup.send, render.code(text)
        if block is not None:
            await send(block, ephemeral=True, allowed_mentions=NOBODY, suppress_embeds=True)
            return
        file = discord.File(io.BytesIO(text.encode()), "exact.txt")
        await send(file=file, ephemeral=True, allowed_mentions=NOBODY)

    async def delete(self) -> None:
        """Take the message away."""
        await self._interaction.delete_original_response()

    async def moderates(self) -> bool:
        """Whether this person may delete what others wrote here."""
        interaction = self._interaction
        return interaction.permissions.manage_messages and interaction.guild_id is not None

    async def failed(self, failed: Failed) -> None:
        """Say that something went wrong."""
        await self.show(render.note(notices.notice_in_words(failed)))
