"""The floor plan of a hall: what its file measures, and the rest worked out, so that every hall has one at once."""

from collections.abc import Iterable, Sequence

import msgspec

from halls import lay_out
from halls.free_room import first_free, largest_free
from halls.geometry import Box, box_of, polygon
from halls.items import Area, Counter, Facing, Floor, Hall, Kind, Point, Position

TILE_MAX = 2.4  # metres: a counter as it is drawn, where there is room;
TILE_SHARE = 0.085  # or so much of a large floor's width
TILE_DEPTH = 0.8  # of its width
DEVICE = 0.9  # metres: a device as it is drawn, of a counter's width at the most 0.375
_BETWEEN = 0.94  # of the distance to the nearest, so that there is something between two counters
_PITCHES = ((lay_out.PITCH_X, lay_out.PITCH_Y), (1.6, 1.4), (1.0, 0.8), (0.6, 0.6))
_AROUND = 1.6  # metres about the counters of an area without an outline


class CounterSpot(msgspec.Struct, frozen=True):
    """`given`: by the file or somebody who drew it; else worked out."""

    id: str
    area: str
    at: Point
    faces: Facing
    given: bool


class DeviceSpot(msgspec.Struct, frozen=True):
    """`counter`: the one at whose place it is, where it has no place of its own."""

    id: str
    kind: Kind
    area: str
    counter: str
    at: Point
    given: bool


class AreaShape(msgspec.Struct, frozen=True):
    """`outline`: corners in turn. `room`: where nothing stands, for its name and people; `beside`: the next best."""

    id: str
    outline: tuple[Point, ...]
    room: Box
    beside: Box
    given: bool


class FloorPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`schematic`: nobody gave measures of this floor. `tile`, `mark`: width of a counter and of a device as it is
    drawn, so that none lies over another. `unplaced`: counters and devices for which there was no room."""

    id: str
    size: Point
    schematic: bool
    walls: tuple[tuple[Point, ...], ...]
    doors: tuple[tuple[Point, Point], ...]
    areas: tuple[AreaShape, ...]
    counters: tuple[CounterSpot, ...]
    devices: tuple[DeviceSpot, ...]
    tile: float
    mark: float
    picture: str
    unplaced: tuple[str, ...] = ()


def plan_of(hall: Hall) -> tuple[FloorPlan, ...]:
    """Each floor on which there is something, or of which there are measures. The same hall always gives the same."""
    plans = []
    for floor in hall.floor:
        areas = sorted((area for area in hall.area if area.floor == floor.id), key=_side)
        here = {area.id for area in areas}
        counters = [one for one in hall.counter if one.area in here]
        devices = [one for one in hall.position if one.area in here and (one.at or not one.spare)]
        if floor.size:
            plans.append(_measured(floor, areas, counters, devices))
        elif counters or devices:
            plans.append(_schematic(floor, areas, counters, devices))
    return tuple(plans)


def _side(area: Area) -> int:
    """West is drawn on the left and east on the right, where an area's name says so."""
    name = f"{area.name} {area.english.casefold()}"
    return any(word in name for word in ("东", "east")) - any(word in name for word in ("西", "west"))


def tile(spots: Sequence[Point], size: Point) -> float:
    """How wide counters can be drawn there, each 0.8 times as deep."""
    width = max(TILE_MAX, TILE_SHARE * max(size[0], size[1] * lay_out.SHAPE)) / _BETWEEN
    for n, (x, y) in enumerate(spots):
        for ox, oy in spots[:n]:
            width = min(width, max(abs(x - ox), abs(y - oy) / TILE_DEPTH))
    return round(width * _BETWEEN, 3)


def mark(devices: Sequence[Point], counters: Sequence[Point], width: float) -> float:
    """How wide devices can be drawn beside counters of that width; at the least half as wide as usual."""
    widest = max(DEVICE, width * 0.375)
    for n, (x, y) in enumerate(devices):
        for ox, oy in devices[:n]:
            widest = min(widest, max(abs(x - ox), abs(y - oy)) * _BETWEEN)
        for cx, cy in counters:
            widest = min(widest, max(2 * abs(x - cx) - width, 2 * abs(y - cy) - width * TILE_DEPTH) * _BETWEEN)
    return round(max(widest, DEVICE / 2), 3)


def _schematic(
    floor: Floor, areas: Sequence[Area], counters: Sequence[Counter], devices: Sequence[Position]
) -> FloorPlan:
    in_area = [(area, [c for c in counters if c.area == area.id], _standing(devices, area.id)) for area in areas]
    filled = [one for one in in_area if one[1] or any(p.area == one[0].id for p in devices)]
    size, rooms = lay_out.rooms([(len(there), len(standing)) for _, there, standing in filled])
    spots: list[CounterSpot] = []
    stands: dict[str, Point] = {}
    for (area, there, standing), room in zip(filled, rooms, strict=True):
        spots += [
            CounterSpot(one.id, area.id, at, faces, False)
            for one, (at, faces) in zip(there, room.counters, strict=True)
        ]
        stands |= {one.id: at for one, at in zip(standing, room.devices, strict=True)}
    outlines = [(area.id, room.box.corners, False) for (area, _, _), room in zip(filled, rooms, strict=True)]
    return _drawn(floor, size, True, outlines, spots, _device_spots(devices, stands, spots), ())


