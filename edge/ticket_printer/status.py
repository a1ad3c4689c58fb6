"""What an ESC/POS printer says of itself: bytes ↔ conditions. Pure.

Asked at once (DLE EOT 1 to 4), asked in its turn (GS r 1), or unasked, four bytes at every change (ASB, after GS a).
The three can be told apart by their fixed bits, though they come mixed in one stream:

    DLE EOT   0xx1xx10      ASB, first byte   0xx1xx00      GS r, and the other bytes of ASB   0xx0xxxx

Source: Epson's ESC/POS command reference (DLE EOT, GS a, GS r, and its note on telling transmitted bytes apart); the
same bits are printed in the manuals of Bixolon SRP-350, Sewoo LK-P and HPRT TP80K.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

PRINTER, OFFLINE, ERROR, PAPER = 1, 2, 3, 4
KINDS = (PRINTER, OFFLINE, ERROR, PAPER)
IN_ORDER_REQUEST = b"\x1dr\x01"  # GS r 1: answered when all before it has been printed
CHANGES_REQUEST = b"\x1da\x0e"  # GS a: on-line, errors and paper are told whenever they change, and once now
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8: forget what was sent and is not printed yet
RECOVER = b"\x10\x05\x02"  # DLE ENQ 2: try again after a mended error, without what was in the buffer

Fault: TypeAlias = Literal["", "cutter", "recoverable", "unrecoverable", "overheated"]


class Status(msgspec.Struct, frozen=True):
    """`feeding`: off-line because somebody holds the FEED button."""

    online: bool = True
    cover_open: bool = False
    paper: Literal["ok", "low", "out"] = "ok"
    fault: Fault = ""
    feeding: bool = False


class RealTime(msgspec.Struct, frozen=True):
    """An answer to DLE EOT; which of the four it answers, it does not say."""

    byte: int


class InOrder(msgspec.Struct, frozen=True):
    """An answer to GS r 1."""


class Changed(msgspec.Struct, frozen=True):
    """A frame of ASB."""

    status: Status


class Noise(msgspec.Struct, frozen=True):
    """A byte that no printer of this kind sends."""


Answer: TypeAlias = RealTime | InOrder | Changed | Noise


def request(kind: int) -> bytes:
    """DLE EOT n: answered at once, whatever else the printer is doing."""
    return bytes([0x10, 0x04, kind])


class Answers:
    """The stream of a printer's bytes, taken apart. Holds at most the beginning of one ASB frame between two calls."""

    def __init__(self) -> None:
        self._frame = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        found: list[Answer] = []
        for byte in data:
            if byte in (0x11, 0x13):  # XON, XOFF: may come even between the bytes of a frame
                continue
            if self._frame and byte & 0x90:  # no further byte of a frame: that one was cut short
                found.append(Noise())
                self._frame.clear()
            if self._frame or byte & 0x93 == 0x10:
                self._frame.append(byte)
                if len(self._frame) == 4:
                    found.append(Changed(parse_frame(bytes(self._frame))))
                    self._frame.clear()
            else:
                found.append(_single(byte))
        return found

    @property
    def is_open(self) -> bool:
        """Whether a frame has begun that is not whole yet."""
        return bool(self._frame)

    def silence(self) -> None:
        """The line was quiet: what is there of a frame stays a part."""
        self._frame.clear()


def parse(answers: Mapping[int, int]) -> Status:
    """`answers`: DLE EOT n → the byte that came back, for all four n."""
    offline, paper = answers[OFFLINE], answers[PAPER]
    out = bool(paper & 0x60 or offline & 0x20)
    cover_open = bool(offline & 0x04)
    fault = _fault(answers[ERROR])
    if not fault and offline & 0x40 and not out and not cover_open:
        fault = "recoverable"
    return Status(
        online=not answers[PRINTER] & 0x08,
        cover_open=cover_open,
        paper="out" if out else "low" if paper & 0x0C else "ok",
        fault=fault,
        feeding=bool(offline & 0x08 or answers[PRINTER] & 0x40),
    )


def parse_frame(frame: bytes) -> Status:
    """The four bytes of ASB. The bits of errors lie in the second as in the answer to DLE EOT 3."""
    first, second, third, _ = frame
    return Status(
        online=not first & 0x08,
        cover_open=bool(first & 0x20),
        paper="out" if third & 0x0C else "low" if third & 0x03 else "ok",
        fault=_fault(second),
        feeding=bool(first & 0x40 or second & 0x02),
    )


def _single(byte: int) -> Answer:
    if byte & 0x93 == 0x12:
        return RealTime(byte)
    if byte in (0x00, 0x03, 0x0C, 0x0F):  # two bits for paper near end, two for paper end, nothing else
        return InOrder()
    return Noise()


def _fault(bits: int) -> Fault:
    """The worst comes first: it is what has to be seen to."""
    if bits & 0x20:
        return "unrecoverable"
    if bits & 0x08:
        return "cutter"
    if bits & 0x04:
        return "recoverable"
    return "overheated" if bits & 0x40 else ""
