"""Every hall has a floor plan at once: by its measures, or laid out by rule, each time the same, with no overlaps."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halls
from halls.format import Hall, changed, parse
from halls.free_room import largest_free
from halls.geometry import Box, area_of, is_inside, overlap, polygon
from halls.plan import TILE_DEPTH, FloorPlan, plan_of
from halls.plan_lines import plan_lines
from tests.halls.test_hall_file_reading import as_toml, hall_tables

FOLDER = Path(halls.__file__).parent
SMALL = parse((FOLDER / "small.toml").read_text("utf-8"))
DONGCHENG = parse((FOLDER / "dongcheng.toml").read_text("utf-8"))


def boxes(plan: FloorPlan) -> list[Box]:
    """What is drawn."""
    wide, deep = plan.tile, plan.tile * TILE_DEPTH
    tiles = [Box(one.at[0] - wide / 2, one.at[1] - deep / 2, wide, deep) for one in plan.counters]
    marks = [one.at for one in plan.devices if not one.counter]
    return tiles + [Box(x - plan.mark / 2, y - plan.mark / 2, plan.mark, plan.mark) for x, y in marks]


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x + 0.02
        or other.x + other.width <= one.x + 0.02
        or one.y + one.depth <= other.y + 0.02
        or other.y + other.depth <= one.y + 0.02
    )


def everything_is_there(hall: Hall) -> None:
    plans = plan_of(hall)
    placed = [one.id for plan in plans for one in plan.counters] + [one for plan in plans for one in plan.unplaced]
    assert {one.id for one in hall.counter} <= set(placed)
    for plan in plans:
        assert plan.tile > 0
        spots = [one.at for one in (*plan.counters, *plan.devices)]
        assert all(0 <= x <= plan.size[0] and 0 <= y <= plan.size[1] for x, y in spots)


@settings(max_examples=25, deadline=None)
@given(tables=hall_tables())
def test_a_hall_without_measures_is_laid_out_with_nothing_over_another(tables: dict[str, list[dict[str, Any]]]) -> None:
    hall = parse(as_toml(tables))
    plans = plan_of(hall)
    assert plans == plan_of(parse(as_toml(tables))), "the same hall, the same plan"
    everything_is_there(hall)
    for plan in plans:
        assert plan.schematic
        assert plan.unplaced == ()
        drawn = boxes(plan)
        assert all(apart(one, other) for n, one in enumerate(drawn) for other in drawn[:n])
        outlines = {area.id: area.outline for area in plan.areas}
        assert not any(overlap(outlines[one], outlines[other]) for one in outlines for other in outlines if one < other)
        assert all(is_inside(one.at, outlines[one.area]) for one in (*plan.counters, *plan.devices))


BARE: dict[str, Any] = {"floor.f1.walls": [], "floor.f1.doors": [], "area.lobby.outline": []}
BARE |= {f"{item}.at": [] for item in ("counter.1", "counter.2", "position.machine-1", "position.tv-1")}
places = st.tuples(st.floats(0, 12), st.floats(0, 8)).map(lambda at: [round(at[0], 2), round(at[1], 2)])


@settings(max_examples=25, deadline=None)
@given(one=places, other=places, third=places, size=st.sampled_from([[2, 2], [12, 8], [400, 300]]))
def test_what_has_no_place_on_a_measured_floor_finds_one(
    one: list[float], other: list[float], third: list[float], size: list[float]
) -> None:
    """Some counters and devices have a place and some have none; whatever it is, none lies over another counter."""
    hall = changed(SMALL, BARE | {"floor.f1.size": size})
    given_ones = {"counter.1.at": one, "position.tv-1.at": other, "position.machine-1.at": third}
    fitted = {path: [min(at[0], size[0]), min(at[1], size[1])] for path, at in given_ones.items()}
    hall = changed(hall, fitted)
    (plan,) = plan_of(hall)
    everything_is_there(hall)
    assert not plan.schematic
    tiles = boxes(plan)[: len(plan.counters)]
    assert all(apart(a, b) for n, a in enumerate(tiles) for b in tiles[:n])
    assert [spot.given for spot in plan.counters if spot.id == "1"] == [True]


def test_the_small_hall_is_drawn_as_its_file_measures_it() -> None:
    (plan,) = plan_of(SMALL)
    assert (plan.size, plan.schematic, plan.unplaced) == ((12, 8), False, ())
    assert [(one.id, one.at, one.faces) for one in plan.counters] == [("1", (4.5, 2), "down"), ("2", (7.5, 2), "down")]
    assert plan.areas[0].outline == ((0, 2), (12, 2), (12, 8), (0, 8))
    caller = next(one for one in plan.devices if one.id == "caller-1")
    assert (caller.counter, caller.at, caller.given) == ("1", (4.5, 2), False)
    assert all(apart(plan.areas[0].room, box) for box in boxes(plan)), "its name covers nothing"


def test_dongcheng_says_that_it_is_schematic_and_shows_every_counter_west_on_the_left() -> None:
    plans = plan_of(DONGCHENG)
    assert [plan.schematic for plan in plans] == [True, True, True]
    assert sum(len(plan.counters) for plan in plans) == len(DONGCHENG.counter)
    for plan in plans:
        west, east = plan.areas
        assert west.id.endswith("west")
        assert max(x for x, _ in west.outline) < min(x for x, _ in east.outline)
        assert plan.tile == pytest.approx(2.4, abs=0.2)
        assert 1.2 < plan.size[0] / plan.size[1] < 2.2, "about as wide as a screen leaves for it"


def test_lines_for_the_hall_file_give_the_same_plan_again() -> None:
    moved = changed(SMALL, {"counter.1.at": [2.25, 5], "counter.1.faces": "right", "floor.f1.doors": []})
    lines = plan_lines(moved)
    assert 'counter "1"\nat = [2.25, 5]\nfaces = "right"' in lines
    assert "doors" not in lines
    text = (FOLDER / "small.toml").read_text("utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.startswith(_MEASURES))
    assert plan_of(parse(_with(bare, lines))) == plan_of(moved)


_MEASURES = ("size =", "walls =", "doors =", "outline =", "at =", "faces =")


def _with(text: str, lines: str) -> str:
    """As somebody does it by hand: each block under its item."""
    for block in lines.split("\n\n")[1:]:
        head, _, rest = block.partition("\n")
        table, ident = head.removeprefix("# ").split(" ")
        before, mark, after = text.partition(f"[[{table}]]\nid = {ident}\n")
        assert mark, head
        text = before + mark + rest.strip() + "\n" + after
    return text


@pytest.mark.parametrize(
    ("outline", "taken", "room"),
    [
        ([(0, 0), (10, 6)], [Box(0, 0, 10, 2)], Box(0, 2, 10, 4)),
        ([(0, 0), (10, 0), (10, 10), (6, 10), (6, 3), (0, 3)], [], None),
    ],
)
def test_the_largest_free_room_covers_nothing_and_stays_within(outline: Any, taken: Any, room: Box | None) -> None:
    corners = polygon(outline)
    found = largest_free(corners, taken)
    assert area_of(found.corners) > 0.2 * area_of(corners)
    inner = Box(found.x + 0.01, found.y + 0.01, found.width - 0.02, found.depth - 0.02)
    assert all(is_inside(corner, corners) for corner in inner.corners)
    if room is not None:
        assert (found.x, found.y, found.width, found.depth) == pytest.approx(
            (room.x, room.y, room.width, room.depth), abs=0.2
        )
