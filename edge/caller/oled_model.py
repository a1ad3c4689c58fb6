"""A model of an SSD1306 or SH1106 on an I²C bus: takes what a master writes, tells which dots are really lit.

Sources: Solomon Systech SSD1306 rev 1.1 (section 8.1.5, I²C; tables 9 and 10-3, commands and addressing), Sino Wealth
SH1106 v2.3 (p. 19, commands: pages only, 132 columns of which the glass shows those in the middle).
"""

import errno
import threading
from collections.abc import Sequence
from typing import Literal

WIDTH, PAGES = 128, 8
_COLUMNS = 132
_ARGUMENTS = {
    "ssd1306": {0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8D: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1},
    "sh1106": {0x81: 1, 0xA8: 1, 0xAD: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1},
}  # command → bytes that belong to it
_COMMAND, _DATA = 0x00, 0x40  # control bytes
_NOBODY = OSError(errno.EREMOTEIO, "Remote I/O error")


class OledChip:
    """Stands in for an `smbus2.SMBus` with this chip on it. `absent`: it does not answer to its address. `contrast`:
    0-255.

    Mounted as modules are: upright with segments remapped (A1) and COM scanned from the last (C8).
    """

    def __init__(self, kind: Literal["ssd1306", "sh1106"] = "ssd1306", address: int = 0x3C) -> None:
        self._kind, self._address = kind, address
        self._offset = 0 if kind == "ssd1306" else 2
        self._lock = threading.Lock()  # a test looks on while the driver writes
        self.absent = False
        self.writes = 0
        self.power_up()

    def power_up(self) -> None:
        """Dark, and its memory undefined: here, the worst to be seen."""
        self._ram = [bytearray(b"\x55" * _COLUMNS) for _ in range(PAGES)]
        self._on = self._inverse = self._all_on = self._remapped = self._from_last = False
        self._pump = self._kind == "sh1106"  # its converter is on after reset
        self.contrast = 0x7F
        self._mode = 2  # pages
        self._columns, self._pages = (0, WIDTH - 1), (0, PAGES - 1)
        self._column = self._page = 0
        self._unfinished: list[int] = []

    # What smbus2 offers.

    def write_i2c_block_data(self, address: int, control: int, data: Sequence[int]) -> None:
        with self._lock:
            self.writes += 1
            if self.absent or address != self._address:
                raise _NOBODY
            for byte in data:
                (self._take if control == _COMMAND else self._store)(byte)

    def close(self) -> None:
        pass

    # What a test or a rehearsal sees.

    def lit(self) -> tuple[str, ...]:
        """64 rows of 128 `#` or `.`, as people see them."""
        with self._lock:
            rows = [[self._is_lit(x, y) for x in range(WIDTH)] for y in range(8 * PAGES)]
        return tuple("".join(".#"[dot] for dot in row) for row in rows)

    def _is_lit(self, x: int, y: int) -> bool:
        if not (self._on and self._pump):
            return False
        if self._all_on:
            return True
        column = self._offset + (x if self._remapped else WIDTH - 1 - x)
        line = y if self._from_last else 8 * PAGES - 1 - y
        return bool(self._ram[line // 8][column] >> line % 8 & 1) != self._inverse

    # Commands and data.

    def _take(self, byte: int) -> None:
        self._unfinished.append(byte)
        command, *arguments = self._unfinished
        if len(arguments) < _ARGUMENTS[self._kind].get(command, 0):
            return
        self._unfinished = []
        self._obey(command, arguments)

    def _obey(self, command: int, arguments: list[int]) -> None:
        match command, arguments:
            case 0x20, [mode]:
                self._mode = mode & 3
            case 0x21, [first, last]:
                self._columns, self._column = (first & 0x7F, last & 0x7F), first & 0x7F
            case 0x22, [first, last]:
                self._pages, self._page = (first & 7, last & 7), first & 7
            case 0x81, [contrast]:
                self.contrast = contrast
            case 0x8D, [pump]:
                self._pump = bool(pump & 4)
            case 0xAD, [pump]:
                self._pump = bool(pump & 1)
            case ((0xA0 | 0xA1), _):
                self._remapped = bool(command & 1)
            case ((0xC0 | 0xC8), _):
                self._from_last = bool(command & 8)
            case ((0xA4 | 0xA5), _):
                self._all_on = bool(command & 1)
            case ((0xA6 | 0xA7), _):
                self._inverse = bool(command & 1)
            case ((0xAE | 0xAF), _):
                self._on = bool(command & 1)
            case _ if 0xB0 <= command <= 0xB7:
                self._page = command & 7
            case _ if command <= 0x0F:
                self._column = self._column & 0xF0 | command
            case _ if 0x10 <= command <= 0x1F:
                self._column = self._column & 0x0F | (command & 0xF) << 4

    def _store(self, byte: int) -> None:
        if self._column < _COLUMNS:
            self._ram[self._page][self._column] = byte
        self._column += 1
        if self._kind == "ssd1306" and self._mode == 0 and self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page = self._pages[0] if self._page >= self._pages[1] else self._page + 1
