"""Pure: what an event of Discord's asks, of whom, and where."""

import discord

from bot.render.discord import answer_of
from bot.types import Question


def question(event: discord.Message | discord.Interaction, text: str = "") -> Question:
    """Make what somebody asks, and where, from an event; a press asks nothing."""
    if isinstance(event, discord.Interaction):
        user, channel_id = event.user, event.channel_id
    else:
        user, channel_id = event.author, event.channel.id
    channel = event.channel
    # What is said in a thread or in private belongs together; what is not in the cache is a thread.
    alone = channel is None or isinstance(channel, discord.abc.GuildChannel)
    # A thread has its category from its channel, which is not known where the bot is no member.
    within = getattr(channel, "parent", channel)
    parents = (getattr(channel, "parent_id", None), getattr(within, "category_id", None))
    return Question(
        text,
        "discord",
        user_key=str(user.id),
        channel_key=str(channel_id),
        thread_key=None if alone else str(channel_id),
        guild_key=str(event.guild.id) if event.guild else None,
        role_keys=frozenset(str(role.id) for role in getattr(user, "roles", ())),
        parent_keys=frozenset(str(parent) for parent in parents if parent),
        event_keys=(str(event.id),),
    )


def is_a_persons(message: discord.Message) -> bool:
    """Whether a person wrote it: no bot, no webhook, not Discord itself."""
    ordinary = message.type in (discord.MessageType.default, discord.MessageType.reply)
    return ordinary and not message.author.bot and not message.webhook_id


def text_of(message: discord.Message, *, me: int | None) -> str:
    """Give what a message says, with names for mentions and none for the bot's own."""
    text = message.content
    for user in message.mentions:
        name = "" if user.id == me else user.display_name
        text = text.replace(f"<@{user.id}>", name).replace(f"<@!{user.id}>", name)
    return text.strip()


def followed(message: discord.Message, *, me: int | None) -> str | None:
    """Give the answer that a message replies to."""
    replied = message.reference.resolved if message.reference else None
    if not isinstance(replied, discord.Message) or replied.author.id != me:
        return None
    return answer_of([dict(part.to_dict()) for part in replied.components])
