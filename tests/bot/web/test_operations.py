"""What those who run it see, and what keeps it running: sizes, hosts, patience, headers, logs."""

import asyncio
import re
import socket
import threading
import time
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.web import Web
from tests.bot.web.conftest import client, served

QUESTION = "who met in Stockholm"


def figures(web, **more):
    text = web.get("/metrics", **more).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**given):
    return tuple(sorted(given.items()))


def test_questions_are_counted_by_platform_and_outcome(web):
    web.post("/api/ask", json={"question": QUESTION})
    web.get("/", params={"q": "nothing"})
    web.post("/api/ask", json={"question": "crash"})
    seen = figures(web)
    for outcome in ("found", "not_in_documents", "failed"):
        assert seen["talks_questions_total", labels(platform="web", outcome=outcome)] == 1
    assert seen["talks_question_seconds_count", labels(platform="web")] == 3
    assert seen["talks_queue_depth", ()] == 0
    asked = labels(method="POST", route="/api/ask", status="200")
    assert seen["talks_http_requests_total", asked] == 1
    assert ("talks_event_loop_lag_seconds", ()) in seen


def test_refused_questions_are_counted(tmp_path):
    with client(tmp_path / "s", settings={"limits.user": 1}) as web:
        for _ in range(3):
            web.post("/api/ask", json={"question": QUESTION})
        seen = figures(web)
        assert seen["talks_limited_total", labels(platform="web")] == 2
        refused = labels(method="POST", route="/api/ask", status="429")
        assert seen["talks_http_requests_total", refused] == 2


def test_nothing_that_people_type_becomes_a_label(web):
    web.get("/secret-path")
    web.get("/read/secret-document")
    web.request("SECRETMETHOD", "/")
    text = web.get("/metrics").text
    assert "secret" not in text.lower()


@dataclass
class Connection:
    silent_for: float | None
    throttled: int


def test_readiness_is_having_documents_and_hearing_from_platforms(tmp_path):
    heard = {"discord": Connection(3.0, throttled=2), "slack": Connection(None, throttled=0)}
    with client(tmp_path / "s", heard=heard) as web:
        assert web.get("/healthz").json() == {"status": "ok"}
        assert (web.get("/readyz").status_code, web.get("/readyz").json()) == (
            200,
            {"status": "ready"},
        )
        assert figures(web)["talks_platform_silent_seconds", labels(platform="discord")] == 3
        assert figures(web)["talks_platform_throttled_total", labels(platform="discord")] == 2
        assert figures(web)["talks_platform_throttled_total", labels(platform="slack")] == 0
        heard["discord"].silent_for = 1000.0
        response = web.get("/readyz")
        assert response.status_code == 503
        assert response.json()["problems"] == ["discord has been silent for 1000 s"]
        assert web.get("/healthz").status_code == 200


def test_without_people_there_are_only_the_platforms_addresses(tmp_path):
    async def handler(headers, body):
        return 200, "text/plain", body.decode()

    with client(tmp_path / "s", people=False, mounted={"/slack/events": handler}) as web:
        for path in ("/", "/documents", "/api/documents", "/api/openapi.json", "/read/long"):
            assert web.get(path).status_code == 404
        assert web.post("/slack/events", content="x").text == "x"
        assert web.get("/healthz").status_code == 200


# Safety


@pytest.mark.parametrize(
    "path",
    ["/", "/documents", "/read/long", "/timeline", "/nowhere", "/api/documents", "/metrics",
     "/static/talks.css"],
)  # fmt: skip
def test_every_response_is_guarded(web, path):
    response = web.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in response.headers
    stored = "public" if path.startswith("/static") else "no-store"
    assert stored in response.headers["cache-control"]
    if "html" in response.headers["content-type"]:
        assert "<script>" not in response.text
    assert not re.search(r"\sstyle=|<style", response.text)


def test_pages_load_nothing_from_elsewhere(web):
    for path in ("/", "/?q=hostile", "/read/long?s=0-30", "/timeline"):
        page = web.get(path).text
        loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', page)
        assert len(loaded) == 3
        assert all(one.startswith("/static/") for one in loaded)
        for one in loaded:
            assert web.get(one).status_code == 200
    style = web.get("/static/talks.css").text
    assert "url(" not in style
    assert "@import" not in style


def test_https_is_kept_where_the_public_address_has_it(tmp_path):
    with client(tmp_path / "s", public_url="https://talks.example") as web:
        answer = web.get("/", headers={"host": "talks.example"})
        assert "max-age" in answer.headers["strict-transport-security"]


