"""Where tiles lie: inside the screen, never over each other or over the media, and without a hole."""

from collections.abc import Callable

import pytest

from edge.signage_player.layout import Newest, Row, Tile, plan
from edge.signage_player.logic import ShowBoard
from wire.messages import BoardWaiting

Screen = Callable[..., ShowBoard]
SIZES = [(1920, 1080), (960, 540), (1366, 768), (1080, 1920), (3840, 2160), (720, 576), (333, 251)]


def area(tile: Tile) -> int:
    return tile.look.w * tile.look.h


def overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("media", [False, True])
@pytest.mark.parametrize("rows", [1, 6, 10])
@pytest.mark.parametrize("centres", [0, 2, 4, 9])
def test_tiles_and_media_share_the_screen_without_overlap_or_hole(
    screen: Screen, size: tuple[int, int], media: bool, rows: int, centres: int
) -> None:
    waiting = tuple(BoardWaiting(name=f"中心{n}", english="Centre", waiting=n) for n in range(centres))
    width, height = size
    found = plan(screen("A001", "A002", waiting=waiting), width, height, rows=rows, media=media, moving=False)
    boxes = [(tile.x, tile.y, tile.look.w, tile.look.h) for tile in found.tiles]
    assert all(x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    zone = (found.zone.x, found.zone.y, found.zone.w, found.zone.h)
    assert not media or (zone[2] > 0 and zone[3] > 0)
    solid = [*boxes, zone] if media else boxes
    assert not [(a, b) for index, a in enumerate(solid) for b in solid[:index] if overlap(a, b)]
    covered = sum(map(area, found.tiles)) + (zone[2] * zone[3] if media else 0)
    assert covered == width * height


def test_every_tile_has_a_slot_of_its_own_that_mpv_has(screen: Screen) -> None:
    waiting = tuple(BoardWaiting(name="中心", english="", waiting=n) for n in range(40))
    found = plan(screen(*"ABCDEFGHIJKL", waiting=waiting), 1080, 8000, rows=12, media=False, moving=False)
    slots = [tile.slot for tile in found.tiles]
    assert len(set(slots)) == len(slots)
    assert max(slots) <= 63


def test_the_newest_call_is_the_largest_row_and_first_to_reach_the_screen(screen: Screen) -> None:
    tiles = plan(screen("A003", "A002", "A001"), 1920, 1080, rows=6, media=False, moving=False).tiles
    assert tiles[0].call == ("A003", "1")
    assert isinstance(tiles[0].look, Newest)
    others = [tile for tile in tiles if isinstance(tile.look, Row)]
    assert [tile.call for tile in others] == [("A002", "2"), ("A001", "3"), None, None, None]
    assert tiles[0].look.h > max(tile.look.h for tile in others)


def test_a_call_that_moves_down_keeps_its_look(screen: Screen) -> None:
    """So that it is not painted again."""
    before = plan(screen("A002", "A001"), 1920, 1080, rows=6, media=False, moving=False).tiles
    calls = (*screen("A003").calls, *screen("A002", "A001").calls)
    after = plan(screen(calls=calls), 1920, 1080, rows=6, media=False, moving=False).tiles
    assert before[1].look == after[2].look
    assert before[1].y < after[2].y


def test_the_notice_leaves_the_media_between_header_and_itself(screen: Screen) -> None:
    found = plan(screen(notice=True, calls=(), waiting=()), 1920, 1080, rows=6, media=True, moving=False)
    assert (found.zone.x, found.zone.w) == (0, 1920)
    assert found.zone.h > 500
    assert not any(tile.call for tile in found.tiles)


def test_media_alone_have_the_whole_screen() -> None:
    found = plan(ShowBoard(), 1920, 1080, rows=6, media=True, moving=False)
    assert found.tiles == ()
    assert (found.zone.x, found.zone.y, found.zone.w, found.zone.h) == (0, 0, 1920, 1080)
