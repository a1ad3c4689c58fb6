"""How a line is placed on a window display: pure, so that it is known what must move."""

import functools
import string

import msgspec

from edge.led_window.dots import Size
from edge.led_window.scene import Page
from edge.runtime.cells import CELL, text_width

NUMERAL = (10, 16)  # dots: the large characters of a ticket number
NUMERAL_GAP = (2, 4)  # dots between two of them, at the least and at the most
BESIDE_GAP = 8  # dots between a number and what stands beside it
_NUMERALS = frozenset(string.ascii_uppercase + string.digits)


class Placement(msgspec.Struct, frozen=True):
    """How a page lies on a display. `gap`: dots between large numerals, None if it is text of 16 dots.

    `scale`: how large each dot is; `beside`: where the counter's name stands; `over`: dots by which the line is too
    wide, which it has to move.
    """

    gap: int | None
    scale: int
    beside: str = ""  # "right", "below"; "" if there is none, or no room for it
    over: int = 0


@functools.lru_cache(maxsize=64)
def place(page: Page, size: Size) -> Placement:
    """As large as the display allows; what is too wide is as high as the display, and moves."""
    width, height = size
    gap = numeral_gap(len(page.text), width) if page.large and _NUMERALS.issuperset(page.text) else None
    line = _line_width(page.text, gap)
    scale = min(width // line, height // CELL) if line else 1
    if scale < 1:
        scale = max(1, height // CELL)
        return Placement(gap, scale, over=line * scale - width)
    name = text_width(page.beside)
    if name and line * scale + BESIDE_GAP + name * scale <= width:
        return Placement(gap, scale, "right")
    if name and (scale + 1) * CELL <= height and name <= width:
        return Placement(gap, scale, "below")
    return Placement(gap, scale)


def numeral_gap(count: int, width: int) -> int | None:
    """Dots between `count` large numerals in `width` dots; None if they don't fit."""
    if count < 1 or count * NUMERAL[0] > width:
        return None
    if count == 1:
        return 0
    gap = min(NUMERAL_GAP[1], (width - count * NUMERAL[0]) // (count - 1))
    return gap if gap >= NUMERAL_GAP[0] else None


def _line_width(text: str, gap: int | None) -> int:
    return text_width(text) if gap is None else len(text) * (NUMERAL[0] + gap) - gap
