"""Sentences tile their region whatever it holds, and are cut where a reader would cut them."""

import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.corpus import load
from retrieval.paragraphs import paragraphs
from retrieval.sentences import of_paragraph, sentences, trimmed
from retrieval.types import Kind, Source, Span

SEEDS = Path(__file__).parents[2] / "seeds"

# Characters that splitters stumble over, far more often than chance would bring them.
odd = st.sampled_from(
    list('aB1.?!…”’"“)-> \n\r\t\0é€😀。।\x85\u2028\u2029\u00a0\u200b\ufeff\u0301א')
)
any_text = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.text(odd, max_size=60),
    st.text(st.characters(), max_size=20),  # with surrogates, should one ever come this far
)


def split(text: str) -> list[str]:
    spans = sentences(text, Span(0, len(text)))
    return [text[span.start : span.end] for span in spans]


def check_tiles(text: str, region: Span, spans: tuple[Span, ...]) -> None:
    assert "".join(text[s.start : s.end] for s in spans) == text[region.start : region.end]
    position = region.start
    for span in spans:
        assert span.start == position < span.end
        position = span.end
    assert position == region.end


@given(any_text)
@example("")
@example("\r\n")
@example("a\0b. C d. E")
@example("\ud800 Hi. You.")
@example("\ufffe\uffff. A.")
def test_every_character_is_in_exactly_one_sentence(text: str) -> None:
    region = Span(0, len(text))
    spans = sentences(text, region)
    check_tiles(text, region, spans)
    if text.strip():
        assert all(text[s.start : s.end].strip() for s in spans)


@given(any_text, st.data())
def test_sentences_of_a_part_of_a_text_stay_inside_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    region = Span(start, end)
    check_tiles(text, region, sentences(text, region))
    check_tiles(text, region, paragraphs(text, region))
    if region:
        check_tiles(text, region, of_paragraph(text, region))


@given(any_text)
def test_trimmed_is_what_strip_leaves(text: str) -> None:
    span = trimmed(text, Span(0, len(text)))
    assert text[span.start : span.end] == text.strip()


def test_white_space_belongs_to_the_sentence_before_and_at_the_start_to_the_first() -> None:
    assert split("\n \u00a0One. \u00a0 Two.\r\n\r\n  Three \n") == [
        "\n \u00a0One. \u00a0 ",
        "Two.\r\n\r\n  ",
        "Three \n",
    ]
    assert split(" \n ") == [" \n "]
    assert split("") == []


# "|" marks every cut.
CUTS = [
    # names and abbreviations
    "Antony J. Blinken’s mission is part of a U.S. scramble. |It began.",
    "J. K. Rowling and George W. Bush met. |J.K. Rowling left.",
    "Mr. Smith met Dr. Jones and Lt. Gov. Brown. |Sen. Lee came. |Mr. Day left!",
    "Mr.\u00a0Smith came.\u00a0|He left.\u00a0",
    "He lives in the U.S. |The president left. |In the U.S. Senate they voted.",
    "It came as a surprise to the U.S. |“Russia’s plan has changed,” he said.",
    "The U.S. “Russia House” stands.",
    "unlike Iraq, Syria, etc., Russia is able. |It is for its puppets, etc. to start.",
    "On Jan. 5 at 5 p.m. Tuesday it rained. |It ended at 6 p.m. |The sun came.",
    "See No. 5 on p. 3 vs. Fig. 2. |Then go. |The answer was no. |They agreed.",
    "Acme Inc. sold it. |It was Acme Corp. |The firm closed. |Vitamin C. |Then he left.",
    "They stay in Washington, D.C. and at 5 Main St. |The house is big. |St. Paul is near.",
    "This – e.g. Russia, i.e. Moscow – is approx. 5 miles away.",
    "In Brown v. Board of Education it ruled. |Roe v. Wade came later. |See part V. |It rests.",
    "Atty. Gen. Garland met Dwayne, a.k.a. The Rock. |On Thu. Blinken left. |It was Tue. |He ate.",
    "Bethlehem (lit. House of Bread) is old. |It was lit. |People came. |(He left. |She stayed.)",
    # quotations
    "“How can we be against them?’” Museveni added. |During a trip he left.",
    "“Why?” he asked. |“Why not?” President Joe Biden told reporters. |“No!” said Bob.",
    "“Why?” |Lavrov said that nobody had an answer to this.",
    "“We are ready.” |Price said the move came late. |“This is one.” |“This is two.”",
    'Putin said: "We won\'t." |"We can\'t." |He left.',
    "« Oui. » |Puis il partit. |“Non.” était sa réponse. |‘No’ is no answer.",
    "(He left. |She stayed.) |Then they met. |He is on his “I’m back!” tour.",
    # ellipses and things glued together
    "the number of troops… in the zone and the Union … the discussion we have. |Yes… |Maybe.",
    "He left . . . and came back. |They saw Poland, Georgia, …. |And on.",
    "A scary thought…best-donna and sovereignty???Germany has none. |It is www.example.com.",
    "Growth rose.[1] |The rest fell.[2][3] |Good. 😀 |Bye.",
    # lists
    "1. Although it rained. |2. The sun came.\n|3. Much like it. |IV. The fourth.",
    "two issues: 1) Securing the release and 2) ensuring peace. |Next.",
    "- A shipment left. |It came.\n|• On Saturday.\n|* one. |Two",
    "a. First.\n|(b) Second. |So do I. |He left.",
    # other scripts
    "Я пришёл. |Он ушёл. |你好。|我们走吧！|好吗？|好。",
    "هذا كتاب. |من هو؟ |نعم. |हाँ। |नहीं। |ბატონი მოვიდა. |ის წავიდა.",
    # lines
    "First line without an end\n|Second line\r\n|Third\u2028|Fourth",
    "Post Author\n|-\n|View all posts",
]


