"""Every button on Discord, before and after a restart, and after the documents changed."""

import pytest

from retrieval.types import Kind
from tests.bot.adapters.conftest import connected, forgive
from tests.bot.adapters.meetings import MeetingsEngine
from tests.bot.examples import source
from tests.loopback.discord_rules import EPHEMERAL, walk

pytestmark = pytest.mark.anyio

QUESTION = "what does it say"


@pytest.fixture(params=["before", "after"])
async def restarted(request, discord, tmp_path):
    """Ask one bot; press at the same one, or at another that took its place."""

    class Pair:
        asking = None
        pressing = None

        async def ask(self, **more):
            outcome = await discord.slash("talks", {"question": QUESTION, **more})
            return outcome.messages[0]

    pair = Pair()
    state = tmp_path / "state.sqlite"
    if request.param == "before":
        async with connected(discord, state) as pair.asking:
            pair.pressing = pair.asking
            pair.message = await pair.ask()
            pair.private = await pair.ask(private=True)
            yield pair
    else:
        async with connected(discord, state):
            pair.message = await pair.ask()
            pair.private = await pair.ask(private=True)
        async with connected(discord, state) as pair.pressing:
            yield pair


async def test_context_shows_the_surroundings_to_the_presser(restarted, discord):
    outcome = await discord.press(restarted.message, "Context", nth=1, user=discord.bob)
    assert outcome.ephemeral
    assert ">>> Sentence 0 says what it says. **Sentence 1 says what it says.** Sen" in outcome.text


async def test_copy_exact_gives_the_words_as_they_are(restarted, discord):
    outcome = await discord.press(restarted.message, "Copy exact", nth=1, user=discord.bob)
    assert outcome.ephemeral
    assert outcome.text == "```text\nSentence 1 says what it says.\n```"


async def test_more_goes_on_where_the_answer_ended(restarted, discord):
    outcome = await discord.press(restarted.message, "More passages", user=discord.bob)
    assert outcome.ephemeral
    assert "Further passages" in outcome.text
    seen = [f"Sentence {n}" for n in range(12) if f"Sentence {n} says" in outcome.text]
    while any(c.get("label") == "More passages" for c in walk(outcome.messages[0]["components"])):
        outcome = await discord.press(outcome.messages[0], "More passages", user=discord.bob)
        seen += [f"Sentence {n}" for n in range(12) if f"Sentence {n} says" in outcome.text]
    assert seen == [f"Sentence {n}" for n in range(2, 12)]


async def test_share_makes_it_public_once_and_names_the_asker(restarted, discord):
    outcome = await discord.press(restarted.private, "Share")
    assert not outcome.ephemeral
    assert outcome.text.startswith(f"-# Alice asked\\: {QUESTION}\n>>> **Sentence 0")
    assert outcome.messages[0]["mentions"] == []
    again = await discord.press(restarted.private, "Share")
    assert again.ephemeral
    assert again.text == "That answer was shared here before."


async def test_further_passages_of_a_private_answer_cannot_be_shared_as_the_first(bot):
    private = {"question": QUESTION, "private": True}
    message = (await bot.discord.slash("talks", private)).messages[0]
    outcome = await bot.discord.press(message, "More passages")
    assert "Further passages" in outcome.text
    labels = {c.get("label") for c in walk(outcome.messages[0]["components"])}
    assert "More passages" in labels
    assert "Share" not in labels


async def test_a_share_whose_response_is_lost_is_not_shared_again(bot):
    private = {"question": QUESTION, "private": True}
    message = (await bot.discord.slash("talks", private)).messages[0]
    bot.discord.fail(r"POST /webhooks/", drop=True)
    outcome = await bot.discord.press(message, "Share")
    assert outcome.ephemeral
    assert outcome.text.startswith("Discord did not confirm the answer.")
    hooks = [r for r in bot.discord.requests if r["path"].startswith("/webhooks/")]
    posts = [r["body"]["flags"] & EPHEMERAL for r in hooks if r["method"] == "POST"]
    assert posts == [0, EPHEMERAL]  # nothing is known of the first


async def test_votes_are_kept_changed_and_withdrawn(restarted, discord):
    for face, said in (("👍", "noted"), ("👎", "changed"), ("👎", "withdrawn")):
        outcome = await discord.press(restarted.message, face, user=discord.bob)
        assert outcome.ephemeral
        assert said in outcome.text
    stats = await restarted.pressing.service.stats("discord", discord.guild_id)
    assert (stats.up, stats.down) == (0, 0)


async def test_delete_is_for_the_asker_and_moderators(restarted, discord):
    bobs = await discord.slash("talks", {"question": QUESTION}, user=discord.bob)
    stranger = discord.crowd_member("carol")
    refused = await discord.press(bobs.messages[0], "Delete", user=stranger)
    assert refused.ephemeral
    assert "moderator" in refused.text
    assert bobs.messages[0]["id"] in discord.messages
    gone = {"until": lambda outcome: outcome.items}
    await discord.press(bobs.messages[0], "Delete", user=discord.bob, **gone)
    assert bobs.messages[0]["id"] not in discord.messages
    await discord.press(restarted.message, "Delete", **gone)  # alice owns the guild
    assert restarted.message["id"] not in discord.messages


