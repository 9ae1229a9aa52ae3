"""Every way to ask on Slack, end to end with the real client."""

import asyncio
import json

import pytest

from tests.bot.adapters.meetings import MeetingsEngine
from tests.bot.adapters.slacking import connected
from tests.loopback.slack_rules import faces, quotes
from tests.loopback.slack_world import BOB, BOT, BOT_USER, GROUP, TEAM

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = "Blinken met Lavrov in Stockholm."
SILENCE = {"timeout": 0.3}


def labels(outcome):
    return [label for label, _, _ in faces(outcome.messages[-1]["blocks"])]


def statuses(slack):
    return [r for r in slack.requests if r["method"].endswith("setStatus")]


async def test_a_slash_command_is_acknowledged_and_answered_for_the_asker_alone(slack_bot):
    outcome = await slack_bot.slack.slash(QUESTION)
    assert quotes(outcome.messages[0]["blocks"]) == [ANSWER]
    assert outcome.ephemeral
    assert outcome.ack_latency < 3
    assert (
        "Talks in Stockholm” · The Publisher · 2021-12-02 · article text · line 1" in outcome.text
    )
    assert "<https://talks.example/stockholm#1|read it there>" in outcome.text
    assert labels(outcome) == ["Context", "Copy exact", "Helpful", "Not helpful", "Share"]


async def test_the_fallback_carries_the_first_quote(slack_bot):
    outcome = await slack_bot.slack.slash(QUESTION)
    assert outcome.messages[0]["text"].startswith(f"“{ANSWER}” — “Talks in Stockholm”")


async def test_help_and_sources_are_told_without_a_question(slack_bot):
    assert "Ask with /talks" in (await slack_bot.slack.slash("help")).text
    assert "Ask with /talks" in (await slack_bot.slack.slash("")).text
    assert "Talks in Stockholm · The Publisher" in (await slack_bot.slack.slash("sources")).text
    assert not slack_bot.engine.asked or "help" not in slack_bot.engine.asked


async def test_a_mention_is_answered_once_in_a_thread(slack_bot):
    """The same words come as a mention and as a message."""
    outcome = await slack_bot.slack.mention(QUESTION)
    assert ANSWER in outcome.text
    assert not outcome.ephemeral
    assert outcome.messages[0]["thread_ts"] == outcome.source["ts"]
    await slack_bot.client.drain(2)
    await slack_bot.slack.until(lambda: len(slack_bot.slack.deliveries) == 2)
    mine = [m for m in slack_bot.slack.messages.values() if m.get("bot_id")]
    assert len(mine) == 1
    assert labels(outcome)[-1] == "Delete"


async def test_a_mention_in_a_thread_is_answered_there(slack_bot):
    root = slack_bot.slack.message("talking", user=BOB)
    outcome = await slack_bot.slack.mention(QUESTION, thread=root["ts"])
    assert outcome.messages[0]["thread_ts"] == root["ts"]
    outcome = await slack_bot.slack.mention("how long did it last?", thread=root["ts"])
    assert "30 minutes" in outcome.text


async def test_a_thread_of_its_own_is_followed_and_no_other(slack_bot):
    outcome = await slack_bot.slack.mention(QUESTION)
    own = outcome.source["ts"]
    await slack_bot.client.drain(2)
    followed = await slack_bot.slack.say("how long did it last?", user=BOB, thread=own)
    assert "30 minutes" in followed.text
    aside = f"<@{BOB}> how long?"
    assert not (await slack_bot.slack.say(aside, thread=own, **SILENCE)).items
    root = slack_bot.slack.message("talking", user=BOB)
    await slack_bot.slack.mention(QUESTION, thread=root["ts"])
    assert not (await slack_bot.slack.say("how long?", thread=root["ts"], **SILENCE)).items


async def test_following_can_be_switched_off(slack, tmp_path):
    async with connected(slack, tmp_path / "s", threads="mention"):
        outcome = await slack.mention(QUESTION)
        assert not (await slack.say("how long?", thread=outcome.source["ts"], **SILENCE)).items


async def test_a_direct_message_is_a_conversation(slack_bot):
    assert ANSWER in (await slack_bot.slack.dm(QUESTION)).text
    outcome = await slack_bot.slack.dm("and how long did it last?")
    assert "30 minutes" in outcome.text
    assert "understood as: how long did the talks in stockholm last?" in outcome.text
    assert "thread_ts" not in outcome.messages[0]
    await slack_bot.slack.dm("who met in Reykjavik", user=BOB)
    assert "90 minutes" in (await slack_bot.slack.dm("and how long?", user=BOB)).text


async def test_in_a_group_direct_message_mentions_are_answered(slack_bot):
    outcome = await slack_bot.slack.mention(QUESTION, channel=GROUP, as_mention=False)
    assert ANSWER in outcome.text
    assert not (await slack_bot.slack.say(QUESTION, channel=GROUP, **SILENCE)).items


async def test_the_shortcut_asks_somebodys_message(slack_bot):
    said = slack_bot.slack.message("<@U9> who met in &lt;Stockholm&gt;", user=BOB)
    outcome = await slack_bot.slack.shortcut(said)
    assert ANSWER in outcome.text
    assert outcome.ephemeral
    assert "who met in <Stockholm>" in slack_bot.engine.asked


async def test_the_shortcut_answers_in_the_thread_of_the_message(slack_bot):
    root = slack_bot.slack.message("talking", user=BOB)
    said = slack_bot.slack.message(QUESTION, user=BOB, thread=root["ts"])
    outcome = await slack_bot.slack.shortcut(said)
    assert ANSWER in outcome.text
    assert outcome.messages[0]["thread_ts"] == root["ts"]


