"""Characters as dots: Chinese and ASCII from the vendored Unifont, the numerals of ticket numbers from our own drawing.

`unifont16.cells`: 8 bytes magic, number of runs (u32 LE), each run's first code point and its length (u32 LE both,
ascending), then 32 bytes for each character: 16 rows of 16 dots, leftmost dot in the highest bit; a narrow character
uses the left half. The file is mapped: of its 700 KB a board has in memory what it shows.
"""

import functools
import mmap
import struct
from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from edge.runtime.cells import CELL, cell_width

_FONTS = Path(__file__).with_name("fonts")
_MAGIC = b"TXCELLS2"
_RUNS_AT = len(_MAGIC) + 4
_CELL_BYTES = 32


def has(character: str) -> bool:
    return _offset(ord(character)) is not None


@functools.lru_cache(maxsize=512)
def cell(character: str) -> bytes:
    """32 bytes, 16×16 dots; a box for a character that the font lacks."""
    offset = _offset(ord(character))
    return _box(cell_width(character)) if offset is None else _cells()[offset : offset + _CELL_BYTES]


def pack(cells: Mapping[int, bytes]) -> bytes:
    """The font file for cells by code point."""
    codes = sorted(cells)
    starts = codes[:1] + [after for before, after in pairwise(codes) if after != before + 1]
    places = [codes.index(start) for start in starts] + [len(codes)]
    runs = [number for start, (at, end) in zip(starts, pairwise(places), strict=True) for number in (start, end - at)]
    head = struct.pack(f"<I{len(runs)}I", len(starts), *runs)
    return b"".join((_MAGIC, head, *(cells[code] for code in codes)))


@functools.lru_cache(maxsize=64)
def numeral(character: str) -> tuple[str, ...] | None:
    """16 rows of 10 `#` or `.`; None for what is not a letter or digit of a ticket number."""
    drawing = _drawings().get(character)
    return _doubled(drawing) if drawing else None


def _offset(code: int) -> int | None:
    """Where a character's cell lies in the file."""
    starts, ends, before = _runs()
    at = bisect_right(starts, code) - 1
    if at < 0 or code >= ends[at]:
        return None
    return _RUNS_AT + 8 * len(starts) + _CELL_BYTES * (before[at] + code - starts[at])


@functools.lru_cache(maxsize=1)
def _runs() -> tuple[list[int], list[int], list[int]]:
    """First code points, those after the last, and how many characters lie before each run."""
    data = _cells()
    (count,) = struct.unpack_from("<I", data, len(_MAGIC))
    numbers = struct.unpack_from(f"<{2 * count}I", data, _RUNS_AT)
    starts, lengths = list(numbers[::2]), numbers[1::2]
    before = [sum(lengths[:at]) for at in range(count)]
    return starts, [start + length for start, length in zip(starts, lengths, strict=True)], before


@functools.lru_cache(maxsize=1)
def _cells() -> mmap.mmap:
    with (_FONTS / "unifont16.cells").open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _box(width: int) -> bytes:
    """Something stands here that this display cannot show."""
    edge = ((1 << (width - 2)) - 1) << (CELL - width + 1)
    side = 1 << (CELL - 2) | 1 << (CELL - width + 1)
    return struct.pack(">16H", 0, edge, *(side,) * (CELL - 4), edge, 0)


@functools.lru_cache(maxsize=1)
def _drawings() -> dict[str, tuple[str, ...]]:
    """`numerals.txt`: a character, then its 8 rows of 5 dots; blank lines between characters."""
    blocks = (_FONTS / "numerals.txt").read_text("ascii").split("\n\n")
    return {lines[0]: tuple(lines[1:]) for lines in (block.split() for block in blocks)}


def _doubled(drawing: tuple[str, ...]) -> tuple[str, ...]:
    """Twice as large, and where two dots only touch at their corners the step between them is filled."""

    def lit(y: int, x: int) -> bool:
        return 0 <= y < len(drawing) and 0 <= x < len(drawing[0]) and drawing[y][x] == "#"

    def quarter(row: int, column: int) -> bool:
        y, x = row // 2, column // 2
        beside_y, beside_x = y + (1 if row % 2 else -1), x + (1 if column % 2 else -1)
        step = lit(beside_y, x) and lit(y, beside_x) and not lit(beside_y, beside_x)
        return lit(y, x) or step

    rows, columns = 2 * len(drawing), 2 * len(drawing[0])
    return tuple("".join(".#"[quarter(row, column)] for column in range(columns)) for row in range(rows))
