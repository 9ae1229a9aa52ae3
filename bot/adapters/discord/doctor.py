"""What `talks doctor` can tell of Discord: the invitation, and what is missing."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord import utils

from bot.adapters.discord.client import HOME, Threads, use_api
from bot.adapters.discord.send import FAULTS
from bot.types import Finding

PORTAL = "https://discord.com/developers/applications"
# permission -> what does not work without it
NEEDED = {
    "view_channel": "see the channels it is asked in",
    "send_messages": "answer mentions",
    "send_messages_in_threads": "answer in threads",
    "read_message_history": "reply to the question",
    "attach_files": "hand out exact text as a file",
    "add_reactions": "give a sign where it may not write",
}
FOR_THREADS = {"create_public_threads": "open a thread for each mention"}


def examine(token: str, *, api_url: str = HOME, threads: Threads = "off") -> Sequence[Finding]:
    """Ask Discord; a failure is a finding too."""
    return asyncio.run(_examine(token, api_url, threads))


async def _examine(token: str, api_url: str, threads: Threads) -> Sequence[Finding]:
    use_api(api_url)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
            application = await client.application_info()
            guilds = await client.http.get_guilds(200)
        except discord.LoginFailure:
            text = f"Discord does not accept DISCORD_TOKEN. Copy it again from {PORTAL}, Bot."
            return (Finding("error", "discord", text),)
        except FAULTS as error:
            return (Finding("error", "discord", f"Discord cannot be asked: {error}"),)
        return tuple(_findings(application, guilds, threads))


def _findings(
    application: discord.AppInfo, guilds: Sequence[Any], threads: Threads
) -> Iterator[Finding]:
    needed = NEEDED | (FOR_THREADS if threads != "off" else {})
    permissions = discord.Permissions(**dict.fromkeys(needed, True))
    scopes = ("bot", "applications.commands")
    invitation = utils.oauth_url(application.id, permissions=permissions, scopes=scopes)
    own = utils.oauth_url(application.id, scopes=("applications.commands",))
    yield Finding("info", "discord", f"connected as {application.name}")
    yield Finding("info", "discord", f"invite it to a server: {invitation}")
    yield Finding("info", "discord", f"or add it to your account: {own}&integration_type=1")
    yield Finding("info", "discord", f"permissions needed: {', '.join(map(_plain, needed))}")
    yield _intents(application.flags, threads)
    for guild in guilds:
        has = discord.Permissions(int(guild["permissions"]))
        for name, use in needed.items():
            if not (has.administrator or getattr(has, name)):
                text = f"{guild['name']}: without {_plain(name)} it cannot {use}"
                yield Finding("warning", "discord", text)
    if not guilds:
        yield Finding("warning", "discord", "it is in no server yet")


def _intents(flags: discord.ApplicationFlags, threads: Threads) -> Finding:
    if threads != "follow":
        text = "intents needed: guilds, guild messages, direct messages (none is privileged)"
        return Finding("info", "discord", text)
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Finding("info", "discord", "intents needed: message content too; it is switched on")
    text = f'discord.threads = "follow" needs the Message Content intent: {PORTAL}, Bot'
    return Finding("error", "discord", text)


def _plain(permission: str) -> str:
    return permission.replace("_", " ").title()
