"""Requests made from the API's own description find nothing wrong."""

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed: make setup-dev")

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.bot.web.conftest import served

EXAMPLES = 40
LABELS = ("POST /api/ask", "GET /api/documents", "GET /api/documents/{document}")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("api") / "s") as (address, _):
        yield address


@pytest.fixture(scope="module")
def operations(address):
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    return {one.ok().label: one.ok() for one in schema.get_all_operations()}


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        *((label, GenerationMode.POSITIVE) for label in LABELS),
        (LABELS[0], GenerationMode.NEGATIVE),  # any path is a text, and nothing else is asked for
    ],
)
def test_nothing_is_found(operations, label, mode):
    """Neither with requests that fit the description nor with requests that do not."""

    @given(case=operations[label].as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def holds(case):
        case.call_and_validate()

    holds()


def test_everything_is_described(operations):
    assert set(operations) == set(LABELS)
