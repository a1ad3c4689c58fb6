"""FF68, the serial protocol of wireless and wired keypads and evaluators (呼叫器/评价器): frames and what they mean.

    FF 68 | len | len | 68 | address | command | data… | checksum | 16

`len` counts address..data; the checksum is the sum of address..data, modulo 256; 9600 8N1. The frame has no
authentication: whoever hears it must keep an allow-list of addresses. Source: public manuals of 21-key callers and
4-key evaluators.
"""

import msgspec

from wire.messages import CounterPhase, Verb

DATA_MAX = 64  # longer ones do not occur; a bound keeps a damaged length byte from swallowing what follows

# Commands from a handheld. The manuals name a key by its last data byte and leave the command open: 01 is what our
# own keypads send, any that is neither a rating nor an echo is taken.
KEY = 0x01
RATING = 0x11
# Commands to a handheld.
START_RATING = 0x01
SHOW = 0x02
BEEP = 0x03

BLANK = 0x0A
CANCEL, TRANSFER, OK = 0x0E, 0x13, 0x0F

_START_RATING_DATA = b"\x0b"
_HEADER, _FRAME, _HEAD_BYTES, _TAIL = 0xFF, 0x68, 5, 0x16
_OVERHEAD = 7  # FF 68 len len 68 … checksum 16


class Frame(msgspec.Struct, frozen=True):
    """`address` and `command` are 0-255, `data` at most DATA_MAX bytes."""

    address: int
    command: int
    data: bytes = b""


class Keystroke(msgspec.Struct, frozen=True):
    """What a clerk wants. `verb` is None for 取消, which only clears what was typed: nothing for the hub."""

    verb: Verb | None
    argument: str = ""


def encode(frame: Frame) -> bytes:
    """Raises ValueError for what the frame cannot hold."""
    if not (0 <= frame.address <= 255 and 0 <= frame.command <= 255 and len(frame.data) <= DATA_MAX):
        raise ValueError(f"{frame}: address and command are 0-255, data at most {DATA_MAX} bytes")
    body = bytes((frame.address, frame.command)) + frame.data
    size = len(body)
    return bytes((_HEADER, _FRAME, size, size, _FRAME)) + body + bytes((sum(body) & 0xFF, _TAIL))


class Parser:
    """Frames out of a stream with noise, cuts and joins. What it finds does not depend on how the bytes are portioned.

    `bytes_dropped` were part of no frame; `frames_bad` had a whole head but a wrong checksum, end or length.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()  # never more than one frame's length between two calls
        self.bytes_dropped = 0
        self.frames_bad = 0

    @property
    def pending(self) -> bool:
        """Whether a frame may have begun that is not whole yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        self._buffer += data
        return self._take(more_may_come=True)

    def silence(self) -> list[Frame]:
        """The line was quiet for longer than a frame pauses: what is incomplete stays so. Looks again behind it."""
        return self._take(more_may_come=False)

    def _take(self, *, more_may_come: bool) -> list[Frame]:
        frames = []
        while self._seek():
            size = self._buffer[2] + _OVERHEAD if len(self._buffer) >= _HEAD_BYTES else 0
            if 0 < size <= len(self._buffer):
                frame = _checked(self._buffer[:size])
                if frame is not None:
                    frames.append(frame)
                    del self._buffer[:size]
                    continue
            elif more_may_come:
                break
            self.frames_bad += size > 0
            self._drop(1)  # a byte only: a whole frame may lie inside what this false start spans
        return frames

    def _seek(self) -> bool:
        """Drop bytes until what is left could be the beginning of a frame; False when nothing is left."""
        while self._buffer:
            start = self._buffer.find(_HEADER)
            self._drop(len(self._buffer) if start < 0 else start)
            if _may_begin(self._buffer):
                break
            self._drop(1)
        return bool(self._buffer)

    def _drop(self, count: int) -> None:
        dropped = min(count, len(self._buffer))
        del self._buffer[:dropped]
        self.bytes_dropped += dropped


