"""Every way to ask on Discord, end to end with the real client."""

import pytest

from tests.bot.adapters.conftest import connected
from tests.loopback.discord_fake import FakeDiscord
from tests.loopback.discord_rules import walk
from tests.loopback.discord_world import THREAD

pytestmark = pytest.mark.anyio

QUESTION = "who met in Stockholm"
ANSWER = ">>> **Blinken met Lavrov in Stockholm.**"


def labels(outcome):
    buttons = [c for c in walk(outcome.messages[-1]["components"]) if c["type"] == 2]
    return [b.get("label") or b["emoji"]["name"] for b in buttons]


async def test_a_slash_command_is_acknowledged_first_and_answered_in_place(bot):
    outcome = await bot.discord.slash("talks", {"question": QUESTION})
    assert ANSWER in outcome.text
    assert outcome.text.startswith(f"-# Alice asked\\: {QUESTION}\n")
    assert [seen.kind for seen in outcome.items] == ["deferred", "edit"]
    assert outcome.ack_kind == 5
    assert outcome.error is None
    assert not outcome.ephemeral
    assert labels(outcome) == ["Context", "Copy exact", "👍", "👎", "Delete"]


async def test_an_answer_can_be_for_the_asker_alone(bot):
    outcome = await bot.discord.slash("talks", {"question": QUESTION, "private": True})
    assert ANSWER in outcome.text
    assert outcome.ephemeral
    assert "Share" in labels(outcome)


async def test_a_document_narrows_the_question(bot):
    chosen = await bot.discord.autocomplete("talks", "document", "reyk")
    assert [choice["name"].split(" · ")[0] for choice in chosen.choices] == ["Talks in Reykjavik"]
    given = {"question": "who met", "document": chosen.choices[0]["value"]}
    outcome = await bot.discord.slash("talks", given)
    assert "Lavrov in Reykjavik" in outcome.text
    typed = await bot.discord.slash("talks", {"question": "who met", "document": "Reykjavik"})
    assert "Lavrov in Reykjavik" in typed.text
    missing = await bot.discord.slash("talks", {"question": "who met", "document": "@everyone"})
    assert missing.text == "There is no document called “\\@everyone”."
    long = await bot.discord.slash("talks", {"question": "who met", "document": "x" * 5000})
    assert long.text == f"There is no document called “{'x' * 99}…”."


async def test_suggestions_come_from_memory(bot):
    await bot.discord.until(lambda: bot.service.suggest(""))
    outcome = await bot.discord.autocomplete("talks", "question", "reyk")
    assert outcome.ack_kind == 8
    assert outcome.choices
    assert all(len(c["name"]) <= 100 and len(c["value"]) <= 100 for c in outcome.choices)
    assert "reyk" not in bot.engine.asked
    assert (await bot.discord.autocomplete("talks", "question", "x" * 3000)).ack_kind == 8


async def test_a_mention_is_answered_as_a_reply_without_a_ping(bot):
    outcome = await bot.discord.mention(QUESTION)
    assert ANSWER in outcome.text
    message = outcome.messages[0]
    assert message["message_reference"]["message_id"] == outcome.source["id"]
    assert message["mentions"] == []
    assert QUESTION in bot.engine.asked


async def test_names_stand_for_mentions_in_a_question(bot):
    await bot.discord.mention(f"do you know <@{bot.discord.bob['id']}>")
    assert "do you know Bob" in bot.engine.asked


async def test_a_direct_message_is_a_conversation(bot):
    assert ANSWER in (await bot.discord.dm(QUESTION)).text
    outcome = await bot.discord.dm("and how long did it last?")
    assert "**The talks lasted 30 minutes.**" in outcome.text
    assert "how long did the talks in stockholm last?" in outcome.text
    other = await bot.discord.dm("who met in Reykjavik", user=bot.discord.bob)
    assert "Reykjavik" in other.text
    outcome = await bot.discord.dm("and how long did it last?", user=bot.discord.bob)
    assert "**The talks lasted 90 minutes.**" in outcome.text


