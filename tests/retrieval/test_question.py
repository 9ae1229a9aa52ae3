"""A question is taken apart against the collection's words: slips, names, kinds of text."""

from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval import lexical
from retrieval.expect import Expect
from retrieval.question import Asked, understand
from retrieval.text import stem, tokens, word_list, words
from retrieval.types import Kind
from retrieval.vocabulary import Vocabulary

TEXTS = (
    "The harbour of Port Ellen opened, said Mayor Zelenskiy of Kiev; the ferry came from Gdansk.",
    "He said that Zelenskiy praised Nato for its guarantees, and that Moscow wants negotiations.",
    "A ferry carries forty cars; in Kiev the authorities gave no guarantees about the ferry.",
    "There were negotiations about fishing in 1986, and a treaty with Gdansk; none disproved it.",
)
COMMON = word_list(
    "carrier approved bring ferry wrote title weather boil egg long read comment comments"
)

VOCABULARY = Vocabulary.of((text, words(text)) for text in TEXTS)
LEXICAL = lexical.build([tokens(text) for text in TEXTS], k1=1.2, b=0.75)
taken_apart = partial(
    understand, vocabulary=VOCABULARY, lexical=LEXICAL, is_word=COMMON.__contains__
)


def met(asked: Asked) -> dict[str, list[str]]:
    return {word.folded: [v.folded for v in word.variants] for word in asked.words}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("when did the negotations begin", "when did the negotiations begin"),
        ("negotations", "negotiations"),  # nothing else that would tell the language
        ("garantees nato", "guarantees nato"),
        ("Whre is the ferry?", "Where is the ferry?"),
        ("wehre is the ferry", "where is the ferry"),
        ("what did Zelensky say", "what did Zelenskiy say"),
        ("what did zelenskyy say", "what did zelenskiy say"),
        ("who came to Kyiv", "who came to Kiev"),
        ("the ferry to gdanks", "the ferry to gdansk"),
        ("what did Moscownegotiations bring", "what did Moscow Negotiations bring"),
        ("who met Зеленский in Gdansk", "who met Zelenskiy in Gdansk"),
        # English words that the collection has not are met as well, and what begins a question.
        ("wat did teh newpaper repotr", "what did teh newspaper report"),
        ("wen was it anounced, by wich party", "when was it announced, by which party"),
        ("who wil acuse him of beeing late", "who wil accuse him of being late"),
        ("who expekts a responce to the garantees", "who expects a response to the guarantees"),
        ("can he disprov it", "can he disprove it"),  # only the stem is in the collection
        ("who disprovd it", "who disproved it"),
    ],
)
def test_slips_and_other_spellings_become_the_collections_words(typed: str, meant: str) -> None:
    asked = taken_apart(typed)
    assert asked.text == typed
    assert asked.corrected == meant


@pytest.mark.parametrize(
    "typed",
    [
        "who opened the harbour of Port Ellen?",
        "which ferries carried cars",  # other forms of its words
        "how do I boil an egg",  # common words are no slips
        "where are the carriers",  # nor are their forms: of "carries"
        "who disapproved it",  # of "disproved"
        "did the NATO say so",
        "wann begannen die Verhandlungen über den Fischfang",
        "où est le ferry de Gdansk",
        "когда открыли гавань",
        "港はいつ開いたか",
        "متى افتتح الميناء",
        "1987",
        "",
    ],
)
def test_what_is_no_slip_stays_as_typed(typed: str) -> None:
    assert taken_apart(typed).corrected == typed


def test_names_are_met_in_questions_of_other_languages() -> None:
    asked = taken_apart("Что сказал Зеленский о переговорах в Гданьске?")
    assert asked.corrected == asked.text
    assert "zelenskiy" in asked.terms
    assert asked.terms.keys() <= {"zelenskiy", "gdansk", stem("zelenskiy")}


