"""Dots of one colour, lit or dark, as whole numbers: one for each row, the leftmost dot in its highest bit. Pure."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec


class Dots(msgspec.Struct, frozen=True):
    """`rows`: from the top; each is smaller than `1 << width`."""

    width: int
    rows: tuple[int, ...]

    @property
    def height(self) -> int:
        return len(self.rows)

    def over(self, ground: "Dots", left: int, top: int) -> "Dots":
        """These dots lit as well on `ground`; what does not lie on it is cut off."""
        rows = list(ground.rows)
        right = ground.width - left - self.width
        inside = (1 << ground.width) - 1
        for y, row in enumerate(self.rows, top):
            if 0 <= y < len(rows):
                rows[y] |= (row << right if right >= 0 else row >> -right) & inside
        return Dots(ground.width, tuple(rows))

    def times(self, scale: int) -> "Dots":
        """Each dot as `scale`×`scale` dots."""
        if scale == 1:
            return self
        wide = str.maketrans({"0": "0" * scale, "1": "1" * scale})
        rows = (int(format(row, f"0{self.width}b").translate(wide), 2) for row in self.rows)
        return Dots(self.width * scale, tuple(row for row in rows for _ in range(scale)))

    def turned(self, quarters: int) -> "Dots":
        """Clockwise by quarter turns."""
        shown = self
        for _ in range(quarters % 4):
            columns = zip(*(format(row, f"0{shown.width}b") for row in reversed(shown.rows)), strict=True)
            shown = Dots(shown.height, tuple(int("".join(column), 2) for column in columns))
        return shown

    def text(self) -> tuple[str, ...]:
        """Rows of `#` and `.`, as people read them."""
        return tuple(format(row, f"0{self.width}b").replace("0", ".").replace("1", "#") for row in self.rows)

    @property
    def lit(self) -> int:
        """How many there are."""
        return sum(row.bit_count() for row in self.rows)


Size: TypeAlias = tuple[int, int]
"""Width and height in dots."""


def dark(size: Size) -> Dots:
    return Dots(size[0], (0,) * size[1])


def full(size: Size) -> Dots:
    return Dots(size[0], ((1 << size[0]) - 1,) * size[1])


def drawn(rows: Iterable[str]) -> Dots:
    """From rows of `#` and anything else."""
    lines = tuple(rows)
    return Dots(len(lines[0]), tuple(int("".join("01"[dot == "#"] for dot in line), 2) for line in lines))


def beside(parts: Iterable[Dots], gap: int) -> Dots:
    """From left to right, all of one height."""
    joined: Dots | None = None
    for part in parts:
        if joined is None:
            joined = part
            continue
        ahead = part.width + gap
        rows = tuple((before << ahead) | after for before, after in zip(joined.rows, part.rows, strict=True))
        joined = Dots(joined.width + ahead, rows)
    assert joined is not None
    return joined
