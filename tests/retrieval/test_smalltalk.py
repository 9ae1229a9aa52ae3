"""Greetings, thanks and questions to the bot itself are told from questions to the documents."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.smalltalk import is_small_talk, without_courtesies


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hiii!!",
        "Hello there",
        "hey bot 👋",
        "good morning everyone",
        "GOOD EVENING",
        "howdy, folks",
        "How's it going?",
        "what’s up",
        "nice to meet you",
        "ok",
        "okay, great, thanks!",
        "thanks",
        "Thank you so much, that was really helpful",
        "thanks a lot :)",
        "many thanks",
        "thx",
        "cheers",
        "great answer",
        "Nice work, team!",
        "see you",
        "bye",
        "lol",
        "well done",
        "who are you?",
        "Who R U",
        "what's your name",
        "whats ur name?",
        "what can you do for me?",
        "What can I ask?",
        "How  are\tyou\u00a0doing today?",
        "hello, how are you?",
        "hi there, how are you doing today?",
        "hi! who are you?",
        "Are you a robot?",
        "are you real",
        "can you help me",
        "help",
        "test",
        "who made you?",
        "please introduce yourself",
        "thanks. so what are you?",
        "ｈｅｌｌｏ",
    ],
)
def test_greetings_thanks_and_questions_to_the_bot(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?!",
        "hi, who met in Stockholm?",
        "Hello! how long did the talks last",
        "thanks — and how long did it last?",
        "thanks, how was it?",
        "thanks, but who is Lavrov?",
        "ok and which minister stood next to him",
        "great powers",
        "Good Friday agreement",
        "no deal",
        "No one met?",
        "yes votes",
        "cool war",
        "welcome speech",
        "please summarise the talks",
        "sorry state of the harbour",
        "help for Ukraine",
        "who are they?",
        "what can he do about it?",
        "who made the decision?",
        "how are the talks going?",
        "are you sure that the harbour opened in May?",
        "test results of the reactor",
        "what is your name for the harbour's new ferry?",
        "hi кто встретился в Рейкьявике",
        "see the harbour",
        "morning ferry times",
        "greetings from Lavrov to the assembly",
        "is it all there is?",
    ],
)
def test_questions_to_the_documents(text: str) -> None:
    assert not is_small_talk(text)


@given(st.one_of(st.text(), st.text(st.characters(), max_size=20)))
@example("\ud800 hi")
def test_any_text_is_one_or_the_other(text: str) -> None:
    assert is_small_talk(text) in (True, False)


@given(st.text(alphabet=" \t\n.,!?—", max_size=5), st.sampled_from(["hi", "thanks", "who are you"]))
def test_case_and_punctuation_around_it_do_not_matter(signs: str, text: str) -> None:
    assert is_small_talk(signs + text.upper() + signs)


@pytest.mark.parametrize(
    "piece",
    ["hi ", "hi", "a ", "thank you ", "how are you ", "doing today ", "!", "h", "are you a "],
)
def test_long_inputs_neither_overflow_nor_try_all_ways(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    assert not is_small_talk(long + " ferry")
    assert without_courtesies(long + " ferry").endswith("ferry")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("hi, who met in Stockholm?", "who met in Stockholm?"),
        ("Hello there! Please tell me how long it took", "how long it took"),
        ("hey bot who met", "who met"),
        ("thanks — and how long did it last?", "and how long did it last?"),
        ("ok thanks, who else?", "who else?"),
        ("Thank you very much. Where was it?", "Where was it?"),
        ("good morning, can you please tell me when the ferry left?", "when the ferry left?"),
        ("Could you tell me whether it sank", "whether it sank"),
        ("do you know why", "why"),
        ("I'd like to know what happened", "what happened"),
        ("who met in Stockholm? Thanks!", "who met in Stockholm"),
        ("who met in Stockholm please", "who met in Stockholm"),
        ("no, the other one", "the other one"),
        ("quote Brandt on the price of fish pls", "Brandt on the price of fish"),
        ("Could you give me Brandt's words about fish?", "Brandt's words about fish?"),
    ],
)
def test_courtesies_around_a_question_are_left_out(text: str, question: str) -> None:
    assert without_courtesies(text) == question
    assert without_courtesies(question) == question.removesuffix("?") or question.endswith("?")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hi",
        "thanks!",
        "Good Friday agreement",
        "great powers in 1914",
        "quotes from Brandt",
        "quote of the day",
        "give me more",
        "no one came",
        "What does it please her to say",
        "who said thanks",
        "does anyone know him",
        "did he tell me",
        "hippos in Oban",
        "well water in Oban",
        "okapis",
    ],
)
def test_what_is_no_courtesy_stays(text: str) -> None:
    assert without_courtesies(text) == text


@given(st.text(max_size=60))
def test_what_is_left_is_a_part_of_the_question(text: str) -> None:
    assert without_courtesies(text) in text
    assert bool(without_courtesies(text)) == bool(text)
