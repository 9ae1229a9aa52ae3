"""The connection to Discord, and what is asked over it."""

import asyncio
import logging
import time
from functools import partial
from typing import Any, Literal

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.buttons import Press
from bot.adapters.discord.commands import add_commands, find_document
from bot.adapters.discord.send import (
    FAULTS,
    PLATFORM,
    POST,
    Spot,
    acknowledge,
    answer,
    answer_in_thread,
    fill,
    mark,
    write,
)
from bot.chat import asking, notices
from bot.chat.layout import Link
from bot.errors import PlatformError
from bot.render import discord as render
from bot.service import Service
from bot.service.work import Work
from bot.types import Question

log = logging.getLogger(__name__)

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody will speak

REFUSED = (
    "Discord does not accept DISCORD_TOKEN. Copy the token again from "
    "https://discord.com/developers/applications, Bot, Reset Token."
)
NO_INTENT = (
    'Discord refuses the Message Content intent, which discord.threads = "follow" needs. Switch it '
    'on at https://discord.com/developers/applications, Bot, or set discord.threads = "open".'
)
UNREACHABLE = "Discord cannot be used. Check the network and DISCORD_API_URL, then start again."
SILENT = "Discord's gateway fell silent. Start again; if that recurs, check the network."
HIDDEN = (
    "Discord does not show me replies to answers of a command. Write it again and mention me in it."
)

Threads = Literal["off", "open", "follow"]
HOME = "https://discord.com/api/v10"
ACKNOWLEDGED_AT_ONCE = 16  # more would keep the event loop from everything else
DECIDE_WITHIN = 1.5  # seconds for knowing whether a response is private, of the three there are
CONVERSATIONS = (
    discord.ChannelType.private,
    discord.ChannelType.group,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)


def use_api(url: str) -> None:
    """Point discord.py at a server; it knows one for the whole process."""
    Route.BASE = url.rstrip("/")


