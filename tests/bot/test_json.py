"""The JSON answer: its fields are a promise to scripts."""

import json
import math
from dataclasses import replace

from tiny import SOURCES, TinyEngine

from bot.json import answer_object, failure_object
from retrieval.types import Signal

FIELDS = [
    "question", "answered", "reason", "unsupported", "confidence", "quotes", "nearest",
    "fingerprint", "milliseconds",
]  # fmt: skip
QUOTE_FIELDS = [
    "text", "start", "end", "marks", "words", "line", "kind", "link", "document", "signals",
]  # fmt: skip
DOCUMENT_FIELDS = [
    "id", "file", "title", "publisher", "author", "date", "date_known_by", "url",
]  # fmt: skip


def made(question, **changes):
    answer = replace(TinyEngine().ask(question), **changes)
    return answer_object(
        answer, question=question, sources=SOURCES, milliseconds={"total": 1.23456}
    )


def test_an_answer_has_exactly_the_promised_fields():
    found = made("forty cars")
    assert list(found) == FIELDS
    assert found["answered"] is True
    assert found["reason"] is None
    assert found["nearest"] == []
    assert found["milliseconds"] == {"total": 1.235}
    quote = found["quotes"][0]
    assert list(quote) == QUOTE_FIELDS
    assert list(quote["document"]) == DOCUMENT_FIELDS
    assert list(quote["signals"]) == ["score", "bm25", "dense", "reader"]
    assert quote["signals"]["bm25"] == {"rank": 1, "score": 3.5}
    assert quote["signals"]["dense"] is None
    assert quote["signals"]["reader"]["coverage"] == 1.0


def test_offsets_slice_the_document():
    quotes, nearest = made("who cut the ribbon")["quotes"], made("lighthouse keepers")["nearest"]
    assert quotes
    assert nearest
    for one in quotes + nearest:
        text = SOURCES[one["document"]["id"]].text
        assert text[one["start"] : one["end"]] == one["text"]
        for start, end in one["marks"] + one["words"]:
            assert one["start"] <= start < end <= one["end"]


def test_an_abstention_has_its_reason_and_the_nearest_in_the_same_shape():
    declined = made("lighthouse keepers")
    assert (declined["answered"], declined["reason"]) == (False, "not_in_documents")
    assert declined["quotes"] == []
    assert list(declined["nearest"][0]) == QUOTE_FIELDS


def test_words_that_nothing_is_about_are_listed_as_typed():
    assert made("forty cars")["unsupported"] == []
    assert made("lighthouse keepers", unsupported=("a\n<b>",))["unsupported"] == ["a\n<b>"]


def test_text_is_exact_whatever_it_holds():
    found = made("ferry captain")
    assert json.loads(json.dumps(found))["quotes"][0]["text"].startswith(
        "The ferry captain wrote \x1b[31m"
    )
    assert "\x1b" not in json.dumps(found)


def test_numbers_that_json_lacks_become_null():
    answer = TinyEngine().ask("forty cars")
    first = answer.evidence[0]
    hit = replace(first.reading.hit, score=math.inf, dense=Signal(1, math.nan))
    reading = replace(first.reading, hit=hit, features={"odd": -math.inf})
    found = made("forty cars", evidence=(replace(first, reading=reading),))
    signals = found["quotes"][0]["signals"]
    assert (signals["score"], signals["dense"], signals["reader"]["odd"]) == (
        None,
        {"rank": 1, "score": None},
        None,
    )
    json.dumps(found, allow_nan=False)


def test_a_failure_has_the_same_fields():
    failed = failure_object("why", fingerprint="f", milliseconds=2.0)
    assert list(failed) == FIELDS
    assert (failed["answered"], failed["reason"]) == (False, "failed")


def test_a_link_leads_to_the_reader_page_where_there_is_one():
    answer = TinyEngine().ask("forty cars")
    given = {"question": "forty cars", "sources": SOURCES, "milliseconds": {"total": 1}}
    original = answer_object(answer, **given)["quotes"][0]
    read = answer_object(answer, **given, public_url="https://talks.example")["quotes"][0]
    assert original["link"].startswith("https://gazette.example/")
    assert read["link"].startswith(f"https://talks.example/read/harbour?s={read['start']}-")
    without = answer_object(answer, **{**given, "sources": {}})["quotes"][0]
    assert without["text"] == original["text"]  # the documents were exchanged meanwhile
