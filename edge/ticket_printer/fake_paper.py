"""What a printer makes of the bytes it gets: parses ESC/POS into printed things, and draws a slip as a picture."""

import io
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from edge.ticket_printer.escpos import Align, Bitmap, Feed, Qr, Text

if TYPE_CHECKING:
    from PIL import Image


class Picture(msgspec.Struct, frozen=True):
    bitmap: Bitmap
    align: Align


Printed: TypeAlias = Text | Qr | Feed | Picture


class SlipRecord(msgspec.Struct, frozen=True):
    """One slip, from cut to cut. `data`: the bytes that printed it."""

    data: bytes
    printed: tuple[Printed, ...]
    dots: int

    @property
    def lines(self) -> tuple[str, ...]:
        """The text that can be read on it, line by line."""
        return tuple(one.text for one in self.printed if isinstance(one, Text))

    @property
    def number(self) -> str:
        """What is printed biggest; "" on an empty slip."""
        texts = [one for one in self.printed if isinstance(one, Text)]
        return max(texts, key=lambda one: one.width * one.height).text.strip() if texts else ""

    @property
    def qr(self) -> str:
        return next((one.data for one in self.printed if isinstance(one, Qr)), "")

    def png(self) -> bytes:
        """The slip as one sees it. Raises edge.ticket_printer.glyphs.NoFontError."""
        from PIL import Image

        margin, gap = 24, 6
        pieces = [_draw(one) for one in self.printed]
        height = sum(image.height + gap for _, image in pieces) + 2 * margin
        paper = Image.new("L", (self.dots + 2 * margin, height), 255)
        y = margin
        for align, image in pieces:
            x = {"left": 0, "center": (self.dots - image.width) // 2, "right": self.dots - image.width}[align]
            paper.paste(image, (margin + x, y))
            y += image.height + gap
        file = io.BytesIO()
        paper.save(file, "PNG", dpi=(203, 203))
        return file.getvalue()


def _draw(one: Printed) -> "tuple[Align, Image.Image]":
    from PIL import Image

    from edge.ticket_printer import glyphs

    match one:
        case Text():
            return one.align, glyphs.draw(one)
        case Picture(bitmap, align):
            return align, glyphs.picture(bitmap)
        case Qr():
            return "center", _qr_place(one)
        case Feed(lines):
            return "left", Image.new("1", (1, 24 * lines), 1)


def _qr_place(qr: Qr) -> "Image.Image":
    """A box where the printer draws its QR code, with what the code says: this paper has no QR encoder."""
    from PIL import Image, ImageDraw

    from edge.ticket_printer import glyphs

    modules = 21 + 4 * min(9, len(qr.data) // 14)
    size = modules * qr.module
    image = Image.new("1", (size, size), 1)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, size - 1, size - 1), outline=0)
    eye = 7 * qr.module
    for x, y in ((0, 0), (size - eye, 0), (0, size - eye)):
        for ring, fill in ((0, 0), (1, 1), (2, 0)):
            inset = ring * qr.module
            pen.rectangle((x + inset, y + inset, x + eye - 1 - inset, y + eye - 1 - inset), fill=fill)
    face = glyphs.font().font_variant(size=14)
    per_line = max(1, size // 8)
    rows = [qr.data[start : start + per_line] for start in range(0, len(qr.data), per_line)]
    pen.multiline_text((size // 2, size // 2), "\n".join(["QR", *rows]), font=face, fill=0, anchor="mm", align="center")
    return image


_ALIGN: tuple[Align, ...] = ("left", "center", "right")
_ESC_THREE = b"aEdJ3 M-tR"  # commands of ESC that have one parameter; the others here have none


class Paper:
    """The in-order half of a printer: takes bytes, keeps what was printed, says when a slip was cut.

    Knows the commands that `escpos` sends; skips others of a known length, as printers do.
    """

    def __init__(self, encoding: str, dots: int) -> None:
        self._encoding, self._dots = encoding, dots
        self._data = bytearray()
        self._printed: list[Printed] = []
        self._line = ""
        self._align: Align = "left"
        self.tells = 0  # what it was asked to tell of by itself: the parameter of GS a
        self._reset()

    @property
    def printed(self) -> tuple[Printed, ...]:
        """And not cut off yet."""
        return tuple(self._printed)

    def feed(self, buffer: bytearray) -> tuple[bool, SlipRecord | None, bytes]:
        """Take one command or run of text off the front of `buffer`.

        → (whether there was a whole one, the slip if that cut it, what the printer answers)
        """
        length = self._length(buffer)
        if not length or length > len(buffer):
            return False, None, b""
        command = bytes(buffer[:length])
        del buffer[:length]
        self._data += command
        return True, *self._obey(command)

    def _length(self, buffer: bytearray) -> int:
        """Of the command in front; 0: more must come to know."""
        if not buffer:
            return 0
        head = buffer[0]
        if head == 0x1B:
            return (3 if buffer[1] in _ESC_THREE else 2) if len(buffer) > 1 else 0
        if head == 0x1C:
            return 2
        if head == 0x1D:
            return self._gs_length(buffer)
        if head == 0x10:
            return 0 if len(buffer) < 2 else 10 if buffer[1] == 0x14 else 3 if buffer[1] in (4, 5) else 1
        if head < 0x20:
            return 1
        return self._run_length(buffer)

    @staticmethod
    def _gs_length(buffer: bytearray) -> int:
        head = bytes(buffer[1:3])
        if len(head) < 2:
            return 0
        match head[:1]:
            case b"V":
                return 4 if head[1] in (65, 66) else 3
            case b"(":
                return 5 + int.from_bytes(buffer[3:5], "little") if len(buffer) >= 5 else 0
            case b"v":
                size = int.from_bytes(buffer[4:6], "little") * int.from_bytes(buffer[6:8], "little")
                return 8 + size if len(buffer) >= 8 else 0
        return 3

    @staticmethod
    def _run_length(buffer: bytearray) -> int:
        return next((place for place, byte in enumerate(buffer) if byte < 0x20), 0)

    def _obey(self, command: bytes) -> tuple[SlipRecord | None, bytes]:
        match command[0], command[1:2]:
            case 0x1B, b"@":
                self._reset()
                if not self._printed:
                    self._data = bytearray(command)
            case 0x1B, b"a":
                self._align = _ALIGN[command[2] % 3]
            case 0x1B, b"E":
                self._bold = bool(command[2] & 1)
            case 0x1B, b"d":
                self._printed.append(Feed(command[2]))
            case 0x1C, mode:
                self._chinese = mode == b"&"
            case 0x1D, b"!":
                self._size = (command[2] >> 4 & 7) + 1, (command[2] & 7) + 1
            case 0x1D, b"v":
                wide, rows = int.from_bytes(command[4:6], "little"), int.from_bytes(command[6:8], "little")
                self._printed.append(Picture(Bitmap(wide, rows, command[8:]), self._align))
            case 0x1D, b"(":
                self._symbol(command)
            case 0x1D, b"r":
                return None, b"\x00"
            case 0x1D, b"a":
                self.tells = command[2]
            case 0x1D, b"V":
                return self._cut(), b""
            case 0x0A, _:
                self._end_line()
            case head, _ if head >= 0x20:
                self._line += command.decode(self._encoding if self._chinese else "cp437", "replace")
        return None, b""

    def _symbol(self, command: bytes) -> None:
        match command[2:3] + command[5:7]:
            case b"k1C":
                self._module = command[7]
            case b"k1P":
                self._stored = command[8:]
            case b"k1Q":
                self._printed.append(Qr(self._stored.decode("utf-8", "replace"), self._module))

    def _end_line(self) -> None:
        wide, high = self._size
        self._printed.append(Text(self._line, wide, high, self._align, self._bold))
        self._line = ""

    def _cut(self) -> SlipRecord:
        if self._line:
            self._end_line()
        slip = SlipRecord(bytes(self._data), tuple(self._printed), self._dots)
        self._start_slip()
        return slip

    def _start_slip(self) -> None:
        self._data = bytearray()
        self._printed = []

    def _reset(self) -> None:
        self._align = "left"
        self._size = (1, 1)
        self._bold = self._chinese = False
        self.tells = 0  # Epson's own keep it; others forget it with everything else
        self._line = ""
        self._module, self._stored = 3, b""