class Talks(discord.AutoShardedClient):
    """The connection: `serve`, then `drain` and `close`."""

    name = PLATFORM

    def __init__(
        self,
        service: Service,
        *,
        token: str,
        link: Link,
        threads: Threads = "off",
        silence: float = 180.0,
        api_url: str = HOME,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = threads == "follow"
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            enable_debug_events=True,  # every frame shows that the connection lives
        )
        self.service = service
        self.link = link
        self._threads = threads
        self._silence = silence
        self._token = token
        self._api_url = api_url
        self._heard = time.monotonic()
        self._at_once = asyncio.Semaphore(ACKNOWLEDGED_AT_ONCE)
        self.work = Work(PLATFORM)
        self._given_up = False
        self._tree = add_commands(self)
        self.add_dynamic_items(Press)

    # Connection

    async def serve(self) -> None:
        """Stay connected until `close`. Raises PlatformError with the remedy."""
        use_api(self._api_url)
        watch = asyncio.create_task(self._watch())
        try:
            async with self:
                await self.start(self._token)
        except discord.LoginFailure:
            raise PlatformError(REFUSED) from None
        except discord.PrivilegedIntentsRequired:
            raise PlatformError(NO_INTENT) from None
        except (discord.DiscordException, *FAULTS) as error:
            raise PlatformError(f"{UNREACHABLE} It said: {error}") from error
        finally:
            watch.cancel()
        if self._given_up:
            raise PlatformError(SILENT)

    async def setup_hook(self) -> None:
        """Register the commands; discord.py calls this once, after login."""
        if self._api_url != HOME:
            _, gateway, _ = await self.http.get_bot_gateway()
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await self._tree.sync()

    @property
    def silent_for(self) -> float:
        """Seconds since the gateway was last heard."""
        return time.monotonic() - self._heard

    async def on_socket_raw_receive(self, _: str) -> None:
        """Note that the connection lives."""
        self._heard = time.monotonic()

    async def _watch(self) -> None:
        """Give up when nothing was heard for too long; a supervisor starts the process again."""
        await asking.silence(lambda: self.silent_for, most=self._silence)
        self._given_up = True
        await self.close()

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds until what was taken on is delivered."""
        await self.work.drain(grace)

    # Commands

    async def asked(
        self,
        interaction: "discord.Interaction[Talks]",
        text: str,
        *,
        document: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer a command."""
        async with self.work.piece(partial(POST.tell, [partial(fill, interaction, True)])):
            async with self._at_once:
                alone = await self._private(interaction.guild_id) if private is None else private
                await acknowledge(interaction, private=alone)
            spots: list[Spot] = [partial(fill, interaction, alone)]
            documents = None if document is None else find_document(self, document)
            if document is not None and documents is None:
                await POST.deliver(render.note(notices.no_document_in_words(document)), spots)
                return
            question = Question(
                text,
                PLATFORM,
                user_key=str(interaction.user.id),
                event_keys=(str(interaction.id),),
                documents=documents,
                private=alone,
                **_where(interaction),
            )
            if not alone and isinstance(interaction.channel, discord.abc.Messageable):
                spots.append(partial(write, interaction.channel, interaction.id))
            spots.append(partial(write, interaction.user, interaction.id))
            asked = None if alone else render.asked_by(interaction.user.display_name, text)
            await self._answer(question, spots, asked=asked)

    async def admin(self, interaction: "discord.Interaction[Talks]", command: str) -> None:
        """Carry out an admin's command; Discord's own check can be loosened, this one cannot."""
        spot = partial(fill, interaction, True)
        async with self.work.piece(partial(POST.tell, [spot])):
            await acknowledge(interaction, private=True)
            if not await self.service.claim(PLATFORM, str(interaction.id)):
                return
            if interaction.guild_id is None or not interaction.permissions.manage_guild:
                message = render.note("That needs the permission Manage Server.")
            else:
                guild_key = str(interaction.guild_id)
                message = render.note(*await self.service.admin(PLATFORM, guild_key, command))
            await POST.deliver(message, [spot])

    async def command_failed(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Say something where discord.py could not even call the command."""
        stale = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)
        if not isinstance(error, stale):
            log.error("a command failed before it began", exc_info=error)
        if interaction.type is not discord.InteractionType.autocomplete:
            await acknowledge(interaction, private=True)
            said = "This command has changed. Reload Discord (Ctrl+R) and try again."
            await POST.deliver(render.note(said), [partial(fill, interaction, True)])

    async def _private(self, guild_id: int | None) -> bool:
        """Whether answers here are for the asker alone; if that is not known in time, they are."""
        if guild_id is None:
            return False
        try:
            async with asyncio.timeout(DECIDE_WITHIN):
                return (await self.service.guild(PLATFORM, str(guild_id))).private
        except TimeoutError:
            return True

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """Answer a mention, a direct message, a reply, a message in a thread of our own."""
        text = self._question_in(message)
        if text is None:
            return
        opens = self._opens_thread(message)
        if message.reference and not message.content:
            await POST.deliver(render.note(HIDDEN), [partial(answer, message)])
            return
        async with self.work.piece(partial(POST.tell, [partial(answer, message)])):
            question = Question(
                text,
                PLATFORM,
                user_key=str(message.author.id),
                event_keys=(str(message.id),),
                follows=self._follows(message),
                **_where(message) | ({"thread_key": str(message.id)} if opens else {}),
            )
            private = await self._private(message.guild.id if message.guild else None)
            spots: list[Spot] = [
                partial(answer, message),
                partial(write, message.author, message.id),
            ]
            if private:
                spots.reverse()
            elif opens:
                spots.insert(0, partial(answer_in_thread, message, text))
            spots.append(partial(mark, message))
            await self._answer(question, spots, typing=message.channel)

    def _question_in(self, message: discord.Message) -> str | None:
        """Give what a message asks; None if it is not for the bot, or from one."""
        me = self.user
        ordinary = message.type in (discord.MessageType.default, discord.MessageType.reply)
        if me is None or message.author.bot or message.webhook_id or not ordinary:
            return None
        mentioned = any(user.id == me.id for user in message.mentions)
        if message.guild is not None and not mentioned and not self._follows_thread(message):
            return None
        text = message.content
        for user in message.mentions:
            name = "" if user.id == me.id else user.display_name
            text = text.replace(f"<@{user.id}>", name).replace(f"<@!{user.id}>", name)
        return text.strip()

    def _follows_thread(self, message: discord.Message) -> bool:
        """Whether it stands in a thread of our own and speaks to nobody else."""
        channel = message.channel
        ours = isinstance(channel, discord.Thread) and channel.owner_id == self.application_id
        to_nobody = not message.mentions and message.reference is None
        follow = self._threads == "follow"
        return follow and ours and to_nobody and bool(message.content)

    def _opens_thread(self, message: discord.Message) -> bool:
        return self._threads != "off" and isinstance(message.channel, discord.TextChannel)

    def _follows(self, message: discord.Message) -> str | None:
        """Give the answer that a message replies to."""
        replied = message.reference.resolved if message.reference else None
        if not isinstance(replied, discord.Message) or replied.author.id != self.application_id:
            return None
        return render.answer_of([dict(part.to_dict()) for part in replied.components])

    async def _answer(
        self,
        question: Question,
        spots: list[Spot],
        *,
        asked: str | None = None,
        typing: discord.abc.Messageable | None = None,
    ) -> None:
        sign = None if typing is None else typing.typing
        await asking.answer(
            self.service, render, POST, question, spots, link=self.link, asked=asked, sign=sign
        )


def _where(event: discord.Message | discord.Interaction) -> dict[str, Any]:
    """Name the place of an event, as a Question does."""
    channel = event.channel
    user = event.user if isinstance(event, discord.Interaction) else event.author
    parents = (getattr(channel, name, None) for name in ("parent_id", "category_id"))
    channel_id = event.channel_id if isinstance(event, discord.Interaction) else event.channel.id
    return {
        "channel_key": str(channel_id),
        "guild_key": str(event.guild.id) if event.guild else None,
        "thread_key": str(channel_id) if _is_conversation(channel) else None,
        "parent_keys": frozenset(str(parent) for parent in parents if parent),
        "role_keys": frozenset(str(role.id) for role in getattr(user, "roles", ())),
    }


def _is_conversation(channel: object) -> bool:
    """Whether what is said there belongs together; what is not in the cache is a thread."""
    unknown = isinstance(channel, discord.PartialMessageable)
    return unknown or getattr(channel, "type", None) in CONVERSATIONS
