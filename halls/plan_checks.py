"""What is wrong with the measures of a hall file: sizes, outlines, walls, and where things stand."""

import re
from collections.abc import Iterator, Sequence

from halls.draft import Draft, Entry
from halls.geometry import area_of, crosses_itself, overlap, polygon
from halls.items import Point
from halls.problem import Problem

SIZE_MIN, SIZE_MAX = 2.0, 500.0  # metres
APART_MIN = 0.5  # between the middles of two counters
AREA_MIN = 1.0  # square metres
PICTURE = re.compile(r"([0-9a-f]{64})?\Z")
POINTS_MAX = 60  # of an outline, a wall
LINES_MAX = 200  # walls, doors of a floor


def plan_checks(draft: Draft) -> Iterator[Problem]:
    sizes: dict[str, tuple[float, ...] | None] = {}
    for floor in draft.lists["floor"]:
        sizes[floor.id], wrong = _size(floor)
        yield from wrong
        if not PICTURE.match(floor.get("picture") or ""):
            yield floor.problem("picture", "is no SHA-256 of a picture; it must be 64 of 0-9 and a-f")
        for key in ("walls", "doors"):
            yield from _lines(floor, key, sizes[floor.id])
    floor_of = {area.id: area.get("floor") for area in draft.lists["area"]}
    for area in draft.lists["area"]:
        yield from _on_floor(area, "outline", area.get("outline") or (), area.get("floor"), sizes)
        yield from _outline(area)
    yield from _overlaps(draft.lists["area"])
    for table in ("counter", "position"):
        for entry in draft.lists[table]:
            yield from _place(entry, floor_of.get(entry.get("area")), sizes)
    yield from _on_one_spot(draft.lists["counter"], floor_of)
    yield from _without_size(draft, sizes, floor_of)


def _without_size(
    draft: Draft, sizes: dict[str, tuple[float, ...] | None], floor_of: dict[str, str | None]
) -> Iterator[Problem]:
    """A floor on which something has a place."""
    for floor in draft.lists["floor"]:
        if sizes[floor.id] != ():
            continue
        placed = [floor.label] if any(floor.get(key) for key in ("walls", "doors", "picture")) else []
        placed += [area.label for area in draft.lists["area"] if area.get("floor") == floor.id and area.get("outline")]
        for entry in (*draft.lists["counter"], *draft.lists["position"]):
            if entry.get("at") and floor_of.get(entry.get("area")) == floor.id:
                placed.append(entry.label)
        if placed:
            more = f" and {len(placed) - 1} more" if len(placed) > 1 else ""
            have = "have" if more else "has"
            told = f"missing, but {placed[0]}{more} {have} measures; write size = [width, depth] in metres"
            yield floor.problem("size", f"{told}, or leave them out")


def _size(floor: Entry) -> tuple[tuple[float, ...] | None, list[Problem]]:
    """None: it cannot be told, and nothing is held against it. Empty: not measured."""
    size = floor.get("size")
    if not size:
        return size, []
    if len(size) != 2:
        return None, [floor.problem("size", f"has {len(size)} numbers; it must be [width, depth] in metres")]
    for value in size:
        if not SIZE_MIN <= value <= SIZE_MAX:
            told = f"{value:g} m is no width or depth of a floor; it must be {SIZE_MIN:g} to {SIZE_MAX:g} m"
            return None, [floor.problem("size", told)]
    return size, []


def _lines(floor: Entry, key: str, size: tuple[float, ...] | None) -> Iterator[Problem]:
    lines: Sequence[Sequence[Point]] = floor.get(key) or ()
    if len(lines) > LINES_MAX:
        yield floor.problem(key, f"has {len(lines)} lines; it must have {LINES_MAX} at the most")
    for line in lines[:LINES_MAX]:
        if not 2 <= len(line) <= POINTS_MAX:
            yield floor.problem(key, f"has a line of {len(line)} points; it must have 2 to {POINTS_MAX}")
    yield from _on_floor(floor, key, [p for line in lines[:LINES_MAX] for p in line], floor.id, {floor.id: size})


def _on_floor(
    entry: Entry, key: str, points: Sequence[Point], floor: str | None, sizes: dict[str, tuple[float, ...] | None]
) -> Iterator[Problem]:
    """The first point that is not on the floor; one is enough to look for the mistake."""
    size = sizes.get(floor or "")
    if not size:
        return  # told at the floor, once
    for x, y in points[:POINTS_MAX]:
        if not (0 <= x <= size[0] and 0 <= y <= size[1]):  # true of nan as well
            told = f'[{x:g}, {y:g}] is not on floor "{floor}", which is {size[0]:g} m by {size[1]:g} m'
            yield entry.problem(key, f"{told}; points are counted from its upper left corner")
            return


def _outline(area: Entry) -> Iterator[Problem]:
    outline = area.get("outline") or ()
    if not outline:
        return
    if not 2 <= len(outline) <= POINTS_MAX:
        told = f"has {len(outline)} point{'s' if len(outline) > 1 else ''}; it must be two opposite corners"
        yield area.problem("outline", f"{told}, or 3 to {POINTS_MAX} corners in turn")
    elif area_of(polygon(outline)) < AREA_MIN:
        yield area.problem("outline", f"encloses less than {AREA_MIN:g} square metre; give its corners in turn")
    elif crosses_itself(polygon(outline)):
        yield area.problem("outline", "crosses itself; give its corners in turn, one way around")


def _overlaps(areas: list[Entry]) -> Iterator[Problem]:
    sound = [area for area in areas if area.get("outline") and not list(_outline(area))]
    for n, area in enumerate(sound):
        for other in sound[:n]:
            mine, theirs = polygon(area.get("outline")), polygon(other.get("outline"))
            if area.get("floor") == other.get("floor") and overlap(mine, theirs):
                yield area.problem("outline", f"lies over {other.label}; areas of a floor may touch, no more")


def _place(entry: Entry, floor: str | None, sizes: dict[str, tuple[float, ...] | None]) -> Iterator[Problem]:
    at = entry.get("at") or ()
    if at and len(at) != 2:
        yield entry.problem("at", f"has {len(at)} number{'s' if len(at) > 1 else ''}; it must be [x, y] in metres")
    elif at:
        yield from _on_floor(entry, "at", [at], floor, sizes)


def _on_one_spot(counters: list[Entry], floor_of: dict[str, str | None]) -> Iterator[Problem]:
    placed = [one for one in counters if len(one.get("at") or ()) == 2]
    for n, one in enumerate(placed):
        x, y = one.get("at")
        for other in placed[:n]:
            ox, oy = other.get("at")
            near = max(abs(x - ox), abs(y - oy)) < APART_MIN
            if near and floor_of.get(one.get("area")) == floor_of.get(other.get("area")):
                told = f"[{x:g}, {y:g}] is where {other.label} stands"
                yield one.problem("at", f"{told}; leave {APART_MIN:g} m between the middles of two counters")
                break
