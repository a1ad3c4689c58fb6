"""The radio module or RS-485 base station on a serial port. Unplugged, mute or stalled: says so and keeps trying.

pyserial opens and sets the port; waiting is done here, because pyserial waits in select(2), which cannot take file
descriptors above 1023, and spins while the port's buffer is full.
"""

import logging
import os
import queue
import select
import threading
from collections.abc import Callable

import serial

from edge.protocols import ff68
from edge.repeater.logic import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Effect, Emit
from wire.messages import Fact

_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SILENCE_MS = 200  # bytes of one frame follow each other within 1 ms at 9600 Bd, and USB adapters add up to 16 ms
_WRITE_MS = 1000
_READ_BYTES = 4096
_BROKEN = select.POLLERR | select.POLLHUP | select.POLLNVAL
_QUEUE_MAX = 256  # frames; a stalled port must not gather old ones

log = logging.getLogger(__name__)


class SerialDriver:
    """One thread blocks until the port has bytes, one until there are frames to send: idle, neither costs anything."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._emit: Emit = lambda _: None
        self._port: serial.Serial | None = None
        self._state = "not started"
        self._parser = ff68.Parser()
        self._outgoing: queue.PriorityQueue[tuple[int, int, bytes]] = queue.PriorityQueue()
        self._order = 0
        self._opens = self._sent = self._unsent = 0
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._using_port = threading.Lock()  # a write must not meet the port's closing: its descriptor may be another's
        self._threads = [
            threading.Thread(target=self._read_forever, name=f"reads {settings.port}", daemon=True),
            threading.Thread(target=self._write_forever, name=f"writes {settings.port}", daemon=True),
        ]

    def start(self, emit: Emit) -> None:
        self._emit = emit
        for thread in self._threads:
            thread.start()

    def perform(self, effect: Effect) -> None:
        match effect:
            case Transmit(frame=frame, urgent=urgent):
                if self._port is None or self._outgoing.qsize() >= _QUEUE_MAX:
                    self._unsent += 1
                else:
                    self._enqueue(0 if urgent else 1, ff68.encode(frame))

    def health(self) -> dict[str, Fact]:
        return {
            "port": self._state,  # "open", or why it is not
            "port_opens": self._opens,
            "sent": self._sent,
            "unsent": self._unsent,
            "bytes_dropped": self._parser.bytes_dropped,
            "frames_bad": self._parser.frames_bad,
        }

    def stop(self) -> None:
        self._stopped.set()
        os.eventfd_write(self._wake, 1)
        self._enqueue(0, b"")
        for thread in self._threads:
            if thread.is_alive():
                thread.join(5)
        os.close(self._wake)

    def _enqueue(self, priority: int, data: bytes) -> None:
        self._order += 1  # keeps the order within a priority; only the agent's thread comes here
        self._outgoing.put((priority, self._order, data))

    # The reading thread, which also opens and closes the port.

    def _read_forever(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                port = self._open()
                failures = 0
                self._listen(port)
            except (OSError, ValueError) as error:  # SerialException is an OSError
                self._lost(str(error) or type(error).__name__)
            self._stopped.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1
        self._close()

    def _open(self) -> serial.Serial:
        port = serial.Serial(self._settings.port, self._settings.baud, timeout=0, write_timeout=0, exclusive=True)
        self._port, self._state = port, "open"
        self._opens += 1
        log.info("%s: open", self._settings.port)
        self._emit(lambda at: PortChanged(at=at, open=True))
        return port

    def _listen(self, port: serial.Serial) -> None:
        """Until `stop()`; raises OSError when the port goes away."""
        waiting = select.poll()
        waiting.register(port.fileno(), select.POLLIN)
        waiting.register(self._wake, select.POLLIN)
        while not self._stopped.is_set():
            events = dict(waiting.poll(_SILENCE_MS if self._parser.pending else None))
            if port.fileno() in events:
                data = os.read(port.fileno(), _READ_BYTES)
                if not data:
                    raise ConnectionResetError("the port went away")
                self._hear(self._parser.feed(data))
            elif not events:
                self._hear(self._parser.silence())

    def _hear(self, frames: list[ff68.Frame]) -> None:
        for frame in frames:
            self._emit(_heard(frame))

    def _close(self) -> bool:
        """Whether it was open."""
        with self._using_port:
            port, self._port = self._port, None
            if port is not None:
                port.close()
        return port is not None

    def _lost(self, reason: str) -> None:
        """Say it once per reason; what the port had begun to say will not be continued."""
        was_open = self._close()
        if reason != self._state:
            log.warning("%s: %s; trying again", self._settings.port, reason)
        self._state = reason
        self._hear(self._parser.silence())
        if was_open:
            self._emit(lambda at: PortChanged(at=at, open=False))

    # The writing thread.

    def _write_forever(self) -> None:
        while not self._stopped.is_set():
            priority, _, data = self._outgoing.get()
            with self._using_port:
                written = bool(data) and self._write(data)
            self._sent += written
            self._unsent += bool(data) and not written
            if written and priority:
                self._stopped.wait(self._settings.turnaround_s)  # half duplex: the echo must not meet the next frame

    def _write(self, data: bytes) -> bool:
        port = self._port
        if port is None:
            return False
        try:
            ready = select.poll()
            ready.register(port.fileno(), select.POLLOUT)
            events = dict(ready.poll(_WRITE_MS))
            if events.get(port.fileno(), _BROKEN) & _BROKEN or os.write(port.fileno(), data) != len(data):
                raise TimeoutError("the port takes no more bytes")
        except OSError as error:
            if self._state == "open":
                log.warning("%s: cannot send: %s", self._settings.port, error)
            self._state = f"cannot send: {error}"
            return False
        self._state = "open"
        return True


def _heard(frame: ff68.Frame) -> Callable[[float], Heard]:
    return lambda at: Heard(at=at, frame=frame)
