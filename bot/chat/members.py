"""Who is in the roles that admins let in, for platforms that tell it only when they are asked."""

import time
from collections.abc import Awaitable, Callable, Iterable

from bot.chat.delivery import Post
from bot.service import Service
from bot.service.fresh import Fresh
from bot.types import Question

FRESH_SECONDS = 60.0  # how soon a change of a role is noticed


class Members:
    """What `ask` says of a role, by its key: who is in it, remembered for a while."""

    def __init__(
        self, service: Service, post: Post, ask: Callable[[str], Awaitable[Iterable[str]]]
    ) -> None:
        self._service = service
        self._post = post
        self._ask = ask
        self._known = Fresh[str, frozenset[str]](FRESH_SECONDS, time.monotonic)

    async def roles(self, question: Question) -> frozenset[str]:
        """Give those of the roles that admins let in that the asker has; none that is not known."""
        platform, guild_key = question.platform, question.guild_key
        allowed = (await self._service.guild(platform, guild_key)).roles_allowed
        return frozenset({role for role in allowed if question.user_key in await self._in(role)})

    async def _in(self, role: str) -> frozenset[str]:
        known = self._known.get(role)
        if known is not None:
            return known
        found = await self._post.attempt(self._ask(role), "say who has a role")
        return frozenset() if found is None else self._known.keep(role, frozenset(found))
