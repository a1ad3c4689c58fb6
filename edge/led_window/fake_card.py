"""An Onbon BX card without LEDs: strict about every byte, and as moody as hardware is.

It knows what the manufacturer's manual says and nothing of our encoder: fields are read here once more.
"""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from edge.protocols import onbon_bx
from edge.protocols.onbon_bx import Packet, Reader

Mood: TypeAlias = Literal["well", "mute", "busy", "noisy", "slow", "deaf to the first"]

_STYLE = re.compile(rb"\\(?:F([OE])(000|001|002)|C([1-7]))")
_DOTS = {b"000": 16, b"001": 24, b"002": 32}
_COLOURS = {b"1": "red", b"2": "green", b"3": "yellow"}
_FIELDS = (
    ("kind", 1), ("x", 2), ("y", 2), ("width", 2), ("height", 2), ("ident", 1), ("between", 1), ("mode", 1),
    ("timeout_s", 2), ("voice", 1), ("further", 1), ("align", 1), ("lines", 1), ("breaks", 1), ("motion", 1),
    ("leaving", 1), ("speed", 1), ("stay", 1), ("length", 4),
)  # fmt: skip
_NOISE = bytes.fromhex("ff00a5a50112a65a5b00a5a5a5c3")
SLOW_S = 0.5


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What an area shows, as people would say it."""

    text: str
    colour: str
    dots: int
    moving: bool
    width: int
    height: int
    timeout_s: int


class BadCommandError(ValueError):
    """`code`: what the card answers."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code


