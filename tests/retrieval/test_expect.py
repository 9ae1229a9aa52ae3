"""What would answer is told by a question's wording, and found in a text as exact spans."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.expect import Expect, expected, fitting

any_text = st.one_of(
    st.text(),
    st.text(st.characters(), max_size=30),  # with surrogates
    st.text(st.sampled_from(list("aAé9.,’'-–$% \u00a0\n\0Ж中")), max_size=60),
)


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("how long did the talks last", Expect.DURATION),
        ("How  LONG\ndid it take?", Expect.DURATION),
        ("For how long was the harbour closed?", Expect.DURATION),
        ("How many minutes did they talk?", Expect.DURATION),
        ("what was the duration of the meeting?", Expect.DURATION),
        ("duration of the meeting", Expect.DURATION),
        ("how much longer will the strike go on?", Expect.DURATION),
        ("Which talks were longer, those in Oslo or those in Oban?", Expect.DURATION),
        ("was the second meeting shorter than the first?", Expect.DURATION),
        ("which river is longer?", Expect.ANYTHING),
        ("how far is it from Oslo to Oban?", Expect.NUMBER),
        ("How far will the minister go?", Expect.ANYTHING),
        ("how big a problem is the silt?", Expect.ANYTHING),
        ("how big is the harbour?", Expect.NUMBER),
        ("What time of year do the eels come?", Expect.ANYTHING),
        ("How long ago was the bridge built?", Expect.DATE),
        ("how many ships left", Expect.NUMBER),
        ("How much did the bridge cost?", Expect.NUMBER),
        ("how often do they meet", Expect.NUMBER),
        ("What percentage of voters agreed?", Expect.NUMBER),
        ("what was the number of dead?", Expect.NUMBER),
        ("number of ships in the harbour", Expect.NUMBER),
        ("at what time did it start?", Expect.CLOCK),
        ("Which hour was agreed?", Expect.CLOCK),
        ("when did they meet", Expect.DATE),
        ("In which year was the treaty signed?", Expect.DATE),
        ("what's the date of the article?", Expect.DATE),
        ("whats the publication date", Expect.DATE),
        ("on what other day", Expect.DATE),
        ("How long after the strike did it reopen?", Expect.INTERVAL),
        ("how many years before that was it built", Expect.INTERVAL),
        ("How soon after the vote will he resign?", Expect.INTERVAL),
        ("How many years did it stand before the flood?", Expect.DURATION),
        ("where did they meet?", Expect.PLACE),
        ("In which European city was it?", Expect.PLACE),
        ("which of the two countries pays?", Expect.PLACE),
        ("who met in the harbour?", Expect.PERSON),
        ("Tell me who cut the ribbon.", Expect.PERSON),
        ("With whom did she speak?", Expect.PERSON),
        ("whose idea was it?", Expect.PERSON),
        ("What was the name of the first envoy?", Expect.PERSON),
        ("what are the full names of the guests", Expect.PERSON),
        ("which German minister resigned?", Expect.PERSON),
        ("author of the article", Expect.PERSON),
        ("why did the ferry stop?", Expect.REASON),
        ("How come nobody knew?", Expect.REASON),
        ("for what reason was it closed?", Expect.REASON),
        ("What did the mayor say?", Expect.ANYTHING),
        ("ferry captain", Expect.ANYTHING),
        ("", Expect.ANYTHING),
    ],
)
def test_the_wording_tells_the_sort(question: str, sort: Expect) -> None:
    assert expected(question) is sort


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("What did the mayor say when the ferry stopped?", Expect.ANYTHING),
        ("what happened to the people who stayed?", Expect.ANYTHING),
        ("How did the man who cut the ribbon feel?", Expect.ANYTHING),
        ("Who was mayor when the bridge fell?", Expect.PERSON),
        ("where was the man who cut the ribbon", Expect.PLACE),
        ("When the ferry stopped, who called the police?", Expect.PERSON),
        ("after the strike, how many ships left?", Expect.NUMBER),
        ("When, exactly, did it stop?", Expect.DATE),
        ("In the year when the bridge fell, how many ships left?", Expect.NUMBER),
        ("In which year, after the war, did it fall?", Expect.DATE),
        ("I read an article from when it fell. How many ships left?", Expect.NUMBER),
        ("Where did Mr. Brandt say who was hurt?", Expect.PLACE),
        ('"When will this end?" Who said that?', Expect.PERSON),
        ("„Wozu? Why me?“ How many asked that?", Expect.NUMBER),
        ('"duration of the strike"', Expect.DURATION),
    ],
)
def test_the_first_question_word_decides(question: str, sort: Expect) -> None:
    assert expected(question) is sort


@pytest.mark.parametrize(
    "question",
    [
        "What does the author say about tariffs?",
        "what is the state of the talks?",
        "What did state officials deny?",
        "what was the country's answer?",
        "What the country needs, in its own words",
        "which parties will no longer take part?",
    ],
)
def test_words_that_only_look_like_a_sort(question: str) -> None:
    assert expected(question) is Expect.ANYTHING


def found(sort: Expect, sentence: str, *asked: str) -> list[str]:
    spans = fitting(sort, sentence, asked=lambda word: word in asked)
    return [sentence[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("sort", "sentence", "words"),
    [
        (Expect.DURATION, "They spoke for 30 minutes, then an hour.", ["30 minutes", "an hour"]),
        (Expect.DURATION, "A 90-minute talk; two and a half years of war.",
         ["90-minute", "two and a half years"]),
        (Expect.DURATION, "Half an hour or several weeks.", ["Half an hour", "several weeks"]),
        (Expect.DURATION, "The G7 day was long.", []),
        (Expect.DURATION, "Five years later it closed, 30 years old, a week ago.", []),
        (Expect.DURATION, "From May to October, all night, for weeks, since 2014, 1939–45.",
         ["From May to October", "all night", "for weeks", "since 2014", "1939–45"]),
        (Expect.DURATION, "A year-long strike took 1½ hours, then a second vote.",
         ["A year", "1½ hours"]),
        (Expect.DURATION, "The tunnel is 900 metres from end to end.", ["900 metres"]),
        (Expect.INTERVAL, "Five years later it closed, 30 years old, a week ago.",
         ["Five years", "a week"]),
        (Expect.NUMBER, "It cost $1,250.50, or 4% of 12, in G7 money.", ["$1,250.50", "4%", "12"]),
        (Expect.NUMBER, "Only seven came.", ["seven"]),
        (Expect.NUMBER, "None came; it sails weekly, every other Thursday and in spring.",
         ["None", "weekly", "every other Thursday"]),
        (Expect.NUMBER, "On November 30, 2015, and 4 May, it carried 40.", ["40"]),
        (Expect.CLOCK, "At 10:30 a.m. or 9 pm, not at noon.", ["10:30 a.m.", "9 pm", "noon"]),
        (Expect.CLOCK, "A share of 10.50% fell to 1.25 million.", []),
        (Expect.CLOCK, "From 9.15am to 10:30pm.", ["9.15am", "10:30pm"]),
        (Expect.DATE, "It was signed on December 2, 2021.", ["December 2, 2021"]),
        (Expect.DATE, "On Wednesday, 19 May 2021, and again in May.",
         ["Wednesday, 19 May 2021", "May"]),
        (Expect.DATE, "On Dec. 2 or 2021-12-03, in the 1980s or the 19th century.",
         ["Dec. 2", "2021-12-03", "1980s", "19th century"]),
        (Expect.DATE, "Last week they may march; Tomorrow, Friday.",
         ["Last week", "Tomorrow", "Friday"]),
        (Expect.DATE, "Two weeks later, at 10:30 on Saturdays, last night, 80 years ago.",
         ["Two weeks later", "10:30", "Saturdays", "last night", "80 years ago"]),
        (Expect.DATE, "In the nineteenth century and in AD 79.", ["nineteenth century", "AD 79"]),
        (Expect.REASON, "It closed because of the storm.", ["because"]),
        (Expect.PERSON, "The mayor, Ida Brandt, met Li and the captain.", ["Ida Brandt", "Li"]),
        (Expect.PERSON, "In Oban and from the Hague came Ida.", ["Ida"]),
        (Expect.PLACE, "In Oban and from the Hague came Ida.", ["Oban", "Hague", "Ida"]),
        (Expect.PERSON, "In May it was Brandt’s turn.", ["Brandt"]),
        (Expect.PERSON, "the Secretary of State Antony J. Blinken.",
         ["Secretary of State Antony J. Blinken"]),
        (Expect.PERSON, "Šárka Nováková a žena", ["Šárka Nováková"]),
        (Expect.PERSON, "Прибыл из Гданьска Лавров и блинкен", ["Прибыл", "Гданьска Лавров"]),
        (Expect.PLACE, "On Friday in New\u00a0York.", ["New\u00a0York"]),
        (Expect.ANYTHING, "Ida Brandt spoke for 30 minutes in May.", []),
    ],
)  # fmt: skip
def test_words_of_a_sort_are_found_whole(sort: Expect, sentence: str, words: list[str]) -> None:
    assert found(sort, sentence) == words


def test_what_the_question_names_is_no_answer() -> None:
    sentence = "Lavrov’s talks with Blinken in 1986 took 30 minutes."
    assert found(Expect.PERSON, sentence, "lavrov") == ["Blinken"]
    assert found(Expect.PERSON, "Ida Brandt spoke.", "brandt") == ["Ida Brandt"]
    assert found(Expect.NUMBER, sentence, "1986") == ["30"]
    assert found(Expect.DURATION, sentence, "30", "minutes") == []
    assert found(Expect.DURATION, sentence, "minutes") == ["30 minutes"]
    assert found(Expect.DATE, "It was in 1986, in May.", "1986") == ["May"]


@given(any_text, st.sampled_from(Expect))
@example("\ud800 Ab", Expect.PERSON)
@example("A.B.-C’s", Expect.PLACE)
def test_any_text_gives_spans_in_order_inside_it(text: str, sort: Expect) -> None:
    assert expected(text) in Expect
    last = 0
    for span in fitting(sort, text, asked=lambda word: len(word) == 1):
        assert last <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        last = span.end


@pytest.mark.parametrize(
    "piece",
    ["what the ", "what talk ", "is war ", "when a ", "in which ", "1,", "a and a half ", "A. ",
     "May 1", "from May ", "every a "],
)  # fmt: skip
def test_patterns_do_not_try_all_ways_through_a_long_text(piece: str) -> None:
    text = piece * (20_000 // len(piece))  # trying all ways would not end
    expected(text)
    for sort in Expect:
        assert all(len(span) <= len(text) for span in fitting(sort, text, asked=str.isdigit))