def test_every_word_stands_where_its_span_says_and_once() -> None:
    asked = taken_apart("Negotations and negotiations in Gdansk, negotiations!")
    assert asked.corrected == "Negotiations and negotiations in Gdansk, negotiations!"
    assert [asked.corrected[w.span.start : w.span.end] for w in asked.words] == [
        "Negotiations",
        "Gdansk",
    ]


def test_names_are_known_from_the_collection_or_by_their_capital() -> None:
    asked = taken_apart("did zelenskiy bring Wodehouse a ferry in 1987")
    assert {w.folded for w in asked.words if w.is_name} == {"zelenskiy", "wodehouse", "1987"}
    assert not taken_apart("Wodehouse").words[0].is_name  # the first word always has its capital


def test_a_word_is_as_rare_as_its_commonest_meaning() -> None:
    ferry, strange = taken_apart("ferry Wodehouse").words
    assert ferry.rarity == LEXICAL.rarity(stem("ferry")) < strange.rarity
    assert strange.rarity == LEXICAL.rarity("no such word")
    assert strange.variants == ()
    assert strange.stems == {}


def test_terms_are_stems_worth_less_the_further_they_are_from_what_was_typed() -> None:
    assert taken_apart("which ferries carried").terms == {"ferri": 1.0, "carri": 1.0}
    terms = taken_apart("kiev kyiv").terms
    assert terms == {"kiev": 1.0}
    assert 0 < taken_apart("quando partiu para Kyivv").terms["kiev"] < 1


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("what do readers say about the ferry", {Kind.COMMENT}),
        ("is there a comment about fish?", {Kind.COMMENT}),
        ("the longest comment", {Kind.COMMENT}),
        ("What do the COMMENTS say?", {Kind.COMMENT}),
        ("who wrote the article", {Kind.BYLINE}),
        ("publication date of the article by the author", {Kind.BYLINE}),
        ("who wrote that? (met in Gdansk)", {Kind.BYLINE}),
        ("when was it published", {Kind.BYLINE}),
        ("who is the author, and when did he write it", {Kind.BYLINE}),
        ("who wrote “The last ferry”?", {Kind.BYLINE}),
        ("who wrote the treaty", set()),
        ("who wrote that treaty", set()),
        ("when were the demands published", set()),
        ("what does the author say about tariffs", set()),
        ("what is the title of the story", {Kind.HEADLINE}),
        ("what title does the mayor hold", set()),
        ("who is in the picture?", {Kind.CAPTION}),
        ("what is the big picture", set()),
        ("what is the title?", {Kind.HEADLINE}),
        ("what does the photo show under the headline", {Kind.HEADLINE, Kind.CAPTION}),
        ("what did the authorities say", set()),
        ("are there any comments about fish", {Kind.COMMENT}),
        ("why did the mayor not comment", set()),
        ("what comments on its plan did the mayor expect", set()),
        ("the comments by the mayor", set()),
        ("when did the entitled readership leave", set()),
    ],
)
def test_kinds_of_text_are_asked_about_by_name(typed: str, kinds: set[Kind]) -> None:
    assert taken_apart(typed).kinds == kinds


def test_the_corrected_question_tells_what_would_answer() -> None:
    assert taken_apart("whre is the ferry").expect is Expect.PLACE


@given(st.one_of(st.text(), st.text(st.characters(), max_size=30)))
@example("\ud800 Gdanks")
@example("Zelensky’s \0 ferry")
@example("İSTANBUL İ")
def test_any_text_can_be_taken_apart(text: str) -> None:
    asked = taken_apart(text)
    assert asked.text == text
    assert len({w.folded for w in asked.words}) == len(asked.words)
    for word in asked.words:
        assert asked.corrected[word.span.start : word.span.end].strip()
        assert word.rarity > 0
        assert all(0 < weight <= 1 for weight in word.stems.values())
    assert asked.terms.keys() == {key for word in asked.words for key in word.stems}
