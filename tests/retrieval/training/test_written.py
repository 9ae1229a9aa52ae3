"""Our own questions: what ships is whole, and becomes collections beside the reading data."""

import gzip
import json
from pathlib import Path

import pytest
import reading

from retrieval.errors import QuestionsError
from retrieval.training import written
from retrieval.training.collections import Example
from retrieval.training.written import (
    about_paragraphs,
    articles,
    learned_from,
    paragraph_name,
)
from retrieval.types import Span

WRITTEN = Path(written.__file__).with_name("written")


def test_what_is_asked_about_an_article_is_about_its_paragraph_or_the_whole(tmp_path: Path) -> None:
    given = reading.examples(6)
    (article,) = articles(reading.write_own(tmp_path / "own", [], [given]))
    for found, example in zip(article.examples, given, strict=True):
        assert found.question == example.question
        if example.answer is None:
            assert found.context == article.text
            assert found.answer is None
        else:
            assert found == example


def test_a_follow_up_is_put_as_in_a_conversation(tmp_path: Path) -> None:
    text = "A headline\n\nIda Berg met Ola in Oban. She stayed two days."
    follow_up = {"before": "who met Ola", "told": "Ida Berg", "answer": [49, 57]}
    rows = [
        {"question": "and how long did she stay?", **follow_up},
        {"question": "and how long was it?", **follow_up, "answer": None},
    ]
    article = {"article": "n", "text": text, "questions": [], "follow_ups": rows}
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(article))
    (given,) = articles(tmp_path)
    assert given.examples == (
        Example(
            "and how long did she stay? (met Ola Ida Berg)",
            "Ida Berg met Ola in Oban. She stayed two days.",
            Span(37, 45),
        ),
        Example("and how long was it? (met Ola)", text, None),
    )


def test_a_paragraph_of_a_text_without_empty_lines_is_a_line(tmp_path: Path) -> None:
    text = "A headline\nIda Berg met Ola in Oban.\nShe stayed two days."
    asked = [{"question": "where did Ida meet Ola", "answer": [31, 35]}]
    article = {"article": "n", "text": text, "questions": asked, "follow_ups": []}
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(json.dumps(article))
    (given,) = articles(tmp_path)
    assert given.examples == (
        Example("where did Ida meet Ola", "Ida Berg met Ola in Oban.", Span(20, 24)),
    )


def test_questions_about_other_paragraphs_are_left_out(tmp_path: Path) -> None:
    given = reading.examples(6)
    own = reading.write_own(tmp_path / "own", given, [])
    wanted = {given[0].context, given[-1].context, "Another one."}
    assert about_paragraphs(wanted, own) == [e for e in given if e.context in wanted]


def test_articles_are_collections_after_those_of_the_data(tmp_path: Path, model: str) -> None:
    given = reading.examples(45)
    data = reading.write(tmp_path / "data.jsonl.gz", given)
    more = [reading.examples(2, seed=10 + number) for number in range(13)]
    own = reading.write_own(tmp_path / "own", given[:3], more)
    made = list(learned_from(data, tmp_path / "work", model=model, seed=3, written=own))
    first, *others = made
    assert len(first.examples) == len(given) + 3
    assert [len(subject.sources) for subject in others] == [12, 1]
    assert [subject.number for subject in made] == [0, 0, 1]
    for subject in made:
        for example in subject.examples:
            doc_id, span = subject.place(example)
            text = subject.sources[doc_id].text
            assert text[span.start : span.end] == example.context
    some = learned_from(
        data, tmp_path / "work", model=model, seed=3, written=own, wanted=lambda number: number > 0
    )
    assert [subject.examples for subject in some] == [made[-1].examples]
    own_alone = learned_from(
        data, tmp_path / "work", model=model, seed=3, written=own, own_alone=True
    )
    assert [len(subject.examples) for subject in own_alone] == [
        3,
        *(len(s.examples) for s in others),
    ]
    (alone,) = learned_from(data, tmp_path / "work", model=model, seed=3)
    assert len(alone.examples) == len(given)


def test_a_folder_of_anything_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"articles\.jsonl\.gz cannot be read .* → give"):
        articles(tmp_path)
    (tmp_path / "articles.jsonl.gz").write_bytes(gzip.compress(b'{"text": "It rained."}'))
    with pytest.raises(QuestionsError, match=r"KeyError: 'questions'.* → give .*follow_ups"):
        articles(tmp_path)


def test_what_ships_is_whole_and_balanced() -> None:
    shipped = articles(WRITTEN)
    assert len({article.name for article in shipped}) == len(shipped)
    asked = [example for article in shipped for example in article.examples]
    for article in shipped:
        for example in article.examples:
            assert example.context in article.text
            if example.answer:
                answer = example.context[example.answer.start : example.answer.end]
                assert answer == answer.strip() != ""
    assert any(example.question.endswith(")") for example in asked)  # follow-ups
    assert 0.4 < sum(example.answer is None for example in asked) / len(asked) < 0.6


def test_no_invented_article_speaks_of_a_collection_that_is_measured_on() -> None:
    text = "\n".join(article.text for article in articles(WRITTEN))
    for stranger in ("Blinken", "Lavrov", "Zelensk", "Putin", "Ukrain", "Hestrey", "Port Ellmer"):
        assert stranger not in text


def test_a_paragraph_is_named_by_its_text() -> None:
    assert paragraph_name("Once.") == paragraph_name("Once.") != paragraph_name("Twice.")
