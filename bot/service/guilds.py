"""What the admins of each server or workspace chose: read often, changed seldom."""

from collections.abc import Callable

from bot.service import admin
from bot.state import State
from bot.types import GuildSettings

FRESH_SECONDS = 10.0  # how soon a replica hears of what admins chose at another


class Guilds:
    """Settings by guild, in memory for a while; used from one event loop."""

    def __init__(self, state: State, *, monotonic: Callable[[], float]) -> None:
        self._state = state
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[float, GuildSettings]] = {}

    async def get(self, platform: str, guild_key: str | None) -> GuildSettings:
        """Return what is set; the defaults outside any guild. Raises what the state raises."""
        if guild_key is None:
            return GuildSettings()
        known = self._known.get((platform, guild_key))
        if known is not None and known[0] > self._monotonic() - FRESH_SECONDS:
            return known[1]
        return self._keep(platform, guild_key, await self._state.guild(platform, guild_key))

    async def change(self, platform: str, guild_key: str, command: admin.Change) -> GuildSettings:
        """Carry a command out and return what is set then."""
        before = await self._state.guild(platform, guild_key)
        settings = admin.change(before, command)
        await self._state.set_guild(platform, guild_key, settings)
        return self._keep(platform, guild_key, settings)

    def _keep(self, platform: str, guild_key: str, settings: GuildSettings) -> GuildSettings:
        self._known[platform, guild_key] = (self._monotonic(), settings)
        return settings
