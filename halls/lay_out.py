"""A floor of which nobody gave measures, laid out by rule: each area a room with its counters along three walls.

The same hall always gives the same drawing. It shows what is where in turn and nothing of how far apart it is.
"""

import math
from collections.abc import Sequence

import msgspec

from halls.geometry import Box
from halls.items import Facing, Point

PITCH_X, PITCH_Y = 2.7, 2.25  # metres from one counter to the next
DEVICE_PITCH = 1.1
GAP = 0.6  # between rooms, and around them
ROOM_MIN = 6.2  # metres of a room's width, so that its name can be read
PEOPLE = 4.2  # metres of a room's depth for those who wait, where there is no room between the sides
SHAPE = 1.7  # width to depth of the whole, as a screen leaves for it
_BETWEEN_MIN = 4  # counters along the back wall from which on people stand between the sides


class Room(msgspec.Struct, frozen=True):
    """An area laid out: its box, and where its counters and devices stand, in the order in which they were given."""

    box: Box
    counters: tuple[tuple[Point, Facing], ...]
    devices: tuple[Point, ...]


class _Extent(msgspec.Struct, frozen=True):
    """A way to lay out an area: so many counters along each side, and what room that takes."""

    sides: int
    width: float
    depth: float


def rooms(contents: Sequence[tuple[int, int]]) -> tuple[tuple[float, float], tuple[Room, ...]]:
    """The floor's width and depth, and a room for each (counters, devices) of `contents`."""
    columns = max(1, len(contents) if len(contents) <= 3 else math.ceil(math.sqrt(len(contents))))
    firsts = range(0, len(contents), columns)
    lines = [_fitted(contents[first : first + columns], len(firsts)) for first in firsts]
    widest = max((_width(line) for line in lines), default=0.0)
    deep = sum(_depth(line) for line in lines) + GAP
    more = max(0.0, widest / SHAPE - deep) / max(1, len(lines))  # what a screen leaves free is room for people
    laid: list[Room] = []
    y = GAP
    for first, line in zip(firsts, lines, strict=True):
        depth, x = _depth(line) - GAP + more, GAP
        for extent, (counters, devices) in zip(line, contents[first : first + columns], strict=True):
            box = Box(_cm(x), _cm(y), _cm(extent.width), _cm(depth))
            laid.append(_room(box, counters, devices, extent.sides))
            x += extent.width + GAP
        y += depth + GAP
    return (_cm(max(widest, 2 * GAP + ROOM_MIN)), _cm(max(y, 2 * GAP + ROOM_MIN))), tuple(laid)


def _fitted(contents: Sequence[tuple[int, int]], lines: int) -> list[_Extent]:
    """Rooms side by side, drawn as large as a screen of that shape lets them be."""
    ways = [[_extent(counters, devices, sides) for sides in range(counters // 2 + 1)] for counters, devices in contents]
    best: tuple[float, list[_Extent]] = (math.inf, [])
    for depth in sorted({way.depth for each in ways for way in each}):
        low = [[way for way in each if way.depth <= depth] for each in ways]
        if not all(low):
            continue
        line = [min(each, key=lambda way: (way.width, way.depth, way.sides)) for each in low]
        extent = max(_width(line) / SHAPE, _depth(line) * lines + GAP)
        if extent < best[0] - 1e-9:
            best = (extent, line)
    return best[1]


def _width(line: Sequence[_Extent]) -> float:
    return sum(one.width + GAP for one in line) + GAP


def _depth(line: Sequence[_Extent]) -> float:
    return max(one.depth for one in line) + GAP


def _extent(counters: int, devices: int, sides: int) -> _Extent:
    across = counters - 2 * sides
    width = max(max(across, 2 * min(sides, 1)) * PITCH_X, ROOM_MIN)
    depth = (min(across, 1) + sides) * PITCH_Y + _below(width, devices)
    if not sides or across < _BETWEEN_MIN:
        depth += PEOPLE
    return _Extent(sides, width, max(depth, ROOM_MIN))


def _below(width: float, devices: int) -> float:
    """Depth of the devices' lines."""
    return math.ceil(devices / _devices_across(width)) * DEVICE_PITCH + 0.3


def _devices_across(width: float) -> int:
    return max(1, int((width - 0.4) // DEVICE_PITCH))


def _room(box: Box, counters: int, devices: int, sides: int) -> Room:
    """Counters run clockwise from the lower end of the left wall; devices stand along the lower one."""
    across = counters - 2 * sides
    pitch = min(box.width / max(across, 2 * min(sides, 1)), PITCH_X * 1.15) if counters else 0.0
    along = max(across, 2 * min(sides, 1))
    start = box.x + (box.width - pitch * along) / 2
    left, right = start + pitch / 2, start + pitch * (along - 0.5)
    top = box.y + PITCH_Y * min(across, 1)
    down = min(PITCH_Y * 1.25, (box.y + box.depth - _below(box.width, devices) - top) / sides) if sides else 0.0
    rows = [top + down * (row + 0.5) for row in range(sides)]
    back: list[tuple[Point, Facing]] = [(_at(left + n * pitch, box.y + PITCH_Y / 2), "down") for n in range(across)]
    on_left: list[tuple[Point, Facing]] = [(_at(left, y), "right") for y in reversed(rows)]
    on_right: list[tuple[Point, Facing]] = [(_at(right, y), "left") for y in rows]
    return Room(box, (*on_left, *back, *on_right), _along(box, devices))


def _along(box: Box, devices: int) -> tuple[Point, ...]:
    across = _devices_across(box.width)
    lines = math.ceil(devices / across)
    found = []
    for n in range(devices):
        line, place = divmod(n, across)
        here = min(across, devices - line * across)
        start = box.x + (box.width - (here - 1) * DEVICE_PITCH) / 2
        y = box.y + box.depth - 0.2 - DEVICE_PITCH * (lines - line - 0.5)
        found.append(_at(start + place * DEVICE_PITCH, y))
    return tuple(found)


def _at(x: float, y: float) -> Point:
    return (_cm(x), _cm(y))


def _cm(metres: float) -> float:
    return round(metres, 2)
