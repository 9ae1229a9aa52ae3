"""What `talks doctor` can tell of Discord: the invitation, and what is missing."""

from collections.abc import AsyncIterator, Sequence

import discord
from discord import utils

from bot.adapters.discord.client import HOME, REFUSALS, Threads, use_api
from bot.adapters.discord.send import POST
from bot.chat.connection import Told, explained, findings, lacking
from bot.types import Finding

# permission, as Discord's pages name it -> what does not work without it
NEEDED = {
    "View Channel": "see the channels it is asked in",
    "Send Messages": "answer mentions",
    "Send Messages In Threads": "answer in threads",
    "Read Message History": "reply to the question",
    "Attach Files": "hand out exact text as a file",
    "Add Reactions": "give a sign where it may not write",
}
FOR_THREADS = {"Create Public Threads": "open a thread for each mention"}


def examine(token: str, *, api_url: str = HOME, threads: Threads = "off") -> Sequence[Finding]:
    """Ask Discord; a failure is a finding too."""

    async def look() -> AsyncIterator[Told]:
        use_api(api_url)
        with explained(POST, REFUSALS):
            async with discord.Client(intents=discord.Intents.none()) as client:
                await client.login(token)
                application = await client.application_info()
                guilds = await client.http.get_guilds(200)
        needed = NEEDED | (FOR_THREADS if threads != "off" else {})
        flags = {name: name.lower().replace(" ", "_") for name in needed}
        permissions = discord.Permissions(**dict.fromkeys(flags.values(), True))
        scopes = ("bot", "applications.commands")
        invitation = utils.oauth_url(application.id, permissions=permissions, scopes=scopes)
        own = utils.oauth_url(application.id, scopes=("applications.commands",))
        yield "info", f"connected as {application.name}"
        yield "info", f"invite it to a server: {invitation}"
        yield "info", f"or add it to your account: {own}&integration_type=1"
        yield "info", f"permissions needed: {', '.join(needed)}"
        yield _intents(application.flags, threads)
        for guild in guilds:
            has = discord.Permissions(int(guild["permissions"]))
            granted = {name for name in needed if has.administrator or getattr(has, flags[name])}
            for severity, text in lacking(needed, granted):
                yield severity, f"{guild['name']}: {text}"
        if not guilds:
            yield "warning", "it is in no server yet"

    return findings(POST, look())


def _intents(flags: discord.ApplicationFlags, threads: Threads) -> Told:
    if threads != "follow":
        needed = "guilds, guild messages, direct messages (none is privileged)"
        return "info", f"intents needed: {needed}"
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return "info", "intents needed: message content too; it is switched on"
    return "error", REFUSALS[discord.PrivilegedIntentsRequired]
