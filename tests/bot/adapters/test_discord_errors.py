"""Errors of Discord's: each ends in a sentence where the person can see it."""

import logging
import re

import pytest

from bot.adapters.discord.send import POST
from bot.chat.compose import note
from bot.render import discord as render
from tests.bot.adapters.conftest import connected, forgive
from tests.loopback.discord_world import LOCKED, NO_ACCESS, NO_DM, NO_PERMISSION

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."
REPLY = r"POST /channels/{}/messages$"
UNKNOWN_INTERACTION = {"code": 10062, "message": "Unknown interaction"}
UNKNOWN_MESSAGE = {"code": 10008, "message": "Unknown Message"}
BAD_TOKEN = {"code": 50027, "message": "Invalid Webhook Token"}
BAD_FORM = {"code": 50035, "message": "Invalid Form Body", "errors": {}}


def shown_in(discord, channel):
    mine = [m for m in discord.messages.values() if m["author"] is discord.bot]
    return [m for m in mine if m["channel_id"] == channel["id"]]


def texts(messages):
    parts = []
    for message in messages:
        for component in message["components"]:
            parts.append(component.get("content", ""))
            parts += [c.get("content", "") for c in component.get("components", ())]
    return "\n".join(parts)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (NO_PERMISSION, "I may not write in that channel. An admin can give me Send Messages"),
        (NO_ACCESS, "I cannot see that channel. An admin can give me View Channel there."),
        (LOCKED, "That thread is closed, so the answer is here."),
    ],
)
async def test_where_the_bot_may_not_write_the_asker_hears_in_private(bot, reply, said):
    bot.discord.deny[bot.discord.general["id"]] = reply
    await bot.discord.mention(QUESTION, timeout=0.01)
    dm = bot.discord.dm_channel(bot.discord.alice)
    await bot.discord.until(lambda: shown_in(bot.discord, dm))
    text = texts(shown_in(bot.discord, dm))
    assert text.startswith(said)
    assert ANSWER in text
    assert not shown_in(bot.discord, bot.discord.general)
    if reply is LOCKED:
        forgive(bot.discord, "api_error")


async def test_without_read_message_history_it_writes_instead_of_replying(bot):
    no_history = {"code": 160002, "message": "Cannot reply without permission to read history"}
    bot.discord.fail(REPLY.format(bot.discord.general["id"]), status=403, body=no_history)
    outcome = await bot.discord.mention(QUESTION)
    assert outcome.text.startswith(f">>> **{ANSWER}**")
    assert "message_reference" not in outcome.messages[0]
    assert len(shown_in(bot.discord, bot.discord.general)) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, NO_PERMISSION.body, None),
        (400, BAD_FORM, "invalid_form_body"),  # words that the server forbids in names
        (400, {"code": 160004, "message": "A thread has already been created"}, "api_error"),
    ],
    ids=["permission", "name", "exists"],
)
async def test_where_no_thread_can_be_opened_the_channel_has_the_answer(
    discord, tmp_path, status, body, kind
):
    async with connected(discord, tmp_path / "s", threads="open"):
        discord.fail(r"POST /channels/\d+/messages/\d+/threads$", status=status, body=body)
        outcome = await discord.mention(QUESTION)
        assert outcome.text.startswith(f">>> **{ANSWER}**")
        assert outcome.messages[0]["channel_id"] == discord.general["id"]
        assert outcome.messages[0]["message_reference"]["message_id"] == outcome.source["id"]
        if kind:
            forgive(discord, kind)


async def test_an_answer_cut_off_in_its_thread_is_sent_there_again(discord, tmp_path):
    async with connected(discord, tmp_path / "s", threads="open"):
        discord.fail(r"POST /channels/\d+/messages$", drop=True)
        outcome = await discord.mention(QUESTION)
        assert ANSWER in outcome.text
        assert outcome.messages[-1]["channel_id"] == outcome.source["id"]
        assert not shown_in(discord, discord.general)


