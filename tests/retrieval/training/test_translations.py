"""Which English words a word means, by made-up vectors and scores; without the encoder."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from retrieval.training.translations import (
    Vectors,
    crowded,
    in_order,
    nearest,
    needed,
    translations,
    write,
)


def rows(*vectors: tuple[float, ...]) -> Vectors:
    found = np.array(vectors, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


# What is kept


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ([("bridge", 0.6), ("pier", 0.55)], ["bridge", "pier"]),
        ([("pier", 0.55), ("bridge", 0.6)], ["bridge", "pier"]),  # the nearest first
        ([("bridge", 0.6), ("pier", 0.4)], ["bridge"]),  # far less near than the first
        ([("bridge", 0.6), ("bridges", 0.59), ("pier", 0.58)], ["bridge", "pier"]),  # one stem
        ([("bridge", 0.14), ("pier", 0.11)], ["bridge"]),  # near the first, but near to nothing
        ([("bridge", 0.06)], ["bridge"]),
        ([("bridge", 0.04), ("pier", 0.03)], []),  # a wrong word is worse than none
        ([], []),
    ],
)
def test_what_is_not_near_is_no_translation(form: list[tuple[str, float]], kept: list[str]) -> None:
    assert translations(form, []) == kept


def test_no_more_than_four_are_kept() -> None:
    form = [(word, 0.5) for word in ("bridge", "pier", "ferry", "tunnel", "road")]
    assert len(translations(form, [])) == 4


def test_a_form_means_what_its_infinitive_means() -> None:
    assert translations([("carrot", 0.3)], [("carry", 0.5)]) == ["carry"]
    # Of two as near, the form's own comes first.
    assert translations([("carried", 0.5)], [("wear", 0.5)]) == ["carried", "wear"]


def test_what_is_corrected_comes_in_the_order_of_the_form() -> None:
    assert in_order(["say", "said"], [("said", 0.4), ("say", 0.2)]) == ["said", "say"]
    assert in_order(["say", "said"], [("saith", 0.4)]) == ["say", "said"]


def test_what_is_english_as_it_stands_is_left_out_unless_it_tells_from_another() -> None:
    entries = {"berlin": ["berlin"], "fallen": ["fallen"], "fällen": ["cases"], "boot": ["boat"]}
    assert needed(entries).keys() == {"fallen", "fällen", "boot"}


# What is near


def test_the_nearest_is_not_the_word_that_is_near_to_everything() -> None:
    english = ["thing", "bridge", "ferry"]
    # The first is nearer to both than what they mean, for it is near to all.
    vectors = rows((1.0, 1.0, 0.0), (1.0, 0.0, 0.5), (0.0, 1.0, 0.5))
    own = rows((1.0, 0.45, 0.2), (0.45, 1.0, 0.2))
    assert (own @ vectors.T).argmax(axis=1).tolist() == [0, 0]
    worth = np.zeros(3, dtype=np.float32)
    found = nearest(own, english, vectors, worth=worth, frequent=2)
    assert [max(scored, key=lambda s: s[1])[0] for scored in found] == ["bridge", "ferry"]


def test_of_words_as_near_the_more_frequent_is_nearer() -> None:
    vectors = rows((1.0, 0.0), (1.0, 0.0))
    worth = np.array([0.01, 0.06], dtype=np.float32)
    [scored] = nearest(rows((1.0, 0.1)), ["pier", "bridge"], vectors, worth=worth, frequent=1)
    assert dict(scored)["bridge"] - dict(scored)["pier"] == pytest.approx(0.05, abs=1e-5)


def test_a_place_is_as_crowded_as_its_nearest_are_near() -> None:
    others = rows(*[(1.0, 0.0)] * 10, *[(0.0, 1.0)] * 20)
    assert crowded(rows((1.0, 0.0), (-1.0, 0.0)), others).tolist() == pytest.approx([1.0, 0.0])


# What is written


def test_a_dictionary_is_written_sorted_and_the_same_every_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write(first, {"fähre": ["ferry"], "fahre": ["drive"], "boot": ["rowing boat"]})
    write(second, {"boot": ["rowing boat"], "fahre": ["drive"], "fähre": ["ferry"]})
    lines = gzip.decompress(first.read_bytes()).decode().splitlines()
    assert lines == ["boot\trowing_boat", "fahre\tdrive", "fahre\tferry\tfähre"]
    assert first.read_bytes() == second.read_bytes()
