"""The commands that Discord knows: /talks, its suggestions, the context menu, /talks-admin."""

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands

from bot.actions import short
from bot.adapters.discord import events
from bot.chat.notices import OFFER, OFFER_ON_MESSAGE
from bot.service.admin import PLAIN
from bot.words import cut

if TYPE_CHECKING:
    from bot.adapters.discord.client import Talks

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
BOTH = app_commands.AppInstallationType(guild=True, user=True)
CHOICE_LONGEST = 100
Interaction = discord.Interaction["Talks"]
Channel = app_commands.AppCommandChannel | app_commands.AppCommandThread
Choices = list[app_commands.Choice[str]]


def add_commands(client: "Talks") -> app_commands.CommandTree["Talks"]:
    """Build the tree; nothing reaches Discord before it is synchronised."""
    tree = app_commands.CommandTree(client, allowed_contexts=EVERYWHERE, allowed_installs=BOTH)

    @tree.command(name="talks", description=OFFER)
    @app_commands.describe(
        question="What would you like to know?",
        document="Look in this document only",
        private="Show the answer to you alone",
    )
    async def talks(
        interaction: Interaction,
        question: str,
        document: str | None = None,
        private: bool | None = None,
    ) -> None:
        await client.asked(interaction, question, document=document, private=private)

    @talks.autocomplete("question")
    async def questions(_: Interaction, typed: str) -> Choices:
        offered = (one.text for one in client.desk.service.suggest(typed))
        return [_choice(text, text) for text in offered if len(text) <= CHOICE_LONGEST][:25]

    @talks.autocomplete("document")
    async def documents(_: Interaction, typed: str) -> Choices:
        offered = client.desk.service.suggest_documents(typed)
        return [_choice(one.text, short(one.document.id)) for one in offered if one.document][:25]

    @tree.context_menu(name=OFFER_ON_MESSAGE)
    async def ask_the_talks(interaction: Interaction, message: discord.Message) -> None:
        await client.asked(interaction, events.text_of(message, me=client.application_id))

    tree.error(client.command_failed)
    tree.add_command(_admin(client))
    return tree


def _choice(name: str, value: str) -> app_commands.Choice[str]:
    return app_commands.Choice(name=cut(name, CHOICE_LONGEST), value=value)


def _admin(client: "Talks") -> app_commands.Group:
    """Build /talks-admin: each command becomes a line of words for the service."""
    group = app_commands.Group(
        name="talks-admin",
        description="Settings of this server (needs Manage Server)",
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=SERVERS,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    @group.command(description="Where questions are answered; any: everywhere again")
    async def channels(
        interaction: Interaction,
        action: Literal["allow", "deny", "any"],
        channel: Channel | None = None,
    ) -> None:
        await client.admin(interaction, f"channels {action} {channel.id if channel else ''}")

    @group.command(description="Who may ask; any: everybody again")
    async def roles(
        interaction: Interaction,
        action: Literal["allow", "any"],
        role: discord.Role | None = None,
    ) -> None:
        await client.admin(interaction, f"roles {action} {role.id if role else ''}")

    @group.command(description="How many questions a minute; 0: no limit")
    async def limits(
        interaction: Interaction,
        scope: Literal["user", "channel", "guild", "default"],
        questions: app_commands.Range[int, 0, 100_000] | None = None,
    ) -> None:
        count = "" if questions is None else questions
        await client.admin(interaction, f"limits {scope} {count}")

    @group.command(description="Whether answers to commands are shown to the asker alone")
    async def private(interaction: Interaction, answers: Literal["on", "off"]) -> None:
        await client.admin(interaction, f"private {answers}")

    for name, what in PLAIN.items():
        group.add_command(_plain(client, name, what))
    return group


def _plain(client: "Talks", name: str, what: str) -> app_commands.Command[Any, ..., None]:
    async def command(interaction: Interaction) -> None:
        await client.admin(interaction, name)

    return app_commands.Command(name=name, description=what, callback=command)
