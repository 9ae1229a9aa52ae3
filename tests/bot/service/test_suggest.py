from bot.actions import short
from bot.service.suggest import candidates, documents, named, questions
from tests.bot.examples import document, source

KNOWN = ("What is said about Reykjavík?", "What is said about Ida Brandt?", "Who is Ida?")


def texts(offered):
    return [one.text for one in offered]


def test_questions_that_start_alike_come_first():
    assert texts(questions(KNOWN, "who", limit=9)) == ["Who is Ida?"]
    assert texts(questions(KNOWN, "ida", limit=9)) == [KNOWN[1], KNOWN[2]]
    assert texts(questions(KNOWN, "what IDA", limit=9)) == [KNOWN[1]]
    assert texts(questions(KNOWN, "reykjavik", limit=9)) == [KNOWN[0]]
    assert texts(questions(KNOWN, "", limit=2)) == list(KNOWN[:2])
    assert questions(KNOWN, "xyz", limit=9) == ()


def test_a_word_in_the_middle_of_another_comes_last():
    known = (document("1", title="Publishing"), document("2", title="Shoes", publisher=None))
    assert [one.document.id for one in documents(known, "sh", limit=9)] == ["2", "1"]


def test_documents_show_what_is_known_of_them():
    (offered,) = documents((document("x", date=None),), "x", limit=9)
    assert offered.text == "Title of x · The Publisher"


def test_candidates_are_about_the_names_that_are_used_most():
    of = source("In Oslo the ferry came, and Oslo saw it. Mayor Ida Brandt spoke in Oslo.")
    made = candidates([of], most=2)
    assert len(made) == 2
    assert "What is said about Oslo?" in made


def test_a_name_spelt_in_two_ways_is_one_candidate():
    of = source("There the NATO met, and NATO left. One calls it Nato there.")
    made = candidates([of])
    assert [text for text in made if "nato" in text.lower()] == ["What is said about NATO?"]


def test_a_document_is_named_by_its_id_what_a_button_carries_or_free_text():
    known = [document("a", title="Shoes"), document("b", title="Publishing")]
    for given in ("b", short("b"), "publishing"):
        assert named(known, given) is known[1]
    assert named(known, "xyz") is None
