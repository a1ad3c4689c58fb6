"""SAM_V, the serial protocol of readers for second-generation identity cards: frames, replies, what a card says. Pure.

    AA AA AA 96 69 | length, 2 bytes, high first | body … | check

`length` counts the body and the check; the check is the exclusive or of length and body. A command's body is CMD, PARA
and data; a reply's SW1, SW2, SW3 and data. 115200 8N1. Of what a card says only name and number are taken; address and
photo are never unpacked, and are wiped with the frame.

Source: GA 467, and the SAM module's communication protocol as published by makers of readers.
"""

import msgspec

from edge.protocols import id_number

HEADER = b"\xaa\xaa\xaa\x96\x69"
OK, FOUND = (0x00, 0x00, 0x90), (0x00, 0x00, 0x9F)
_BODY_MAX = 2400  # texts, photo and fingerprints; a bound keeps a damaged length from swallowing what follows
_TEXT, _PHOTO = 256, 1024
_NAME, _NUMBER = slice(0, 30), slice(122, 158)  # UTF-16, low byte first, padded with spaces
_TROUBLES = {
    0x10: "校验和错 check sum",
    0x11: "长度错 length",
    0x21: "命令错 command",
    0x24: "无法识别 not recognised",
    0x31: "证卡认证失败 card authentication",
    0x32: "证卡认证失败 card authentication",
    0x33: "信息验证错 verification",
    0x40: "卡类型错 not an identity card",
    0x41: "读卡失败 reading",
    0x47: "取随机数失败 random number",
    0x60: "自检失败 self-test",
    0x66: "未授权 not authorised",
    0x80: "未找到卡 no card",
    0x81: "选卡失败 selecting",
    0x91: "卡中无此内容 no such content",
}


def _check(data: bytes | bytearray) -> int:
    value = 0
    for byte in data:
        value ^= byte
    return value


def frame(body: bytes) -> bytes:
    """Raises ValueError for a body that no frame holds."""
    if not 2 <= len(body) < _BODY_MAX:
        raise ValueError(f"a body has 2 to {_BODY_MAX - 1} bytes, not {len(body)}")
    checked = (len(body) + 1).to_bytes(2, "big") + body
    return HEADER + checked + bytes([_check(checked)])


def reply(sw: tuple[int, int, int], data: bytes = b"") -> bytes:
    """A reply as a reader sends it."""
    return frame(bytes(sw) + data)


FIND, SELECT, READ, STATUS = (frame(bytes(body)) for body in ((0x20, 1), (0x20, 2), (0x30, 1), (0x11, 0xFF)))


class Reply:
    """`data` may hold a card: wipe it when it has been looked at. Its text names no data."""

    def __init__(self, sw: tuple[int, int, int], data: bytearray) -> None:
        self.sw, self.data = sw, data

    @property
    def trouble(self) -> str:
        """In words; of a reply that is not a good one."""
        return f"{_TROUBLES.get(self.sw[2], '故障 trouble')} ({self.sw[2]:02X})"

    def wipe(self) -> None:
        self.data[:] = bytes(len(self.data))

    def __repr__(self) -> str:
        return f"Reply(sw={self.sw}, {len(self.data)} bytes)"


class Card(msgspec.Struct, frozen=True):
    """All that is taken from a card: its number, checked, and its name, masked."""

    number: str
    name: str


class CardError(ValueError):
    """What was read is no citizen's card, or not a whole one. The text quotes nothing of it."""


def card(data: bytearray) -> Card:
    """Of a good reply to READ. Raises CardError."""
    lengths = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    if lengths[0] != _TEXT or len(data) < 4 + _TEXT:
        raise CardError(f"{len(data)} bytes with a text of {lengths[0]}: not a card's")
    number = _text(data, _NUMBER)
    name = _text(data, _NAME)
    if not name:
        raise CardError("a card without a name")
    if not id_number.is_valid(number):
        raise CardError("the number's check character is wrong")
    return Card(number, id_number.masked(name))


class Parser:
    """Replies out of a stream with noise and cuts. What it finds does not depend on how the bytes are portioned.

    `bytes_dropped` were part of no reply; `frames_bad` had a whole head but a wrong length or check.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.bytes_dropped = 0
        self.frames_bad = 0

    @property
    def pending(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Reply]:
        self._buffer += data
        replies = []
        while self._seek() and (size := self._size()) and size <= len(self._buffer):
            found = _checked(self._buffer[len(HEADER) : size]) if size > len(HEADER) + 2 else None
            if found is None:
                self.frames_bad += 1
                self._drop(1)  # a byte only: a whole frame may lie inside what this false start spans
            else:
                replies.append(found)
                self._cut(size)
        return replies

    def silence(self) -> list[Reply]:
        """The line was quiet for longer than a reply pauses: what is incomplete stays so. Looks again behind it."""
        replies = []
        while self._buffer:
            self.frames_bad += len(self._buffer) > len(HEADER)
            self._drop(1)
            replies += self.feed(b"")
        return replies

    def _seek(self) -> bool:
        """Drop bytes until what is left could be the beginning of a frame; whether its length is there."""
        while self._buffer and not HEADER.startswith(self._buffer[: len(HEADER)]):
            start = self._buffer.find(HEADER[:1], 1)
            self._drop(len(self._buffer) if start < 0 else start)
        return len(self._buffer) >= len(HEADER) + 2

    def _size(self) -> int:
        """Of the frame in front. One that cannot be has the size of its head."""
        head = len(HEADER) + 2
        length = int.from_bytes(self._buffer[len(HEADER) : head], "big")
        return head + length if 4 <= length <= _BODY_MAX else head

    def _drop(self, count: int) -> None:
        self.bytes_dropped += count
        self._cut(count)

    def _cut(self, count: int) -> None:
        """Not a byte of a card stays behind."""
        self._buffer[:count] = bytes(count)
        del self._buffer[:count]


def _checked(raw: bytearray) -> Reply | None:
    """`raw`: from the length to the check."""
    if _check(raw):
        return None
    found = Reply((raw[2], raw[3], raw[4]), raw[5:-1])
    raw[:] = bytes(len(raw))
    return found


def _text(data: bytearray, place: slice) -> str:
    raw = data[4 + place.start : 4 + place.stop]
    return raw.decode("utf-16-le", "replace").strip(" \0")
