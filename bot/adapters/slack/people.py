"""Who somebody is in a workspace: an admin, a member of a user group."""

import logging
import time

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.send import FAULTS, PLATFORM, code_of
from bot.service import Service

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0  # how soon a change of a user group is noticed


class People:
    """Answers from Slack, user groups remembered for a while."""

    def __init__(self, web: AsyncWebClient, service: Service) -> None:
        self._web = web
        self._service = service
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}

    async def is_admin(self, user: str) -> bool:
        """Whether somebody is an admin or owner; no, where Slack does not say."""
        try:
            found = (await self._web.users_info(user=user))["user"]
        except FAULTS as error:
            log.warning("Slack does not say who is an admin: %s", code_of(error))
            return False
        return any(found.get(role) for role in ("is_admin", "is_owner", "is_primary_owner"))

    async def roles(self, team: str | None, user: str) -> frozenset[str]:
        """Give those of the user groups that admins let in that somebody is in."""
        allowed = (await self._service.guild(PLATFORM, team)).roles_allowed
        return frozenset({group for group in allowed if user in await self._members(group)})

    async def _members(self, group: str) -> frozenset[str]:
        known = self._groups.get(group)
        if known is not None and known[0] > time.monotonic() - FRESH_SECONDS:
            return known[1]
        try:
            found = frozenset((await self._web.usergroups_users_list(usergroup=group))["users"])
        except FAULTS as error:
            log.warning("Slack does not say who is in a user group: %s", code_of(error))
            return frozenset()
        self._groups[group] = (time.monotonic(), found)
        return found
