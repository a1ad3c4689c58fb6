"""A serial line that may go away: read and written on threads of its own, opened again with growing pauses.

Unplugged, mute or stalled: it says so and keeps trying. Idle, it costs nothing.
"""

import logging
import os
import queue
import select
import threading
import time
from collections.abc import Callable

from edge.runtime.serial_port import SerialPort
from wire.base import Fact

_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SILENCE_MS = 50  # bytes of one frame follow each other within 1 ms at 9600 Bd, and USB adapters add up to 16 ms
_WRITE_S = 1.0
_QUEUE_MAX = 256  # writes
_STALE_S = 3.0  # a port that moves again must not send what was meant for then

log = logging.getLogger(__name__)


class SerialLine:
    """8N1. `hear(data)` and `changed(open)` are called on the reading thread.

    When `hear` returns True it is called once more, with b"", should the line now fall silent. `flow` as for
    SerialPort; `pause_s` is left free after whatever is not urgent, for the answer on a half-duplex line.
    """

    def __init__(
        self,
        path: str,
        baud: int,
        hear: Callable[[bytes], bool | None],
        changed: Callable[[bool], None],
        *,
        flow: str = "none",
        pause_s: float = 0.0,
    ) -> None:
        self._path, self._baud, self._flow, self._pause_s = path, baud, flow, pause_s
        self._hear, self._changed = hear, changed
        self._port: SerialPort | None = None
        self._state = "not started"
        self._opens = self._sent = self._unsent = 0
        self._outgoing: queue.PriorityQueue[tuple[int, int, float, bytes]] = queue.PriorityQueue()
        self._order = 0
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._using_port = threading.Lock()  # a write must not meet the port's closing: its descriptor may be another's
        self.threads = [
            threading.Thread(target=self._read_forever, name=f"reads {path}", daemon=True),
            threading.Thread(target=self._write_forever, name=f"writes {path}", daemon=True),
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def send(self, data: bytes, *, urgent: bool = False) -> None:
        """Urgent goes ahead of what waits. Dropped, and counted as unsent, while the port is away or stalled."""
        if self._port is None or self._outgoing.qsize() >= _QUEUE_MAX:
            self._unsent += 1
        else:
            self._enqueue(0 if urgent else 1, data)

    def health(self) -> dict[str, Fact]:
        """`port` is "open", or why it is not."""
        return {"port": self._state, "port_opens": self._opens, "sent": self._sent, "unsent": self._unsent}

    def stop(self) -> None:
        self._stopped.set()
        os.eventfd_write(self._wake, 1)
        self._enqueue(0, b"")
        for thread in self.threads:
            if thread.is_alive():
                thread.join(5)
        os.close(self._wake)

    def _enqueue(self, priority: int, data: bytes) -> None:
        self._order += 1  # keeps the order within a priority; only one thread sends
        self._outgoing.put((priority, self._order, time.monotonic(), data))

    # The reading thread, which also opens and closes the port.

    def _read_forever(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                port = self._open()
                failures = 0
                self._listen(port)
            except (OSError, ValueError) as error:  # pyserial's errors are OSErrors
                self._lost(str(error) or type(error).__name__)
            self._stopped.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1
        self._close()

    def _open(self) -> SerialPort:
        port = SerialPort(self._path, self._baud, self._flow)
        self._port, self._state = port, "open"
        self._opens += 1
        log.info("%s: open", self._path)
        self._changed(True)
        return port

    def _listen(self, port: SerialPort) -> None:
        """Until `stop()`; raises OSError when the port goes away."""
        waiting = select.poll()
        waiting.register(port.fileno(), select.POLLIN)
        waiting.register(self._wake, select.POLLIN)
        expecting = False
        while not self._stopped.is_set():
            events = dict(waiting.poll(_SILENCE_MS if expecting else None))
            if port.fileno() in events:
                expecting = bool(self._hear(port.read(0.0)))
            elif not events:
                expecting = bool(self._hear(b""))

    def _close(self) -> bool:
        """Whether it was open."""
        with self._using_port:
            port, self._port = self._port, None
            if port is not None:
                port.close()
        return port is not None

    def _lost(self, reason: str) -> None:
        """Say it once per reason."""
        was_open = self._close()
        if reason != self._state:
            log.warning("%s: %s; trying again", self._path, reason)
        self._state = reason
        if was_open:
            self._changed(False)

    # The writing thread.

    def _write_forever(self) -> None:
        while not self._stopped.is_set():
            priority, _, since, data = self._outgoing.get()
            with self._using_port:
                written = bool(data) and time.monotonic() - since < _STALE_S and self._write(data)
            self._sent += written
            self._unsent += bool(data) and not written
            if written and priority:
                self._stopped.wait(self._pause_s)

    def _write(self, data: bytes) -> bool:
        if self._port is None:
            return False
        try:
            self._port.write(data, _WRITE_S)
        except OSError as error:
            if self._state == "open":
                log.warning("%s: cannot send: %s", self._path, error)
            self._state = f"cannot send: {error}"
            return False
        self._state = "open"
        return True