def _may_begin(head: bytearray) -> bool:
    """Whether the first bytes, as far as they are there, are those of a frame."""
    size = head[2] if len(head) > 2 else 2
    wanted = (_HEADER, _FRAME, size, size, _FRAME)
    return 2 <= size <= DATA_MAX + 2 and all(a == b for a, b in zip(head, wanted, strict=False))


def _checked(raw: bytearray) -> Frame | None:
    body = raw[_HEAD_BYTES:-2]
    if raw[-1] != _TAIL or raw[-2] != sum(body) & 0xFF:
        return None
    return Frame(body[0], body[1], bytes(body[2:]))


# From a handheld: what its frames mean.

VERBS: dict[bytes, Verb] = {
    b"\x0c": "call-next",
    b"\x0d": "recall",
    # 评价: these keypads have no key to end a service, and a clerk presses 评价 when done: it does both.
    b"\x0b": "end",
    b"\x12": "pause",
    b"\x06\x0f": "no-show",
    b"\x00\x0f": "park",
    b"\x03\x0f": "return",
}
"""Data of a key frame → what the clerk wants; digits typed before OK are part of it, 12 toggles."""

LEVELS: dict[int, int] = {0: 2, 2: 4, 3: 5}
"""Key of a 4-key evaluator → level: 不满意 2, 满意 4, 非常满意 5."""
NOT_RATED = 1

_WORK_NUMBER_DIGITS = range(3, 9)
_TRANSFER_DIGITS = range(1, 5)


def keystroke(frame: Frame, phase: CounterPhase) -> Keystroke | None:
    """What a keypad's frame asks for at a counter in `phase`; None when it is no key that we know.

    Digits before 转移 are the counter it goes to; three or more digits before OK are a work number that signs on.
    """
    if is_echo(frame) or frame.command == RATING or not frame.data:
        return None
    key, digits = frame.data[-1], frame.data[:-1]
    if any(digit > 9 for digit in digits):
        return None
    typed = "".join(map(str, digits))
    if key == TRANSFER:
        return Keystroke("transfer", typed) if len(typed) in _TRANSFER_DIGITS else None
    if key == CANCEL:
        return Keystroke(None)
    if key == OK and len(typed) in _WORK_NUMBER_DIGITS:
        return Keystroke("sign-on", typed)
    verb = VERBS.get(frame.data if key == OK else frame.data[-1:])
    if verb == "pause" and phase == "paused":
        verb = "resume"
    return None if verb is None else Keystroke(verb)


def level(frame: Frame) -> int | None:
    """The level (1-5) of an evaluator's rating; None for 未评价 and for what is no rating."""
    return LEVELS.get(frame.data[0]) if frame.command == RATING and frame.data else None


def is_echo(frame: Frame) -> bool:
    """Whether a handheld only gives back a frame of ours: it never asks for these itself, and they are not answered."""
    return frame.command in (SHOW, BEEP)


def acknowledgement(frame: Frame) -> Frame:
    """What the handheld waits for before it stops repeating: its own frame, or for a rating the data under 01."""
    return Frame(frame.address, 0x01, frame.data) if frame.command == RATING else frame


# To a handheld.


def display(address: int, waiting: int, number: str) -> Frame:
    """Keypad: how many wait (999 at most) and the last three digits of the ticket; blank where there is none."""
    digits = "".join(sign for sign in number if sign in "0123456789")[-3:]
    text = f"{min(max(waiting, 0), 999):>3}{digits:>3}"
    return Frame(address, SHOW, bytes(BLANK if sign == " " else int(sign) for sign in text))


def beep(address: int) -> Frame:
    return Frame(address, BEEP)


def star_level(address: int, stars: int) -> Frame:
    """Evaluator: light the clerk's stars (0-5), which is also how it looks when it asks for nothing."""
    return Frame(address, SHOW, bytes((stars,)))


def start_rating(address: int) -> Frame:
    """Evaluator: ask the citizen now."""
    return Frame(address, START_RATING, _START_RATING_DATA)
