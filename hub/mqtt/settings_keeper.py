"""The settings of every position, retained for whatever device fills it; and what devices say became of them."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from hub.roster import Seat
from hub.storage.position_settings import PositionSettings, Report, Revision
from wire.base import View
from wire.messages import UpMessage
from wire.upkeep import Configured, Settings

_TEXT_MAX = 500  # characters that a device may say of an item
_PROBLEMS_MAX = 100


class SettingsKeeper:
    """A position without settings has revision 0, empty: a board that was moved there must hear that too."""

    kind = "config"
    takes: tuple[type, ...] = (Configured,)

    def __init__(self, stored: PositionSettings, now: Callable[[], datetime]) -> None:
        self._stored, self._now = stored, now
        self._newest: dict[tuple[str, str], Revision] = {}

    async def load(self) -> bool:
        found = await asyncio.to_thread(self._stored.newest)
        changed, self._newest = found != self._newest, found
        return changed

    def desired(self, seat: Seat) -> View | None:
        newest = self._newest.get((seat.hall, seat.position.id))
        if newest is None:
            return Settings(epoch=0, version=0, revision=0)
        return Settings(epoch=0, version=0, revision=newest.revision, device=newest.device)

    async def take(self, seat: Seat, device: str, message: UpMessage) -> str:
        assert isinstance(message, Configured)
        problems = list(message.problems.items())[:_PROBLEMS_MAX]
        one = Report(
            hall=seat.hall,
            position=seat.position.id,
            device=device,
            revision=message.revision,
            outcome=message.outcome,
            in_force=message.in_force,
            problems={item[:_TEXT_MAX]: why[:_TEXT_MAX] for item, why in problems},
            decided_at=message.at,
            reported_at=self._now(),
        )
        await asyncio.to_thread(self._stored.tell, one)
        return ""
