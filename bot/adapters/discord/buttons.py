"""Presses of buttons: an id holds all that is needed, so they work after a restart."""

import io
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.actions import AnswerAction, PassageAction, decode
from bot.adapters.discord.send import NOBODY, after_response, deliver
from bot.render import discord as render
from bot.render import notices, words
from bot.render.layout import layout_excerpt
from bot.types import Answered, Excerpt, Noted

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
        """Acknowledge, then act."""
        client = interaction.client
        async with client.accepted(after_response(interaction, private=True)):
            await interaction.response.defer()
            await pressed(client, interaction, self.custom_id)


async def pressed(
    client: "Talks", interaction: "discord.Interaction[Talks]", custom_id: str
) -> None:
    """Carry out one press; all but Share is answered to the presser alone."""
    action = decode(custom_id)
    if action is None:
        await _tell(interaction, words.GONE)
    elif isinstance(action, PassageAction):
        await _passage(client, interaction, action)
    elif action.action == "more":
        await _more(client, interaction, action)
    elif action.action == "share":
        await _share(client, interaction, action)
    elif action.action == "delete":
        await _delete(client, interaction, action)
    else:
        user_key, vote = str(interaction.user.id), action.action
        noted = await client.service.feedback(action.answer_id, user_key=user_key, vote=vote)
        if isinstance(noted, Noted):
            await _tell(interaction, notices.NOTED[noted])
        else:
            await _tell(interaction, notices.notice_in_words(noted))


async def _tell(interaction: discord.Interaction, text: str) -> None:
    await deliver(render.note(text), [after_response(interaction, private=True)])


async def _passage(
    client: "Talks", interaction: discord.Interaction, action: PassageAction
) -> None:
    service = client.service
    ask = service.context if action.action == "context" else service.exact
    excerpt = await ask(action.document, action.span, action.fingerprint)
    if not isinstance(excerpt, Excerpt):
        await _tell(interaction, notices.notice_in_words(excerpt))
    elif action.action == "context":
        laid = layout_excerpt(excerpt, budget=render.BUDGET, link=client.link)
        await deliver(render.excerpt(laid), [after_response(interaction, private=True)])
    else:
        await _exact(interaction, excerpt.quote.text)


async def _exact(interaction: discord.Interaction, text: str) -> None:
    """Send the words themselves: a code block where that changes nothing, else a file."""
    block = render.code(text)
    if block is not None:
        send = interaction.followup.send
        await send(block, ephemeral=True, allowed_mentions=NOBODY, suppress_embeds=True)
        return
    file = discord.File(io.BytesIO(text.encode()), "exact.txt")
    await interaction.followup.send(file=file, ephemeral=True, allowed_mentions=NOBODY)


async def _more(client: "Talks", interaction: discord.Interaction, action: AnswerAction) -> None:
    given = await client.service.more(
        action.answer_id,
        user_key=str(interaction.user.id),
        channel_key=str(interaction.channel_id),
        shown=action.shown,
    )
    message = render.reply(given, link=client.link, private=True)
    if message is not None:
        await deliver(message, [after_response(interaction, private=True)])


async def _share(client: "Talks", interaction: discord.Interaction, action: AnswerAction) -> None:
    given = await client.service.recall(action.answer_id)
    if not isinstance(given, Answered):
        message = render.reply(given, link=client.link, private=True)
        if message is not None:
            await deliver(message, [after_response(interaction, private=True)])
        return
    where = f"share:{action.answer_id}:{interaction.channel_id}"
    if not await client.service.claim("discord", where):
        await _tell(interaction, notices.SHARED_BEFORE)
        return
    asked = render.asked_by(interaction.user.display_name, given.question)
    message = render.reply(given, link=client.link, private=False, asked=asked)
    if message is not None:
        await deliver(message, [after_response(interaction, private=False)])


async def _delete(client: "Talks", interaction: discord.Interaction, action: AnswerAction) -> None:
    user_key = str(interaction.user.id)
    moderates = interaction.permissions.manage_messages and interaction.guild_id is not None
    if moderates or await client.service.asked_by(action.answer_id, user_key):
        await interaction.delete_original_response()
    else:
        await _tell(interaction, notices.NOT_YOURS)
