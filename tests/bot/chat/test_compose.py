"""What is the same on every chat platform, whatever its messages are made of."""

import pytest

from bot import words
from bot.chat import compose
from bot.render import discord, slack
from bot.types import (
    Answered,
    Busy,
    DocumentsChanged,
    Duplicate,
    Failed,
    Gone,
    Limited,
    NoMore,
    Refused,
)
from tests.bot.examples import abstained, document, evidence, found, source
from tests.loopback import discord_markdown
from tests.loopback.discord_rules import message_errors, walk
from tests.loopback.slack_rules import complaints, readable

FACES = pytest.mark.parametrize("face", [discord, slack], ids=["discord", "slack"])
SAID = source("They met in Oslo. It took 30 minutes. Nobody spoke.")


def read(face, message):
    """What a person reads of a message that the platform takes."""
    if face is slack:
        body = slack.body(message)
        assert complaints(body["blocks"]) == []
        return readable(body)
    assert message_errors({"components": list(message.parts), "flags": 1 << 15}) == {}
    texts = [part["content"] for part in walk(message.parts) if part["type"] == discord.TEXT]
    return "\n".join(discord_markdown.shown(text) for text in texts)


def reply(face, given, **more):
    return compose.reply(face, given, link=lambda *_: None, private=False, **more)


def answered(answer, **more):
    return Answered(answer, "AnswerId1234", "who met?", **more)


@FACES
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Limited(12.2, "user"), "Try again in 13 seconds."),
        (Busy(), words.BUSY),
        (Refused("Not here: *ever* <!here>."), "Not here: *ever* <!here>."),
        (Failed("It went wrong (error abc123).", "abc123"), "It went wrong (error abc123)."),
        (DocumentsChanged(), words.CHANGED),
        (Gone(), words.GONE),
        (NoMore(), words.NO_MORE),
    ],
)
def test_what_is_not_an_answer_is_a_sentence(face, given, said):
    message = reply(face, given)
    assert said in read(face, message)
    assert said in message.text


@FACES
def test_a_duplicate_is_silent(face):
    assert reply(face, Duplicate()) is None


@FACES
def test_who_asked_stands_above_the_answer_and_why_it_is_here_above_that(face):
    message = reply(face, answered(found(evidence(SAID, 0, 17))), asked="Ann asked: who <b>?")
    first, second, third, *_ = read(face, compose.prefaced(face, "Moved.", message)).split("\n")
    assert (first, second, third) == ("Moved.", "Ann asked: who <b>?", "They met in Oslo.")


@FACES
def test_an_honest_no_comes_before_the_closest_passages(face):
    text = read(face, reply(face, answered(abstained(evidence(SAID, 0, 17)))))
    assert text.split("\n")[:3] == [
        words.reason_in_words(abstained().reason),
        words.CLOSEST,
        "They met in Oslo.",
    ]


@FACES
@pytest.mark.parametrize("count", [0, 1, 3, 900])
def test_documents_are_listed_as_far_as_a_message_holds(face, count):
    documents = [document(f"d{number}") for number in range(count)]
    message = compose.collection(face, documents)
    assert message.text == words.counted_documents(count)
    if count:
        text = read(face, message)
        listed = text.count("Title of d")
        assert 0 < listed <= count
        rest = words.left_out_documents_in_words(count - listed)
        assert (rest in text) == (listed < count) == (count > 3)