async def test_the_message_that_a_thread_hangs_under_is_outside_of_it(slack_bot):
    said = slack_bot.slack.message(QUESTION, user=BOB)
    outcome = await slack_bot.slack.shortcut({**said, "thread_ts": said["ts"]})
    assert ANSWER in outcome.text
    assert "thread_ts" not in outcome.messages[0]


async def test_the_home_shows_the_collection_and_how_to_ask(slack_bot):
    outcome = await slack_bot.slack.open_home()
    assert "Ask with /talks" in outcome.text
    assert "Talks in Reykjavik" in outcome.text
    assert "4 documents to ask" in outcome.text


async def test_the_agent_panel_offers_questions_that_the_collection_answers(slack_bot):
    await slack_bot.slack.until(lambda: slack_bot.service.suggest(""))
    outcome = await slack_bot.slack.open_home("messages")
    prompts = json.loads(outcome.items[0].text)
    known = [one.text for one in slack_bot.service.suggest("")]
    assert 1 <= len(prompts) <= 4
    assert all(one["message"] in known for one in prompts)


async def test_a_status_is_shown_only_where_an_answer_takes_long(slack_bot):
    await slack_bot.slack.dm(QUESTION)
    assert not statuses(slack_bot.slack)
    asking = slack_bot.slack.later(slack_bot.slack.dm("please wait"))
    await slack_bot.slack.until(lambda: statuses(slack_bot.slack))
    slack_bot.engine.go.set()
    outcome = await asking
    assert [seen.kind for seen in outcome.items if seen.final] == ["post"]


async def test_an_answer_does_not_wait_for_a_status(slack_bot):
    slack, engine = slack_bot.slack, slack_bot.engine
    slack.fail("setStatus", status=0, delay=8)
    asking = slack.later(slack.dm("please wait"))
    await slack.until(lambda: statuses(slack))
    engine.go.set()
    outcome = await asking
    assert "Sentence 0" in outcome.text
    assert outcome.first_visible < 5


async def test_only_who_answers_shows_a_status(slack, tmp_path):
    """A replica that waits whether the other one answers would show it when the answer is out."""
    engine, lease = MeetingsEngine(), 2.0
    async with (
        connected(slack, tmp_path / "s", engine=engine, lease=lease),
        connected(slack, tmp_path / "s", engine=engine, lease=lease),
    ):
        written = slack.message(f"<@{BOT_USER}> please wait")
        event = slack.event({**written, "type": "app_mention"})
        for nth in (0, 1):
            await slack.to_socket("events_api", event, nth=nth)
        await slack.until(lambda: statuses(slack))
        await asyncio.sleep(1)
        engine.go.set()
        await slack.until(lambda: [m for m in slack.messages.values() if m.get("bot_id")])
    assert len(statuses(slack)) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "bot_message", "bot_id": "B9"},
        {"bot_id": "B9"},
        {"user": "USLACKBOT"},
        {"user": BOT_USER, "bot_id": BOT},
        {"subtype": "channel_join"},
        {"subtype": "message_changed", "hidden": True},
    ],
)
async def test_what_no_person_wrote_is_ignored(slack_bot, more):
    outcome = await slack_bot.slack.mention(QUESTION, **more, **SILENCE)
    assert not outcome.items
    assert not (await slack_bot.slack.say(QUESTION, channel="D0ALICE", **more, **SILENCE)).items
    assert QUESTION not in slack_bot.engine.asked


async def test_an_edit_and_an_unfurl_are_ignored(slack_bot):
    first = await slack_bot.slack.dm(QUESTION)
    changed = {"type": "message", "subtype": "message_changed", "channel": "D0ALICE"}
    changed |= {"message": {**first.source, "edited": {}}, "channel_type": "im", "ts": "9.9"}
    await slack_bot.slack.deliver("events_api", slack_bot.slack.event(changed))
    assert len([m for m in slack_bot.slack.messages.values() if m.get("bot_id")]) == 1


async def test_talk_that_is_not_for_the_bot_is_left_alone(slack_bot):
    assert not (await slack_bot.slack.say(QUESTION, **SILENCE)).items


async def test_a_loop_in_a_thread_ends(slack, tmp_path):
    async with connected(slack, tmp_path / "s", settings={"limits.thread": 2}):
        root = slack.message("talking", user=BOB)["ts"]
        for _ in range(2):
            assert ANSWER in (await slack.mention(QUESTION, thread=root)).text
        limited = await slack.mention(QUESTION, thread=root)
        assert "This conversation has asked many questions" in limited.text


async def test_answers_can_be_private_by_default(slack_bot):
    await slack_bot.service.admin("slack", TEAM, "private on")
    outcome = await slack_bot.slack.mention(QUESTION)
    assert ANSWER in outcome.text
    assert outcome.ephemeral
    mine = [m for m in slack_bot.slack.messages.values() if m.get("bot_id")]
    assert [m["ephemeral"] for m in mine] == [True]


async def test_hostile_words_of_a_question_stay_words(slack_bot):
    text = "nothing &lt;!channel&gt; <!here> <http://x.example|y> :smile:"
    outcome = await slack_bot.slack.slash(text)
    assert outcome.text
    assert "nothing <!channel>  y :smile:" in slack_bot.engine.asked
    shared = await slack_bot.slack.press(outcome.messages[0], "Share")
    assert "alice asked: nothing <!channel> y :smile:" in shared.text
    assert "<!" not in shared.messages[0]["text"]
