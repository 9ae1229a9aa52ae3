"""The API: the JSON of `talks ask --json`, problems in words, keys, limits, and its description."""

import json
import threading
from urllib.parse import quote

import pytest

from bot.json import answer_object
from tests.bot.web.conftest import client

QUESTION = "who met in Stockholm"
KEY = "0123456789abcdef"


def ask(web, question=QUESTION, headers=None, **more):
    return web.post("/api/ask", json={"question": question, **more}, headers=headers)


def problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    return body


def test_an_answer_is_the_object_that_scripts_know(web):
    response = ask(web)
    assert response.status_code == 200
    made = response.json()
    engine = web.site.engine
    expected = answer_object(
        engine.ask(QUESTION), question=QUESTION, sources=engine.sources, milliseconds={"total": 1.0}
    )
    total = made["milliseconds"].pop("total")
    expected["milliseconds"].pop("total")
    assert total > 0
    assert json.dumps(made) == json.dumps(json.loads(json.dumps(expected)))
    assert response.headers["talks-answer-id"]
    described = web.get("/api/openapi.json").json()["components"]["schemas"]
    assert set(made) == set(described["Answer"]["properties"])
    assert set(made["quotes"][0]) == set(described["Quoted"]["properties"])


def test_a_real_answer_has_offsets_into_the_document(tmp_path, seeds_engine):
    with client(tmp_path / "s", build=lambda: seeds_engine) as web:
        cited = ask(web, "who met in Reykjavik").json()["quotes"][0]
        whole = web.get(f"/api/documents/{cited['document']['id']}").json()
        assert whole["text"][cited["start"] : cited["end"]] == cited["text"]
        assert cited["link"].startswith("https://lansinginstitute.org/")
        assert {part["kind"] for part in whole["regions"]} == {"body", "author box"}
    with client(
        tmp_path / "s2", build=lambda: seeds_engine, public_url="https://talks.example"
    ) as web:
        headers = {"host": "talks.example"}
        cited = ask(web, "who met in Reykjavik", headers).json()["quotes"][0]
        assert cited["link"].startswith("https://talks.example/read/002?s=")


def test_an_honest_no_is_an_answer(web):
    made = ask(web, "nothing").json()
    assert (made["answered"], made["reason"], made["quotes"]) == (False, "not_in_documents", [])
    assert made["nearest"]


def test_a_follow_up_names_the_answer_before(web):
    before = ask(web).headers["talks-answer-id"]
    cited = ask(web, "how long did it last", follows=before).json()["quotes"][0]
    assert cited["text"] == "The talks lasted 30 minutes."


def test_narrowing(web):
    assert len(ask(web, "what does it say", k=5).json()["quotes"]) == 5
    made = ask(web, "who met", documents=["reykjavik"]).json()
    assert made["quotes"][0]["document"]["id"] == "reykjavik"
    assert "no document" in problem(ask(web, documents=["nowhere"]), 404)["detail"]
    assert "from that time" in problem(ask(web, since="2030"), 404)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": 3},
        {"question": None},
        {"question": "x", "k": 0},
        {"question": "x", "k": 11},
        {"question": "x", "k": True},
        {"question": "x", "kinds": ["furniture"]},
        {"question": "x", "since": "yesterday"},
        {"question": "x", "secret-word": 1},
        [],
        "x",
    ],
)
def test_what_is_not_of_the_described_form_is_refused(web, body):
    told = problem(web.post("/api/ask", json=body), 422)
    assert "yesterday" not in told["detail"]
    assert "secret-word" not in told["detail"]


@pytest.mark.parametrize(("name", "most"), [("documents", 1000), ("kinds", 6)])
def test_a_list_is_read_no_further_than_it_may_be_long(web, name, most):
    one = {"documents": "stockholm", "kinds": "body"}[name]
    assert ask(web, **{name: [one] * most}).status_code == 200
    for many in ([one] * (most + 1), [1] * 100_000):  # the first of these would be wrong by itself
        told = problem(ask(web, **{name: many}), 422)
        assert f"at most {most} items" in told["detail"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 5000, b""])
