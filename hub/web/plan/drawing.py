"""A floor plan as its template wants it: everything measured out in centimetres, and named."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from halls.format import Hall, Point
from halls.plan import TILE_DEPTH, TILE_MAX, AreaShape, CounterSpot, DeviceSpot, FloorPlan
from hub.web.plan.now import MISSING, STATES
from hub.web.site import counter_name
from hub.web.texts import Texts

SYMBOLS: Mapping[str, str] = {
    "ticket-machine": "printer",
    "guide-terminal": "guide",
    "repeater": "radio",
    "tv-box": "screen",
    "publishing-terminal": "screen",
    "play-box": "screen",
    "caller": "keys",
    "evaluator": "keys",
    "window-card": "screen",
}
_MARGIN = 20  # around the floor and all that stands at its edge
_TILE = 240  # of a counter as the template draws it, 192 deep
_MARK = 90  # of a device
_PHONE_TILE_PX = 84  # on a screen that shows the plan at its own size
_PERSON = 1.25  # how high one is drawn, for its width
_PEOPLE_MAX = 60
_NAME_MAX, _NAME_MIN = 92, 26


def drawing(texts: Texts, hall: Hall, floors: Sequence[FloorPlan], look: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each floor. `look`: from HallNow."""
    return [_floor(texts, hall, floor, look) for floor in floors]


def _floor(texts: Texts, hall: Hall, floor: FloorPlan, look: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.id: texts.name(one) for one in hall.area}
    rooms = {one["area"]: one for one in look["rooms"]}
    counters = {one["id"]: one for one in look["counters"]}
    order = {one.id: n for n, one in enumerate(hall.position)}
    labels = {one.id: one.label for one in hall.position}
    width, depth = _cm(floor.size[0]), _cm(floor.size[1])
    margin = _MARGIN + round(_beyond(floor) * 100)
    across = width + 2 * margin
    scale = _PHONE_TILE_PX / (floor.tile * 100)
    return {
        "id": floor.id,
        "name": next(texts.name(one) for one in hall.floor if one.id == floor.id),
        "schematic": floor.schematic,
        "width": width,
        "depth": depth,
        "view": f"{-margin} {-margin} {across} {depth + 2 * margin}",
        "px": (round(across * scale), round((depth + 2 * margin) * scale)),
        "walls": [_points(line) for line in floor.walls],
        "doors": [_points(line) for line in floor.doors],
        "picture": f"/plan/{hall.hall.id}/picture/{floor.id}?of={floor.picture[:12]}" if floor.picture else "",
        "areas": [_area(names, one, rooms[one.id], floor.tile / TILE_MAX) for one in floor.areas],
        "counters": [_counter(texts, hall, floor, one, counters, look) for one in floor.counters],
        "devices": [
            _device(texts, floor, one, order[one.id], labels[one.id], look["seats"])
            for one in floor.devices
            if not one.counter
        ],
        "unplaced": list(floor.unplaced),
    }


def _beyond(floor: FloorPlan) -> float:
    """Metres by which something that stands at the edge is drawn over it."""
    half = (floor.tile / 2, floor.tile * TILE_DEPTH / 2)
    drawn = [(one.at, half) for one in floor.counters]
    drawn += [(one.at, (floor.mark / 2, floor.mark / 2)) for one in floor.devices if not one.counter]
    width, depth = floor.size
    over = (max(a - x, x + a - width, b - y, y + b - depth) for (x, y), (a, b) in drawn)
    return max(0.0, *over, 0.0)


def _area(names: Mapping[str, str], shape: AreaShape, room: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """Its name and figures stand in its free room, with people below them as far as there is place."""
    name, free = names[shape.id], shape.room
    x, y, width, depth = (100 * value for value in (free.x, free.y, free.width, free.depth))
    scale = max(1.0, scale)
    size = max(_NAME_MIN, min(_NAME_MAX * scale, width / max(11.0, _ems(name) * 1.1 + 1), depth / 5.6))
    below = y + size * 3.9
    beside = [100 * value for value in (shape.beside.x, shape.beside.y, shape.beside.width, shape.beside.depth)]
    person, people = _people([(x, below, width, max(0.0, y + depth - below)), tuple(beside)], scale)
    return {
        "id": shape.id,
        "name": name,
        "given": shape.given,
        "points": _points(shape.outline),
        "x": round(x + width / 2),
        "y": round(y + size * 1.1),
        "size": round(size),
        "person": round(person),
        "people": people,
        "now": room,
    }


def _people(rooms: Sequence[tuple[float, ...]], scale: float) -> tuple[float, list[tuple[int, int]]]:
    """How wide one is, and where each is: as large as lets many be seen, row by row, one room after the other."""
    free = sum(width * depth for _, _, width, depth in rooms)
    person = max(34.0 * scale, min(92.0 * scale, math.sqrt(free / _PEOPLE_MAX / 1.7 / _PERSON)))
    across, down = person * 1.3, person * _PERSON * 1.25
    places = []
    for x, y, width, depth in rooms:
        columns, lines = int(width // across), int(depth // down)
        start = x + (width - columns * across) / 2 + (across - person) / 2
        places += [(start + n % columns * across, y + n // columns * down) for n in range(columns * lines)]
    return person, [(round(left), round(top)) for left, top in places[:_PEOPLE_MAX]]


def _counter(
    texts: Texts,
    hall: Hall,
    floor: FloorPlan,
    spot: CounterSpot,
    counters: Mapping[str, Mapping[str, Any]],
    look: Mapping[str, Any],
) -> dict[str, Any]:
    now = counters[spot.id]
    return {
        "id": spot.id,
        "name": next(counter_name(texts, one) for one in hall.counter if one.id == spot.id),
        "area": spot.area,
        "x": _cm(spot.at[0]),
        "y": _cm(spot.at[1]),
        "scale": round(floor.tile * 100 / _TILE, 4),
        "turn": {"down": 0, "left": 90, "up": 180, "right": 270}[spot.faces],
        "long": len(spot.id) > 4,
        "faces": spot.faces,
        "given": spot.given,
        "phase": now["phase"],
        "number": now["number"],
        "away": spot.id in look["away"],
    }


def _device(texts: Texts, floor: FloorPlan, spot: DeviceSpot, n: int, label: str, seats: str) -> dict[str, Any]:
    return {
        "id": spot.id,
        "n": n,
        "kind": spot.kind,
        "name": " ".join(part for part in (texts(f"kind.{spot.kind}"), spot.id, label) if part),
        "symbol": SYMBOLS[spot.kind],
        "scale": round(floor.mark * 100 / _MARK, 4),
        "x": _cm(spot.at[0]),
        "y": _cm(spot.at[1]),
        "state": STATES[seats[n] if n < len(seats) else MISSING],
    }


def of_device(floors: Iterable[FloorPlan], position: str) -> tuple[FloorPlan, DeviceSpot] | None:
    """The floor on which it is, and where there."""
    return next(((floor, one) for floor in floors for one in floor.devices if one.id == position), None)


def _points(line: Iterable[Point]) -> str:
    return " ".join(f"{_cm(x)},{_cm(y)}" for x, y in line)


def _cm(metres: float) -> int:
    return round(metres * 100)


def _ems(name: str) -> float:
    """How wide it is about, in its own size."""
    return sum(1.0 if ord(one) > 0x2000 else 0.58 for one in name)
