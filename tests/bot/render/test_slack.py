"""What the Slack renderer makes: Slack's own blocks, quotes exact, nothing interpreted."""

import html
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import LIMIT, decode
from bot.chat import compose
from bot.chat.layout import segments
from bot.render import slack
from bot.types import (
    Answered,
    Place,
)
from retrieval.sentences import sentences
from retrieval.types import QUOTABLE, Span
from tests.bot.examples import abstained, document, evidence, found, source
from tests.loopback.slack_rules import complaints, faces, quotes, readable, too_long

HOSTILE = "<!channel> <@U1> <http://x|y> :smile: &lt;b&gt; &amp; *a* _b_ ~c~ `d` > e\n> f | <!here>"


def link(quote, citation):
    return f"https://talks.example/{quote.doc_id}?a=1&b=2#:~:text=x%7Cy"


def answered(answer, **more):
    return Answered(answer, "answer-id", "who met?", **more)


def reply(given_reply, *, private=False, asked=None):
    return compose.reply(slack, given_reply, link=link, private=private, asked=asked)


def check(message):
    assert complaints(list(message.parts)) == []
    assert not too_long(list(message.parts))
    assert slack.body(message)["text"].strip()


def only(text):
    of = source(text)
    return found(evidence(of, 0, len(text)))


@given(st.text(min_size=1).filter(str.strip))
@settings(deadline=None)
def test_a_quote_is_its_text(text):
    message = reply(answered(only(text)))
    check(message)
    assert quotes(message.parts) == [text]


@given(st.text())
def test_escaping_can_be_undone_and_leaves_nothing_to_interpret(text):
    escaped = slack.escape(text)
    assert html.unescape(escaped) == text
    assert not set("<>") & set(escaped)


@given(st.text(min_size=1, alphabet="<>&!@#|UC1:smile *_~`\n").filter(str.strip))
@settings(deadline=None)
def test_no_control_character_of_a_document_reaches_mrkdwn(text):
    of = source(text, title=text, publisher=text)
    message = reply(answered(found(evidence(of, 0, len(text)))))
    check(message)
    assert not set("<>") & set(slack.body(message)["text"])
    for block in message.parts:
        for element in block.get("elements", ()):
            if element["type"] == "mrkdwn":
                assert element["text"].startswith("<https://talks.example/")
                assert element["text"].count("<") == element["text"].count("|") == 1


@pytest.mark.parametrize("text", [HOSTILE, *HOSTILE.split(" ")])
def test_hostile_text_stays_text(text):
    message = reply(answered(only(text)))
    assert quotes(message.parts) == [text]
    shown = [e for b in message.parts if b["type"] == "rich_text" for e in b["elements"]]
    assert {part["type"] for element in shown for part in element["elements"]} == {"text"}
    assert slack.escape(text) in slack.body(message)["text"] or "\n" in text


def test_every_sentence_of_every_seed_is_shown_exactly(seeds_engine):
    count = 0
    for of in seeds_engine.sources.values():
        for region in of.regions:
            if region.kind not in QUOTABLE:
                continue
            for span in sentences(of.text, region.span):
                item = evidence(of, span.start, span.end, kind=region.kind)
                message = reply(answered(found(item)))
                check(message)
                assert quotes(message.parts) == [of.text[span.start : span.end]]
                count += 1
    assert count > 100


def test_the_answering_sentence_is_bold_and_the_answering_words_stand_out():
    of = source("One. Two met Bo. Three.")
    item = evidence(of, 0, 23, marks=[(5, 16)], words=[(5, 8)])
    block = slack.quoted(segments(item.quote))
    parts = [(p["text"], p.get("style")) for p in block["elements"][0]["elements"]]
    assert parts == [
        ("One. ", None),
        ("Two", {"bold": True, "italic": True}),
        (" met Bo.", {"bold": True}),
        (" Three.", None),
    ]


