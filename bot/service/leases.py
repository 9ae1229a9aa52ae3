"""Which events this process is answering: claims kept alive while it works, and let go after.

A claim is a lease. A process that dies stops renewing, and whoever hears of the event next takes
it over; one that answers marks it done for good. So no event is answered twice, and none is lost
that is delivered again.
"""

import asyncio
from collections.abc import Callable, Sequence

from bot.service.failures import failed
from bot.state import Claim, State

LEASE = 15.0  # seconds
HOLD_MOST = 900.0  # seconds until a claim that nobody finished is no longer renewed


class Leases:
    """The claims of one process; used from one event loop."""

    def __init__(self, state: State, *, monotonic: Callable[[], float], lease: float) -> None:
        self._state = state
        self._monotonic = monotonic
        self._lease = lease
        self._held: dict[tuple[str, str], tuple[object, float]] = {}

    @property
    def held(self) -> int:
        """How many events are claimed and not finished."""
        return len(self._held)

    async def take(
        self, platform: str, events: Sequence[str], *, holder: object, wait: bool = True
    ) -> bool:
        """Claim all events for `holder`, or none.

        While another process holds one it is waited for, no longer than its lease: either it
        finishes, or it goes on renewing, or it is dead and its claim is taken over.
        """
        until = self._monotonic() + 1.2 * self._lease
        while not any((platform, event) in self._held for event in events):
            now = self._monotonic()
            self._held |= {(platform, event): (holder, now) for event in events}
            claim = None
            try:
                claim = await self._state.claim(platform, events, lease=self._lease)
            finally:
                if claim is not Claim.MINE:
                    self._forget(platform, events)
            if claim is Claim.MINE:
                return True
            if claim is Claim.DONE or not wait or now > until:
                return False
            await asyncio.sleep(self._lease / 10)
        return False

    async def finish(self, platform: str, events: Sequence[str], *, holder: object) -> None:
        """Have events never answered again, if it is `holder` who holds them."""
        if mine := self._by(holder, platform, events):
            await self._state.finish(platform, mine)
            self._forget(platform, mine)

    async def release(self, platform: str, events: Sequence[str], *, holder: object) -> None:
        """Let whoever hears of the events next answer them."""
        if mine := self._by(holder, platform, events):
            self._forget(platform, mine)
            await self._state.release(platform, mine)

    async def release_all(self) -> None:
        """Let go of everything."""
        for platform, events in self._by_platform().items():
            self._forget(platform, events)
            await self._state.release(platform, events)

    async def keep(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._lease / 3)
            oldest = self._monotonic() - HOLD_MOST
            for (platform, event), (_, since) in list(self._held.items()):
                if since < oldest:
                    self._forget(platform, [event])
            for platform, events in self._by_platform().items():
                try:
                    await self._state.renew(platform, events, lease=self._lease)
                except Exception as error:  # noqa: BLE001 - the next round may do better
                    failed(error, platform=platform)

    def _by(self, holder: object, platform: str, events: Sequence[str]) -> list[str]:
        return [
            event
            for event in events
            if (platform, event) in self._held and self._held[platform, event][0] is holder
        ]

    def _forget(self, platform: str, events: Sequence[str]) -> None:
        for event in events:
            self._held.pop((platform, event), None)

    def _by_platform(self) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for platform, event in self._held:
            grouped.setdefault(platform, []).append(event)
        return grouped
