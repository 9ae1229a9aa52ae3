"""Citations to copy: the quote exact in each, and nothing in it that the other program reads."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web import cite
from retrieval.types import Citation, Kind, Quote, Span
from tests.bot.web.conftest import document

STATED = frozenset({"title", "publisher", "author", "date"})
ABOUT = document(
    "002",
    "x",
    title="30 % of #1 & more_or_less {so}",
    publisher="The Daily",
    author="Ida Brandt and Bo Ek",
    date="2021-12-02",
    date_known_by="in text",
    url="https://daily.example/a_(b)",
    given=STATED,
)


def made(text="Ida met Bo.", about=ABOUT, public_url=""):
    span = Span(10, 10 + len(text))
    quote = Quote(about.id, Kind.BODY, span, text, (span,), ())
    citation = Citation(1, about, span, 7, Kind.BODY)
    forms = cite.forms(quote, citation, text="x" * 10 + text, public_url=public_url)
    return {form.name: form.text for form in forms}


def test_each_form_is_as_it_is_written_there():
    forms = made()
    link = "https://daily.example/a_(b)#:~:text=Ida%20met%20Bo."
    assert forms["Quote alone"] == "Ida met Bo."
    assert forms["Plain"] == (
        "“Ida met Bo.” — “30 % of #1 & more_or_less {so}”, The Daily, 2021-12-02, article text, "
        f"line 7, {link}"
    )
    assert forms["Markdown"] == (
        "> Ida met Bo.\n>\n> — [“30 % of #1 \\& more\\_or\\_less {so}”]"
        "(https://daily.example/a_%28b%29#:~:text=Ida%20met%20Bo.), The Daily, 2021-12-02, "
        "article text, line 7"
    )
    assert forms["APA-like"] == (
        "“Ida met Bo.” (line 7). Ida Brandt and Bo Ek (2021, December 2). "
        f"30 % of #1 & more_or_less {{so}}. The Daily. {link}"
    )
    assert forms["BibTeX"] == (
        "@misc{002,\n"
        "  author = {Ida Brandt and Bo Ek},\n"
        "  title = {{30 \\% of \\#1 \\& more\\_or\\_less \\{so\\}}},\n"
        "  publisher = {The Daily},\n"
        "  year = {2021},\n"
        "  month = {12},\n"
        "  note = {Line 7},\n"
        f"  url = {{{link}}}\n"
        "}"
    )


def test_what_the_text_does_not_state_is_marked_in_each():
    inferred = replace(ABOUT, given=frozenset(), date_known_by="inferred", author=None)
    forms = made(about=inferred)
    assert "[30 % of" in forms["Plain"]
    assert "(publisher inferred), 2021-12-02 (date inferred)" in forms["Plain"]
    assert "[The Daily] ([2021, December 2]). [30 % of" in forms["APA-like"]
    note = "Line 7; date: inferred; title supplied; publisher inferred"
    assert f"note = {{{note}}}" in forms["BibTeX"]


@pytest.mark.parametrize(
    ("date", "shown"), [(None, "(n.d.)"), ("2022", "(2022)"), ("2022-07", "(2022, July)")]
)
def test_a_date_is_as_exact_as_it_is_known(date, shown):
    assert shown in made(about=replace(ABOUT, date=date))["APA-like"]


def test_without_an_original_the_reader_page_is_cited_where_it_is_public():
    about = replace(ABOUT, url=None)
    assert "http" not in made(about=about)["Plain"]
    cited = made(about=about, public_url="https://talks.example")["Plain"]
    assert cited.endswith(f"https://talks.example/read/002?s=10-21&f={ABOUT.sha256[:12]}#quote")


# A source is UTF-8: halves of characters cannot come.
@given(
    st.text(
        st.sampled_from("ab1 .\n\t-+#=*_`[]()<>!|~&$\\>") | st.characters(codec="utf-8"), min_size=1
    )
)
def test_the_quote_is_the_quote_in_every_form(text):
    forms = made(text)
    assert forms["Quote alone"] == text
    assert f"“{text}”" in forms["Plain"]
    assert f"“{text}”" in forms["APA-like"]
    quoted = forms["Markdown"].rpartition("\n>\n> — ")[0]
    bare = re.sub(r"(?m)^> ?", "", quoted)
    plain = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", bare)
    assert re.sub(r"(?m) +$", "", plain) == re.sub(r"(?m) +$", "", text)
