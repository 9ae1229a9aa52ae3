"""Every button on Slack, before and after a restart, and after the documents changed."""

import pytest

from tests.bot.adapters.meetings import MeetingsEngine
from tests.bot.adapters.slacking import connected
from tests.loopback.slack_rules import faces, quotes
from tests.loopback.slack_world import BOB, ROOT, TEAM

pytestmark = pytest.mark.anyio

QUESTION = "what does it say"


@pytest.fixture(params=["before", "after"])
async def restarted(request, slack, tmp_path):
    """Ask one bot; press at the same one, or at another that took its place."""

    class Pair:
        pressing = None

        async def ask(self):
            self.private = (await slack.slash(QUESTION)).messages[0]
            self.message = (await slack.mention(QUESTION)).messages[0]

    pair = Pair()
    async with connected(slack, tmp_path / "s") as pair.pressing:
        await pair.ask()
        if request.param == "before":
            yield pair
            return
    async with connected(slack, tmp_path / "s") as pair.pressing:
        yield pair


async def test_context_shows_the_surroundings_to_the_presser(restarted, slack):
    outcome = await slack.press(restarted.message, "Context", nth=1, user=BOB)
    assert outcome.ephemeral
    text = quotes(outcome.messages[0]["blocks"])[0]
    assert text.startswith("Sentence 0 says what it says. Sentence 1 says")


async def test_copy_exact_gives_the_words_as_they_are(restarted, slack):
    outcome = await slack.press(restarted.private, "Copy exact", nth=1, user=BOB)
    assert outcome.ephemeral
    assert outcome.text == "Sentence 1 says what it says."


async def test_more_goes_on_where_the_answer_ended(restarted, slack):
    outcome = await slack.press(restarted.message, "More passages", user=BOB)
    assert outcome.ephemeral
    seen = quotes(outcome.messages[0]["blocks"])
    while "More passages" in [label for label, _, _ in faces(outcome.messages[0]["blocks"])]:
        outcome = await slack.press(outcome.messages[0], "More passages", user=BOB)
        seen += quotes(outcome.messages[0]["blocks"])
    assert [text.split()[1] for text in seen] == [str(n) for n in range(3, 12)]


async def test_share_makes_it_public_once_and_names_the_asker(restarted, slack):
    outcome = await slack.press(restarted.private, "Share")
    assert not outcome.ephemeral
    assert outcome.text.startswith(f"alice asked: {QUESTION}\nSentence 0")
    again = await slack.press(restarted.private, "Share")
    assert again.ephemeral
    assert again.text == "That answer was shared here before."


async def test_what_is_pressed_in_a_thread_stays_there(slack_bot):
    slack = slack_bot.slack
    await slack_bot.service.admin("slack", TEAM, "private on")
    root = slack.message("talking", user=BOB)["ts"]
    private = (await slack.mention(QUESTION, thread=root)).messages[0]
    for label in ("Copy exact", "Share"):
        outcome = await slack.press(private, label)
        assert [message["thread_ts"] for message in outcome.messages] == [root]


async def test_what_is_pressed_outside_a_thread_that_hangs_there_stays_outside(slack_bot):
    private = (await slack_bot.slack.slash(QUESTION)).messages[0]
    shared = (await slack_bot.slack.press(private, "Share")).messages[0]
    replied_to = {**shared, "thread_ts": shared["ts"]}
    outcome = await slack_bot.slack.press(replied_to, "Copy exact")
    assert "thread_ts" not in outcome.messages[0]


async def test_a_press_is_answered_in_one_place(slack_bot):
    message = (await slack_bot.slack.slash(QUESTION)).messages[0]
    before = len(slack_bot.slack.messages)
    outcome = await slack_bot.slack.press(message, "Copy exact")
    await slack_bot.client.drain(2)
    assert outcome.text == "Sentence 0 says what it says."
    assert len(slack_bot.slack.messages) == before + 1


async def test_votes_are_kept_changed_and_withdrawn(restarted, slack):
    for face, said in (
        ("Helpful", "noted"),
        ("Not helpful", "changed"),
        ("Not helpful", "withdrawn"),
    ):
        outcome = await slack.press(restarted.message, face, user=BOB)
        assert outcome.ephemeral
        assert said in outcome.text
    stats = await restarted.pressing.service.stats("slack", TEAM)
    assert (stats.up, stats.down) == (0, 0)


@pytest.mark.parametrize("who", ["asker", "admin"])
async def test_delete_is_for_the_asker_and_admins(restarted, slack, who):
    key = (restarted.message["channel"], restarted.message["ts"])
    refused = await slack.press(restarted.message, "Delete", user=BOB)
    assert "moderator" in refused.text
    assert key in slack.messages
    gone = {"until": lambda outcome: outcome.items}
    await slack.press(
        restarted.message, "Delete", **gone, **({"user": ROOT} if who == "admin" else {})
    )
    assert key not in slack.messages


async def test_a_press_delivered_twice_is_carried_out_once(slack_bot):
    message = (await slack_bot.slack.slash(QUESTION)).messages[0]
    payload, _ = slack_bot.slack.click(message, "Helpful")
    for _ in range(2):
        await slack_bot.slack.deliver("interactive", payload)
    await slack_bot.client.drain(2)
    stats = await slack_bot.service.stats("slack", TEAM)
    assert stats.up == 1


async def test_after_a_change_of_documents_every_button_says_so(slack, tmp_path):
    async with connected(slack, tmp_path / "s"):
        message = (await slack.slash(QUESTION)).messages[0]
    changed = MeetingsEngine(fingerprint="f" * 64)
    async with connected(slack, tmp_path / "s", engine=changed):
        for label in ("Context", "Copy exact", "More passages", "Share"):
            outcome = await slack.press(message, label)
            assert outcome.text == "The documents have changed since. Ask again."
            assert outcome.ephemeral


async def test_a_button_of_another_version_asks_to_ask_again(slack_bot):
    message = (await slack_bot.slack.slash(QUESTION)).messages[0]
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            if element.get("value"):
                element["value"] = "talks0:context:whatever"
    outcome = await slack_bot.slack.press(message, "Context")
    assert outcome.text == "That answer is no longer kept. Ask again."
