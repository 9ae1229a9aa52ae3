"""The gateway and the limits: nothing is answered twice, nothing is lost, trouble ends in words."""

import asyncio

import pytest

from bot.errors import PlatformError
from tests.bot.adapters.conftest import connected, forgive
from tests.loopback.discord_fake import FakeDiscord

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."
POST = r"POST /channels/\d+/messages$"


def answers(discord):
    return [m for m in discord.messages.values() if m["author"] is discord.bot]


async def resumed(discord):
    await discord.until(lambda: discord.resumes, what="resumed")
    await discord.wait_ready()


async def test_a_dropped_socket_is_resumed_and_the_missed_question_answered(bot):
    await bot.discord.drop()
    session = bot.discord.live()[-1]
    message = bot.discord.make_message(
        bot.discord.general["id"],
        bot.discord.alice,
        {"content": f"<@{bot.discord.app_id}> {QUESTION}"},
    )
    await bot.discord.emit(session, "MESSAGE_CREATE", message)
    await resumed(bot.discord)
    assert bot.discord.resumes[-1]["missed"] >= 1
    assert bot.discord.resumes[-1]["via_resume_url"]
    await bot.discord.until(lambda: answers(bot.discord), what="answer")


async def test_a_replayed_event_is_answered_once(bot):
    first = await bot.discord.mention(QUESTION)
    assert ANSWER in first.text
    await bot.discord.replay("MESSAGE_CREATE")  # of the answer
    await bot.discord.emit(bot.discord.live()[-1], "MESSAGE_CREATE", first.source)
    await bot.discord.reconnect()
    await resumed(bot.discord)
    await bot.discord.emit(bot.discord.live()[-1], "MESSAGE_CREATE", first.source)
    assert ANSWER in (await bot.discord.mention(QUESTION, user=bot.discord.bob)).text
    assert len(answers(bot.discord)) == 2


async def test_a_replay_to_another_process_is_answered_once(discord, tmp_path):
    async with connected(discord, tmp_path / "s"):
        first = await discord.mention(QUESTION)
    async with connected(discord, tmp_path / "s"):
        await discord.emit(discord.live()[-1], "MESSAGE_CREATE", first.source)
        assert ANSWER in (await discord.mention(QUESTION, user=discord.bob)).text
    assert len(answers(discord)) == 2


async def test_a_post_whose_response_is_lost_is_not_posted_twice(bot):
    bot.discord.fail(POST, status=502, after=True)
    await bot.discord.mention(QUESTION)
    await bot.client.drain(5)
    posts = [r for r in bot.discord.requests if r["method"] == "POST" and "nonce" in r["body"]]
    assert len(posts) == 2  # the client tried again, with the same nonce
    assert len(answers(bot.discord)) == 1


async def test_an_invalid_session_identifies_again(bot):
    await bot.discord.invalidate(resumable=False)
    await bot.discord.until(
        lambda: len(bot.discord.identifies) == 2, timeout=15, what="identified again"
    )
    await bot.discord.wait_ready()
    assert ANSWER in (await bot.discord.slash("talks", {"question": QUESTION})).text


@pytest.mark.parametrize("scope", ["user", "global"])
async def test_a_rate_limit_is_waited_for(bot, scope):
    bot.discord.fail(POST, status=429, retry_after=0.3, scope=scope)
    assert ANSWER in (await bot.discord.mention(QUESTION)).text
    statuses = [r["status"] for r in bot.discord.requests if r["path"].endswith("/messages")]
    assert statuses == [429, 200]
    assert bot.client.throttled == 1
    # that nothing came before its time is among what the end of the test checks


async def test_a_bucket_is_never_overrun(discord, tmp_path):
    discord.buckets["POST /channels/{channel_id}/messages"] = (2, 0.5)
    async with connected(discord, tmp_path / "s"):
        asked = [discord.mention(QUESTION, user=u, replies_only=True) for u in (discord.alice,) * 5]
        outcomes = await asyncio.gather(*asked)
        assert all(ANSWER in outcome.text for outcome in outcomes)


async def test_a_failing_server_is_tried_again(bot):
    bot.discord.fail(r"PATCH /webhooks/", status=502)
    outcome = await bot.discord.slash("talks", {"question": QUESTION})
    assert ANSWER in outcome.text


async def test_a_connection_cut_in_a_request_is_made_again(bot):
    bot.discord.fail(r"PATCH /webhooks/", drop=True)
    assert ANSWER in (await bot.discord.slash("talks", {"question": QUESTION})).text
    bot.discord.fail(POST, drop=True)
    assert ANSWER in (await bot.discord.mention(QUESTION)).text
    assert len(answers(bot.discord)) == 2


async def test_a_connection_that_stays_cut_ends_in_words_elsewhere(bot):
    bot.discord.fail(r"PATCH /webhooks/", drop=True, times=2)
    await bot.discord.slash("talks", {"question": QUESTION}, timeout=0.1)
    await bot.discord.until(lambda: len(answers(bot.discord)) == 2, what="answer elsewhere")
    elsewhere = answers(bot.discord)[-1]["components"][0]["content"]
    assert "in the log, under" in elsewhere


async def test_silence_ends_the_process_with_the_remedy(tmp_path):
    async with FakeDiscord(heartbeat=0.2) as discord:
        discord.silent = True
        with pytest.raises(PlatformError, match=r"Discord fell silent\. Start again"):
            async with connected(discord, tmp_path / "s", silence=1.0) as bot:
                await asyncio.wait([bot.serving], timeout=5)


async def test_heartbeats_are_life_enough(tmp_path):
    async with (
        FakeDiscord(heartbeat=0.2) as discord,
        connected(discord, tmp_path / "s", silence=1.0) as bot,
    ):
        await discord.until(lambda: discord.heartbeats >= 8)
        assert not bot.serving.done()
        assert bot.client.silent_for < 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"token": "wrong"}, "Discord does not accept DISCORD_TOKEN. Copy the token again"),
        ({"threads": "follow"}, "Discord refuses the Message Content intent"),
    ],
)
async def test_what_cannot_work_ends_with_the_remedy(discord, tmp_path, options, said):
    with pytest.raises(PlatformError, match=said):
        async with connected(discord, tmp_path / "s", **options) as bot:
            await asyncio.wait([bot.serving], timeout=5)
    if "token" in options:
        forgive(discord, "api_error")


async def test_a_platform_that_is_not_there_ends_with_the_remedy(tmp_path):
    async with FakeDiscord() as discord:
        await discord.stop()
        with pytest.raises(PlatformError, match="Check the network and DISCORD_API_URL"):
            async with connected(discord, tmp_path / "s") as bot:
                await asyncio.wait([bot.serving], timeout=5)


async def test_closing_finishes_what_was_accepted_and_turns_the_rest_away(bot):
    asking = bot.discord.later(bot.discord.slash("talks", {"question": "please wait"}))
    await bot.discord.until(bot.engine.waiting.is_set)
    closing = bot.discord.later(bot.service.close(5))
    await asyncio.sleep(0.05)
    late = await bot.discord.slash("talks", {"question": QUESTION}, user=bot.discord.bob)
    assert "Try again in a moment" in late.text
    assert not closing.done()
    bot.engine.go.set()
    assert "Sentence 0" in (await asking).text
    await closing
