"""FF68, the serial protocol of wireless and wired keypads and evaluators (呼叫器/评价器): its frames in a stream.

    FF 68 | len | len | 68 | address | command | data… | checksum | 16

`len` counts address..data; the checksum is the sum of address..data, modulo 256; 9600 8N1. The frame has no
authentication: whoever hears it must keep an allow-list of addresses. Source: public manuals of 21-key callers and
4-key evaluators. What the frames mean is in `ff68_keys`.
"""

from collections.abc import Iterator
from operator import attrgetter

import msgspec

DATA_MAX = 64  # longer ones do not occur; a bound keeps what is remembered of the stream small
FRAME_MAX = DATA_MAX + 9  # bytes

_START = b"\xff\x68"
_FRAME, _HEAD, _TAIL = 0x68, 5, 0x16
_OVERHEAD = 7  # FF 68 len len 68 … checksum 16


class Frame(msgspec.Struct, frozen=True):
    """`address` and `command` are 0-255, `data` at most DATA_MAX bytes."""

    address: int
    command: int
    data: bytes = b""


class Found(msgspec.Struct, frozen=True):
    """A frame, and where it lay: offsets into the bytes just fed, `start` below 0 if it began in earlier ones."""

    frame: Frame
    start: int
    end: int  # behind its last byte


def encode(frame: Frame) -> bytes:
    """Raises ValueError for what the frame cannot hold."""
    if not (0 <= frame.address <= 255 and 0 <= frame.command <= 255 and len(frame.data) <= DATA_MAX):
        raise ValueError(f"{frame}: address and command are 0-255, data at most {DATA_MAX} bytes")
    body = bytes((frame.address, frame.command)) + frame.data
    size = len(body)
    return _START + bytes((size, size, _FRAME)) + body + bytes((sum(body) & 0xFF, _TAIL))


class Parser:
    """Frames out of a stream with noise, cuts and joins.

    Every run of bytes in the stream that is a whole frame is found, the moment its last byte is there, whatever stands
    before, behind or around it: a false start hides nothing, and delays nothing. So what is found does not depend on
    how the bytes are portioned. Between two calls less than FRAME_MAX bytes are kept, and a byte is looked at a bounded
    number of times.

    `bytes_dropped` were part of no frame so far; `frames_bad` had a head, but a wrong checksum or end.
    """

    def __init__(self) -> None:
        self.frames_bad = 0
        self._kept = b""  # the end of the stream, from the earliest head that is not whole yet
        self._bytes = self._in_frames = 0
        self._claimed: list[tuple[int, int]] = []  # the newest stretches that were frames, apart from each other

    @property
    def bytes_dropped(self) -> int:
        return self._bytes - self._in_frames

    def feed(self, data: bytes) -> list[Frame]:
        return [found.frame for found in self.find(data)]

    def find(self, data: bytes) -> list[Found]:
        """In the order of their ends."""
        stream, before = self._kept + data, len(self._kept)
        found, unfinished = [], len(stream)
        for start, end in _spans(stream):
            if end > len(stream):
                unfinished = min(unfinished, start)
            elif end > before:  # else it was dealt with when its last byte came
                frame = _checked(stream[start:end])
                if frame is None:
                    self.frames_bad += 1
                else:
                    found.append(Found(frame, start - before, end - before))
        found.sort(key=attrgetter("end"))
        for one in found:
            self._claim(self._bytes + one.start, self._bytes + one.end)
        self._kept = stream[unfinished:]
        self._bytes += len(data)
        return found

    def cut(self) -> None:
        """What comes next is not the continuation of what came: the line was away."""
        self._bytes += FRAME_MAX  # so that nothing claimed before can meet what is found from here on
        self._in_frames += FRAME_MAX
        self._kept = b""

    def _claim(self, start: int, end: int) -> None:
        """Frames may overlap by chance: no byte counts twice."""
        met = [one for one in self._claimed if one[1] > start]
        self._in_frames += end - start - sum(stop - max(begin, start) for begin, stop in met)
        apart = [one for one in self._claimed if end - FRAME_MAX < one[1] <= start]
        self._claimed = [*apart, (min((start, *(begin for begin, _ in met))), end)]


def _spans(stream: bytes) -> Iterator[tuple[int, int]]:
    """Where frames may be: every start, and the end that its head names; behind the stream's end while it is open."""
    start = stream.find(_START)
    while start >= 0:
        head = stream[start : start + _HEAD]
        if _may_begin(head):
            yield start, start + (head[2] + _OVERHEAD if len(head) == _HEAD else FRAME_MAX)
        start = stream.find(_START, start + 1)
    if stream.endswith(_START[:1]):
        yield len(stream) - 1, len(stream) + FRAME_MAX


def _may_begin(head: bytes) -> bool:
    """Whether these first bytes, as far as they are there, are those of a frame."""
    size = head[2] if len(head) > 2 else 2
    return 2 <= size <= DATA_MAX + 2 and (_START + bytes((size, size, _FRAME))).startswith(head)


def _checked(raw: bytes) -> Frame | None:
    body = raw[_HEAD:-2]
    if raw[-1] != _TAIL or raw[-2] != sum(body) & 0xFF:
        return None
    return Frame(body[0], body[1], body[2:])