def test_it_goes_by_its_own_names_only(tmp_path):
    """A page of another site may have its own name lead to 127.0.0.1."""
    with client(tmp_path / "s", public_url="https://talks.example") as web:
        hosts = {"evil.example": 421, "evil.example:8080": 421, "": 421, "talks.example": 200}
        hosts |= {"localhost:8080": 200, "127.0.0.1": 200, "[::1]:80": 200}
        for host, status in hosts.items():
            assert web.get("/", headers={"host": host}).status_code == status, host
        assert web.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200
    with client(tmp_path / "s", public_url="https://Bücher.example:8443") as web:
        for host, status in (("xn--bcher-kva.example:8443", 200), ("b.example", 421)):
            assert web.get("/", headers={"host": host}).status_code == status, host
    with client(tmp_path / "s", host="0.0.0.0") as web:  # noqa: S104 - and no name is known
        assert web.get("/", headers={"host": "anything.example"}).status_code == 200


def test_a_body_that_is_too_large_is_refused_however_it_comes(tmp_path):
    with client(tmp_path / "s", largest=1000) as web:
        large = b'{"question": "' + b"x" * 2000 + b'"}'
        headers = {"content-type": "application/json"}
        assert web.post("/api/ask", content=large, headers=headers).status_code == 413

        def parts():
            for start in range(0, len(large), 100):
                yield large[start : start + 100]

        response = web.post("/api/ask", content=parts(), headers=headers)
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
        for length in ("-1", "1e3", "１"):
            headers["content-length"] = length.encode()
            assert web.post("/api/ask", content=b"", headers=headers).status_code == 413
        assert "xxx" not in str(web.site.engine.heard)  # what is suggested is tried out beforehand


def test_no_address_reaches_the_file_system(web):
    for path in (
        "/static/..%2Fapp.py", "/static/%2e%2e/%2e%2e/app.py", "/read/..%2F..%2Fetc%2Fpasswd",
        "/api/documents/..%2Fcatalogue.toml", "/static//etc/passwd", "/read/%00",
    ):  # fmt: skip
        assert web.get(path).status_code == 404


def test_the_log_has_routes_and_no_question(web, caplog):
    caplog.set_level("INFO")
    web.get("/", params={"q": "met Secretville"})
    web.post("/api/ask", json={"question": "met Secretville"})
    web.get("/read/Secretville", params={"s": "Secretville"})
    web.get("/Secretville")
    assert "GET / 200" in caplog.text
    assert "POST /api/ask 200" in caplog.text
    assert "GET /read/{document:path} 404" in caplog.text
    assert not [
        r for r in caplog.records if r.name[:4] == "bot." and "Secretville" in r.getMessage()
    ]


# Over a real socket


def talk(address, sent, *, wait=5.0):
    """Send bytes, and return what came back until the server hung up or was silent."""
    host, port = address.removeprefix("http://").split(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=wait) as one:
        one.sendall(sent)
        try:
            while chunk := one.recv(65536):
                got += chunk
        except TimeoutError:
            return got, False
        except ConnectionResetError:
            return got, True
    return got, True


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with served(tmp_path_factory.mktemp("web") / "s", patience=0.4, largest=5000) as (address, _):
        yield address


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    ],
)
def test_a_head_that_does_not_end_is_hung_up_on(address, sent):
    _, hung_up = talk(address, sent, wait=10)  # longer than a connection is kept
    assert hung_up


def test_a_body_that_does_not_end_is_told_and_hung_up_on(address):
    head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    got, hung_up = talk(address, head + b"Content-Length: 100\r\n\r\n{")
    assert got.startswith(b"HTTP/1.1 408 ")
    assert hung_up


def test_endless_headers_are_refused(address):
    got, hung_up = talk(address, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000)
    assert hung_up
    assert got.startswith(b"HTTP/1.1 4") or not got


def test_a_slow_question_outlasts_the_patience_with_its_request(tmp_path):
    """Patience is for what arrives: an answer may take as long as service.timeout says."""
    body = b'{"question": "wait"}'
    head = (
        b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    with served(tmp_path / "s", patience=0.4) as (address, site):
        began = time.monotonic()
        threading.Timer(1.0, site.engine.go.set).start()
        got, _ = talk(address, head % len(body) + body)
        assert got.startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - began > 0.9


def test_nonsense_is_answered_or_hung_up_on(address):
    for sent in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
    ):
        got, hung_up = talk(address, sent, wait=10)  # longer than a connection is kept
        assert hung_up
        assert not got or b" 4" in got[:14]


@pytest.mark.anyio
async def test_a_response_that_nobody_takes_is_given_up(anyio_backend):
    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    web = Web(large, host="127.0.0.1", port=0, linger=0.2)
    serving = asyncio.create_task(web.serve())
    while web.port is None:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port, limit=1000)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await asyncio.sleep(1)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await reader.readexactly(50_000_000)
    writer.close()
    await web.close()
    await serving
