"""The quote law on Discord: what its clients show is the document's text, and nothing is read as
markup. `tests.loopback.discord_markdown` stands for the clients."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import words
from bot.actions import LIMIT, AnswerAction, PassageAction, decode
from bot.chat import compose
from bot.chat.layout import Segment, quote_block, segments
from bot.chat.notices import asked_in_words
from bot.render import discord
from bot.render.discord import ROOM
from bot.types import (
    Answered,
    Place,
)
from retrieval import corpus
from retrieval.sentences import sentences
from retrieval.types import Kind, Span
from tests.bot.examples import abstained, evidence, found, source
from tests.loopback.discord_markdown import constructs, shown
from tests.loopback.discord_rules import message_errors, schema_errors, walk

SEEDS = Path(__file__).parents[3] / "seeds"
OUR_MARKS = {"quote", "bold", "underline"}
HOSTILE = """\
*stars* **twice** ***thrice*** _low_ __lower__ ~~struck~~ ~one~ ||hidden|| | > # text
`code` ``two`` ```block``` ```py
print(1)
```
@everyone @here <@1> <@!1> <@&1> <#1> <t:1> <t:1:R> </x:1> </talks ask:1> <:x:1> <a:x:1> <id:home>
:x: :smile: :thumbsup::skin-tone-2: 10:30
https://evil.example/a_b*c http://x.y <https://evil.example> steam://run/1 discord.gg/abc
[masked](https://evil.example) [a [nested] one](<https://evil.example> "title") [not](one)
> quoted
>>> to the end
# heading
## lower
-# small
- list
* list
+ list
1. one
1986. The year
  2. indented
\\ \\* \\\\ ¯\\_(ツ)_/¯ C:\\new\\table &amp; &#64;everyone
e\u0301 a\u0308\u0323 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eevil\u202c
\u2066isolated\u2069 \u200bzero\u200d 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿
no\u00a0break, tail spaces  \u3000
"""
LONG = "A long sentence, *starred* and _low_, goes on: " + "word " * 800 + "end."

# what the clients read, more often than chance would have it; control characters and tabs are
# changed by Discord itself, which is what Copy exact is for
nasty = st.lists(
    st.one_of(
        st.sampled_from([*"\\*_~|`<>@:#-+.[]()!&\n 1ax", "**", "__", "||", "```", "https://a.b/c"]),
        st.sampled_from(HOSTILE.split()),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=40,
).map("".join)


@given(nasty)
@example(HOSTILE)
@example("\\")
@example("\\\\*")
@example("x\n\n - y")
@example("_a_")
@example("1.")
@example("**")
def test_what_is_escaped_is_shown_as_it_was(text):
    assert shown(discord.escape(text)) == text
    assert constructs(discord.escape(text)) == set()


@given(st.text())
@example(HOSTILE)
def test_unescaping_gives_the_source_back(text):
    assert unescaped(discord.escape(text)) == text


@given(st.lists(st.tuples(nasty, st.booleans(), st.booleans()), min_size=1, max_size=8))
@example([("a*", False, False), ("*b", True, False), ("_", True, True), ("*c", False, False)])
@example([("first\n", True, False), ("\n", True, True), ("- second", True, True)])
@example([("x", True, False), ("y", True, True), ("z", True, False)])
def test_marks_change_nothing_that_is_read(parts):
    pieces = [Segment(text, marked, marked and word) for text, marked, word in parts]
    quote = quoted(pieces)
    assert shown(quote) == "".join(piece.text for piece in pieces)
    assert constructs(quote) <= OUR_MARKS


def quoted(pieces):
    """The markdown of a quote."""
    return discord.quoted(pieces)["content"]


def unescaped(markdown):
    """What a backslash before punctuation leaves."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", markdown)


def every_sentence():
    for each in corpus.load(SEEDS):
        for region in each.regions:
            for number, span in enumerate(sentences(each.text, region.span)):
                yield pytest.param(each, span, id=f"{each.document.id}-{region.kind}-{number}")


def test_every_sentence_of_every_seed_is_shown_exactly():
    checked = 0
    for parameters in every_sentence():
        each, span = parameters.values
        of = evidence(each, span.start, span.end)
        for pieces in (segments(of.quote), [Segment(of.quote.text)]):
            quote = quoted(pieces)
            assert shown(quote) == each.text[span.start : span.end], parameters.id
            assert constructs(quote) <= OUR_MARKS, parameters.id
            assert unescaped(_unmarked(quote)) == each.text[span.start : span.end]
        checked += 1
    assert checked > 250


