import asyncio
from dataclasses import replace

import pytest

from bot.actions import short
from bot.types import Answered, DocumentsChanged, Excerpt, Gone, Limited, NoMore, Noted
from retrieval.types import Span
from tests.bot.examples import FINGERPRINT
from tests.bot.service.engines import TEXT, SmallEngine
from tests.bot.service.services import answered
from tests.bot.state.states import Clock


def starts(reply):
    return [one.quote.span.start for one in reply.answer.evidence]


async def test_more_goes_through_all_passages_without_repeating(run):
    async with run() as service:
        first = await answered(service)
        seen, numbers, shown = starts(first), [1, 2, 3], 3
        while True:
            page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=shown)
            assert isinstance(page, Answered)
            assert page.skipped == shown
            seen += starts(page)
            numbers += [one.citation.number for one in page.answer.evidence]
            shown += len(page.answer.evidence)
            if not page.more:
                break
        assert numbers == list(range(1, 13))
        assert seen == sorted(set(seen))
        assert isinstance(
            await service.more(first.answer_id, user_key="u", channel_key="c", shown=shown), NoMore
        )


async def test_more_begins_with_what_did_not_fit(run):
    async with run() as service:
        first = await answered(service)
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=1)
        assert starts(page)[:2] == starts(first)[1:]
        assert [one.citation.number for one in page.answer.evidence] == [2, 3, 4]


async def test_more_of_an_abstention_are_more_close_passages(run):
    async with run() as service:
        first = await answered(service, "nothing")
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert [one.citation.number for one in page.answer.nearest] == [4, 5, 6]


async def test_more_of_a_follow_up_asks_what_was_asked(run, engine):
    async with run() as service:
        await answered(service, "who met", thread_key="t")
        first = await answered(service, "and how long", thread_key="t")
        engine.asked.clear()
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert page.answer.understood == "and how long (who met)"
        assert await service.recall(first.answer_id) == replace(first, more=False)


async def test_more_counts_against_the_limits_of_whoever_presses(run):
    async with run(limits__user=1) as service:
        first = await answered(service)
        pressed = {"channel_key": "c", "shown": 3}
        limited = await service.more(first.answer_id, user_key="u", **pressed)
        assert isinstance(limited, Limited)
        page = await service.more(first.answer_id, user_key="v", **pressed)
        assert isinstance(page, Answered)


async def test_buttons_work_after_a_restart(run):
    async with run() as service:
        first = await answered(service)
    async with run() as service:
        assert isinstance(await service.recall(first.answer_id), Answered)
        page = await service.more(first.answer_id, user_key="u", channel_key="c", shown=3)
        assert isinstance(page, Answered)
        assert await service.asked_by(first.answer_id, "u")
        assert await service.feedback(first.answer_id, user_key="u", vote="up") is Noted.KEPT
        excerpt = await service.exact("long", Span(0, 10), FINGERPRINT[:12])
        assert isinstance(excerpt, Excerpt)


async def test_after_the_documents_changed_buttons_say_so(run):
    async with run() as service:
        first = await answered(service)
    async with run(lambda: SmallEngine("other" * 10)) as service:
        changed = DocumentsChanged()
        pressed = {"user_key": "u", "channel_key": "c", "shown": 3}
        assert await service.more(first.answer_id, **pressed) == changed
        assert await service.recall(first.answer_id) == changed
        assert await service.context("long", Span(0, 10), FINGERPRINT[:12]) == changed
        assert await service.exact("long", Span(0, 10), FINGERPRINT[:12]) == changed
        assert await service.feedback(first.answer_id, user_key="u", vote="up") is Noted.KEPT


async def test_answers_that_are_not_kept_are_gone(run):
    async with run() as service:
        assert await service.recall("x") == Gone()
        assert await service.more("x", user_key="u", channel_key="c", shown=1) == Gone()
        assert await service.feedback("x", user_key="u", vote="up") == Gone()
        assert not await service.asked_by("x", "u")


async def test_old_answers_are_not_kept(run):
    clock = Clock()
    async with run(clock=clock) as service:
        first = await answered(service)
    clock.now += 31 * 86_400
    async with run(clock=clock) as service:
        for _ in range(1000):
            if await service.recall(first.answer_id) == Gone():
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("it is still there")


async def test_the_surroundings_hold_the_marked_citation(run):
    async with run() as service:
        start = TEXT.index("Sentence 5")
        span = Span(start, start + len("Sentence 5 says what it says."))
        excerpt = await service.context(short("long"), span, FINGERPRINT[:12])
        assert isinstance(excerpt, Excerpt)
        assert excerpt.quote.text.startswith("Sentence 2 ")
        assert excerpt.quote.text.endswith("Sentence 8 says what it says.")
        assert excerpt.quote.text == TEXT[excerpt.quote.span.start : excerpt.quote.span.end]
        assert excerpt.quote.marks == (span,)
        exact = await service.exact("long", span, FINGERPRINT)
        assert exact.quote.text == TEXT[span.start : span.end]
        assert exact.citation.document.id == "long"


@pytest.mark.parametrize(
    ("document", "span", "fingerprint"),
    [
        ("unknown", Span(0, 5), FINGERPRINT),
        ("long", Span(0, 10**6), FINGERPRINT),
        ("long", Span(10**6, 10**6 + 1), FINGERPRINT),
        ("long", Span(3, 3), FINGERPRINT),
        ("long", Span(0, 5), ""),
        ("long", Span(0, 5), "x"),
    ],
)
async def test_what_no_button_of_ours_says_is_never_a_wrong_passage(
    run, document, span, fingerprint
):
    async with run() as service:
        assert await service.context(document, span, fingerprint) == DocumentsChanged()
        assert await service.exact(document, span, fingerprint) == DocumentsChanged()


async def test_votes_and_whose_answer_it_is(run):
    async with run() as service:
        first = await answered(service)
        assert await service.asked_by(first.answer_id, "u")
        assert not await service.asked_by(first.answer_id, "v")
        votes = [
            await service.feedback(first.answer_id, user_key="v", vote=vote)
            for vote in ("up", "down", "down")
        ]
        assert votes == [Noted.KEPT, Noted.CHANGED, Noted.WITHDRAWN]