@pytest.mark.parametrize("marked", CUTS)
def test_cuts(marked: str) -> None:
    assert split(marked.replace("|", "")) == marked.split("|")


# Read one by one in all five documents, then counted: how many sentences each region has.
COUNTS = {
    "000": "10 10 2 4 4 5 3 2 1 2 1 2 2 4 14 1 1 1 1",
    "001": "1 1 1 1 11 5 8 4 17 20",
    "002": "18 5",
    "003": "1 1 1 28",
    "004": "1 1 1 14 20 4",
}


@pytest.mark.parametrize("source", load(SEEDS), ids=lambda source: source.document.id)
def test_the_documents_that_come_with_the_program(source: Source) -> None:
    counted = [
        str(len(sentences(source.text, region.span)))
        for region in source.regions
        if region.kind not in {Kind.HEADING, Kind.FURNITURE}
    ]
    assert " ".join(counted) == COUNTS[source.document.id]


def flat(text: str) -> list[str]:
    return [" ".join(sentence.split()) for sentence in split(text)]


@pytest.mark.parametrize("width", [66, 72, 78, 100])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "> ", ">> "])
def test_text_wrapped_to_a_column_has_the_sentences_of_the_unwrapped(
    width: int, newline: str, mark: str
) -> None:
    for source in load(SEEDS):
        region = max((r for r in source.regions if r.kind is Kind.BODY), key=lambda r: len(r.span))
        whole = source.text[region.span.start : region.span.end].replace("\u00a0", " ")
        lines = [line for line in whole.splitlines() if line.strip()]
        wrapped = "\n\n".join(
            textwrap.fill(
                line,
                width,
                initial_indent=mark,
                subsequent_indent=mark,
                break_on_hyphens=False,
                break_long_words=False,
            )
            for line in lines
        )
        found = split(wrapped.replace("\n", newline))
        assert all(sentence.strip()[-1] != ">" for sentence in found)
        bare = [re.sub(rf"(?m)^{mark}", "", sentence) for sentence in found]
        assert [" ".join(sentence.split()) for sentence in bare] == flat(whole)


def test_a_long_paragraph_in_small_letters_is_cut_where_it_stops() -> None:
    chat = (
        "i went home. |then i slept etc. and so on it went! |was it fine? |“yes.” he said. |the "
        "others were approx. five. |they lived in the old town. |"
    ) * 3
    assert split(chat.replace("|", "")) == chat.split("|")[:-1]
    assert len(split("i went home. then i slept. it was fine.")) == 1


def test_small_letters_after_a_full_stop_end_nothing_in_other_text() -> None:
    text = "The house has 40 sq. metres, incl. kitchen, excl. heating, and is let furn. to one. "
    assert split(text * 5) == [text] * 5


@pytest.mark.parametrize(
    "piece", ["? ", "a. B ", ".”", "word ", "x", "1. ", '. "', "\n", "- ", "…", "a\n"]
)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    # With anything that grows as the square of the length this would not end today.
    text = piece * (400_000 // len(piece))
    region = Span(0, len(text))
    check_tiles(text, region, sentences(text, region))
