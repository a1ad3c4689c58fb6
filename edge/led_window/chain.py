"""How the 8×8 blocks of a panel hang in their chain, and what each chip must hold for a picture to be seen. Pure.

Chip 0 is the one that DIN is wired to. "Digit" d of a chip is the column d of its block, bit b the row b, as the block
is seen when it is not turned.
"""

import functools
from typing import Literal, TypeAlias

import msgspec

from edge.led_window.dots import Dots, Size

BLOCK = 8
Digits: TypeAlias = tuple[bytes, ...]
"""For digits 0 to 7, one byte for each chip, in the chain's order."""


class Wiring(msgspec.Struct, frozen=True):
    """As in the settings. `width`, `height`: dots as wired, before `rotate`."""

    width: int
    height: int
    block_orientation: int = 0  # degrees clockwise by which each block is mounted turned
    rotate: int = 0  # quarter turns clockwise of the whole picture
    blocks_arranged_in_reverse_order: bool = False  # each row's chain begins at the right
    rows: Literal["same", "serpentine"] = "same"

    @property
    def size(self) -> Size:
        """Width and height as people see them."""
        return (self.height, self.width) if self.rotate % 2 else (self.width, self.height)


class Place(msgspec.Struct, frozen=True):
    """Where a chip's block hangs, in blocks from the top left, and its quarter turns clockwise."""

    column: int
    row: int
    turns: int


def digits(picture: Dots, wiring: Wiring) -> Digits:
    """`picture`: of the size that people see."""
    panel = picture.turned(wiring.rotate)
    chips = [_columns(panel, place) for place in places(wiring)]
    return tuple(bytes(column) for column in zip(*chips, strict=True))


@functools.lru_cache(maxsize=8)
def places(wiring: Wiring) -> tuple[Place, ...]:
    """In the chain's order: row by row from the top."""
    found = []
    for row in range(wiring.height // BLOCK):
        back = wiring.rows == "serpentine" and row % 2 == 1
        columns = range(wiring.width // BLOCK)
        turns = (wiring.block_orientation // 90 + 2 * back) % 4
        for column in reversed(columns) if back != wiring.blocks_arranged_in_reverse_order else columns:
            found.append(Place(column, row, turns))
    return tuple(found)


def upright(block: Dots) -> list[int]:
    """The eight digits of a block of 8×8 dots that is not turned."""
    return _columns(block, Place(0, 0, 0))


def _columns(panel: Dots, place: Place) -> list[int]:
    """A block's eight digits."""
    right = panel.width - BLOCK * (place.column + 1)
    rows = [panel.rows[BLOCK * place.row + y] >> right & 0xFF for y in range(BLOCK)]
    for _ in range((1 - place.turns) % 4):  # rows turned once clockwise are columns: from the left, lowest bit on top
        rows = _turned(rows)
    return rows


def _turned(rows: list[int]) -> list[int]:
    """An 8×8 block a quarter clockwise; bit 7 is its leftmost dot."""
    return [sum((rows[y] >> (7 - x) & 1) << y for y in range(BLOCK)) for x in range(BLOCK)]
