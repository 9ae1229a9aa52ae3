"""/talks-admin: who may use it, and that what it sets holds."""

import pytest

from tests.bot.adapters.conftest import connected

pytestmark = pytest.mark.anyio

QUESTION = {"question": "who met in Stockholm"}


async def admin(discord, words, **options):
    outcome = await discord.slash(f"talks-admin {words}", options)
    assert outcome.ephemeral
    return outcome.text


async def test_only_who_manages_the_server_may_use_it(bot):
    outcome = await bot.discord.slash(
        "talks-admin private", {"answers": "on"}, user=bot.discord.bob
    )
    assert outcome.ephemeral
    assert outcome.text == "That needs the permission Manage Server."
    assert not (await bot.service.guild("discord", bot.discord.guild_id)).private
    command = next(c for c in bot.discord.commands.values() if c["name"] == "talks-admin")
    assert int(command["default_member_permissions"]) == 1 << 5
    assert (command["contexts"], command["integration_types"]) == ([0], [0])


async def test_channels_can_be_denied_and_allowed(bot):
    general, other = bot.discord.general, bot.discord.random
    said = await admin(bot.discord, "channels", action="deny", channel=general["id"])
    assert f"<#{general['id']}>" in said
    assert "switched answers off" in (await bot.discord.slash("talks", QUESTION)).text
    assert "switched answers off" in (await bot.discord.mention("who met in Stockholm")).text
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION, channel=other)).text
    await admin(bot.discord, "channels", action="any")
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION)).text
    await admin(bot.discord, "channels", action="allow", channel=other["id"])
    assert "in other channels only" in (await bot.discord.slash("talks", QUESTION)).text


async def test_a_thread_is_governed_by_its_channel(bot):
    thread = bot.discord.new_thread(bot.discord.general, "talk", bot.discord.alice["id"])
    bot.discord.dispatch("THREAD_CREATE", thread)
    await admin(bot.discord, "channels", action="deny", channel=bot.discord.general["id"])
    outcome = await bot.discord.mention("who met in Stockholm", channel=thread)
    assert "switched answers off" in outcome.text


async def test_roles_decide_who_may_ask(bot):
    said = await admin(bot.discord, "roles", action="allow", role=bot.discord.role)
    assert f"<@&{bot.discord.role}>" in said
    refused = await bot.discord.slash("talks", QUESTION, user=bot.discord.bob)
    assert "certain roles" in refused.text
    bot.discord.roles[bot.discord.bob["id"]] = [bot.discord.role]
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION, user=bot.discord.bob)).text
    assert (
        "Lavrov" in (await bot.discord.mention("who met in Stockholm", user=bot.discord.bob)).text
    )


async def test_limits_say_when_to_try_again(bot):
    await admin(bot.discord, "limits", scope="user", questions=1)
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION)).text
    limited = await bot.discord.slash("talks", QUESTION)
    assert "You have asked many questions. Try again in" in limited.text
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION, user=bot.discord.bob)).text
    await admin(bot.discord, "limits", scope="default")
    assert "Lavrov" in (await bot.discord.slash("talks", QUESTION)).text


async def test_answers_can_be_private_by_default(bot):
    await admin(bot.discord, "private", answers="on")
    assert (await bot.discord.slash("talks", QUESTION)).ephemeral
    assert not (await bot.discord.slash("talks", {**QUESTION, "private": False})).ephemeral
    dm = bot.discord.dm_channel(bot.discord.alice)
    await bot.discord.mention("who met in Stockholm", timeout=0.2)
    sent = [m for m in bot.discord.messages.values() if m["channel_id"] == dm["id"]]
    assert len(sent) == 1


async def test_settings_outlive_a_restart(discord, tmp_path):
    async with connected(discord, tmp_path / "s"):
        await admin(discord, "private", answers="on")
    async with connected(discord, tmp_path / "s"):
        assert (await discord.slash("talks", QUESTION)).ephemeral


async def test_stats_show_reload_and_help_answer(bot):
    await bot.discord.slash("talks", QUESTION)
    assert "1 question" in await admin(bot.discord, "stats")
    assert "every channel" in await admin(bot.discord, "show")
    assert "channels deny" in await admin(bot.discord, "help")
    assert await admin(bot.discord, "reload")


async def test_nonsense_is_answered_in_words(bot):
    for words, options in (
        ("channels", {"action": "deny"}),
        ("limits", {"scope": "default", "questions": 3}),
        ("roles", {"action": "allow"}),
    ):
        assert await admin(bot.discord, words, **options)
