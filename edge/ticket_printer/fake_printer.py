"""A printer without hardware, at the far side of a pty: slow, mute, out of paper, open or unplugged at will."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge.ticket_printer.fake_paper import Paper, Printed, SlipRecord
from edge.ticket_printer.fake_port import FarSide

log = logging.getLogger(__name__)
_TICK_S = 0.05
_GARBAGE = b"\xff\x00\x7e\x9b"


class _Switch:
    """A condition of the printer that may be changed from any thread; the printer notices at once."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, printer: "FakePrinter", owner: type | None = None) -> bool:
        return bool(getattr(printer, self._name, False))

    def __set__(self, printer: "FakePrinter", on: bool) -> None:
        setattr(printer, self._name, on)
        printer.wake()


class FakePrinter(FarSide):
    """Offers a serial port at the path `port` (a symbolic link to the pty). `baud` sets how fast it takes bytes in.

    As on a real printer, DLE commands act when they arrive, everything else in its turn; while it has no paper or is
    open, what was sent waits in its buffer and is printed later, unless it is cleared.
    """

    paper_out = _Switch()
    paper_low = _Switch()
    cover_open = _Switch()
    error = _Switch()  # for good: switch it off and on
    jammed = _Switch()  # the knife: at the next cut it stops, until it is mended and asked to recover
    stuck = _Switch()  # something that can be got over, once it is mended and asked to
    hot = _Switch()  # the head: cools down by itself
    feeding = _Switch()  # somebody holds the FEED button
    tells_changes = _Switch()  # knows GS a (ASB)
    mute = _Switch()  # prints, but never answers
    garbage = _Switch()  # answers nonsense
    stalled = _Switch()  # takes bytes and does nothing with them

    def __init__(self, port: Path, encoding: str = "gb18030", dots: int = 576, baud: int = 9600) -> None:
        super().__init__(port)
        self.port = port
        self.on_slip: Callable[[SlipRecord], None] | None = None
        self.slips: list[SlipRecord] = []
        self.paper_lines = 0  # if set: the paper runs out after so many lines of a slip
        self.real_time: list[bytes] = []  # DLE commands obeyed, other than status requests
        self._encoding, self._dots = encoding, dots
        self._paper = Paper(encoding, dots)
        self._clear = False
        self._bytes_per_s = baud / 10
        self._received = bytearray()
        self._tail = b""
        self._credit = 0.0
        self._starved = True  # what is received is no whole command
        self._lock = threading.Lock()
        self._cutter_error = False
        self._told = b""  # the last frame of ASB
        self.questions = 0  # DLE EOT so far
        self.told_changes = 0

    def plug(self) -> None:
        self.cable.plug()

    def unplug(self) -> None:
        """Pull the cable: the port is gone, and so is what had not been printed."""
        self.cable.unplug()
        with self._lock:
            self._forget()
        self.wake()

    def wake(self) -> None:
        self._bell.ring()

    @property
    def uncut(self) -> tuple[Printed, ...]:
        """What is printed and hangs from the slot."""
        return self._paper.printed

    @property
    def buffered(self) -> int:
        """Bytes that came and are not printed yet."""
        return len(self._received)

    # The printer's own thread.

    def _run(self) -> None:
        while not self._stopping:
            busy = not self._starved and not self._held
            before = time.monotonic()
            self._wait(_TICK_S * 1000 if busy else None)
            with self._lock:
                self._take_in()
                self._credit = self._credit + (time.monotonic() - before) * self._bytes_per_s if busy else 0.0
                slips = self._work()
                self._tell()
            for slip in slips:
                self._hand_over(slip)

    @property
    def _held(self) -> bool:
        return self._stopped or self.stalled

    @property
    def _stopped(self) -> bool:
        return self.paper_out or self.cover_open or self.feeding or bool(self._errors)

    @property
    def _errors(self) -> int:
        """As bits of the answer to DLE EOT 3, and of the second byte of ASB."""
        return 0x20 * self.error | 0x08 * self._cutter_error | 0x04 * self.stuck | 0x40 * self.hot

    def _take_in(self) -> None:
        """Read what came and obey real-time commands in it, wherever they stand."""
        data = self.cable.read()
        if not data:
            return
        seen = self._tail + data
        for place in range(len(seen) - 2):
            if seen[place] == 0x10 and seen[place + 1] in (0x04, 0x05, 0x14):
                self._obey_now(seen[place : place + 3])
        self._tail = seen[-2:]
        self._received += data
        self._starved = False
        if self._clear:
            self._forget()

    def _obey_now(self, command: bytes) -> None:
        if command[1] == 0x04:
            self.questions += 1
            self._answer(bytes([self._status(command[2])]))
        elif command[1:] == b"\x05\x02":
            self.real_time.append(command)
            self._recover()
        else:
            self.real_time.append(command)
            self._clear = self._clear or command[1:] == b"\x14\x08"

    def _forget(self) -> None:
        """What was sent and not printed is dropped, and what hangs half printed from the slot is torn off."""
        self._clear = False
        self._received.clear()
        tells = self._paper.tells
        self._paper = Paper(self._encoding, self._dots)
        self._paper.tells = tells

    def _status(self, kind: int) -> int:
        bits = {
            1: 0x08 * self._stopped | 0x40 * self.feeding,
            2: 0x04 * self.cover_open | 0x08 * self.feeding | 0x20 * self.paper_out | 0x40 * bool(self._errors),
            3: self._errors,
            4: 0x0C * (self.paper_low or self.paper_out) | 0x60 * self.paper_out,
        }
        return 0x12 | bits.get(kind, 0)

    def _tell(self) -> None:
        """A frame of ASB, unasked, if anything changed since the last."""
        frame = bytes(
            (
                0x10 | 0x08 * self._stopped | 0x20 * self.cover_open | 0x40 * self.feeding,
                self._errors | 0x02 * self.feeding,
                0x03 * (self.paper_low or self.paper_out) | 0x0C * self.paper_out,
                0x0F,
            )
        )
        if not (self.tells_changes and self._paper.tells):
            self._told = b""
        elif frame != self._told:
            self._told = frame
            self.told_changes += 1
            self._answer(frame)

    def _recover(self) -> None:
        """DLE ENQ 2: what was to be printed is dropped, and the error is over where its cause is."""
        if not self.jammed:
            self._cutter_error = False
        self._clear = True

    def _answer(self, data: bytes) -> None:
        if not self.mute:
            self.cable.write(_GARBAGE if self.garbage else data)

    def _work(self) -> list[SlipRecord]:
        """Print what the time that has gone by allows."""
        slips = []
        while self._received and not self._held and self._credit >= 0:
            length = len(self._received)
            whole, slip, answer = self._paper.feed(self._received)
            if not whole:
                self._starved = True
                break
            self._credit -= length - len(self._received)
            if 0 < self.paper_lines <= len(self._paper.printed):
                self.paper_out = True
            if slip is not None and self.jammed:
                self._cutter_error = True
            if slip is not None:
                self.slips.append(slip)  # the paper is out before anybody is told so
                slips.append(slip)
            if answer:
                self._answer(answer)
        self._starved = self._starved or not self._received
        return slips

    def _hand_over(self, slip: SlipRecord) -> None:
        if self.on_slip is not None:
            try:
                self.on_slip(slip)
            except Exception:
                log.exception("what was to be done with a slip failed")
