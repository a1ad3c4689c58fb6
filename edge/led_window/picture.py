"""From what should be shown to dots: a Pillow image in mode "1", crisp, as large as the display allows."""

import functools

from PIL import Image

from edge.led_window import layout
from edge.led_window.logic import Show
from edge.runtime import glyphs
from edge.runtime.cells import CELL, cell_width, text_width


def draw(show: Show, size: tuple[int, int]) -> Image.Image:
    """`size`: width and height of the display in dots, as people see it. The image is exactly that size."""
    image = Image.new("1", size)
    if not show.lit or not show.text:
        return image
    line = _number(show.text, size[0]) if show.large else None
    line = line or _line(show.text)
    scale = max(1, min(size[0] // line.width, size[1] // line.height))
    if scale > 1:
        line = line.resize((line.width * scale, line.height * scale), Image.Resampling.NEAREST)
    left = (size[0] - line.width) // 2 if line.width <= size[0] else -show.shift
    image.paste(line, (left, (size[1] - line.height) // 2))
    return image


@functools.lru_cache(maxsize=32)
def _line(text: str) -> Image.Image:
    line = Image.new("1", (text_width(text), CELL))
    left = 0
    for character in text:
        line.paste(Image.frombytes("1", (CELL, CELL), glyphs.cell(character)), (left, 0))
        left += cell_width(character)
    return line


@functools.lru_cache(maxsize=32)
def _number(number: str, width: int) -> Image.Image | None:
    """The large numerals; None if one is not among them or they don't fit."""
    gap = layout.numeral_gap(len(number), width)
    rows = [glyphs.numeral(character) for character in number]
    if gap is None or not all(rows):
        return None
    columns, height = layout.NUMERAL
    line = Image.new("1", (len(number) * (columns + gap) - gap, height))
    dots = ("." * gap).join
    text = "".join(dots(numeral[y] for numeral in rows if numeral) for y in range(height))
    line.putdata([255 * (dot == "#") for dot in text])
    return line
