"""From what should be shown to dots: crisp, as large as the display allows."""

import functools
import struct

from edge.led_window import dots, layout
from edge.led_window.dots import Dots, Size
from edge.led_window.scene import Page
from edge.led_window.timeline import Moment
from edge.runtime import glyphs
from edge.runtime.cells import CELL, cell_width


def draw(moment: Moment, size: Size) -> Dots:
    """`size`: of the display, as people see it; the picture has exactly that."""
    ground = dots.dark(size)
    if not moment.lit or not moment.page.text:
        return ground
    drawing = _page(moment.page, size)
    left = (size[0] - drawing.width) // 2 if drawing.width <= size[0] else -moment.shift
    return drawing.over(ground, left, (size[1] - drawing.height) // 2)


def lacking(page: Page) -> str:
    """The characters that are shown as boxes."""
    return "".join(character for character in page.text + page.beside if not glyphs.has(character))


@functools.lru_cache(maxsize=32)
def _page(page: Page, size: Size) -> Dots:
    placement = layout.place(page, size)
    text = _line(page.text) if placement.gap is None else _number(page.text, placement.gap)
    drawing = text.times(placement.scale)
    if placement.beside == "right":
        return dots.beside((drawing, _line(page.beside).times(placement.scale)), layout.BESIDE_GAP)
    return _stacked(drawing, _line(page.beside)) if placement.beside == "below" else drawing


def _line(text: str) -> Dots:
    return dots.beside(map(_cell, text), 0)


def _cell(character: str) -> Dots:
    width = cell_width(character)
    rows = struct.unpack(">16H", glyphs.cell(character))
    return Dots(width, tuple(row >> (CELL - width) for row in rows))


def _number(number: str, gap: int) -> Dots:
    drawings = (glyphs.numeral(character) for character in number)
    return dots.beside((dots.drawn(drawing) for drawing in drawings if drawing), gap)


def _stacked(above: Dots, below: Dots) -> Dots:
    ground = dots.dark((max(above.width, below.width), above.height + below.height))
    ground = above.over(ground, (ground.width - above.width) // 2, 0)
    return below.over(ground, (ground.width - below.width) // 2, above.height)
