"""What the doctor says about Discord."""

import asyncio

import pytest

from bot.adapters.discord.doctor import examine
from tests.bot.adapters.conftest import connected, forgive
from tests.loopback.discord_fake import FakeDiscord

pytestmark = pytest.mark.anyio


async def findings(discord, token=None, **more):
    return await asyncio.to_thread(examine, token or discord.token, api_url=discord.base, **more)


def said(found, severity):
    return [one.text for one in found if one.severity == severity]


async def test_the_invitation_permissions_and_intents_are_shown(discord):
    found = await findings(discord)
    assert {one.severity for one in found} == {"info"}
    told = "\n".join(said(found, "info"))
    assert f"https://discord.com/oauth2/authorize?client_id={discord.app_id}" in told
    assert "scope=bot+applications.commands" in told
    assert f"permissions={1 << 10 | 1 << 11 | 1 << 38 | 1 << 16 | 1 << 15 | 1 << 6}" in told
    assert "integration_type=1" in told
    assert "Send Messages In Threads" in told
    assert "none is privileged" in told


async def test_the_invitation_allows_all_that_the_bot_does(discord, tmp_path):
    """What it calls in a conversation needs no more than what the doctor asks for."""
    async with connected(discord, tmp_path / "s", threads="open"):
        await discord.mention("who met in Stockholm")
    needed = {
        "POST /channels/{}/messages": "Send Messages",
        "POST /channels/{}/messages/{}/threads": "Create Public Threads",
        "POST /channels/{}/typing": "Send Messages",
    }
    told = "\n".join(said(await findings(discord, threads="open"), "info"))
    for request in discord.requests:
        parts = ["{}" if part.isdigit() else part for part in request["path"].split("/")]
        if parts[1] == "channels":
            assert needed[f"{request['method']} {'/'.join(parts)}"] in told


async def test_missing_permissions_are_named_with_what_they_are_for(discord):
    discord.bot_permissions = 1 << 10 | 1 << 11
    warnings = said(await findings(discord), "warning")
    assert "Test guild: without Send Messages In Threads it cannot answer in threads" in warnings
    assert not any("without Send Messages it" in warning for warning in warnings)


async def test_a_missing_intent_is_an_error_only_where_it_is_needed(discord):
    assert "Message Content intent" in said(await findings(discord, threads="follow"), "error")[0]
    async with FakeDiscord(privileged=("message_content",)) as granted:
        assert said(await findings(granted, threads="follow"), "error") == []


async def test_a_bad_token_and_a_missing_server_are_errors(discord):
    assert "does not accept DISCORD_TOKEN" in said(await findings(discord, "wrong"), "error")[0]
    forgive(discord, "api_error")
    await discord.stop()
    assert (
        "Discord cannot be used. Check the network and DISCORD_API_URL"
        in said(await findings(discord), "error")[0]
    )
