"""Points, boxes and polygons on a floor, in metres; y grows downward, as on a drawing."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from halls.items import Point

_FINE = 1e-9


class Box(msgspec.Struct, frozen=True):
    """An upright rectangle by its upper left corner and its size."""

    x: float
    y: float
    width: float
    depth: float

    @property
    def corners(self) -> tuple[Point, ...]:
        right, below = self.x + self.width, self.y + self.depth
        return ((self.x, self.y), (right, self.y), (right, below), (self.x, below))


def polygon(outline: Sequence[Point]) -> tuple[Point, ...]:
    """As a file has it: two points are opposite corners of a rectangle."""
    if len(outline) != 2:
        return tuple(outline)
    (left, top), (right, below) = outline
    return ((left, top), (right, top), (right, below), (left, below))


def box_of(points: Sequence[Point]) -> Box:
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return Box(left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top)


def area_of(corners: Sequence[Point]) -> float:
    """Square metres."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(corners))) / 2


def is_inside(point: Point, corners: Sequence[Point]) -> bool:
    """Points of the edge are: neither surely in nor surely out; ask for others."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in _edges(corners):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def crosses_itself(corners: Sequence[Point]) -> bool:
    edges = list(_edges(corners))
    return any(_cross(one, other) for n, one in enumerate(edges) for other in edges[n + 1 :])


def overlap(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether they share more than an edge."""
    if any(_cross(a, b) for a in _edges(one) for b in _edges(other)):
        return True
    return any(is_inside(p, other) for p in _probes(one)) or any(is_inside(p, one) for p in _probes(other))


def _edges(corners: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise((*corners, corners[0]))


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Each has an end on either side of the other; to touch is not to cross."""
    (a, b), (c, d) = one, other
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0.0 if abs(turn) < _FINE else turn


def _probes(corners: Sequence[Point]) -> Iterator[Point]:
    """Points just within it, near the corners and the middles of the edges: those of two that share edges as well."""
    aside = 1e-3
    for (ax, ay), (bx, by) in _edges(corners):
        length = max(abs(bx - ax), abs(by - ay)) or 1.0
        middle = ((ax + bx) / 2, (ay + by) / 2)
        across = (-(by - ay) / length * aside, (bx - ax) / length * aside)
        for sign in (1, -1):
            probe = (middle[0] + sign * across[0], middle[1] + sign * across[1])
            if is_inside(probe, corners):
                yield probe