class FakeCard:
    """`areas`: what it shows, in RAM. `complaints`: what it was told that its manual does not allow."""

    def __init__(self, screen: int = 1, width: int = 64, height: int = 16, charset: str = "gb2312") -> None:
        self.screen, self.width, self.height, self.charset = screen, width, height, charset
        self.mood: Mood = "well"
        self.refuses = 0  # the error with which it answers everything
        self.areas: dict[int, Shown] = {}
        self.brightness: int | None = None
        self.complaints: list[str] = []
        self.asked: list[str] = []  # "ping", "area", "brightness", "clear", in order
        self.history: list[str] = []  # every text that was ever to be seen
        self.on_change: Callable[[], None] = lambda: None
        self._reader = Reader()
        self._deaf = False

    @property
    def text(self) -> str:
        """What people read; "" when it is dark."""
        return self.areas[0].text if 0 in self.areas else ""

    def power_cut(self) -> None:
        """RAM is empty afterwards; what was half received is gone."""
        self.areas.clear()
        self.brightness, self._reader = None, Reader()

    def expired(self) -> None:
        """Nothing new came for the areas' timeout: the card deletes them by itself."""
        self.areas.clear()

    def hear(self, data: bytes) -> bytes:
        """What it answers to bytes from the line."""
        said = b"".join(self._answer(packet) for packet in self._reader.feed(data))
        self.on_change()
        return said

    def _answer(self, packet: Packet) -> bytes:
        if packet.screen not in (self.screen, onbon_bx.ANY_SCREEN) or self.mood == "mute":
            return b""
        if self.mood == "deaf to the first":
            self._deaf = not self._deaf
            if self._deaf:
                return b""
        code = onbon_bx.BUSY if self.mood == "busy" else self.refuses or self._obeyed(packet.data)
        here = onbon_bx.ANY_SCREEN if packet.screen == onbon_bx.ANY_SCREEN else self.screen
        said = onbon_bx.frame(Packet(packet.source, bytes((0xA0, code > 0, code, 0, 0)), source=here))
        return _NOISE + said[:9] + said + _NOISE if self.mood == "noisy" else said

    def _obeyed(self, data: bytes) -> int:
        try:
            self._obey(data)
        except BadCommandError as error:
            self.complaints.append(str(error))
            return error.code
        return 0

    def _obey(self, data: bytes) -> None:
        _want(len(data) >= 5 and data[2] == 1 and data[3:5] == b"\0\0", 2, "no command that wants an answer")
        match data[:2], data[5:]:
            case b"\xa2\x00", b"":
                self.asked.append("ping")
            case b"\xa3\x10", b"":
                self.asked.append("clear")
                self.areas.clear()
            case b"\xa3\x02", rest:
                _want(len(rest) == 2 and rest[0] == 1 and rest[1] <= 15, 1, f"brightness {rest.hex()}")
                self.asked.append("brightness")
                self.brightness = rest[1]
            case b"\xa3\x06", rest:
                self.asked.append("area")
                self._take_areas(rest)
            case _:
                raise BadCommandError(2, f"unknown command {data[:2].hex()}")

    def _take_areas(self, rest: bytes) -> None:
        count = rest[0] if rest[0] != 0xFF else 0
        gone, areas, at = rest[1 : 1 + count], rest[1 + count], 2 + count
        found = {}
        for _ in range(areas):
            length = int.from_bytes(rest[at : at + 2], "little")
            block = rest[at + 2 : at + 2 + length]
            _want(len(block) == length <= onbon_bx.AREA_BYTES_MAX, 4, f"an area of {length} bytes")
            ident, shown = self._area(block)
            found[ident] = shown
            at += 2 + length
        _want(at == len(rest), 2, "bytes after the last area")
        for ident in self.areas if rest[0] == 0xFF else gone:
            self.areas.pop(ident, None)
        self.areas |= found
        self.history += [shown.text for shown in found.values()]

    def _area(self, block: bytes) -> tuple[int, Shown]:
        """§9.1, field by field."""
        at, told = 0, dict[str, int]()
        for name, size in _FIELDS:
            told[name] = int.from_bytes(block[at : at + size], "little")
            at += size
        for name in ("x", "width"):  # dots if the highest bit is set, else bytes
            told[name] = told[name] & 0x7FFF if told[name] & 0x8000 else 8 * told[name]
        self._check(told)
        _want(told["length"] == len(block) - at, 2, f"text of {told['length']} bytes, {len(block) - at} came")
        text, colour, dots = self._read(block[at:])
        _want(dots <= told["height"], 12, f"a font of {dots} dots in an area of {told['height']}")
        shown = Shown(
            text=text,
            colour=colour,
            dots=dots,
            moving=told["motion"] == 3,
            width=told["width"],
            height=told["height"],
            timeout_s=told["timeout_s"],
        )
        return told["ident"], shown

    def _check(self, told: dict[str, int]) -> None:
        right, bottom = told["x"] + told["width"], told["y"] + told["height"]
        _want(told["kind"] == 0 and told["ident"] < 5, 2, f"area {told['ident']} of kind {told['kind']}")
        _want(right <= self.width and bottom <= self.height, 2, f"an area to {right},{bottom} is off the screen")
        _want(told["mode"] == 2 and told["timeout_s"] > 0, 2, "an area that would stay for ever if its agent died")
        _want(told["voice"] == told["further"] == 0, 2, "voice and further parameters are not expected")
        _want(told["lines"] in (1, 2) and told["breaks"] in (1, 2), 2, f"lines {told['lines']}, {told['breaks']}")
        _want(1 <= told["motion"] <= 6 and told["speed"] <= 0x18, 2, f"motion {told['motion']}, {told['speed']}")

    def _read(self, data: bytes) -> tuple[str, str, int]:
        """Text, colour and font; both fonts and the colour must be named before the first character (§11.2)."""
        fonts, colour = {}, ""
        while match := _STYLE.match(data):
            kind, font, code = match.groups()
            if kind:
                fonts[kind] = _DOTS[font]
            else:
                colour = _COLOURS[code]
            data = data[match.end() :]
        _want(set(fonts) == {b"O", b"E"} and len(set(fonts.values())) == 1, 12, f"fonts {fonts}")
        _want(bool(colour) and b"\\" not in data and b"\n" not in data, 2, f"text {data!r}")
        try:
            data.decode(self.charset)
        except UnicodeError:
            raise BadCommandError(12, f"{data!r} is not in {self.charset}") from None
        return data.decode("gbk").strip(), colour, fonts[b"O"]


def _want(fact: bool, code: int, otherwise: str) -> None:
    if not fact:
        raise BadCommandError(code, otherwise)
