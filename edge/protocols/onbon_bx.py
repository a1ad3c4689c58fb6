"""Onbon BX-5K/BX-6K cards (仰邦字库卡), which turn text into LEDs with fonts of their own. Pure.

Source: the manufacturer's 《BX-5K/6K通讯协议用户版本》 version 1.4 (doc.onbonbx.com/zh/k/potocol), whose numbers stand
behind § here. Numbers of several bytes go lowest byte first.
"""

import struct
from collections.abc import Iterable, Sequence

import msgspec

ANY_SCREEN = 0xFFFE  # every card listens and answers, with this as its address (§4)
ANY_DEVICE = 0xFE
HOST = 0x8000  # the first of the addresses for what sends (§4)
AREA_BYTES_MAX = 512  # of one dynamic area in a BX-5K; a BX-6K takes 1024 (§8.2.1)

_HEAD, _TAIL, _VERSION = 0xA5, 0x5A, 0x02
_ESCAPES = {0xA5: b"\xa6\x02", 0xA6: b"\xa6\x01", 0x5A: b"\x5b\x02", 0x5B: b"\x5b\x01"}  # §3.3
_ESCAPED = {escape: byte for byte, escape in _ESCAPES.items()}
_PACKET = struct.Struct("<HH3xBBBBBH")  # address, source, bar code, check, display mode, device, version, data length
_AREA = struct.Struct("<BHHHHBBBHBBBBBBBBBI")
_FRAME_BYTES_MAX = 4096


class Packet(msgspec.Struct, frozen=True):
    """What a frame carries (§4). `data`: §5. `dynamic`: areas in RAM are shown before stored programmes, over them."""

    screen: int
    data: bytes
    source: int = HOST
    device: int = ANY_DEVICE
    dynamic: bool = False


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A dynamic area: kept in RAM, gone after a power cut, written as often as one likes (§8.2, §9.1).

    `x`, `width`: dots, multiples of 8. `text`: see `content`. `timeout_s`: without news for so long, the card deletes
    the area by itself. `stay_s`: how long it rests, in steps of half a second.
    """

    x: int = 0
    y: int = 0
    width: int
    height: int
    ident: int = 0
    timeout_s: int
    moving: bool = False  # to the left; else it stands still
    speed: int = 4  # 0 the fastest, 24 the slowest
    stay_s: float = 5.0
    text: bytes


class Answer(msgspec.Struct, frozen=True):
    """`error`: 0 or a key of ERRORS."""

    ok: bool
    error: int = 0


PING = bytes((0xA2, 0x00, 0x01, 0x00, 0x00))  # §8.7
CLEAR = bytes((0xA3, 0x10, 0x01, 0x00, 0x00))  # §8.16
BUSY, BAD_CHECKSUM = 3, 5
ERRORS = {
    1: "命令分组错误 unknown group of commands",
    2: "没有这个命令 unknown command",
    3: "控制器忙 busy",
    4: "存储空间不足 out of memory",
    5: "校验错误 bad checksum",
    6: "文件不存在 no such file",
    7: "闪存访问错误 flash cannot be accessed",
    8: "文件下载错误 file could not be loaded",
    9: "文件名错误 bad file name",
    10: "文件类型错误 bad file type",
    11: "文件校验错误 bad checksum of a file",
    12: "没有所需字库 the font is not in the card",
    13: "固件型号不符 firmware for another card",
    14: "日期时间格式错误 bad date or time",
    15: "文件已存在 file exists",
    16: "文件块号错误 bad block number",
}  # §6


def crc16(data: bytes) -> int:
    """CRC-16/ARC: polynomial 8005 reflected, beginning with 0 (appendix)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def frame(packet: Packet) -> bytes:
    """As it goes over the line (§3). Length and checksum are of what was there before bytes were escaped."""
    length = len(packet.data)
    head = (packet.screen, packet.source, 0, 0, packet.dynamic, packet.device, _VERSION, length)
    body = _PACKET.pack(*head) + packet.data
    body += struct.pack("<H", crc16(body))
    return bytes([_HEAD]) * 8 + b"".join(_ESCAPES.get(byte, bytes([byte])) for byte in body) + bytes([_TAIL])


class Reader:
    """Finds frames in what comes over a line. `dropped`: how many were not right."""

    def __init__(self) -> None:
        self._body: bytearray | None = None  # None: between two frames
        self.dropped = 0

    def feed(self, data: bytes) -> list[Packet]:
        found = []
        for byte in data:
            if byte == _HEAD:  # never inside a frame: one such byte is enough to know that another begins (§3)
                self.dropped += bool(self._body)
                self._body = bytearray()
            elif self._body is None:
                continue
            elif byte != _TAIL and len(self._body) < _FRAME_BYTES_MAX:
                self._body.append(byte)
            else:
                packet = parsed(bytes(self._body))
                self._body = None
                self.dropped += packet is None
                found += [packet] if packet is not None else []
        return found


def parsed(body: bytes) -> Packet | None:
    """What lies between head and tail; None if it is not right."""
    plain = _unescaped(body)
    if plain is None or len(plain) < _PACKET.size + 2 or crc16(plain[:-2]) != int.from_bytes(plain[-2:], "little"):
        return None
    screen, source, _, check, display, device, version, length = _PACKET.unpack_from(plain)
    data = plain[_PACKET.size : -2]
    if length != len(data) or version != _VERSION or check:
        return None
    return Packet(screen, data, source, device, display == 1)


def answer(data: bytes) -> Answer | None:
    """ACK or NACK (§7); None for anything else."""
    if len(data) < 3 or data[0] != 0xA0 or data[1] > 1:
        return None
    return Answer(ok=data[1] == 0 and data[2] == 0, error=data[2])


def brightness(level: int) -> bytes:
    """0 to 15 (§8.17)."""
    return bytes((0xA3, 0x02, 0x01, 0x00, 0x00, 0x01, level))


def show(areas: Sequence[Area], delete: Iterable[int] = ()) -> bytes:
    """Dynamic areas to show, and those to delete before (§8.2.1)."""
    gone = bytes(delete)
    blocks = [_area(area) for area in areas]
    parts = [bytes((0xA3, 0x06, 0x01, 0x00, 0x00, len(gone))), gone, bytes([len(blocks)])]
    return b"".join(parts + [struct.pack("<H", len(block)) + block for block in blocks])


def _area(area: Area) -> bytes:
    return (
        _AREA.pack(
            0,  # the kind of area
            area.x // 8,  # the highest bit clear: counted in bytes, which old firmware knows as well
            area.y,
            area.width // 8,
            area.height,
            area.ident,
            0,  # between lines
            2,  # shown again and again, and deleted when nothing new came for the timeout
            area.timeout_s,
            0,  # no voice
            0,  # no further parameters
            0b1010,  # in the middle, both ways; reserved in old firmware
            1 if area.moving else 2,  # one line, or several
            1,  # broken only where the text says so
            3 if area.moving else 1,
            0,  # how it leaves
            area.speed,
            min(255, max(1, round(2 * area.stay_s))),
            len(area.text),
        )
        + area.text
    )


def _unescaped(body: bytes) -> bytes | None:
    plain, at = bytearray(), 0
    while at < len(body):
        if body[at] not in (0xA6, 0x5B):
            plain.append(body[at])
            at += 1
        elif body[at : at + 2] in _ESCAPED:
            plain.append(_ESCAPED[body[at : at + 2]])
            at += 2
        else:
            return None
    return bytes(plain)
