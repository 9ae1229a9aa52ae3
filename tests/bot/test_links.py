"""Links: only web addresses, and a fragment that a browser splits as it was meant."""

from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import SOURCES

from bot.links import FIRST_WORDS, LONG, address, best, original, reader
from retrieval.types import Citation, Kind, Quote, Span

DOCUMENT = SOURCES["harbour"].document


def linked(text, *, mark=None, url="https://a.example/page", page=None):
    span = Span(100, 100 + len(text))
    mark = span if mark is None else Span(100 + mark[0], 100 + mark[1])
    quote = Quote("harbour", Kind.BODY, span, text, (mark,), ())
    citation = Citation(1, replace(DOCUMENT, url=url), span, 3, Kind.BODY)
    return original(quote, citation, text=page)


def directive(link):
    return link.split("#:~:text=")[1]


def test_a_short_sentence_is_the_fragment_itself():
    assert linked("Ida cut it. ") == "https://a.example/page#:~:text=Ida%20cut%20it."


def test_only_the_answering_sentence_is_pointed_at():
    assert directive(linked("First one. Second one. ", mark=(11, 23))) == "Second%20one."


def test_what_separates_the_parts_of_a_directive_is_encoded():
    assert directive(linked("well-known, a & b—c")) == "well%2Dknown%2C%20a%20%26%20b%E2%80%94c"


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "ftp://a.example/x", "seeds/a.txt", "http://["]
)
def test_without_a_web_address_there_is_no_link(url):
    assert linked("Ida cut it.", url=url) is None


def test_an_address_cannot_break_out_of_a_line():
    link = linked("Ida.", url="https://a.example/\x1b]8;;x\x07 a\nb%20c")
    assert link.isprintable()
    assert link.startswith("https://a.example/%1B]8;;x%07%20a%0Ab%20c#")


def test_a_fragment_already_there_is_kept():
    assert linked("Ida.", url="https://a.example/p#top") == "https://a.example/p#top:~:text=Ida."


def test_a_long_sentence_is_named_by_its_ends():
    words = " ".join(f"word{n}" for n in range(60))
    start, end = directive(linked(words)).split(",")
    assert unquote(start) == "word0 word1 word2 word3 word4"
    assert unquote(end) == "word55 word56 word57 word58 word59"


def test_ends_grow_until_the_page_has_them_once():
    words = " ".join(f"word{n}" for n in range(60))
    page = f"Word0 word1 word2 word3 word4 word5 is elsewhere. {words} word56 word57 word58 word59"
    start, end = directive(linked(words, page=page)).split(",")
    assert unquote(start) == "word0 word1 word2 word3 word4 word5 word6"
    assert unquote(end) == "word55 word56 word57 word58 word59"


def test_words_over_a_line_break_use_both_ends_because_a_match_stays_in_one_block():
    assert directive(linked("A heading\n\nThen words.")) == "A%20heading,Then%20words."


def test_white_space_is_one_space_as_on_a_page():
    assert directive(linked("a\u00a0 b\t c")) == "a%20b%20c"


def test_a_mark_of_nothing_but_space_links_to_the_page():
    assert linked(" \n ") == "https://a.example/page"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_any_words_give_a_directive_of_one_or_two_parts(text):
    link = linked(text, page=text)
    if link == "https://a.example/page":
        assert not text.split()
        return
    parts = directive(link).split(",")
    assert link.isascii()
    assert link.isprintable()
    assert len(parts) <= 2
    assert not any("-" in part or "&" in part for part in parts)
    words = " ".join(text.split())
    assert words.startswith(unquote(parts[0]))
    assert words.endswith(unquote(parts[-1]))
    if len(parts) == 2 and len(text.splitlines()) == 1:
        assert len(words) > LONG
        assert len(unquote(parts[0]).split(" ")) >= FIRST_WORDS


def test_the_reader_page_is_linked_where_one_can_be_reached():
    span = Span(100, 111)
    quote = Quote("harbour", Kind.BODY, span, "Ida cut it.", (span,), ())
    citation = Citation(1, DOCUMENT, span, 3, Kind.BODY)
    link = best(quote, citation, public_url="https://talks.example/x")
    sha256 = DOCUMENT.sha256[:12]
    assert link == f"https://talks.example/x/read/harbour?s=100-111&f={sha256}#quote"
    assert best(quote, citation) == original(quote, citation)


@given(st.text(min_size=1))
def test_a_documents_id_stays_one_part_of_the_address(doc_id):
    if any("\ud800" <= character <= "\udfff" for character in doc_id):
        return
    link = reader(replace(DOCUMENT, id=doc_id))
    assert link.startswith("/read/")
    assert link.isascii()
    assert unquote(link.removeprefix("/read/")) == doc_id
    assert not set(link.removeprefix("/read/")) & set("/?#& ")


def test_the_original_alone_is_a_web_address_or_nothing():
    assert address(replace(DOCUMENT, url="https://a.example/p")) == "https://a.example/p"
    assert address(replace(DOCUMENT, url="javascript:alert(1)")) is None
