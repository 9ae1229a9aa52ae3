"""`talks serve` with the web switched on, as a process; its settings, its keys, its doctor."""

import json
import re
import signal

import aiohttp
import pytest

from bot import app
from bot.errors import UsageError
from config.secrets import read_secrets
from config.settings import SettingsError, load
from tests.bot.adapters.conftest import unused_port  # noqa: F401
from tests.bot.adapters.test_serve import ended, listening, talks

pytestmark = pytest.mark.anyio

KEY = "0123456789abcdef"


async def fetched(port, path, body=None, **headers):
    url = f"http://127.0.0.1:{port}{path}"
    method = "GET" if body is None else "POST"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def test_the_web_alone_is_served_and_a_signal_ends_it(tmp_path, unused_port):  # noqa: F811
    more = {"TALKS_WEB__ENABLED": "true", "TALKS_WEB__PORT": str(unused_port)}
    async with talks("serve", tmp_path, **more, TALKS_API_KEYS=KEY) as process:
        await listening(unused_port)
        status, page = await fetched(unused_port, "/?q=who+met+in+Stockholm")
        assert status == 200
        assert "Blinken met Lavrov in Stockholm." in page
        question = {"question": "who met in Stockholm"}
        assert (await fetched(unused_port, "/api/ask", question))[0] == 401
        bearer = {"Authorization": f"Bearer {KEY}"}
        status, body = await fetched(unused_port, "/api/ask", question, **bearer)
        assert json.loads(body)["quotes"][0]["text"] == "Blinken met Lavrov in Stockholm."
        assert (await fetched(unused_port, "/readyz"))[0] == 200
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
    assert code == 0, err
    assert "Traceback" not in err
    assert "POST /api/ask 200" in err
    assert "Stockholm" not in err
    assert KEY not in err


def test_it_is_off_and_listens_to_this_machine_alone_unless_told():
    assert load(environ={}).web.host == "127.0.0.1"
    assert load(environ={}).web.enabled is False


def test_without_a_platform_the_web_is_one_to_choose():
    with pytest.raises(UsageError, match=r"--set web\.enabled=true"):
        app.platforms(load(environ={}), read_secrets({}))
    assert app.platforms(load(environ={}, overrides={"web.enabled": True}), read_secrets({}))


@pytest.mark.parametrize("keys", ["short", f"{KEY},short", "éééééééééééééééé"])
def test_a_weak_key_is_refused_with_how_to_make_one(keys):
    with pytest.raises(UsageError, match="openssl rand -hex 16") as caught:
        app.api_keys(read_secrets({"TALKS_API_KEYS": keys}))
    assert keys not in str(caught.value)


def test_keys_are_read_from_the_environment_and_not_shown():
    secrets = read_secrets({"TALKS_API_KEYS": f" {KEY}, {'f' * 20} ,"})
    assert app.api_keys(secrets) == {KEY, "f" * 20}
    assert KEY not in repr(secrets)
    assert app.api_keys(read_secrets({})) == frozenset()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("talks.example", "such as"),
        ("ftp://x", "such as"),
        ("https://x?a=b", "such as"),
        ("https://", "such as"),
        ("http://[", "Invalid"),
        ("https://talks.example/docs/", "a host of their own"),
        ("https://talks..example", "not a name"),
    ],
)
def test_an_address_that_is_none_is_refused(url, why):
    with pytest.raises(SettingsError, match=rf"web\.public_url must be.*{why}"):
        load(environ={}, overrides={"web.public_url": url})


@pytest.mark.parametrize("host", ["talks.example", "bücher.example:8443", "[::1]:80"])
def test_an_address_is_kept_without_its_last_slash(host):
    for url in (f"https://{host}", f"https://{host}/"):
        given = load(environ={}, overrides={"web.public_url": url})
        assert given.web.public_url == f"https://{host}"


def test_the_doctor_says_how_the_web_is_served(monkeypatch):
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    monkeypatch.setenv("TALKS_API_KEYS", KEY)
    (off,) = [f for f in app.check_platforms(load(environ={})) if f.place == "web"]
    assert "web.enabled is false" in off.text
    on = load(environ={}, overrides={"web.enabled": True})
    (found,) = [f for f in app.check_platforms(on) if f.place == "web"]
    assert re.match(r"on 127\.0\.0\.1:8080, the API with a key; no web\.public_url", found.text)
    monkeypatch.setenv("TALKS_API_KEYS", "short")
    (wrong,) = [f for f in app.check_platforms(on) if f.place == "web"]
    assert wrong.severity == "error"