def _unmarked(quote):
    """The escaped text alone: our own marks are the only unescaped ones."""
    pairs = re.compile(r"\\[^0-9A-Za-z\s]|\*\*|__", re.DOTALL)
    return pairs.sub(lambda m: "" if m[0] in ("**", "__") else m[0], quote.removeprefix(">>> "))


def test_a_hostile_document_is_shown_exactly_line_by_line_and_whole():
    whole = source(HOSTILE + LONG)
    ends = [m.start() for m in re.finditer(r"\n|$", whole.text)]
    spans = [Span(0, len(HOSTILE))]
    spans += [Span(a, b) for a, b in zip([0, *[e + 1 for e in ends]], ends, strict=False) if a < b]
    for span in spans:
        of = evidence(whole, span.start, span.end, words=[(span.start, span.start + 3)])
        quote = quoted(segments(of.quote))
        assert shown(quote) == of.quote.text
        assert constructs(quote) <= OUR_MARKS


def answered(answer, **more):
    return Answered(answer, "AnswerId1234", "who met?", **more)


def reply(given, *, link=None, private=False, asked=None):
    return compose.reply(
        discord, given, link=link or (lambda *_: None), private=private, asked=asked
    )


def texts(message):
    return [c["content"] for c in walk(message.parts) if c["type"] == discord.TEXT]


def buttons(message):
    return [c for c in walk(message.parts) if c["type"] == discord.BUTTON]


def faces(message):
    return [b.get("label") or b["emoji"]["name"] for b in buttons(message)]


def check(message):
    """Against Discord's limits, and its schema where that lies at hand."""
    body = {"components": list(message.parts), "flags": 1 << 15}
    body["allowed_mentions"] = {"parse": []}
    assert message_errors(body) == {}
    assert schema_errors("/channels/{channel_id}/messages", "POST", body) == {}


SAID = source("They met in Oslo. It took 30 minutes. Nobody spoke.\nA new line.")


def test_an_answer_has_its_quotes_their_citations_and_its_buttons():
    first = evidence(SAID, 0, 37, marks=[(18, 37)], words=[(26, 36)])
    second = evidence(SAID, 38, 51, number=2)
    third = evidence(SAID, 52, 63, number=3)
    message = reply(answered(found(first, second, third)), link=lambda *_: "https://a.example/x#y")
    check(message)
    assert texts(message)[:2] == [
        ">>> They met in Oslo. **It took __30 minutes__.**",
        "-# **“Title of d”** · The Publisher · 2021-12-02 · article text · line 1 · "
        "[read it there](<https://a.example/x#y>)",
    ]
    assert faces(message) == [*["Context", "Copy exact"] * 2, "More passages", "👍", "👎", "Delete"]
    actions = [decode(button["custom_id"]) for button in buttons(message)]
    assert [a.span for a in actions if isinstance(a, PassageAction)] == [
        *[Span(0, 37)] * 2,
        *[Span(38, 51)] * 2,
    ]
    assert {(a.answer_id, a.shown) for a in actions if isinstance(a, AnswerAction)} == {
        ("AnswerId1234", 2)
    }
    assert discord.answer_of(message.parts) == "AnswerId1234"


def test_a_private_answer_can_be_shared_and_needs_no_delete():
    first = evidence(SAID, 0, 17)
    assert faces(reply(answered(found(first)), private=True))[2:] == ["Share", "👍", "👎"]
    assert faces(reply(answered(found(first)), private=False))[2:] == ["👍", "👎", "Delete"]


def test_abstaining_looks_weaker():
    nearest = evidence(SAID, 0, 17)
    answer = reply(answered(found(nearest)))
    no = reply(answered(abstained(nearest)))
    check(no)
    assert texts(no)[:3] == [
        f"**{words.reason_in_words(abstained().reason)}**",
        "-# Closest passages\\:",
        ">>> They met in Oslo.",
    ]
    colours = {message.parts[0]["accent_color"] for message in (answer, no)}
    assert colours == {discord.FOUND_COLOUR, discord.WEAK_COLOUR}


