"""What moves on the floor plan: people waiting in each area, and how counters' and other devices are."""

import hashlib
from typing import Any, Literal, TypeAlias

import msgspec

from halls.format import Hall
from halls.plan import FloorPlan, plan_of
from hub.domain import projection
from hub.domain.state import Day
from hub.roster import Seat
from hub.web.site import millis

Crowd: TypeAlias = Literal["calm", "busy", "crowded"]
_BUSY, _CROWDED = 3.0, 6.0  # people waiting for each open counter
_LINES_SHOWN = 3
ONLINE, OFFLINE, MISSING = "0", "1", "2"
STATES = {ONLINE: "online", OFFLINE: "offline", MISSING: "missing"}


class Plans:
    """The plan of each hall, worked out anew when somebody changed a setting of it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hall, tuple[FloorPlan, ...], str]] = {}

    def of(self, hall: Hall) -> tuple[tuple[FloorPlan, ...], str]:
        """The floors, and an ident that is another when anything of the drawing is."""
        known = self._known.get(hall.hall.id)
        if known is None or known[0] is not hall:
            floors = plan_of(hall)
            named = (floors, hall.floor, hall.area, [(one.id, one.name) for one in hall.counter])
            ident = hashlib.blake2b(msgspec.json.encode(named), digest_size=6).hexdigest()
            known = self._known[hall.hall.id] = hall, floors, ident
        return known[1], known[2]


def moving(day: Day, seats: list[Seat]) -> dict[str, Any]:
    """`seats`: a digit for each position, in the order of the hall's file. `away`: counters with a device offline."""
    states = [state(seat) for seat in seats]
    away = {
        seat.position.counter
        for seat, one in zip(seats, states, strict=True)
        if one == OFFLINE and seat.position.counter
    }
    return {
        "rooms": [_room(day, area.id) for area in day.hall.area],
        "seats": "".join(states),
        "away": [one.id for one in day.hall.counter if one.id in away],
    }


def state(seat: Seat) -> str:
    """`missing`: no device ever came."""
    return ONLINE if seat.online else OFFLINE if seat.device else MISSING


def _room(day: Day, area: str) -> dict[str, Any]:
    letters = [service.letter for service in day.hall.service if service.area == area]
    lines = [(letter, count) for letter in letters if (count := day.count_waiting(letter))]
    waiting = sum(count for _, count in lines)
    first = min((ticket.taken_at for letter in letters for ticket in day.waiting(letter)), default=None)
    here = [one for one in day.hall.counter if one.area == area]
    opened = sum(projection.counter_now(day, one).phase not in ("closed", "paused") for one in here)
    return {
        "area": area,
        "waiting": waiting,
        "since": millis(first),
        "open": opened,
        "crowd": crowd(waiting, opened),
        "lines": sorted(lines, key=lambda one: -one[1])[:_LINES_SHOWN],
    }


def crowd(waiting: int, opened: int) -> Crowd:
    share = waiting / max(1, opened)
    return "calm" if share < _BUSY else "busy" if share < _CROWDED else "crowded"