def _measured(
    floor: Floor, areas: Sequence[Area], counters: Sequence[Counter], devices: Sequence[Position]
) -> FloorPlan:
    """What has no place yet takes the first free one in its area, then on its floor."""
    size = (floor.size[0], floor.size[1])
    whole = Box(0.0, 0.0, *size).corners
    outlines = {area.id: _outline(area, areas, counters, size) for area in areas}
    spots = [CounterSpot(one.id, one.area, (one.at[0], one.at[1]), one.faces, True) for one in counters if one.at]
    unplaced: list[str] = []
    for one in counters:
        if one.at:
            continue
        at = _free(outlines[one.area], whole, [spot.at for spot in spots])
        if at is None:
            unplaced.append(one.id)
        else:
            spots.append(CounterSpot(one.id, one.area, at, one.faces, False))
    order = {one.id: n for n, one in enumerate(counters)}
    spots.sort(key=lambda spot: order[spot.id])
    stands = {one.id: (one.at[0], one.at[1]) for one in devices if one.at}
    width = tile([spot.at for spot in spots], size)
    taken = [_around(spot.at, width, width * TILE_DEPTH) for spot in spots]
    taken += [_around(at, DEVICE, DEVICE) for at in stands.values()]
    for device in devices:
        if device.at or device.counter:
            continue
        spot = first_free(outlines[device.area], taken, DEVICE, DEVICE, DEVICE / 2)
        spot = spot or first_free(whole, taken, DEVICE, DEVICE, DEVICE / 2)
        if spot is None:
            unplaced.append(device.id)
        else:
            stands[device.id] = spot
            taken.append(_around(spot, DEVICE, DEVICE))
    shapes = [(area.id, outlines[area.id], bool(area.outline)) for area in areas]
    return _drawn(floor, size, False, shapes, spots, _device_spots(devices, stands, spots), tuple(unplaced))


def _outline(area: Area, areas: Sequence[Area], counters: Sequence[Counter], size: Point) -> tuple[Point, ...]:
    """Of an area that has none: what is about its counters; the whole floor where it is alone, or has none of them."""
    if area.outline:
        return polygon(area.outline)
    placed = [(one.at[0], one.at[1]) for one in counters if one.area == area.id and one.at]
    if len(areas) == 1 or not placed:
        return Box(0.0, 0.0, *size).corners
    box = box_of(placed)
    left, top = max(0.0, box.x - _AROUND), max(0.0, box.y - _AROUND)
    right, below = min(size[0], box.x + box.width + _AROUND), min(size[1], box.y + box.depth + _AROUND)
    return Box(left, top, right - left, below - top).corners


def _free(outline: Sequence[Point], whole: Sequence[Point], there: Sequence[Point]) -> Point | None:
    for place in (outline, whole):
        for width, depth in _PITCHES:
            taken = [_around(at, width, depth) for at in there]
            if at := first_free(place, taken, width, depth, min(width, depth) / 2):
                return at
    return None


def _standing(devices: Sequence[Position], area: str) -> list[Position]:
    return [one for one in devices if one.area == area and not one.counter]


def _device_spots(
    devices: Iterable[Position], stands: dict[str, Point], spots: Iterable[CounterSpot]
) -> list[DeviceSpot]:
    seats = {spot.id: spot.at for spot in spots}
    found = []
    for one in devices:
        at = stands.get(one.id) or seats.get(one.counter)
        if at is not None:
            counter = "" if one.id in stands else one.counter
            found.append(DeviceSpot(one.id, one.kind, one.area, counter, at, bool(one.at)))
    return found


def _drawn(
    floor: Floor,
    size: Point,
    schematic: bool,
    outlines: Sequence[tuple[str, tuple[Point, ...], bool]],
    spots: Sequence[CounterSpot],
    devices: Sequence[DeviceSpot],
    unplaced: tuple[str, ...],
) -> FloorPlan:
    width = tile([spot.at for spot in spots], size)
    stands = [one.at for one in devices if not one.counter]
    wide = mark(stands, [spot.at for spot in spots], width)
    taken = [_around(spot.at, width, width * TILE_DEPTH) for spot in spots]
    taken += [_around(at, wide, wide) for at in stands]
    areas = []
    for ident, outline, given in outlines:
        room = largest_free(outline, taken)
        areas.append(AreaShape(ident, outline, room, largest_free(outline, [*taken, room], narrow=True), given))
    return FloorPlan(
        id=floor.id,
        size=size,
        schematic=schematic,
        walls=floor.walls,
        doors=floor.doors,
        areas=tuple(areas),
        counters=tuple(spots),
        devices=tuple(devices),
        tile=width,
        mark=wide,
        picture=floor.picture,
        unplaced=unplaced,
    )


def _around(at: Point, width: float, depth: float) -> Box:
    return Box(at[0] - width / 2, at[1] - depth / 2, width, depth)