async def test_with_direct_messages_closed_too_there_is_a_sign(bot):
    dm = bot.discord.dm_channel(bot.discord.alice)
    bot.discord.deny[dm["id"]] = NO_DM
    bot.discord.fail(REPLY.format(bot.discord.general["id"]), status=403, body=NO_PERMISSION.body)
    outcome = await bot.discord.mention(QUESTION, until=lambda seen: seen.items)
    assert [(seen.kind, seen.text) for seen in outcome.items] == [("reaction", "⚠️")]


async def test_closed_direct_messages_are_named_where_answers_are_private(bot):
    await bot.service.admin("discord", bot.discord.guild_id, "private on")
    bot.discord.deny[bot.discord.dm_channel(bot.discord.alice)["id"]] = NO_DM
    outcome = await bot.discord.mention(QUESTION)
    assert outcome.text.startswith("I could not write to you\\: your privacy settings refuse")


async def test_a_deleted_question_is_answered_all_the_same(bot):
    outcome = await bot.discord.mention("wait, " + QUESTION.replace("Stockholm", "x"), timeout=0.01)
    await bot.discord.until(bot.engine.waiting.is_set)
    bot.discord.delete(outcome.source)
    bot.engine.go.set()
    await bot.discord.until(lambda: shown_in(bot.discord, bot.discord.general))


async def test_a_deleted_response_is_followed_up(bot):
    bot.discord.fail(r"PATCH /webhooks/.*/@original$", status=404, body=UNKNOWN_MESSAGE)
    outcome = await bot.discord.slash(
        "talks", {"question": QUESTION}, until=lambda o: ANSWER in o.text
    )
    assert ANSWER in outcome.text
    forgive(bot.discord, "api_error", "late_or_unknown_interaction")


@pytest.mark.parametrize(
    ("status", "body"), [(404, UNKNOWN_INTERACTION), (401, BAD_TOKEN)], ids=["unknown", "expired"]
)
async def test_an_interaction_that_is_over_is_answered_in_the_channel(bot, status, body):
    bot.discord.fail(r"PATCH /webhooks/.*/@original$", status=status, body=body)
    await bot.discord.slash("talks", {"question": QUESTION}, timeout=0.1)
    await bot.discord.until(lambda: ANSWER in texts(shown_in(bot.discord, bot.discord.general)))
    text = texts(shown_in(bot.discord, bot.discord.general))
    assert "Discord no longer took the answer in its place, so it is here." in text
    forgive(bot.discord, "api_error", "late_or_unknown_interaction")


async def test_a_private_interaction_that_is_over_is_answered_in_private(bot):
    bot.discord.fail(r"PATCH /webhooks/.*/@original$", status=401, body=BAD_TOKEN)
    await bot.discord.slash("talks", {"question": QUESTION, "private": True}, timeout=0.1)
    dm = bot.discord.dm_channel(bot.discord.alice)
    await bot.discord.until(lambda: ANSWER in texts(shown_in(bot.discord, dm)))
    assert not [m for m in shown_in(bot.discord, bot.discord.general) if not m["flags"] & 64]
    forgive(bot.discord, "api_error", "late_or_unknown_interaction")


async def test_an_acknowledgement_that_came_too_late_costs_no_answer(bot):
    bot.discord.fail(r"POST /interactions/.*/callback$", status=404, body=UNKNOWN_INTERACTION)
    await bot.discord.slash("talks", {"question": QUESTION}, timeout=0.1)
    await bot.discord.until(lambda: ANSWER in texts(shown_in(bot.discord, bot.discord.general)))
    late = ("late_or_unknown_interaction", "webhook_before_response", "no_initial_response")
    forgive(bot.discord, *late)


