"""Where there is room on a floor: the largest free rectangle of an outline, and the first spot that is free."""

import math
from collections.abc import Iterator, Sequence

from halls.geometry import Box, box_of, is_inside
from halls.items import Point

_CELLS_MAX = 60  # along the longer side
_WIDE, _DEEP = 8.0, 3.0  # metres that a name and its figures want; less is worth the less for it


def largest_free(outline: Sequence[Point], taken: Sequence[Box], *, narrow: bool = False) -> Box:
    """An upright rectangle within the outline that lies over none of `taken`; the whole box where nothing is free.

    As good as a name has room in it; `narrow`: it may be of any shape, and is empty where nothing is free.
    """
    around = box_of(outline)
    cell = max(around.width, around.depth) / _CELLS_MAX
    columns, lines = max(1, int(around.width / cell)), max(1, int(around.depth / cell))
    blocked = _blocked(around, taken, cell, columns, lines)
    best, best_worth = Box(around.x, around.y, 0.0, 0.0) if narrow else around, 0.0
    heights = [0] * columns
    for line in range(lines):
        y = around.y + (line + 0.5) * cell
        for column, bar in enumerate(heights):
            free = not blocked[line][column] and is_inside((around.x + (column + 0.5) * cell, y), outline)
            heights[column] = bar + 1 if free else 0
        for first, last, high in _bars(heights):
            width, depth = (last - first) * cell, high * cell
            worth = width * depth * (1.0 if narrow else min(1.0, width / _WIDE, depth / _DEEP))
            if worth > best_worth * 1.0001:
                best_worth = worth
                best = Box(around.x + first * cell, around.y + (line + 1 - high) * cell, width, depth)
    return best


def first_free(outline: Sequence[Point], taken: Sequence[Box], width: float, depth: float, step: float) -> Point | None:
    """The middle of a box of that size, row by row from the top; None where there is no room."""
    around = box_of(outline)
    step = max(step, around.width / _CELLS_MAX, around.depth / _CELLS_MAX)
    for line in range(int((around.depth - depth) / step + 1e-6) + 1):
        for column in range(int((around.width - width) / step + 1e-6) + 1):
            box = Box(around.x + column * step, around.y + line * step, width, depth)
            middle = (round(box.x + width / 2, 2), round(box.y + depth / 2, 2))
            if is_inside(middle, outline) and not any(meet(box, other) for other in taken):
                return middle
    return None


def meet(one: Box, other: Box) -> bool:
    slack = 1e-6
    return (
        one.x < other.x + other.width - slack
        and other.x < one.x + one.width - slack
        and one.y < other.y + other.depth - slack
        and other.y < one.y + one.depth - slack
    )


def _blocked(around: Box, taken: Sequence[Box], cell: float, columns: int, lines: int) -> list[bytearray]:
    """Cells that something lies over, be it in part."""
    blocked = [bytearray(columns) for _ in range(lines)]
    for box in taken:
        first, past = _span(box.x - around.x, box.width, cell, columns)
        above, below = _span(box.y - around.y, box.depth, cell, lines)
        for line in range(above, below):
            blocked[line][first:past] = b"\x01" * (past - first)
    return blocked


def _span(start: float, length: float, cell: float, most: int) -> tuple[int, int]:
    first = min(most, max(0, math.floor(start / cell + 1e-6)))
    return first, min(most, max(first, math.ceil((start + length) / cell - 1e-6)))


def _bars(heights: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first, past the last, height) of every rectangle under the skyline that cannot grow sideways."""
    open_bars: list[tuple[int, int]] = []
    for column, height in enumerate([*heights, 0]):
        first = column
        while open_bars and open_bars[-1][1] >= height:
            first, high = open_bars.pop()
            if high > height:
                yield first, column, high
        open_bars.append((first, height))
