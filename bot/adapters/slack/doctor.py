"""What `talks doctor` can tell of Slack: the connection, and the scopes that are missing."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.adapters.slack.client import HOME, REFUSED, Threads
from bot.adapters.slack.manifest import scopes
from bot.adapters.slack.send import FAULTS, PLATFORM, code_of, web
from bot.adapters.slack.socket import REFUSED as REFUSED_SOCKET
from bot.types import Finding


def examine(
    bot_token: str, *, app_token: str | None, threads: Threads, api_url: str = HOME
) -> Sequence[Finding]:
    """Ask Slack; a failure is a finding too."""
    return asyncio.run(_examine(bot_token, app_token, threads, api_url))


async def _examine(
    bot_token: str, app_token: str | None, threads: Threads, api_url: str
) -> Sequence[Finding]:
    client, remedy = web(bot_token, api_url), REFUSED
    try:
        me = await client.auth_test()
        found = list(_findings(me, me.headers, threads))
        if app_token is None:
            found.append(Finding("info", PLATFORM, "requests over HTTP, on the web server"))
        else:
            remedy = REFUSED_SOCKET
            await client.apps_connections_open(app_token=app_token)
            found.append(Finding("info", PLATFORM, "Socket Mode can be opened"))
    except SlackApiError as error:
        return (Finding("error", PLATFORM, remedy.format(code_of(error) or "no answer")),)
    except FAULTS as error:
        return (Finding("error", PLATFORM, f"Slack cannot be asked: {error}"),)
    return found


def _findings(me: Any, headers: Mapping[str, str], threads: Threads) -> Iterator[Finding]:
    yield Finding("info", PLATFORM, f"connected to {me['team']} as {me['user']}")
    named = next((headers[name] for name in headers if name.lower() == "x-oauth-scopes"), "")
    granted = {scope.strip() for scope in named.split(",") if scope.strip()}
    for scope, use in scopes(threads).items():
        if scope not in granted:
            text = f"without the scope {scope} it cannot {use}"
            yield Finding("warning", PLATFORM, text)
    if not granted.issuperset(scopes(threads)):
        remedy = "put the output of `talks manifest` into App Manifest, then install the app again"
        yield Finding("info", PLATFORM, remedy)
