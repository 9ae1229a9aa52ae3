"""The manifest asks for exactly what the code uses; the doctor names what is missing."""

import ast
import asyncio
import json
import re
from pathlib import Path

import pytest
import yaml

from bot.adapters.slack import client, doctor
from bot.adapters.slack.manifest import manifest
from tests.bot.adapters.slacking import connected
from tests.loopback.slack_fake import FakeSlack
from tests.loopback.slack_world import SCOPES as NEEDED

pytestmark = pytest.mark.anyio

FOLDER = Path(client.__file__).parent
NO_SCOPE = {"auth.test", "apps.connections.open", "views.publish"}
EVENTS = {  # what one of Slack's events needs
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}


def code():
    return [ast.parse(path.read_text()) for path in FOLDER.glob("*.py")]


def calls():
    """Every Web API method that is called, as Slack names it."""
    from slack_sdk.web.async_client import AsyncWebClient

    found = set()
    for module in code():
        for node in ast.walk(module):
            named = isinstance(node, ast.Attribute) and not node.attr.startswith("_")
            if named and hasattr(AsyncWebClient, node.attr):
                found.add(node.attr)
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("api_call"):
                found.add(ast.literal_eval(node.args[0]))
    found -= {"api_call", "token", "base_url"}
    known = NO_SCOPE | set(NEEDED)
    by_attribute = {name.replace(".", "_"): name for name in known}
    return {by_attribute.get(name, name) for name in found}


def listened():
    """Every event that is listened to."""
    text = "\n".join(path.read_text() for path in FOLDER.glob("*.py"))
    return set(re.findall(r"\.event\(\"(\w+)\"\)", text))


def test_every_method_is_known_with_its_scope():
    assert calls() == {
        "apps.connections.open",
        "assistant.threads.setStatus",
        "assistant.threads.setSuggestedPrompts",
        "auth.test",
        "chat.postEphemeral",
        "chat.postMessage",
        "usergroups.users.list",
        "users.info",
        "views.publish",
    }


@pytest.mark.parametrize("threads", ["mention", "follow"])
def test_scopes_and_events_are_those_that_the_code_uses(threads):
    made = manifest(threads=threads)
    events = set(made["settings"]["event_subscriptions"]["bot_events"])
    assert {event.partition(".")[0] for event in events} == listened()
    follows = {"message.channels", "message.groups"}
    assert events == set(EVENTS) - (set() if threads == "follow" else follows)
    scopes = {NEEDED[method] for method in calls() if method in NEEDED}
    scopes |= {EVENTS[event] for event in events if EVENTS[event]} | {"commands"}
    assert set(made["oauth_config"]["scopes"]["bot"]) == scopes


def test_commands_and_shortcuts_are_those_that_the_code_answers():
    features = manifest(threads="follow")["features"]
    assert [one["command"] for one in features["slash_commands"]] == [client.COMMAND]
    assert [one["callback_id"] for one in features["shortcuts"]] == [client.SHORTCUT]
    assert features["slash_commands"][0]["should_escape"]
    assert "agent_view" in features


def test_the_address_decides_between_the_modes():
    assert manifest(threads="follow")["settings"]["socket_mode_enabled"]
    assert "http" not in json.dumps(manifest(threads="follow"))
    made = manifest(threads="follow", url="https://talks.example/")
    address = "https://talks.example/slack/events"
    assert not made["settings"]["socket_mode_enabled"]
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["features"]["slash_commands"][0]["url"] == address


def test_it_is_printed_as_yaml_and_json(capsys):
    from bot import app
    from bot.cli import main

    assert main(["manifest"], app=app) == 0
    as_yaml = yaml.safe_load(capsys.readouterr().out)
    assert main(["manifest", "--json"], app=app) == 0
    assert as_yaml == json.loads(capsys.readouterr().out) == manifest(threads="follow")
    assert main(["manifest", "--url", "https://t.example"], app=app) == 0
    assert "https://t.example/slack/events" in capsys.readouterr().out


async def test_the_bot_works_with_the_manifests_scopes_alone(tmp_path):
    scopes = set(manifest(threads="follow")["oauth_config"]["scopes"]["bot"])
    async with FakeSlack(scopes=scopes) as slack, connected(slack, tmp_path / "s"):
        await slack.slash("admin help")
        await slack.mention("who met in Stockholm")
        await slack.open_home()


async def findings(slack, **given):
    values = {"bot_token": slack.bot_token, "app_token": slack.app_token, "threads": "follow"}
    values |= {"api_url": slack.api_url} | given
    token = values.pop("bot_token")
    return await asyncio.to_thread(doctor.examine, token, **values)


async def test_the_doctor_names_missing_scopes_with_what_they_are_for():
    granted = set(manifest(threads="follow")["oauth_config"]["scopes"]["bot"])
    async with FakeSlack(scopes=granted) as slack:
        found = await findings(slack)
        assert {one.severity for one in found} == {"info"}
        assert "connected to Test as talks" in [one.text for one in found]
        slack.scopes = granted - {"im:history"}
        found = await findings(slack)
        warnings = [one.text for one in found if one.severity == "warning"]
        assert warnings == ["without the scope im:history it cannot hear direct messages"]


async def test_the_doctor_explains_wrong_tokens_and_a_missing_server():
    async with FakeSlack(scopes=set()) as slack:
        (found,) = await findings(slack, bot_token="wrong")
        assert "does not accept SLACK_BOT_TOKEN (invalid_auth)" in found.text
        (found,) = await findings(slack, app_token="wrong")
        assert "does not accept SLACK_APP_TOKEN (invalid_auth)" in found.text
    (found,) = await findings(slack)
    assert "Slack cannot be used. Check the network and SLACK_API_URL" in found.text
