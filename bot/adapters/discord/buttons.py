"""Presses of buttons: an id holds all that is needed, so they work after a restart."""

import io
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.actions import AnswerAction, PassageAction, decode
from bot.adapters.discord.send import NOBODY, PLATFORM, acknowledge, deliver, follow_up, write
from bot.render import discord as render
from bot.render import notices
from bot.render.layout import layout_excerpt
from bot.types import Answered, Excerpt, Gone, Noted

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
        async with client.work.piece(partial(tell, interaction)):
            await acknowledge(interaction, private=True)
            if await client.service.claim(PLATFORM, str(interaction.id)):
                await pressed(client, interaction, self.custom_id)


async def pressed(
    client: "Talks", interaction: "discord.Interaction[Talks]", custom_id: str
) -> None:
    """Carry out one press; all but Share is answered to the presser alone."""
    action = decode(custom_id)
    if action is None:
        await tell(interaction, Gone())
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
        await tell(interaction, notices.NOTED[noted] if isinstance(noted, Noted) else noted)


async def tell(interaction: discord.Interaction, said: str | notices.Notice) -> None:
    """Say something to the presser alone."""
    text = said if isinstance(said, str) else notices.notice_in_words(said)
    await _show(interaction, render.note(text))


async def _show(interaction: discord.Interaction, message: render.Message | None) -> None:
    if message is not None:
        private = partial(write, interaction.user, interaction.id)
        await deliver(message, [partial(follow_up, interaction, True), private])


async def _passage(
    client: "Talks", interaction: discord.Interaction, action: PassageAction
) -> None:
    service = client.service
    ask = service.context if action.action == "context" else service.exact
    excerpt = await ask(action.document, action.span, action.fingerprint)
    if not isinstance(excerpt, Excerpt):
        await tell(interaction, excerpt)
    elif action.action == "context":
        laid = layout_excerpt(excerpt, budget=render.BUDGET, link=client.link)
        await _show(interaction, render.excerpt(laid))
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
    await _show(interaction, render.reply(given, link=client.link, private=True))


async def _share(client: "Talks", interaction: discord.Interaction, action: AnswerAction) -> None:
    given = await client.service.recall(action.answer_id)
    if not isinstance(given, Answered):
        await tell(interaction, given)
        return
    where = f"share:{action.answer_id}:{interaction.channel_id}"
    if not await client.service.claim(PLATFORM, where):
        await tell(interaction, notices.SHARED_BEFORE)
        return
    asked = render.asked_by(interaction.user.display_name, given.question)
    message = render.reply(given, link=client.link, private=False, asked=asked)
    if message is not None:
        await deliver(message, [partial(follow_up, interaction, False)])


async def _delete(client: "Talks", interaction: discord.Interaction, action: AnswerAction) -> None:
    user_key = str(interaction.user.id)
    moderates = interaction.permissions.manage_messages and interaction.guild_id is not None
    if moderates or await client.service.asked_by(action.answer_id, user_key):
        await interaction.delete_original_response()
    else:
        await tell(interaction, notices.NOT_YOURS)
