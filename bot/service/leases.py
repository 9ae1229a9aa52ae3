"""Which events this process is answering: claims kept alive while it works, and let go after.

A claim is a lease. A process that dies stops renewing, and whoever hears of the event next takes
it over; one that answers marks it done for good. So no event is answered twice, and none is lost
that is delivered again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.service.failures import failed
from bot.state import Claim, State

LEASE = 15.0  # seconds
HOLD_MOST = 900.0  # seconds until a claim that nobody finished is no longer renewed


@dataclass(slots=True)
class _Hold:
    holder: object | None  # None once the event has ended here and only the state has to be told
    since: float
    claimed: bool = False  # the state knows


class Leases:
    """The claims of one process; used from one event loop."""

    def __init__(self, state: State, *, monotonic: Callable[[], float], lease: float) -> None:
        self._state = state
        self._monotonic = monotonic
        self._lease = lease
        self._held: dict[tuple[str, str], _Hold] = {}
        self._closed = False

    @property
    def held(self) -> int:
        """How many events are claimed and have not ended."""
        return sum(hold.claimed and hold.holder is not None for hold in self._held.values())

    def holds(self, platform: str, events: Sequence[str], *, holder: object) -> bool:
        """Whether the events are claimed for `holder`, so that nobody else has them."""
        mine = self._by(holder, platform, events)
        return bool(mine) and all(self._held[platform, event].claimed for event in mine)

    async def take(
        self, platform: str, events: Sequence[str], *, holder: object, wait: bool = True
    ) -> bool:
        """Claim all events for `holder`, or none.

        While another process holds one it is waited for, no longer than its lease: either it
        finishes, or it goes on renewing, or it is dead and its claim is taken over. Raises what the
        state raises; `holder` has the events here all the same, so that a question that comes as
        two events (a mention is a message too) does not fail twice.
        """
        until = self._monotonic() + 1.2 * self._lease
        while not any((platform, event) in self._held for event in events):
            now = self._monotonic()
            hold = _Hold(holder, now)
            self._held |= {(platform, event): hold for event in events}
            if self._closed:  # nobody else can be asked any more
                return True
            try:
                claim = await self._state.claim(platform, events, lease=self._lease)
            except asyncio.CancelledError:
                self.forget(platform, events)
                raise
            if claim is Claim.MINE:
                hold.claimed = True
                return True
            self.forget(platform, events)
            if claim is Claim.DONE or not wait or now > until:
                return False
            await asyncio.sleep(self._lease / 10)
        return False

    async def finish(self, platform: str, events: Sequence[str], *, holder: object) -> None:
        """Have events never answered again, if it is `holder` who has them.

        Raises what the state raises; it is told again then, until it takes it.
        """
        mine = self._by(holder, platform, events)
        for event in mine:
            self._held[platform, event].holder = None
        if mine and not self._closed:
            await self._finished(platform, mine)

    async def release(self, platform: str, events: Sequence[str], *, holder: object) -> None:
        """Let whoever hears of the events next answer them."""
        if mine := self._by(holder, platform, events):
            self.forget(platform, mine)
            await self._state.release(platform, mine)

    def forget(self, platform: str, events: Sequence[str]) -> None:
        """Hold events no longer; what the state knows of them lapses."""
        for event in events:
            self._held.pop((platform, event), None)

    async def close(self) -> None:
        """Let go of everything, and claim nothing any more. Raises what the state raises."""
        self._closed = True
        for platform, events in self._by_platform(ended=True).items():
            await self._finished(platform, events)
        for platform, events in self._by_platform(ended=False).items():
            self.forget(platform, events)
            await self._state.release(platform, events)

    async def keep(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._lease / 3)
            oldest = self._monotonic() - HOLD_MOST
            for (platform, event), hold in list(self._held.items()):
                if hold.since < oldest:
                    self.forget(platform, [event])
            try:
                for platform, events in self._by_platform(ended=False).items():
                    await self._state.renew(platform, events, lease=self._lease)
                for platform, events in self._by_platform(ended=True).items():
                    await self._finished(platform, events)
            except Exception as error:  # noqa: BLE001 - the next round may do better
                failed(error)

    async def _finished(self, platform: str, events: Sequence[str]) -> None:
        await self._state.finish(platform, events)
        self.forget(platform, events)

    def _by(self, holder: object, platform: str, events: Sequence[str]) -> list[str]:
        keys = ((platform, event) for event in events)
        return [key[1] for key in keys if key in self._held and self._held[key].holder is holder]

    def _by_platform(self, *, ended: bool) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for (platform, event), hold in self._held.items():
            if (hold.holder is None) == ended:
                grouped.setdefault(platform, []).append(event)
        return grouped
