"""Who is where, and how they are: device ↔ position, presence, health. A device itself does not know its place."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from halls.format import Hall, Position
from wire.messages import Fact, Health, Presence

_ADDRESS = re.compile(r"[0-9]{1,3}\Z")
_HANDHELD_SILENT_S = 90.0  # a wireless handheld not heard for so long is offline


class Seat(msgspec.Struct, kw_only=True):
    """A position and what is known of the device that fills it. `device` empty: nobody came yet."""

    hall: str
    position: Position
    device: str = ""
    online: bool = False
    seen_at: datetime | None = None
    boot: str = ""  # changes whenever the device starts
    tests: dict[str, str] = {}  # that its device offers: name, and what it does
    clock_behind_s: float | None = None  # its board's own clock, before we set the agent's right; None: not heard yet
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
        self._at_counters: dict[tuple[str, str], list[Seat]] = {}
        for (name, _), seat in self._seats.items():
            self._at_counters.setdefault((name, seat.position.counter), []).append(seat)
        self._handhelds: dict[tuple[str, str, int], Seat] = {
            (seat.hall, repeater, wireless.address): seat
            for seat in self._seats.values()
            if (wireless := seat.position.wireless)
            for repeater in wireless.repeaters
        }

    def bound(self) -> list[Bound]:
        """What the registry says now; blocks, so it is called in a thread."""
        return list(self._load())

    def seat_all(self, bound: Iterable[Bound]) -> bool:
        """Devices came, moved or left: everybody takes the seat that the registry gives, and no other.

        False when nothing has changed.
        """
        by_device = {one.device: seat for one in bound if (seat := self._seats.get((one.hall, one.position)))}
        if by_device == self._by_device:
            return False
        device_at = {id(seat): device for device, seat in by_device.items()}
        for seat in self._seats.values():
            device = device_at.get(id(seat), "")
            if seat.position.wireless is None and seat.device != device:
                seat.device, seat.online, seat.seen_at, seat.boot = device, False, None, ""
                seat.clock_behind_s, seat.health, seat.facts, seat.tests = None, None, {}, {}
        self._by_device = by_device
        return True

    def seats(self, hall: str) -> list[Seat]:
        return [seat for (name, _), seat in self._seats.items() if name == hall]

    def seat(self, device: str) -> Seat | None:
        """Where that device sits, or None when it has no position."""
        return self._by_device.get(device)

    def at(self, hall: str, position: str) -> Seat | None:
        return self._seats.get((hall, position))

    def at_counter(self, hall: str, counter: str) -> list[Seat]:
        return self._at_counters.get((hall, counter), [])

    def handheld(self, repeater: Seat, address: int) -> Seat | None:
        """The position of a wireless handheld that this repeater may speak for."""
        return self._handhelds.get((repeater.hall, repeater.position.id, address))

    def handhelds(self, repeater: Seat) -> list[tuple[int, Seat]]:
        return [
            (address, seat)
            for (hall, position, address), seat in self._handhelds.items()
            if (hall, position) == (repeater.hall, repeater.position.id)
        ]

    def online(self, hall: str) -> int:
        return sum(seat.online for seat in self.seats(hall))

    # Told by the gateway.

    def present(self, device: str, presence: Presence, at: datetime) -> None:
        seat = self._by_device.get(device)
        if seat is None:
            return
        seat.online, seat.seen_at = presence.online, at
        seat.tests = presence.tests if presence.online else seat.tests
        if presence.online and presence.boot != seat.boot:
            seat.boot, seat.clock_behind_s = presence.boot, None
        if not presence.online and seat.position.kind == "repeater":
            for _, handheld in self.handhelds(seat):
                handheld.online = self._heard(handheld, at)

    def healthy(self, device: str, health: Health, at: datetime) -> None:
        seat = self._by_device.get(device)
        if seat is None:
            return
        seat.online, seat.health, seat.seen_at, seat.facts = True, health, at, health.device
        offset_ms = health.clock_offset_ms
        seat.clock_behind_s = (at - health.at).total_seconds() if offset_ms is None else offset_ms / 1000
        for address, facts in health.handhelds.items():
            handheld = self.handheld(seat, int(address)) if _ADDRESS.match(address) else None
            if handheld is not None:
                self._hear(handheld, seat, facts, at)

    def all_unseen(self) -> None:
        """The broker may have been away, and devices with it: those that are there are told of anew."""
        for seat in self._seats.values():
            seat.online = False

    def pass_time(self, at: datetime) -> None:
        """A handheld says no good-bye: it is offline when it was not heard for a while."""
        for handheld in self._handhelds.values():
            if handheld.online and not self._heard(handheld, at):
                handheld.online = False

    def _hear(self, handheld: Seat, repeater: Seat, facts: dict[str, Fact], at: datetime) -> None:
        ago = facts.get("heard_s_ago")
        handheld.facts = {**handheld.facts, repeater.position.id: ago}
        if isinstance(ago, int | float) and 0 <= ago <= _HANDHELD_SILENT_S:
            heard_at = at - timedelta(seconds=ago)
            handheld.seen_at = max(handheld.seen_at or heard_at, heard_at)
            handheld.device = f"via {repeater.position.id}"
        handheld.online = self._heard(handheld, at)

    def _heard(self, handheld: Seat, at: datetime) -> bool:
        return handheld.seen_at is not None and (at - handheld.seen_at).total_seconds() <= _HANDHELD_SILENT_S
