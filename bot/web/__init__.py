"""The web: reader pages, the ask page, the API, and the server that also takes Slack's requests."""

from bot.web.operations import Connected, Heard
from bot.web.server import Web
from bot.web.site import Handler, Options, site

__all__ = ["Connected", "Handler", "Heard", "Options", "Web", "site"]
