"""Discord: events in, questions to the service, replies out. Transport only."""

from bot.adapters.discord.client import Talks

__all__ = ["Talks"]
