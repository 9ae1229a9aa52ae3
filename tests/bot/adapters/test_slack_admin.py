"""/talks admin: who may use it, and that what it sets holds."""

import logging

import pytest

from tests.loopback.slack_world import ALICE, BOB, GENERAL, OTHER, ROOT, TEAM, direct

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"


async def admin(slack, words):
    outcome = await slack.slash(f"admin {words}", user=ROOT)
    assert outcome.ephemeral
    return outcome.text


async def test_only_admins_and_owners_may_use_it(slack_bot):
    outcome = await slack_bot.slack.slash("admin private on")
    assert outcome.text == "That is for admins and owners of this workspace."
    assert not (await slack_bot.service.guild("slack", TEAM)).private


async def test_channels_can_be_denied_and_allowed(slack_bot):
    slack = slack_bot.slack
    assert f"<channel {GENERAL}>" in await admin(slack, f"channels deny <#{GENERAL}|general>")
    assert "switched answers off" in (await slack.slash(QUESTION)).text
    assert "switched answers off" in (await slack.mention(QUESTION)).text
    assert "Lavrov" in (await slack.slash(QUESTION, channel=OTHER)).text
    await admin(slack, "channels any")
    assert "Lavrov" in (await slack.slash(QUESTION)).text


async def test_user_groups_decide_who_may_ask(slack_bot):
    slack = slack_bot.slack
    assert "<usergroup S0GROUP1>" in await admin(slack, "roles allow <!subteam^S0GROUP1|@desk>")
    assert "Lavrov" in (await slack.slash(QUESTION)).text
    assert "certain roles" in (await slack.slash(QUESTION, user=BOB)).text
    assert "certain roles" in (await slack.mention(QUESTION, user=BOB)).text


async def test_user_groups_decide_in_direct_messages_too(slack_bot):
    slack = slack_bot.slack
    await admin(slack, "roles allow <!subteam^S0GROUP1|@desk>")
    assert "Lavrov" in (await slack.dm(QUESTION)).text
    assert "certain roles" in (await slack.dm(QUESTION, user=BOB)).text


async def test_what_is_set_for_channels_leaves_direct_messages_alone(slack_bot):
    slack = slack_bot.slack
    await admin(slack, f"channels allow <#{OTHER}|other>")
    await admin(slack, "private on")
    assert "other channels only" in (await slack.slash(QUESTION)).text
    said = await slack.dm(QUESTION)
    assert "Lavrov" in said.text
    assert not said.ephemeral
    assert "Lavrov" in (await slack.slash(QUESTION, channel=direct(ALICE))).text


async def test_direct_messages_count_for_the_workspace(slack_bot):
    await slack_bot.slack.dm(QUESTION)
    assert "1 question" in await admin(slack_bot.slack, "stats")
    await admin(slack_bot.slack, "limits guild 1")
    await slack_bot.slack.dm(QUESTION)
    assert "Lavrov" not in (await slack_bot.slack.dm(QUESTION, user=BOB)).text


async def test_a_channel_is_no_user_group(slack_bot):
    said = await admin(slack_bot.slack, f"roles allow <#{GENERAL}|general>")
    assert f"<#{GENERAL}|general> is no role" in said
    assert not (await slack_bot.service.guild("slack", TEAM)).roles_allowed


async def test_limits_say_when_to_try_again(slack_bot):
    await admin(slack_bot.slack, "limits user 1")
    assert "Lavrov" in (await slack_bot.slack.slash(QUESTION)).text
    assert "You have asked many questions" in (await slack_bot.slack.slash(QUESTION)).text


async def test_stats_show_reload_help_and_nonsense_answer(slack_bot):
    await slack_bot.slack.slash(QUESTION)
    assert "1 question" in await admin(slack_bot.slack, "stats")
    assert "every channel" in await admin(slack_bot.slack, "show")
    assert "channels deny" in await admin(slack_bot.slack, "help")
    assert "channels deny" in await admin(slack_bot.slack, "")
    assert "no command here" in await admin(slack_bot.slack, "&lt;sudo&gt;")
    assert await admin(slack_bot.slack, "reload")


async def test_a_command_delivered_twice_is_carried_out_once(slack_bot, caplog):
    payload, _ = slack_bot.slack.command("admin reload", user=ROOT)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            await slack_bot.slack.deliver("slash_commands", payload)
        await slack_bot.client.drain(2)
    assert caplog.messages.count("documents reloaded") == 1
