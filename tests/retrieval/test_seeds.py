"""The documents that come with the program are the publishers' bytes, and described in full."""

import hashlib
from pathlib import Path

import pytest

from retrieval.corpus import check, load, share_left_out
from retrieval.regions import line_of
from retrieval.types import Kind, Source

SEEDS = Path(__file__).parents[2] / "seeds"

SHA256 = {
    "000_23606430ace6b938.txt": "45e3df99d1c90ffaa96b1e4d88b66437921c9e4dd4bc3b56b111ed06b960bfb9",
    "001_a479c019d516b5dd.txt": "3b4de5275dd66ee496e1c587d5023769915ce84766fcd45e98e63c52ca0147dd",
    "002_410d8dd2869aeef0.txt": "84c808b4c0074e00c7d0aec87e40f303301e2698aff242d0f433f5d6dc067bbe",
    "003_fe4fb2dea130ca3f.txt": "b24cb615a6fabddd5809f507696c71bce107c199c725b5c9aef47dc3ed8bf033",
    "004_03a4f0983d838844.txt": "c8b3c9abb78359f644d423ef084e89e0672762f8ce927b65e98331e8513cfbf2",
}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return {source.document.id: source for source in load(SEEDS)}


def pieces(source: Source, kind: Kind) -> list[tuple[int, str]]:
    """Return (first line, text) of every region of a kind."""
    return [
        (line_of(source.text, region.span.start), source.text[region.span.start : region.span.end])
        for region in source.regions
        if region.kind is kind
    ]


def test_the_files_are_the_originals_byte_for_byte() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()) for path in SEEDS.glob("*.txt")}
    assert {name: digest.hexdigest() for name, digest in found.items()} == SHA256


def test_the_collection_has_no_problem() -> None:
    assert check(SEEDS) == ()


def test_ids_and_checksums_come_from_the_files(sources: dict[str, Source]) -> None:
    assert list(sources) == ["000", "001", "002", "003", "004"]
    for source in sources.values():
        assert source.document.file.startswith(source.document.id)
        assert source.document.sha256 == SHA256[source.document.file]
        assert source.text.encode() == (SEEDS / source.document.file).read_bytes()


def test_what_is_not_in_a_text_is_not_given_by_it(sources: dict[str, Source]) -> None:
    given = {doc_id: sorted(source.document.given) for doc_id, source in sources.items()}
    assert given == {
        "000": [],
        "001": ["author", "date", "title"],
        "002": [],
        "003": ["author", "publisher", "title"],
        "004": ["publisher", "title"],
    }
    dates = {source.document.date: source.document.date_known_by for source in sources.values()}
    assert dates == {
        "2022-01-18": "inferred",
        "2021-12-02": "in text",
        "2021-05-21": "publisher's address",
        "2022-07-29": "publisher's address",
    }


def test_comments_begin_where_the_article_ends(sources: dict[str, Source]) -> None:
    ((_, body),) = pieces(sources["000"], Kind.BODY)
    assert body.endswith("what that assessment is based on.")
    comments = pieces(sources["000"], Kind.COMMENT)
    assert len(comments) == 18
    assert comments[0][0] == 6
    assert comments[0][1].startswith("NATO-Russia talks are almost meaningless.")
    assert [text for _, text in comments if text.startswith("That is a very scary")] == [
        "That is a very scary thought…best-donna"
    ]


def test_articles_are_told_from_what_stands_around_them(sources: dict[str, Source]) -> None:
    assert [line for line, _ in pieces(sources["001"], Kind.HEADLINE)] == [1, 3]
    assert [line for line, _ in pieces(sources["001"], Kind.HEADING)] == [25, 33, 47, 57, 81]
    assert pieces(sources["001"], Kind.BYLINE) == [(5, "By Ben Aris in Berlin December 2, 2021")]
    assert [line for line, _ in pieces(sources["002"], Kind.AUTHOR_BOX)] == [10]
    assert pieces(sources["003"], Kind.BYLINE) == [(8, "By Michael Crowley and Anton Troianovski")]
    assert [line for line, _ in pieces(sources["004"], Kind.HEADING)] == [29, 39]
    quotable = "\n".join(text for _, text in pieces(sources["004"], Kind.BODY))
    assert quotable.startswith("Secretary of State Antony Blinken announced Wednesday")
    assert quotable.endswith("against Russia’s aggression.”")
    assert not {"133%", "Assad", "Yellen", "Trump"} & set(quotable.split())


def test_only_the_page_with_teasers_leaves_much_out(sources: dict[str, Source]) -> None:
    shares = {doc_id: share_left_out(source) for doc_id, source in sources.items()}
    assert shares["000"] == shares["002"] == 0
    assert 0 < shares["001"] < 0.02
    assert 0 < shares["003"] < 0.02
    assert 0.3 < shares["004"] < 0.4
