"""Who is where, and how they are: device ↔ position, presence, health. A device itself does not know its place."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from halls.format import Counter, Hall, Position
from wire.messages import Fact, Health, Presence

_HANDHELD_SILENT_S = 90.0  # a wireless handheld not heard for so long is offline


class Seat(msgspec.Struct, kw_only=True):
    """A position and what is known of the device that fills it. `device` empty: nobody came yet."""

    hall: str
    position: Position
    device: str = ""
    online: bool = False
    seen_at: datetime | None = None
    health: Health | None = None
    facts: dict[str, Fact] = {}


class Bound(msgspec.Struct, frozen=True):
    """What the registry says of a device."""

    device: str
    hall: str
    position: str


class Roster:
    """Built from the halls and from what `load` says is bound; told of presence and health by the gateway."""

    def __init__(self, halls: Iterable[Hall], load: Callable[[], Iterable[Bound]]) -> None:
        self._load = load
        self._halls = {hall.hall.id: hall for hall in halls}
        self._seats: dict[tuple[str, str], Seat] = {
            (name, position.id): Seat(hall=name, position=position)
            for name, hall in self._halls.items()
            for position in hall.position
        }
        self._by_device: dict[str, Seat] = {}
        self._handhelds: dict[tuple[str, str, int], Seat] = {
            (seat.hall, repeater, wireless.address): seat
            for seat in self._seats.values()
            if (wireless := seat.position.wireless)
            for repeater in wireless.repeaters
        }
        self.changes = 0  # rises with every change, for pages that watch

    def bound(self) -> list[Bound]:
        """What the registry says now; blocks, so it is called in a thread."""
        return list(self._load())

    def seat_all(self, bound: Iterable[Bound]) -> None:
        """Devices came, or moved: everybody takes the seat that the registry gives."""
        by_device = {}
        for one in bound:
            seat = self._seats.get((one.hall, one.position))
            if seat is not None:
                if seat.device != one.device:
                    seat.device, seat.online, seat.health, seat.facts = one.device, False, None, {}
                by_device[one.device] = seat
        self._by_device = by_device
        self.changes += 1

    def seats(self, hall: str) -> list[Seat]:
        return [seat for (name, _), seat in self._seats.items() if name == hall]

    def seat(self, device: str) -> Seat | None:
        """Where that device sits, or None when it has no position."""
        return self._by_device.get(device)

    def at(self, hall: str, position: str) -> Seat | None:
        return self._seats.get((hall, position))

    def handheld(self, repeater: Seat, address: int) -> Seat | None:
        """The position of a wireless handheld that this repeater may speak for."""
        return self._handhelds.get((repeater.hall, repeater.position.id, address))

    def handhelds(self, repeater: Seat) -> list[tuple[int, Seat]]:
        return [
            (address, seat)
            for (hall, position, address), seat in self._handhelds.items()
            if (hall, position) == (repeater.hall, repeater.position.id)
        ]

    def at_counter(self, hall: str, counter: Counter) -> list[Seat]:
        return [seat for seat in self.seats(hall) if seat.position.counter == counter.id]

    def online(self, hall: str) -> int:
        return sum(seat.online for seat in self.seats(hall))

    # Told by the gateway.

    def present(self, device: str, presence: Presence, at: datetime) -> None:
        seat = self._by_device.get(device)
        if seat is None:
            return
        seat.online, seat.seen_at = presence.online, at
        if not presence.online and seat.position.kind == "repeater":
            for _, handheld in self.handhelds(seat):
                handheld.online = self._heard(handheld, at)
        self.changes += 1

    def healthy(self, device: str, health: Health, at: datetime) -> None:
        seat = self._by_device.get(device)
        if seat is None:
            return
        seat.online, seat.health, seat.seen_at, seat.facts = True, health, at, health.device
        for address, facts in health.handhelds.items():
            handheld = self.handheld(seat, int(address)) if address.isdigit() else None
            if handheld is not None:
                self._hear(handheld, seat, facts, at)
        self.changes += 1

    def _hear(self, handheld: Seat, repeater: Seat, facts: dict[str, Fact], at: datetime) -> None:
        ago = facts.get("heard_s_ago")
        handheld.facts = {**handheld.facts, repeater.position.id: ago}
        if isinstance(ago, int | float) and ago <= _HANDHELD_SILENT_S:
            handheld.online, handheld.seen_at, handheld.device = True, at, f"via {repeater.position.id}"
        else:
            handheld.online = self._heard(handheld, at)

    def _heard(self, handheld: Seat, at: datetime) -> bool:
        return handheld.seen_at is not None and (at - handheld.seen_at).total_seconds() <= _HANDHELD_SILENT_S
