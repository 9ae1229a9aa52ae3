"""What the admins of each server or workspace chose: read often, changed seldom."""

from collections.abc import Callable

from bot.service import admin
from bot.service.fresh import Fresh
from bot.state import State
from bot.types import GuildSettings

FRESH_SECONDS = 10.0  # how soon a replica hears of what admins chose at another


class Guilds:
    """Settings by guild, in memory for a while; used from one event loop."""

    def __init__(self, state: State, *, monotonic: Callable[[], float]) -> None:
        self._state = state
        self._known = Fresh[tuple[str, str], GuildSettings](FRESH_SECONDS, monotonic)

    async def get(self, platform: str, guild_key: str | None) -> GuildSettings:
        """Return what is set; the defaults outside any guild. Raises what the state raises."""
        if guild_key is None:
            return GuildSettings()
        key = (platform, guild_key)
        return self._known.get(key) or self._known.keep(key, await self._state.guild(*key))

    async def change(self, platform: str, guild_key: str, command: admin.Change) -> GuildSettings:
        """Carry a command out and return what is set then."""
        before = await self._state.guild(platform, guild_key)
        settings = admin.change(before, command)
        await self._state.set_guild(platform, guild_key, settings)
        return self._known.keep((platform, guild_key), settings)