def test_what_is_not_json_is_refused(web, content):
    headers = {"content-type": "application/json"}
    response = web.post("/api/ask", content=content, headers=headers)
    problem(response, response.status_code)
    assert response.status_code in {400, 422}


def test_half_a_character_is_asked_as_a_sign_for_one(web, caplog):
    headers = {"content-type": "application/json"}
    response = web.post("/api/ask", content=b'{"question": "met \\ud800"}', headers=headers)
    assert response.json()["question"] == "met \ud800"
    assert "met \ufffd" in web.site.engine.asked
    assert not caplog.records
    problem(ask(web, follows="not an id"), 422)


def test_a_form_of_another_site_asks_nothing(web):
    """A browser sends these without asking the server first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = web.post(
            "/api/ask", content=json.dumps({"question": QUESTION}), headers={"content-type": kind}
        )
        problem(response, 422)
    preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    response = web.options("/api/ask", headers=preflight)
    assert response.status_code == 405
    shared = ask(web, headers={"origin": "https://evil.example"})
    for one in (response, shared):
        assert not [name for name in one.headers if name.startswith("access-control")]


def test_the_documents_are_listed_and_fetched(web):
    listed = web.get("/api/documents").json()
    assert [one["id"] for one in listed["documents"]] == list(web.site.engine.sources)
    for one in listed["documents"]:
        whole = web.get(f"/api/documents/{quote(one['id'], safe='')}").json()
        assert whole["text"] == web.site.engine.sources[one["id"]].text
        assert len(whole["text"]) == one["characters"]
        for part in whole["regions"]:
            assert part["line"] == whole["text"].count("\n", 0, part["start"]) + 1
    assert len(whole["regions"]) > 2  # the last is the one with several
    problem(web.get("/api/documents/nowhere"), 404)
    problem(web.get("/api/nowhere"), 404)
    response = web.get("/api/ask")
    problem(response, 405)
    assert response.headers["allow"] == "POST"


def test_a_key_opens_the_api_where_keys_are_set(tmp_path):
    with client(tmp_path / "s", keys=frozenset({KEY, "f" * 16})) as web:
        for headers in ({}, {"authorization": "Bearer nope"}, {"authorization": f"Basic {KEY}"}):
            response = ask(web, headers=headers)
            problem(response, 401)
            assert response.headers["www-authenticate"] == "Bearer"
            assert web.get("/api/documents", headers=headers).status_code == 401
            assert web.get("/api/documents/long", headers=headers).status_code == 401
            assert web.get("/metrics", headers=headers).status_code == 401
        good = {"authorization": f"Bearer {KEY}"}
        assert ask(web, headers=good).status_code == 200
        assert web.get("/metrics", headers=good).status_code == 200
        assert web.get("/").status_code == 200
        description = web.get("/api/openapi.json").json()
        assert description["components"]["securitySchemes"]


def test_each_key_has_a_limit_of_its_own(tmp_path):
    keys = frozenset({KEY, "f" * 16})
    with client(tmp_path / "s", keys=keys, settings={"limits.user": 1}) as web:
        one, other = ({"authorization": f"Bearer {key}"} for key in keys)
        assert ask(web, headers=one).status_code == 200
        told = problem(ask(web, headers=one), 429)
        assert 1 <= told["retry_after"] <= 60
        assert ask(web, headers=other).status_code == 200


def test_a_failure_has_an_id_and_no_question(web, caplog):
    told = problem(ask(web, "crash over Secretville"), 500)
    assert told["error_id"] in caplog.text
    assert "Secretville" not in caplog.text + json.dumps(told)


def test_the_queue_being_full_is_said(tmp_path):
    more = {"service.queue": 1, "service.workers": 1}
    with client(tmp_path / "s", settings=more) as web:
        asking = threading.Thread(target=lambda: ask(web, "wait"))
        asking.start()
        assert web.site.engine.waiting.wait(10)
        response = ask(web)
        assert problem(response, 503)["retry_after"]
        assert response.headers["retry-after"]
        web.site.engine.go.set()
        asking.join(10)
