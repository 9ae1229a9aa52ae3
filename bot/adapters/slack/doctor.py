"""What `talks doctor` can tell of Slack: the connection, and the scopes that are missing."""

from collections.abc import AsyncIterator, Sequence

from bot.adapters.slack.client import HOME, REFUSALS, REFUSALS_OF_SOCKET, Threads
from bot.adapters.slack.manifest import scopes
from bot.adapters.slack.send import POST, web
from bot.chat.connection import Told, explained, findings, lacking
from bot.types import Finding


def examine(
    bot_token: str, *, app_token: str | None, threads: Threads, api_url: str = HOME
) -> Sequence[Finding]:
    """Ask Slack; a failure is a finding too."""

    async def look() -> AsyncIterator[Told]:
        client = web(bot_token, api_url)
        with explained(POST, REFUSALS):
            me = await client.auth_test()
        yield "info", f"connected to {me['team']} as {me['user']}"
        named = (value for name, value in me.headers.items() if name.lower() == "x-oauth-scopes")
        granted = {scope.strip() for scope in next(named, "").split(",")}
        missing = list(lacking(scopes(threads), granted, "the scope {}"))
        for told in missing:
            yield told
        if missing:
            yield "info", "put the output of `talks manifest` into App Manifest, then reinstall it"
        if app_token is None:
            yield "info", "requests over HTTP, on the web server"
            return
        with explained(POST, REFUSALS_OF_SOCKET):
            await client.apps_connections_open(app_token=app_token)
        yield "info", "Socket Mode can be opened"

    return findings(POST, look())
