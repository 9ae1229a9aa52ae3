"""Slack: events in, questions to the service, replies out. Transport only."""

from bot.adapters.slack.client import Talks

__all__ = ["Talks"]
