"""Questions from any platform to replies: claims, limits, thread memory, queue, errors, admin."""

from bot.service.service import Service

__all__ = ["Service"]
