"""ESC/POS: lines of a slip → bytes. Pure; what a printer answers is in `status`.

Source: Epson's ESC/POS command reference (ESC @, ESC a, ESC E, ESC d, GS !, GS V, GS v 0, GS ( k, FS &, the DLE
commands), which the thermal printers sold for Chinese text follow.
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

import msgspec

Align: TypeAlias = Literal["left", "center", "right"]


class Text(msgspec.Struct, frozen=True):
    """One printed line. `width`, `height`: magnification, 1 to 8."""

    text: str
    width: int = 1
    height: int = 1
    align: Align = "left"
    bold: bool = False


class Qr(msgspec.Struct, frozen=True):
    """A QR code that the printer draws itself, centred. `module`: dots per module, 1 to 16."""

    data: str
    module: int = 6


class Feed(msgspec.Struct, frozen=True):
    lines: int = 1


class Cut(msgspec.Struct, frozen=True):
    """Feed to the knife and cut. `bridge`: leaving one of paper, so that the slip does not fall."""

    bridge: bool = True


class Raw(msgspec.Struct, frozen=True):
    """A command that prints nothing: a request to the printer, to be answered when it comes here."""

    data: bytes


Line: TypeAlias = Text | Qr | Feed | Cut | Raw


class Bitmap(msgspec.Struct, frozen=True):
    """Rows from top to bottom, `width_bytes` each, most significant bit leftmost, 1 = black."""

    width_bytes: int
    rows: int
    data: bytes


Raster: TypeAlias = Callable[[Text], Bitmap]


class EncodeError(ValueError):
    """Something that a printer cannot be asked to print."""


def encode(lines: Iterable[Line], encoding: str, raster: Raster | None) -> bytes:
    """The whole slip. `raster` draws a line that has a character which `encoding` lacks; None: 〓 stands for those.

    Raises EncodeError.
    """
    return _INIT + b"".join(_line(line, encoding, raster) for line in lines)


_INIT = b"\x1b@\x1c&"  # ESC @ initialise; FS & Chinese mode: without it two-byte characters come out as Latin pairs
_ALIGN = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
_BAND_ROWS_MAX = 256
_QR_BYTES_MAX = 500


def has_glyphs(text: str, encoding: str) -> bool:
    """Whether a printer of this encoding can be trusted to have every character of `text` in its font.

    Printers sold as GB18030 have the two-byte characters and the four-byte ones of the basic plane (GB 18030-2005's
    required part); characters beyond it (𬀩) are in the code but hardly ever in the font.
    """
    if any(ord(character) > 0xFFFF for character in text):
        return False
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def clean(text: str) -> str:
    """`text` without control characters: whatever the hub or a template says, it cannot give the printer commands."""
    return "".join(character for character in text if character >= " " and not "\x7f" <= character <= "\x9f")


def _line(line: Line, encoding: str, raster: Raster | None) -> bytes:
    match line:
        case Text():
            return _text(msgspec.structs.replace(line, text=clean(line.text)), encoding, raster)
        case Qr(data, module):
            return _qr(data, module)
        case Feed(count):
            return b"\x1bd" + bytes([count])
        case Cut(bridge):
            return b"\x1dVB\x00" if bridge else b"\x1dVA\x00"
        case Raw(data):
            return data


def _text(line: Text, encoding: str, raster: Raster | None) -> bytes:
    text = line.text
    if not has_glyphs(text, encoding):
        if raster is not None:
            return _ALIGN[line.align] + _bands(raster(line))
        text = "".join(character if has_glyphs(character, encoding) else "〓" for character in text)
    size = bytes([(line.width - 1) << 4 | (line.height - 1)])
    bold = b"\x1bE\x01" if line.bold else b"\x1bE\x00"
    return _ALIGN[line.align] + b"\x1d!" + size + bold + text.encode(encoding) + b"\n"


def _bands(bitmap: Bitmap) -> bytes:
    """GS v 0 in bands: many printers cannot hold more than 256 rows."""
    out = bytearray()
    for top in range(0, bitmap.rows, _BAND_ROWS_MAX):
        rows = min(_BAND_ROWS_MAX, bitmap.rows - top)
        data = bitmap.data[top * bitmap.width_bytes : (top + rows) * bitmap.width_bytes]
        out += b"\x1dv0\x00" + bitmap.width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little") + harmless(data)
    return bytes(out)


def harmless(data: bytes) -> bytes:
    """Picture bytes in which no printer can see a real-time command (DLE EOT, DLE ENQ, DLE DC4).

    Printers act on those wherever they occur, also inside a picture. A DLE before one of them gets one more black dot:
    0x10 → 0x18, next to the dot that is there.
    """
    out = bytearray(data)
    for place in range(len(out) - 1):
        if out[place] == 0x10 and out[place + 1] in (0x04, 0x05, 0x14):
            out[place] = 0x18
    return bytes(out)


def _qr(data: str, module: int) -> bytes:
    """GS ( k functions 165 (model 2), 167 (module size), 169 (error correction M), 180 (store), 181 (print)."""
    content = clean(data).encode()
    if not 0 < len(content) <= _QR_BYTES_MAX:
        raise EncodeError(f"a QR code of {len(content)} bytes: it must be 1 to {_QR_BYTES_MAX}")
    store = (len(content) + 3).to_bytes(2, "little")
    return (
        _ALIGN["center"]
        + b"\x1d(k\x04\x001A2\x00"
        + b"\x1d(k\x03\x001C" + bytes([module])
        + b"\x1d(k\x03\x001E1"
        + b"\x1d(k" + store + b"1P0" + content
        + b"\x1d(k\x03\x001Q0"
    )  # fmt: skip