@pytest.mark.parametrize("length", [100, 3000, 9000, 12_000, 100_000])
def test_quotes_are_whole_or_left_out_and_the_total_holds(length):
    items = []
    for number in range(1, 4):
        of = source("x" * (length - 1) + ".", f"doc{number}")
        items.append(evidence(of, 0, length, number=number))
    message = reply(answered(found(*items), more=True), asked="A asked: " + "q" * 100)
    message = compose.prefaced(slack, "s" * 200, message)
    check(message)
    assert slack.size(message.parts) <= slack.TOTAL
    assert len(message.parts) <= 50
    for text in quotes(message.parts):
        assert len(text) == length
    if len(quotes(message.parts)) < 3:
        text = readable({"blocks": list(message.parts)})
        assert "not shown here" in text or "too long to be quoted whole" in text


def test_the_citation_line_has_everything():
    of = source("Words.", url="https://x.example/", date="2021-12-02")
    message = reply(answered(found(evidence(of, 0, 6))))
    text = readable({"blocks": list(message.parts)})
    assert "“Title of d” · The Publisher · 2021-12-02 · article text · line 1" in text
    assert "|read it there>" in text


def test_an_abstention_says_so_and_offers_the_closest():
    of = source("Words.")
    message = reply(answered(abstained(evidence(of, 0, 6))))
    check(message)
    text = readable({"blocks": list(message.parts)})
    assert text.startswith(
        "The documents come close to this, but do not answer it.\nClosest passages:"
    )
    assert message.text == "The documents come close to this, but do not answer it."


def test_words_of_the_question_that_nothing_is_about_are_shown_as_typed():
    message = reply(answered(abstained(unsupported=("<!channel>", "*b*", "a&b"))))
    check(message)
    text = readable({"blocks": list(message.parts)})
    assert "nothing about “<!channel>”, “*b*” or “a&b”." in text
    assert "“&lt;!channel&gt;”, “*b*” or “a&amp;b”." in slack.body(message)["text"]


def test_buttons_are_native_where_there_are_native_ones_and_their_values_fit():
    long_id = source("Words.", "d" * 300)
    message = reply(answered(found(evidence(long_id, 0, 6)), more=True))
    shown = list(faces(message.parts))
    assert [label for label, _, _ in shown] == [
        "Context",
        "Copy exact",
        "Helpful",
        "Not helpful",
        "More passages",
        "Delete",
    ]
    assert all(len(value) <= LIMIT and decode(value) is not None for _, value, _ in shown)
    assert {e["type"] for _, _, e in shown} == {"button", "feedback_buttons"}


def test_places_are_mentioned_and_nothing_else():
    message = compose.note(
        slack, "In ", Place("channel", "C1"), " for ", Place("role", "S1"), " <#C3>"
    )
    kinds = [part["type"] for part in message.parts[0]["elements"][0]["elements"]]
    assert kinds == ["text", "channel", "text", "usergroup", "text"]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("who met &lt;Lavrov&gt; &amp;amp; Bo", "who met <Lavrov> &amp; Bo"),
        ("ask <@U1|ida> in <#C1|general> <!subteam^S1|@desk>", "ask ida in general @desk"),
        ("<@U1> <!here> hi", "hi"),
        ("see <https://x.example/a|x.example/a> <mailto:a@b.c|a@b.c>", "see x.example/a a@b.c"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
    ],
)
def test_a_question_is_read_as_it_was_typed(sent, read):
    assert slack.typed(sent) == read


@given(st.text(max_size=3000).filter(lambda text: text.strip()))
@settings(deadline=None)
def test_exact_words_are_exact(text):
    message = slack.exact(text)
    check(message)
    assert message.parts[0]["elements"][0]["elements"] == [{"type": "text", "text": text}]


def test_what_is_too_long_to_be_copied_is_not_cut():
    message = slack.exact("x" * 20_000)
    check(message)
    assert "20,000 characters is too long" in message.text


@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_the_collection_is_listed_as_far_as_a_message_holds(count):
    documents = [replace(document(f"d{n}"), title=HOSTILE) for n in range(count)]
    message = compose.collection(slack, documents)
    assert complaints(slack.home("how", message)["blocks"], view=True) == []
    if count:
        check(message)
    if count == 5000:
        assert "further documents are not listed here." in str(message.parts[-1])
    assert Span(0, 1)
