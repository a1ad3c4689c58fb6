"""What is online at its position is in service: the roster's presence becomes the inventory's fact."""

from collections.abc import Callable
from datetime import datetime

from anyio import to_thread

from hub.roster import Roster, Seat
from hub.storage.assets import Assets
from wire.base import View
from wire.messages import UpMessage


class Commissioning:
    """A keeper (hub.mqtt.keeping) without a topic of its own: it looks around when the gateway does."""

    kind = ""
    takes: tuple[type, ...] = ()

    def __init__(
        self, roster: Roster, assets: Assets, now: Callable[[], datetime], halls: Callable[[], list[str]]
    ) -> None:
        self._roster, self._assets, self._now, self._halls = roster, assets, now, halls

    async def load(self) -> bool:
        for hall in self._halls():
            seen = [
                (seat.position.id, "" if seat.position.wireless else seat.device)
                for seat in self._roster.seats(hall)
                if seat.online
            ]
            if seen:
                await to_thread.run_sync(self._assets.online, hall, seen, self._now())
        return False

    def desired(self, seat: Seat) -> View | None:
        return None

    async def take(self, seat: Seat, device: str, message: UpMessage) -> str:
        return ""