async def test_a_reply_to_an_answer_is_a_follow_up(bot):
    stockholm = await bot.discord.mention(QUESTION)
    reykjavik = await bot.discord.mention("who met in Reykjavik", user=bot.discord.bob)
    follow_up = "and how long did it last?"
    outcome = await bot.discord.say(follow_up, reply_to=stockholm.messages[0])
    assert "30 minutes" in outcome.text
    outcome = await bot.discord.say(follow_up, reply_to=reykjavik.messages[0])
    assert "90 minutes" in outcome.text
    again = await bot.discord.say("how long, did you say?", reply_to=outcome.messages[0])
    assert "90 minutes" in again.text


async def test_a_mention_in_a_channel_continues_nobody_elses_question(bot):
    await bot.discord.mention(QUESTION)
    outcome = await bot.discord.mention("and how long did it last?", user=bot.discord.bob)
    assert "30 minutes" not in outcome.text


async def test_a_thread_is_a_conversation(bot):
    thread = bot.discord.new_thread(bot.discord.general, "talk", bot.discord.alice["id"])
    bot.discord.dispatch("THREAD_CREATE", thread)
    assert ANSWER in (await bot.discord.mention(QUESTION, channel=thread)).text
    outcome = await bot.discord.mention("how long did it last?", channel=thread)
    assert "30 minutes" in outcome.text
    outcome = await bot.discord.slash("talks", {"question": "so how long?"}, channel=thread)
    assert "30 minutes" in outcome.text


async def test_the_context_menu_asks_somebodys_message(bot):
    said = await bot.discord.say(QUESTION, user=bot.discord.bob, timeout=0.1)
    assert not said.items
    outcome = await bot.discord.menu("Ask the talks", said.source)
    assert ANSWER in outcome.text


async def test_names_stand_for_mentions_in_somebodys_message_too(bot):
    asked = f"<@{bot.discord.app_id}> do you know <@{bot.discord.bob['id']}>"
    said = await bot.discord.say(asked, channel=bot.discord.random)
    bot.engine.asked.clear()
    await bot.discord.menu("Ask the talks", said.source)
    assert bot.engine.asked == ["do you know Bob"]


async def test_a_user_install_answers_where_the_bot_is_not(bot):
    group = bot.discord.group_channel(bot.discord.alice, bot.discord.bob)
    outcome = await bot.discord.slash(
        "talks", {"question": QUESTION}, channel=group, user_install=True
    )
    assert ANSWER in outcome.text
    dm = bot.discord.dm_channel(bot.discord.bob)
    for place in (dm, bot.discord.general):
        outcome = await bot.discord.slash(
            "talks", {"question": QUESTION}, channel=place, user=bot.discord.bob, user_install=True
        )
        assert ANSWER in outcome.text
    shared = await bot.discord.press(outcome.messages[0], "👍", user_install=True)
    assert shared.ephemeral


async def test_a_user_install_answers_in_a_thread_of_a_server_that_the_bot_is_not_in(bot):
    theirs = bot.discord.new_channel("theirs", guild_id=bot.discord.snow())
    thread = bot.discord.new_thread(theirs, "talk", bot.discord.bob["id"])
    outcome = await bot.discord.slash(
        "talks", {"question": QUESTION}, channel=thread, user_install=True
    )
    assert ANSWER in outcome.text
    pressed = await bot.discord.press(outcome.messages[0], "Copy exact", user_install=True)
    assert pressed.ephemeral
    assert pressed.text == "```text\nBlinken met Lavrov in Stockholm.\n```"


async def test_an_empty_mention_gets_a_hint(bot):
    assert (await bot.discord.mention("")).text


async def test_a_reply_without_words_gets_a_hint_where_discord_hides_nothing(bot):
    hint = (await bot.discord.mention("")).text
    first = await bot.discord.dm(QUESTION)
    assert (await bot.discord.dm("", reply_to=first.messages[0])).text == hint


@pytest.mark.parametrize("who", ["otherbot", "bot"])
async def test_bots_are_not_answered(bot, who):
    author = getattr(bot.discord, who)
    outcome = await bot.discord.mention(QUESTION, user=author, timeout=0.2)
    assert not outcome.items
    assert (await bot.discord.dm(QUESTION, user=bot.discord.otherbot, timeout=0.2)).items == []


