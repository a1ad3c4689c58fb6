"""A radio module that is not there: the far side of a pty, with any number of handhelds and bad weather on demand."""

import os
import select
import shutil
import tempfile
import threading
import time
import tty
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from edge.protocols import ff68
from edge.protocols.fake_handhelds import Evaluator, Handheld, Keypad

_H = TypeVar("_H", bound=Handheld)
_READ_BYTES = 4096


class FakeRadio:
    """`port` is a stable name for the serial port, as under /dev/serial/by-id/; it is there while plugged in.

    `garble` changes what goes out over the air, burst by burst, for noise and cut frames; `lose` is how many of the
    host's next frames no handheld hears.
    """

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="tingxu-radio-"))
        self.port = self._directory / "port"
        self.garble: Callable[[bytes], bytes] = lambda burst: burst
        self.lose = 0
        self.heard: deque[ff68.Frame] = deque(maxlen=1000)  # the host's newest frames, lost ones too
        self._handhelds: dict[int, Handheld] = {}
        self._held: list[bytes] | None = None
        self._lock = threading.RLock()
        self._master = self._slave = -1
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._parser = ff68.Parser()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=f"radio {self.port}", daemon=True)

    def start(self) -> None:
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join(5)
        self.unplug()
        os.close(self._wake)
        shutil.rmtree(self._directory, ignore_errors=True)

    def keypad(self, address: int) -> Keypad:
        """The keypad of that address; switched on when first asked for."""
        return self._handheld(address, Keypad)

    def evaluator(self, address: int) -> Evaluator:
        return self._handheld(address, Evaluator)

    def plug(self) -> None:
        with self._lock:
            if self._master >= 0:
                return
            self._master, self._slave = os.openpty()  # our hold on the slave keeps the line up while nobody has it open
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self._parser = ff68.Parser()
            self.port.symlink_to(os.ttyname(self._slave))
        self._nudge()

    def unplug(self) -> None:
        with self._lock:
            if self._master < 0:
                return
            self.port.unlink()
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1
        self._nudge()

    def inject(self, noise: bytes) -> None:
        """Put bytes on the air as they are."""
        with self._lock:
            self._transmit(noise)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """What handhelds send inside arrives as one burst."""
        with self._lock:
            self._held = []
            try:
                yield
                self._send_due()
            finally:
                burst, self._held = b"".join(self._held), None
            self._transmit(burst)

    # The radio's thread.

    def _handheld(self, address: int, kind: type[_H]) -> _H:
        with self._lock:
            found = self._handhelds.setdefault(address, kind(address, self._nudge))
        if not isinstance(found, kind):
            raise ValueError(f"handheld {address} is a {type(found).__name__.lower()}")
        return found

    def _nudge(self) -> None:
        if not self._stopped:
            os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        while not self._stopped:
            self._wait()
            with self._lock:
                self._receive()
                self._send_due()

    def _wait(self) -> None:
        """Until the host says something, a key is pressed, or a repeat is due."""
        with self._lock:
            waiting = select.poll()
            waiting.register(self._wake, select.POLLIN)
            if self._master >= 0:
                waiting.register(self._master, select.POLLIN)
            due = min((handheld.next_due() for handheld in self._handhelds.values()), default=float("inf"))
        patience_s = max(0.0, due - time.monotonic())
        waiting.poll(None if patience_s == float("inf") else patience_s * 1000 + 1)
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            pass

    def _receive(self) -> None:
        try:
            data = os.read(self._master, _READ_BYTES) if self._master >= 0 else b""
        except BlockingIOError:
            return
        for frame in self._parser.feed(data):
            self.heard.append(frame)
            if self.lose > 0:
                self.lose -= 1
                continue
            handheld = self._handhelds.get(frame.address)
            echo = handheld.hear(frame) if handheld is not None and not handheld.mute else None
            if echo is not None:
                self._transmit(ff68.encode(echo))

    def _send_due(self) -> None:
        now = time.monotonic()
        for handheld in self._handhelds.values():
            frame = handheld.due(now)
            if frame is not None and not handheld.mute:
                self._transmit(ff68.encode(frame))

    def _transmit(self, data: bytes) -> None:
        if self._held is not None:
            self._held.append(data)
        elif self._master >= 0:
            try:
                os.write(self._master, self.garble(data))
            except BlockingIOError:
                pass  # nobody reads the port: a radio loses it, too


def cut(burst: bytes) -> bytes:
    """For `garble`: the end is lost."""
    return burst[: len(burst) * 2 // 3]