async def test_an_acknowledgement_whose_response_is_lost_costs_no_answer(bot):
    """The client tries again and hears 40060: acknowledged before."""
    bot.discord.fail(r"POST /interactions/.*/callback$", status=502, after=True)
    outcome = await bot.discord.slash("talks", {"question": QUESTION})
    assert ANSWER in outcome.text
    assert len(shown_in(bot.discord, bot.discord.general)) == 1
    forgive(bot.discord, "double_callback")


async def test_an_interaction_delivered_twice_is_answered_once(bot):
    outcome = await bot.discord.slash("talks", {"question": QUESTION})
    await bot.discord.replay("INTERACTION_CREATE")
    await bot.discord.until(lambda: bot.discord.violations, what="second acknowledgement")
    await bot.client.drain(3)
    assert len(shown_in(bot.discord, bot.discord.general)) == 1
    assert outcome.source["followups"] == 0
    forgive(bot.discord, "double_callback")


async def test_a_refused_form_becomes_a_sentence_with_an_id(bot, caplog):
    with caplog.at_level(logging.WARNING):
        bot.discord.fail(r"PATCH /webhooks/.*/@original$", status=400, body=BAD_FORM)
        outcome = await bot.discord.slash("talks", {"question": QUESTION})
    assert outcome.text.startswith("Discord refused the form of the answer.")
    error_id = re.search(r"under ([0-9a-f]{8})", outcome.text)[1]
    assert error_id in caplog.text
    forgive(bot.discord, "invalid_form_body")


async def test_what_nobody_foresaw_gets_an_id_that_the_log_has(bot, caplog):
    outcome = await bot.discord.slash("talks", {"question": "crash now"})
    error_id = re.search(r"error ([0-9a-zA-Z_-]{6,})", outcome.text)[1]
    assert error_id in caplog.text
    assert "Traceback" not in outcome.text
    assert "crash now" not in outcome.text
    outcome = await bot.discord.mention("crash now")
    assert "error" in outcome.text


async def test_a_command_that_discord_has_from_before_is_explained(bot):
    command = next(c for c in bot.discord.commands.values() if c["name"] == "talks")
    command["name"] = "old-talks"
    command["options"] = []
    outcome = await bot.discord.slash("old-talks", {})
    assert outcome.ephemeral
    assert "This command has changed. Reload Discord" in outcome.text


async def test_a_command_that_cannot_be_read_gets_an_id_and_its_words_are_not_logged(bot, caplog):
    command = next(c for c in bot.discord.commands.values() if c["name"] == "talks-admin")
    channels = next(o for o in command["options"] if o["name"] == "channels")
    next(o for o in channels["options"] if o["name"] == "channel")["type"] = 3  # text
    with caplog.at_level(logging.WARNING):
        given = {"action": "allow", "channel": "my secret"}
        outcome = await bot.discord.slash("talks-admin channels", given)
    assert outcome.ephemeral
    error_id = re.search(r"error ([0-9a-f]{8})", outcome.text)[1]
    assert error_id in caplog.text
    assert "secret" not in caplog.text
    assert "has changed" not in outcome.text


async def test_a_full_queue_is_said_at_once(discord, tmp_path):
    settings = {"service.queue": 1, "service.workers": 1}
    async with connected(discord, tmp_path / "s", settings=settings) as bot:
        first = discord.later(discord.slash("talks", {"question": "please wait"}))
        await discord.until(bot.engine.waiting.is_set)
        outcome = await discord.slash("talks", {"question": QUESTION}, user=discord.bob)
        assert "Too many questions at once" in outcome.text
        bot.engine.go.set()
        assert (await first).text


@pytest.mark.parametrize("code", [10003, 10008, 10062, 40060, 50001, 50007, 50013, 50027, 50083])
def test_every_known_code_has_a_sentence(code):
    class RefusalError(Exception):
        pass

    error = RefusalError()
    error.code = code
    said = POST.in_words(error)
    assert re.fullmatch(r"[A-Z].*\.", said)
    assert "log" not in said
    assert render.size(note(render, said).parts) <= render.TEXT_TOTAL - render.ROOM
