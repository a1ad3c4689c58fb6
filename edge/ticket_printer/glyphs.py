"""Characters as dots, with Pillow: for lines that the printer's own font cannot show, and for pictures of slips."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from edge.ticket_printer.escpos import Bitmap, Text

CELL = 24  # dots: a Chinese character is 24 x 24, half of it wide for ASCII (font A of 203 dpi printers)

# (file, index of its face): what Debian's fonts-noto-cjk, fonts-wqy-zenhei, fonts-wqy-microhei and fonts-droid install.
_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 1),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 1),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
)


class NoFontError(FileNotFoundError):
    """No font with Chinese characters is installed."""


@lru_cache(maxsize=4)
def font(extra: tuple[str, ...] = ()) -> ImageFont.FreeTypeFont:
    """The first there is of `extra` (files) and Debian's usual Chinese fonts. Raises NoFontError."""
    for name, index in [*((name, 0) for name in extra), *_FONTS]:
        if Path(name).exists():
            return ImageFont.truetype(name, CELL, index=index)
    raise NoFontError("no Chinese font found: install fonts-noto-cjk, or name one in [device] fonts")


def draw(line: Text, extra: tuple[str, ...] = ()) -> Image.Image:
    """`line` as black on white (mode "1"), as wide as its text: characters in their cells, magnified as asked."""
    face = font(extra)
    cells = [CELL // 2 if character.isascii() else CELL for character in line.text]
    image = Image.new("L", (max(1, sum(cells)) * line.width, CELL * line.height), 255)
    big = face.font_variant(size=CELL * line.height)
    x = 0
    for character, cell in zip(line.text, cells, strict=True):
        image.paste(_glyph(character, cell * line.height, big, line.bold).resize(
            (cell * line.width, CELL * line.height)), (x, 0))  # fmt: skip
        x += cell * line.width
    return image.point(lambda level: 255 if level > 128 else 0).convert("1")


def _glyph(character: str, wide: int, face: ImageFont.FreeTypeFont, bold: bool) -> Image.Image:
    """One character in a cell of its own height; the width is stretched by whoever asked."""
    size = int(face.size)
    cell = Image.new("L", (wide, size), 255)
    offset = (wide - face.getlength(character)) / 2
    _, top, _, bottom = face.getbbox("国")
    pen = ImageDraw.Draw(cell)
    for shift in (0, size // CELL) if bold else (0,):  # printers make bold by striking twice, a dot apart
        pen.text((offset + shift, (size - (bottom - top)) / 2 - top), character, font=face, fill=0)
    return cell


def raster(line: Text, dots: int, extra: tuple[str, ...] = ()) -> Bitmap:
    """`line` for GS v 0, cut off at the paper's width `dots`. Raises NoFontError."""
    image = draw(line, extra)
    width_bytes = min(-(-image.width // 8), dots // 8)
    page = Image.new("1", (width_bytes * 8, image.height), 1)
    page.paste(image, (0, 0))
    return Bitmap(width_bytes, image.height, bytes(byte ^ 0xFF for byte in page.tobytes()))


def picture(bitmap: Bitmap) -> Image.Image:
    """A raster's dots as black on white."""
    size = (bitmap.width_bytes * 8, bitmap.rows)
    return Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in bitmap.data))
