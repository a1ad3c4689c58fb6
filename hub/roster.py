"""Who is where, and how they are: device ↔ position, presence, health. A device itself does not know its place."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from halls.format import Hall, Position
from wire.base import Fact
from wire.messages import Health, Presence

_ADDRESS = re.compile(r"[0-9]{1,3}\Z")
_HANDHELD_SILENT_S = 90.0  # a wireless handheld not heard for so long is offline
_LONG_S = 86400.0
_RECONNECTS_S = 10.0  # after a break, until devices are back at the broker


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """What a repeater last said of a handheld. `loss`: 0-1; `misses`: its frames in a row that were not answered."""

    heard_at: datetime | None = None
    stood_in_at: datetime | None = None  # when it answered the handheld in another repeater's place
    rssi_dbm: float | None = None
    loss: float | None = None
    misses: int = 0


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
    hearings: dict[str, Hearing] = {}  # of a handheld, by the repeater's position
    unseen_since: datetime | None = None  # our connection broke, and perhaps only ours


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
        """Those in its reach, by FF68 address."""
        found = [
            (address, seat)
            for (hall, position, address), seat in self._handhelds.items()
            if (hall, position) == (repeater.hall, repeater.position.id)
        ]
        return sorted(found, key=lambda pair: pair[0])

    def online(self, hall: str) -> int:
        return sum(seat.online for seat in self.seats(hall))

    # Told by the gateway.

    def present(self, device: str, presence: Presence, at: datetime) -> None:
        seat = self._by_device.get(device)
        if seat is None:
            return
        seat.online, seat.seen_at, seat.unseen_since = presence.online, at, None
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

    def all_unseen(self, at: datetime) -> None:
        """The broker may have been away, and devices with it: those that are there are told of anew."""
        for seat in self._seats.values():
            seat.online, seat.unseen_since = False, at

    def can_speak(self, repeater: Seat, at: datetime) -> bool:
        """Whether it is there, as far as we know, and its radio with it."""
        if not repeater.device or repeater.facts.get("port", "open") != "open":
            return False
        since = repeater.unseen_since
        return repeater.online or (since is not None and (at - since).total_seconds() < _RECONNECTS_S)

    def pass_time(self, at: datetime) -> None:
        """A handheld says no good-bye: it is offline when it was not heard for a while."""
        for handheld in self._handhelds.values():
            if handheld.online and not self._heard(handheld, at):
                handheld.online = False

    def _hear(self, handheld: Seat, repeater: Seat, facts: dict[str, Fact], at: datetime) -> None:
        hearing = _hearing(facts, at)
        handheld.hearings = {**handheld.hearings, repeater.position.id: hearing}
        handheld.facts = {**handheld.facts, repeater.position.id: _in_words(hearing, facts)}
        heard_at = hearing.heard_at
        if heard_at is not None and (at - heard_at).total_seconds() <= _HANDHELD_SILENT_S:
            handheld.seen_at = max(handheld.seen_at or heard_at, heard_at)
            if not handheld.device or facts.get("turn", 0) == 0:
                handheld.device = f"via {repeater.position.id}"
        handheld.online = self._heard(handheld, at)

    def _heard(self, handheld: Seat, at: datetime) -> bool:
        return handheld.seen_at is not None and (at - handheld.seen_at).total_seconds() <= _HANDHELD_SILENT_S


def _hearing(facts: dict[str, Fact], at: datetime) -> Hearing:
    misses = facts.get("misses")
    return Hearing(
        heard_at=_ago(facts.get("heard_s_ago"), at),
        stood_in_at=_ago(facts.get("stood_in_s_ago"), at),
        rssi_dbm=_figure(facts.get("rssi_dbm")),
        loss=_figure(facts.get("loss")),
        misses=misses if isinstance(misses, int) else 0,
    )


def _ago(seconds: Fact, at: datetime) -> datetime | None:
    figure = _figure(seconds)
    return None if figure is None or not 0 <= figure <= _LONG_S else at - timedelta(seconds=figure)


def _figure(fact: Fact) -> float | None:
    return float(fact) if isinstance(fact, int | float) and not isinstance(fact, bool) else None


def _in_words(hearing: Hearing, facts: dict[str, Fact]) -> str:
    """For a technician: when it was heard there, how strong, how much was lost."""
    parts = [f"{facts.get('heard_s_ago')} s"]
    if hearing.rssi_dbm is not None:
        parts.append(f"{hearing.rssi_dbm:.0f} dBm")
    if hearing.loss is not None:
        parts.append(f"{hearing.loss:.0%} lost")
    return "–" if hearing.heard_at is None else ", ".join(parts)