async def test_talk_that_is_not_for_the_bot_is_left_alone(bot):
    assert not (await bot.discord.say(QUESTION, timeout=0.2)).items
    bob = await bot.discord.say("hm", user=bot.discord.bob, timeout=0.1)
    assert not (await bot.discord.say(QUESTION, reply_to=bob.source, timeout=0.2)).items


async def test_nobody_is_pinged_and_no_intent_is_privileged(bot):
    await bot.discord.mention("@everyone <@1> who met in Stockholm")
    await bot.discord.slash("talks", {"question": "@everyone who met in Stockholm"})
    answers = [m for m in bot.discord.messages.values() if m["author"] is bot.discord.bot]
    assert len(answers) == 2
    assert not any(m["mention_everyone"] or m["mentions"] for m in answers)
    assert bot.discord.identifies[0]["intents"] == 1 << 0 | 1 << 9 | 1 << 12


async def test_a_reply_that_discord_hides_is_explained(bot):
    response = (await bot.discord.slash("talks", {"question": QUESTION})).messages[0]
    hidden = await bot.discord.say("and how long?", reply_to=response)
    assert "mention me" in hidden.text
    mentioned = await bot.discord.mention("and how long did it last?", reply_to=response)
    assert "30 minutes" in mentioned.text


async def test_mentions_can_get_a_thread_of_their_own(discord, tmp_path):
    async with connected(discord, tmp_path / "s", threads="open") as bot:
        outcome = await discord.mention(QUESTION)
        thread = discord.channels[outcome.source["id"]]
        assert (thread["type"], thread["name"]) == (THREAD, QUESTION)
        assert outcome.messages[-1]["channel_id"] == thread["id"]
        outcome = await discord.mention("how long did it last?", channel=thread)
        assert "30 minutes" in outcome.text
        assert not (await discord.say("how long?", channel=thread, timeout=0.2)).items
        assert bot.engine.asked.count("how long?") == 0


async def test_threads_of_its_own_can_be_followed_without_mentions(tmp_path):
    async with (
        FakeDiscord(privileged=("message_content",)) as discord,
        connected(discord, tmp_path / "s", threads="follow") as bot,
    ):
        outcome = await discord.mention(QUESTION)
        own = discord.channels[outcome.source["id"]]
        followed = await discord.say("how long did it last?", channel=own)
        assert "30 minutes" in followed.text
        replied = {"channel": own, "reply_to": followed.messages[0]}
        again = await discord.say("how long, did you say?", ping=False, **replied)
        assert "30 minutes" in again.text
        wordless = (await discord.say("", **replied)).text
        assert wordless
        assert "mention me" not in wordless
        for others in (f"<@{discord.bob['id']}>", f"<@&{discord.role}>", "@everyone"):
            aside = f"{others} how long?"
            assert not (await discord.say(aside, channel=own, timeout=0.2)).items
        bob = await discord.say("<@1>", user=discord.bob, channel=own, timeout=0.1)
        to_bob = {"channel": own, "reply_to": bob.source, "ping": False}
        assert not (await discord.say("how long?", **to_bob, timeout=0.2)).items
        other = discord.new_thread(discord.general, "theirs", discord.bob["id"])
        discord.dispatch("THREAD_CREATE", other)
        assert not (await discord.say(QUESTION, channel=other, timeout=0.2)).items
        assert bot.engine.asked.count("how long?") == 0


async def test_a_follow_up_on_the_real_documents_says_what_was_understood(
    discord, tmp_path, seeds_engine
):
    async with connected(discord, tmp_path / "s", engine=seeds_engine):
        for person, place in ((discord.alice, "Stockholm"), (discord.bob, "Reykjavik")):
            first = await discord.dm(f"who met in {place}?", user=person)
            assert place in first.text
            then = await discord.dm("and how long did it last?", user=person)
            understood = then.text.split("\n")[0]
            assert understood.startswith("-# understood as")
            assert place in understood