def test_words_of_the_question_that_nothing_is_about_cannot_inject():
    bad = ("@everyone", "<@1>", "[a](https://b.c)\n# y")
    message = reply(answered(abstained(evidence(SAID, 0, 17), unsupported=bad)))
    check(message)
    said = texts(message)[0]
    assert constructs(said) <= {"bold"}
    assert shown(said).endswith("“@everyone”, “<@1>” or “[a](https://b.c) # y”.")


def test_a_comment_is_labelled_before_it_is_cited():
    of = source("They lied!", kind=Kind.COMMENT)
    message = reply(answered(found(evidence(of, 0, 10, kind=Kind.COMMENT))))
    assert texts(message)[1].startswith(f"-# {words.COMMENT_LABEL}\n-# **“Title of d”**")


def test_titles_and_questions_cannot_inject():
    bad = "*x* @everyone <@1> [a](https://b.c) \n# y https://d.e"
    of = source("Words.", title=bad, publisher=bad)
    asked = asked_in_words("@everyone <@1>", bad)
    message = reply(answered(found(evidence(of, 0, 6))), asked=asked)
    check(message)
    joined = "\n".join(texts(message))
    assert constructs(joined) <= {"small", "bold", "quote"}
    for dangerous in ("<@1>", " @everyone", "https://"):
        assert dangerous not in joined


@given(st.text(max_size=1200))
@example("https://a.example/x)>\n# y <b> \\")
def test_an_address_cannot_leave_its_link(tail):
    of = evidence(SAID, 0, 17)
    cite = quote_block(of.quote, of.citation, link=lambda *_: "https://a.b/#" + tail).cite
    line = discord.citation(cite)["content"]
    assert line.count("\n") == 0
    assert re.fullmatch(r"-# .* · \[read it there\]\(<[^\s<>()\\]*>\)", line)


def test_an_answer_never_exceeds_a_message_and_never_cuts_a_quote():
    of = source(LONG + "\n" + "*" * 1999 + ".\nShort.")
    spans = [(0, len(LONG)), (len(LONG) + 1, len(LONG) + 2001), (len(of.text) - 6, len(of.text))]
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]):
        items = [evidence(of, *spans[i], number=n) for n, i in enumerate(order, 1)]
        message = reply(answered(found(*items)), asked=asked_in_words("N" * 99, "q" * 6000))
        check(message)
        for text in texts(message):
            if text.startswith(">>> "):
                assert shown(text) in {of.text[a:b] for a, b in spans}
    assert "Copy exact" in faces(message)


def test_who_asked_and_why_it_is_here_stand_above_the_longest_quote_that_fits():
    asked = asked_in_words("*" * 32, "*" * 6000)
    quoted = 0
    for length in range(3000, 4000, 3):
        of = source("x" * length)
        message = reply(answered(found(evidence(of, 0, length))), asked=asked)
        assert discord.size([part for part in walk(message.parts) if "content" in part]) <= ROOM
        whole = compose.prefaced(discord, "y" * (discord.TEXT_TOTAL - ROOM), message)
        assert message_errors({"components": list(whole.parts), "flags": 1 << 15}) == {}
        quoted += any(text.startswith(">>> ") for text in texts(message))
    assert 0 < quoted < 333


@given(nasty)
def test_exact_words_are_exact(text):
    message = discord.exact(text)
    if message.file is None:
        (block,) = texts(message)
        assert len(block) <= 2000
        found_block = re.fullmatch(
            r"```(?:[a-z0-9_+\-.#]*\n)?\n*([^\n].*?)\n*```", block, re.DOTALL
        )
        assert found_block is not None
        assert found_block[1] == text
    else:
        assert (message.file, message.parts) == (text, ())


def test_a_code_block_is_used_where_it_can_be():
    exact = discord.exact("They met in Oslo. ")
    check(exact)
    assert (texts(exact), exact.file) == (["```text\nThey met in Oslo. \n```"], None)
    for changed in ("a```b", "a`", "\nb", "b\n", "\t", "a\tb", " ", "", "x" * 1901):
        assert discord.exact(changed).file == changed


def test_places_are_mentioned_and_nothing_else():
    message = compose.note(
        discord, "Answers in ", Place("channel", "12"), " for ", Place("role", "7"), " <#3>"
    )
    assert texts(message) == ["Answers in <#12> for <@&7> \\<#3>"]


def test_button_values_fit():
    long_id = source("Words.", "d" * 300)
    message = reply(answered(found(evidence(long_id, 0, 6)), more=True))
    assert all(len(button["custom_id"]) <= LIMIT for button in buttons(message))
