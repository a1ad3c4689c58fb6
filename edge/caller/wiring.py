"""What can be wired to a caller's board: tables of its settings, and which pins each takes."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from edge.runtime.wiring import Pin

Key: TypeAlias = Literal[
    "call-next", "call", "recall", "serve", "end", "serve-end", "no-show", "park", "return", "transfer",
    "pause", "resume", "pause-resume", "sign-on", "sign-off", "undo", "ok", "clear",
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    "A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "Q", "R", "S", "T", "U", "W", "X", "Z",
]  # fmt: skip
"""A verb of the wire; two verbs on one key (`serve-end`, `pause-resume`); or a key for entering a number."""

Signal: TypeAlias = Literal["link", "attention", "click"]
"""`link`: lamp, lit while the hub listens. `attention`: lamp, lit for wait, blinking for a refusal. `click`: buzzer."""

Byte: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=60)]

KEYS: dict[Key, Pin] = {
    "call-next": 4, "recall": 5, "serve": 6, "end": 7, "no-show": 8, "pause": 9, "resume": 10, "sign-on": 11,
    "sign-off": 12, "ok": 13, "clear": 14,
    "0": 15, "1": 16, "2": 17, "3": 18, "4": 19, "5": 20, "6": 21, "7": 22, "8": 23, "9": 24,
}  # fmt: skip
"""The usual wiring of keys that have a pin each. GPIO 2 and 3 stay free for a display on I²C."""

SIGNALS: dict[Signal, Pin] = {"link": 25, "attention": 26, "click": 27}

_I2C: dict[int, tuple[tuple[str, int], ...]] = {1: (("SDA", 2), ("SCL", 3))}
_SPI: dict[int, tuple[tuple[str, int], ...]] = {
    0: (("CE1", 7), ("CE0", 8), ("MISO", 9), ("MOSI", 10), ("SCLK", 11)),
}


class Matrix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A keypad of rows × columns. The usual one is 4×5 and leaves I²C, SPI and the signals' pins free."""

    rows: Annotated[tuple[Pin, ...], msgspec.Meta(min_length=1, max_length=8)] = (4, 5, 6, 12)
    columns: Annotated[tuple[Pin, ...], msgspec.Meta(min_length=1, max_length=8)] = (13, 16, 17, 18, 19)
    # Row by row, a name for each column; "" where there is no key.
    keys: tuple[tuple[Key | Literal[""], ...], ...] = (
        ("1", "2", "3", "call-next", "recall"),
        ("4", "5", "6", "serve-end", "no-show"),
        ("7", "8", "9", "park", "return"),
        ("clear", "0", "ok", "pause-resume", "transfer"),
    )
    diodes: bool = False  # one at each key: then no key can be feigned by others, and none is refused for it
    scan_s: Annotated[float, msgspec.Meta(ge=0.002, le=0.05)] = 0.008  # between two looks while a key is down

    def __post_init__(self) -> None:
        """Raises ValueError for a table that is not rows × columns, and for a key that is there twice."""
        shape = (len(self.rows), len(self.columns))
        if len(self.keys) != shape[0] or any(len(row) != shape[1] for row in self.keys):
            raise ValueError(f"matrix.keys: {shape[0]} rows of {shape[1]} names are wanted, as rows and columns say")
        names = [name for row in self.keys for name in row if name]
        if not names:
            raise ValueError('matrix.keys: there is no key: name at least one, "" stands for none')
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"matrix.keys: {twice[0]!r} is there twice: give each key one place")

    def pins(self) -> list[tuple[str, int]]:
        rows = [(f"rows[{n}]", pin) for n, pin in enumerate(self.rows)]
        return rows + [(f"columns[{n}]", pin) for n, pin in enumerate(self.columns)]


class Wired(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An FF68 keypad on a serial port."""

    port: str = "/dev/ttyUSB0"  # better a stable name of /dev/serial/by-id/
    baud: Annotated[int, msgspec.Meta(gt=0)] = 9600
    address: Byte = 1  # no other is listened to
    flow: Literal["none", "rs485"] = "none"
    poll_s: Seconds = 20.0  # how often it is shown its digits anew, and so asked whether it is there
    repeat_s: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.5  # the same frame within this is a repetition


class Digits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Eight seven-segment digits on a MAX7219."""

    spi_device: Annotated[int, msgspec.Meta(ge=0, le=1)] = 0  # chip select CE0 or CE1
    spi_hz: Literal[500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000] = 1_000_000
    contrast: Byte = 112
    refresh_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 30.0  # how often the chip is set up anew

    def pins(self) -> list[tuple[str, int]]:
        return list(_SPI[0])


class Oled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """128×64 dots, one colour."""

    chip: Literal["ssd1306", "sh1106"] = "ssd1306"
    bus: Literal["i2c", "spi"] = "i2c"
    address: Annotated[int, msgspec.Meta(ge=0x08, le=0x77)] = 0x3C  # on I²C
    spi_device: Annotated[int, msgspec.Meta(ge=0, le=1)] = 0
    spi_hz: Literal[500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000] = 4_000_000
    dc: Pin = 22  # on SPI: data or command
    reset: Pin | None = 23  # on SPI; leave it out where the board resets itself
    turned: bool = False  # by 180°
    contrast: Byte = 128
    dim: Byte = 8  # the contrast while nobody is signed on: an OLED wears by being lit
    refresh_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 30.0  # how often the chip is set up anew

    def pins(self) -> list[tuple[str, int]]:
        if self.bus == "i2c":
            return list(_I2C[1])
        return [*_SPI[0], ("dc", self.dc), *([("reset", self.reset)] if self.reset is not None else [])]
