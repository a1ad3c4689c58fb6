"""Characters as dots: Chinese and ASCII from the vendored Unifont, the numerals of ticket numbers from our own drawing.

`unifont16.cells`: 8 bytes magic, number of characters (u32 LE), their code points (u32 LE, ascending), then 32 bytes
each: 16 rows of 16 dots, leftmost dot in the highest bit; a narrow character uses the left half.
"""

import functools
import struct
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path

_FONTS = Path(__file__).with_name("fonts")
_MAGIC = b"TXCELLS1"
_CODES_AT = len(_MAGIC) + 4
_CELL_BYTES = 32
_LACKING = "〓"  # GB2312's own sign for a character that cannot be shown


@functools.lru_cache(maxsize=512)
def cell(character: str) -> bytes:
    """32 bytes, 16×16 dots; a character that the font lacks is shown as 〓."""
    data = _cells()
    (count,) = struct.unpack_from("<I", data, len(_MAGIC))
    at = bisect_left(range(count), ord(character), key=lambda i: struct.unpack_from("<I", data, _CODES_AT + 4 * i)[0])
    if at == count or struct.unpack_from("<I", data, _CODES_AT + 4 * at)[0] != ord(character):
        return cell(_LACKING)
    start = _CODES_AT + 4 * count + _CELL_BYTES * at
    return data[start : start + _CELL_BYTES]


def pack(cells: Mapping[int, bytes]) -> bytes:
    """The font file for cells by code point."""
    codes = sorted(cells)
    return b"".join((_MAGIC, struct.pack(f"<I{len(codes)}I", len(codes), *codes), *(cells[code] for code in codes)))


@functools.lru_cache(maxsize=64)
def numeral(character: str) -> tuple[str, ...] | None:
    """16 rows of 10 `#` or `.`; None for what is not a letter or digit of a ticket number."""
    drawing = _drawings().get(character)
    return _doubled(drawing) if drawing else None


@functools.lru_cache(maxsize=1)
def _cells() -> bytes:
    return (_FONTS / "unifont16.cells").read_bytes()


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
