"""When meetings were: what sentences state, what has to be inferred, what is neither."""

from datetime import date
from itertools import pairwise

import pytest

from bot.web.meetings import days, meetings
from bot.web.timeline import WIDTH, timeline
from retrieval import corpus
from retrieval.types import Kind, Region, Source, Span
from tests.bot.web.conftest import document
from tests.conftest import ROOT


def told(text, *, day="2024-05-15", kind=Kind.BODY):  # a Wednesday
    about = document("d", text, date=day, date_known_by="in text" if day else "unknown")
    return list(meetings(Source(about, text, (Region(kind, Span(0, len(text))),))))


@pytest.mark.parametrize(
    ("text", "first", "last", "inferred"),
    [
        ("They met on 3 March 2023.", date(2023, 3, 3), date(2023, 3, 3), False),
        ("They met on March 3, 2023, in Rome.", date(2023, 3, 3), date(2023, 3, 3), False),
        ("The summit of June 2019 failed.", date(2019, 6, 1), date(2019, 6, 30), False),
        ("A meeting in 1999 ended it.", date(1999, 1, 1), date(1999, 12, 31), False),
        ("The talks in November ended.", date(2023, 11, 1), date(2023, 11, 30), True),
        ("They will meet in November.", date(2024, 11, 1), date(2024, 11, 30), True),
        ("They met on Dec. 24.", date(2023, 12, 24), date(2023, 12, 24), True),
        ("They met on Friday.", date(2024, 5, 10), date(2024, 5, 10), True),
        ("They will meet on Friday.", date(2024, 5, 17), date(2024, 5, 17), True),
        ("They met on Wednesday.", date(2024, 5, 15), date(2024, 5, 15), True),
        (
            "The office said Tuesday that both will meet on Monday.",
            date(2024, 5, 20),
            date(2024, 5, 20),
            True,
        ),
    ],
)
def test_a_time_is_read(text, first, last, inferred):
    (one,) = told(text)
    assert (one.first, one.last, one.inferred) == (first, last, inferred)
    assert one.said in text
    assert one.span == Span(0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "They met in Rome.",
        "The harbour opened on Friday.",
        "He said Tuesday that talks are over.",
        "They may meet.",
        "It is the first meeting since the war began in March.",
        "They met on 99 March.",
    ],
)
def test_what_tells_no_time_of_a_meeting_is_left_out(text):
    assert not told(text)


def test_without_a_day_of_its_own_a_document_dates_no_weekday():
    assert not told("They met on Friday.", day=None)
    assert not told("They met on Friday.", day="2024-05")
    assert told("They met on 3 March 2023.", day=None)
    assert not told("They met on 3 March 2023.", kind=Kind.COMMENT)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, None),
        ("2024", (date(2024, 1, 1), date(2024, 12, 31))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2024-12", (date(2024, 12, 1), date(2024, 12, 31))),
        ("2024-12-05", (date(2024, 12, 5), date(2024, 12, 5))),
        ("9999", None),
    ],
)
def test_a_catalogues_date_is_the_days_it_may_mean(written, expected):
    assert days(written) == expected


def test_everything_drawn_lies_on_the_axis_and_is_listed_whole():
    sources = corpus.load(ROOT / "seeds")
    drawn = timeline(sources, "test")
    texts = {source.document.id: source.text for source in sources}
    assert len([mark for mark in drawn.marks if mark.document]) == 5
    for mark in drawn.marks:
        assert 0 <= mark.x <= (mark.end or mark.x) <= WIDTH
        assert 0 < mark.y < drawn.height
        if not mark.document:
            assert any(mark.words in text for text in texts.values())
    assert all(a.y < b.y for a, b in pairwise(drawn.marks))
    sentences = [one.sentence for listed in drawn.listed for one in listed.told]
    assert all(mark.words in sentences for mark in drawn.marks if not mark.document)
    assert "1986" in " ".join(sentences)  # too far to be drawn
    assert not any("1986" in mark.when for mark in drawn.marks)


def test_a_collection_without_dates_has_no_drawing():
    text = "They met on Friday."
    source = Source(document("d", text), text, (Region(Kind.BODY, Span(0, len(text))),))
    drawn = timeline((source,), "undated")
    assert not drawn.marks
    assert [one.when for one in drawn.undated] == ["undated"]
    assert not timeline((), "empty").listed