async def test_after_a_change_of_documents_every_button_says_so(discord, tmp_path):
    async with connected(discord, tmp_path / "s"):
        message = (await discord.slash("talks", {"question": QUESTION})).messages[0]
        private = (await discord.slash("talks", {"question": QUESTION, "private": True})).messages[
            0
        ]
    changed = MeetingsEngine(fingerprint="f" * 64)
    async with connected(discord, tmp_path / "s", engine=changed):
        for which, label in (
            (message, "Context"),
            (message, "Copy exact"),
            (message, "More passages"),
            (private, "Share"),
        ):
            outcome = await discord.press(which, label)
            assert outcome.text == "The documents have changed since. Ask again."
            assert outcome.ephemeral


async def test_a_button_of_another_version_asks_to_ask_again(bot):
    message = (await bot.discord.slash("talks", {"question": QUESTION})).messages[0]
    for component in walk(message["components"]):
        if component.get("label") == "Context":
            component["custom_id"] = "talks0:context:whatever"
    bot.discord.messages[message["id"]] = message
    outcome = await bot.discord.press(message, "Context")
    assert outcome.text == "That answer is no longer kept. Ask again."


async def test_what_a_code_block_would_change_comes_as_a_file(discord, tmp_path):
    engine = MeetingsEngine()
    text = "``` @everyone\twith a tab ```"
    engine.sources["long"] = source(text + "x" * 5000, "long", kind=Kind.BODY)
    async with connected(discord, tmp_path / "s", engine=engine):
        message = (await discord.slash("talks", {"question": QUESTION})).messages[0]
        outcome = await discord.press(message, "Copy exact")
        assert outcome.ephemeral
        assert outcome.messages[0]["attachments"][0]["text"] == engine.sources["long"].text[:29]


async def test_more_in_a_public_answer_counts_against_the_pressers_limit(discord, tmp_path):
    settings = {"limits.user": 1}
    async with connected(discord, tmp_path / "s", settings=settings):
        message = (await discord.slash("talks", {"question": QUESTION})).messages[0]
        outcome = await discord.press(message, "More passages")
        assert "You have asked many questions. Try again in" in outcome.text
        assert outcome.ephemeral


async def test_a_press_delivered_twice_counts_once(bot):
    message = (await bot.discord.slash("talks", {"question": QUESTION})).messages[0]
    await bot.discord.press(message, "👍")
    await bot.discord.replay("INTERACTION_CREATE")
    await bot.discord.until(lambda: bot.discord.violations, what="second acknowledgement")
    await bot.client.drain(3)
    stats = await bot.service.stats("discord", bot.discord.guild_id)
    assert (stats.up, stats.down) == (1, 0)
    forgive(bot.discord, "double_callback")


async def test_a_press_whose_acknowledgement_came_too_late_is_answered_in_private(bot):
    message = (await bot.discord.slash("talks", {"question": QUESTION})).messages[0]
    unknown = {"code": 10062, "message": "Unknown interaction"}
    bot.discord.fail(r"POST /interactions/.*/callback$", status=404, body=unknown)
    await bot.discord.press(message, "Context", timeout=0.1)
    dm = bot.discord.dm_channel(bot.discord.alice)
    sent = await bot.discord.until(
        lambda: [m for m in bot.discord.messages.values() if m["channel_id"] == dm["id"]]
    )
    assert sent[0]["components"][0]["content"].startswith("Discord no longer took the answer")
    late = ("late_or_unknown_interaction", "webhook_before_response", "no_initial_response")
    forgive(bot.discord, *late)


async def test_a_file_that_comes_elsewhere_says_why(discord, tmp_path):
    engine = MeetingsEngine()
    engine.sources["long"] = source("a tab\t" + "x" * 5000, "long", kind=Kind.BODY)
    async with connected(discord, tmp_path / "s", engine=engine):
        message = (await discord.slash("talks", {"question": QUESTION})).messages[0]
        expired = {"code": 50027, "message": "Invalid Webhook Token"}
        discord.fail(r"POST /webhooks/", status=401, body=expired)
        await discord.press(message, "Copy exact", timeout=0.1)
        dm = discord.dm_channel(discord.alice)
        sent = await discord.until(
            lambda: [m for m in discord.messages.values() if m["channel_id"] == dm["id"]]
        )
        assert sent[0]["content"].startswith("Discord no longer took the answer in its place")
        assert sent[0]["attachments"][0]["text"].startswith("a tab\t")
        forgive(discord, "api_error")


async def test_a_message_that_cannot_be_deleted_is_explained(bot):
    message = (await bot.discord.slash("talks", {"question": QUESTION})).messages[0]
    gone = {"code": 10008, "message": "Unknown Message"}
    bot.discord.fail(r"DELETE /webhooks/", status=404, body=gone)
    outcome = await bot.discord.press(message, "Delete")
    assert outcome.ephemeral
    assert outcome.text.startswith("The message to be answered is gone")
    forgive(bot.discord, "api_error")
