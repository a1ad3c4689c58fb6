"""ESC/POS: lines of a slip → bytes, and a printer's status bytes → words. Pure.

Source: Epson's ESC/POS command reference (ESC @, ESC a, ESC E, ESC d, GS !, GS V, GS v 0, GS ( k, GS r, FS &, DLE EOT,
DLE DC4), which the thermal printers sold for Chinese text follow.
"""

from collections.abc import Callable, Iterable, Mapping
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
    """Feed to the knife and cut, leaving a bridge of paper where the knife can."""


Line: TypeAlias = Text | Qr | Feed | Cut


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
        case Cut():
            return b"\x1dVB\x00"


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


# Status.

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
STATUS_KINDS = (PRINTER, OFFLINE, ERROR, PAPER)
IN_ORDER_REQUEST = b"\x1dr\x01"  # GS r 1: answered when all before it has been printed
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8: forget what was sent and is not printed yet


class Status(msgspec.Struct, frozen=True):
    online: bool
    cover_open: bool
    paper: Literal["ok", "low", "out"]
    error: bool


def status_request(kind: int) -> bytes:
    """DLE EOT n: answered at once, whatever else the printer is doing."""
    return bytes([0x10, 0x04, kind])


def is_status(byte: int) -> bool:
    """Whether `byte` may be an answer to DLE EOT: bits 1 and 4 are always set, 0 and 7 never."""
    return byte & 0b1001_0011 == 0b0001_0010


def is_in_order(byte: int) -> bool:
    """Whether `byte` may be an answer to GS r 1: two bits for paper near end, two for paper end, nothing else."""
    return byte in (0x00, 0x03, 0x0C, 0x0F)


def parse_status(answers: Mapping[int, int]) -> Status:
    """`answers`: DLE EOT n → the byte that came back, for all four n."""
    offline, paper = answers[OFFLINE], answers[PAPER]
    out = bool(paper & 0x60 or offline & 0x20)
    return Status(
        online=not answers[PRINTER] & 0x08,
        cover_open=bool(offline & 0x04),
        paper="out" if out else "low" if paper & 0x0C else "ok",
        error=bool(answers[ERROR] & 0x6C) or bool(offline & 0x40 and not out and not offline & 0x04),
    )
