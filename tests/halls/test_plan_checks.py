"""Measures that cannot be are refused with item, key and remedy, in a hall file as in a change of it."""

import pytest

from halls.format import HallFileError, changed, fitting, parse
from tests.halls.test_hall_file_refusals import SMALL, added
from tests.halls.test_hall_file_refusals import changed as swapped
from tests.halls.test_hall_file_refusals import problems as problems_of

SIZE = "size = [12, 8]"
OUTLINE = "outline = [[0, 2], [12, 8]]"
AT_1 = "at = [4.5, 2]"
LOBBY_2 = '[[area]]\nid = "side"\nname = "侧厅"\nenglish = "Side"\nfloor = "f1"\noutline = '

MISTAKES = {
    "one number is no size": (
        swapped((SIZE, "size = [12]")),
        'floor "f1": size: has 1 numbers; it must be [width, depth] in metres',
    ),
    "a picture by its name": (
        swapped((SIZE, SIZE + '\npicture = "plan.png"')),
        'floor "f1": picture: is no SHA-256 of a picture; it must be 64 of 0-9 and a-f',
    ),
    "a floor like a shoe box": (
        swapped((SIZE, "size = [12, 0.8]")),
        'floor "f1": size: 0.8 m is no width or depth of a floor; it must be 2 to 500 m',
    ),
    "no number at all": (swapped((SIZE, "size = [12, nan]")), 'floor "f1": size: nan m is no width'),
    "a size in words": (
        swapped((SIZE, 'size = "12x8"')),
        'floor "f1": size: is the text "12x8"; it must be two numbers, metres, like [3.5, 2]',
    ),
    "an outline in words": (
        swapped((OUTLINE, 'outline = "all"')),
        "it must be a list of points, like [[0, 0], [4, 2.5]]",
    ),
    "walls that are points": (
        swapped(("walls = [[[0, 2], [3, 2]], [[9, 2], [12, 2]]]", "walls = [[0, 2], [3, 2]]")),
        "it must be a list of lines, each a list of points",
    ),
    "a wall of one point": (
        swapped(("walls = [[[0, 2], [3, 2]]", "walls = [[[0, 2]]")),
        'floor "f1": walls: has a line of 1 points; it must have 2 to 60',
    ),
    "a wall outside": (swapped(("[9, 2], [12, 2]", "[9, 2], [13, 2]")), 'floor "f1": walls: [13, 2] is not on floor'),
    "a counter outside": (
        swapped((AT_1, "at = [12.5, 2]")),
        'counter "1": at: [12.5, 2] is not on floor "f1", which is 12 m by 8 m; points are counted from its upper left',
    ),
    "a device nowhere": (swapped(("at = [11.3, 3]", "at = [11.3, inf]")), 'position "tv-1": at: [11.3, inf] is not on'),
    "two counters on one spot": (
        swapped((AT_1, "at = [7.4, 2.3]")),
        'counter "2": at: [7.5, 2] is where counter "1" stands; leave 0.5 m between the middles of two counters',
    ),
    "three numbers are no place": (
        swapped((AT_1, "at = [4.5, 2, 1]")),
        'counter "1": at: has 3 numbers; it must be [x, y] in metres',
    ),
    "measures on a floor without a size": (
        swapped((SIZE + " # metres: width, depth; places below are counted from the upper left corner\n", "")),
        'floor "f1": size: missing, but floor "f1" and 5 more have measures; write size = [width, depth] in metres',
    ),
    "an area of one corner": (
        swapped((OUTLINE, "outline = [[0, 2]]")),
        'area "lobby": outline: has 1 point; it must be two opposite corners, or 3 to 60 corners in turn',
    ),
    "an area as thin as a line": (
        swapped((OUTLINE, "outline = [[0, 2], [12, 2]]")),
        'area "lobby": outline: encloses less than 1 square metre; give its corners in turn',
    ),
    "an outline that crosses itself": (
        swapped((OUTLINE, "outline = [[0, 2], [12, 8], [12, 2], [0, 7]]")),
        'area "lobby": outline: crosses itself; give its corners in turn, one way around',
    ),
    "areas over each other": (
        added(LOBBY_2 + "[[10, 2], [12, 8]]"),
        'area "side": outline: lies over area "lobby"; areas of a floor may touch, no more',
    ),
    "the same area twice": (added(LOBBY_2 + "[[0, 2], [12, 8]]"), 'area "side": outline: lies over area "lobby"'),
    "a counter that looks away": (
        swapped(('faces = "down"', 'faces = "north"')),
        'counter "1": faces: is the text "north"; known: up, right, down, left',
    ),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_measure_that_cannot_be_is_refused_with_item_key_and_remedy(text, told):
    problems = problems_of(text)
    assert [one for one in problems if told in one], problems
    assert len(problems) == 1


def test_areas_may_touch_and_a_polygon_may_go_around_another():
    text = swapped((OUTLINE, "outline = [[0, 2], [12, 2], [12, 8], [8, 8], [8, 5], [0, 5]]"))
    side = LOBBY_2 + "[[0, 5], [8, 8]]\n"
    assert len(parse(text + "\n" + side).area) == 2


def test_a_change_of_the_plan_is_held_to_the_same():
    hall = parse(SMALL)
    assert changed(hall, {"counter.1.at": [1, 1], "counter.2.at": []}).counter[1].at == ()
    with pytest.raises(HallFileError, match=r'counter "1": at: .* is where counter "2" stands|"2": at: .* counter "1"'):
        changed(hall, {"counter.1.at": [7.5, 2]})
    with pytest.raises(HallFileError, match="size: missing, but"):
        changed(hall, {"floor.f1.size": []})


def test_a_plan_is_taken_over_whole_and_else_what_fits_of_it():
    """Two counters changed places: neither fits before the other has moved."""
    hall = parse(SMALL)
    swap = {"counter.1.at": [7.5, 2], "counter.2.at": [4.5, 2]}
    assert fitting(hall, swap) == swap
    mixed = {"position.tv-1.at": [40, 3], "counter.1.at": [1, 1], "floor.f1.size": [30, 20], "policy.recalls_max": 4}
    fit = fitting(hall, mixed)
    assert set(fit) == set(mixed) - {"position.tv-1.at"}
