import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.actions import LIMIT, AnswerAction, PassageAction, decode, encode, resolve, short
from retrieval.types import Span

ANSWERS = st.builds(
    AnswerAction,
    action=st.sampled_from(["more", "share", "up", "down", "delete"]),
    answer_id=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True),
    shown=st.integers(0, 9999),
)
SPANS = st.tuples(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1)).map(
    lambda pair: Span(min(pair), max(pair))
)
PASSAGES = st.builds(
    PassageAction,
    action=st.sampled_from(["context", "exact"]),
    document=st.text().map(short),
    span=SPANS,
    fingerprint=st.from_regex(r"[0-9a-f]{1,12}", fullmatch=True),
)


@given(ANSWERS | PASSAGES)
def test_what_is_written_is_read_and_fits(action):
    value = encode(action)
    assert len(value) <= LIMIT
    assert value.isascii()
    assert decode(value) == action


@given(st.text() | st.from_regex(r"talks1:[a-z]{1,8}:[\w-]{0,12}:.{0,9}:?.{0,9}", fullmatch=True))
@example("talks1:more:abc:01")
@example("talks1:more:abc:٣")
@example("talks1:more:abc:3\n")
@example("talks1:context:AAAAAAAAAAA:9-3:abc")
@example("talks0:more:abc:3")
def test_only_what_would_be_written_is_read(value):
    action = decode(value)
    assert action is None or encode(action) == value


@given(ANSWERS | PASSAGES, st.text(min_size=1))
def test_anything_added_is_refused(action, more):
    assert decode(more + encode(action)) is None
    changed = decode(encode(action) + more)
    assert changed is None or encode(changed) == encode(action) + more


def test_a_whole_fingerprint_is_carried_by_its_beginning():
    action = PassageAction("context", short("d"), Span(3, 9), "0123456789abcdef" * 4)
    back = decode(encode(action))
    assert isinstance(back, PassageAction)
    assert action.fingerprint.startswith(back.fingerprint)
    assert len(back.fingerprint) == 12


@pytest.mark.parametrize(
    "action",
    [
        AnswerAction("more", "id with spaces"),
        AnswerAction("more", "i" * 41),
        AnswerAction("more", "id", 10_000),
        PassageAction("exact", "the id itself", Span(0, 1), "abc"),
        PassageAction("exact", short("d"), Span(0, 1), ""),
    ],
)
def test_what_cannot_be_carried_is_refused_when_written(action):
    with pytest.raises(ValueError, match="no button"):
        encode(action)


@given(st.sets(st.text(), min_size=1, max_size=20))
def test_every_document_id_is_found_by_its_hash(ids):
    for doc_id in ids:
        assert resolve(short(doc_id), ids) == doc_id
    assert resolve("AAAAAAAAAAA", ids) is None


def test_the_hash_never_changes():  # buttons made by an older process have to work
    assert short("reykjavík-1986") == "tOtPTfQiAQc"
