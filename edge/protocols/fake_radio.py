"""A radio module, or a wired keypad's line, that is not there: the far side of a pty, with bad weather on demand."""

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

from edge.protocols import ff68
from edge.protocols.fake_air import FakeAir
from edge.protocols.fake_handhelds import Evaluator, Keypad

_READ_BYTES = 4096


class FakeRadio:
    """`port` is a stable name for the serial port, as under /dev/serial/by-id/; it is there while plugged in.

    `air` is shared with other radios, or its own. `garble` changes what goes to the host, burst by burst, for noise and
    cut frames; `copies` is how often each frame goes there; `late_s` holds the host's frames back; `lose` is how many
    of the host's next frames no handheld hears. `rssi`: a byte of signal strength follows each frame. `local_echo`: the
    host's own frames come back to it. `deaf`: it neither hears nor is heard, and its port says nothing of that.
    """

    def __init__(self, air: FakeAir | None = None) -> None:
        self.air = air or FakeAir()
        self._directory = Path(tempfile.mkdtemp(prefix="tingxu-radio-"))
        self.port = self._directory / "port"
        self.garble: Callable[[bytes], bytes] = lambda burst: burst
        self.copies = 1
        self.late_s = 0.0
        self.lose = 0
        self.rssi = self.local_echo = self.deaf = False
        self.heard: deque[ff68.Frame] = deque(maxlen=1000)  # the host's newest frames, lost ones too
        self._held: list[bytes] | None = None
        self._lock = self.air.lock
        self._master = self._slave = -1
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._parser = ff68.Parser()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=f"radio {self.port}", daemon=True)

    def start(self) -> None:
        self.plug()
        self.air.join(self)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join(5)
            self.air.leave(self)
        self.unplug()
        os.close(self._wake)
        shutil.rmtree(self._directory, ignore_errors=True)

    def keypad(self, address: int) -> Keypad:
        """The keypad of that address; switched on when first asked for."""
        return self.air.keypad(address)

    def evaluator(self, address: int) -> Evaluator:
        return self.air.evaluator(address)

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
                self.air.send_due()
            finally:
                burst, self._held = b"".join(self._held), None
            self._transmit(burst)

    def receive(self, frame: ff68.Frame, dbm: int) -> None:
        """Told by the air, under its lock."""
        if not self.deaf:
            strength = bytes((dbm & 0xFF,)) if self.rssi else b""
            self._transmit((ff68.encode(frame) + strength) * self.copies)

    # The radio's thread.

    def _nudge(self) -> None:
        if not self._stopped:
            os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        while not self._stopped:
            self._wait()
            data = self._read()
            if self.late_s and data:
                time.sleep(self.late_s)
            with self._lock:
                self._take(data)

    def _wait(self) -> None:
        """Until the host says something."""
        with self._lock:
            waiting = select.poll()
            waiting.register(self._wake, select.POLLIN)
            if self._master >= 0:
                waiting.register(self._master, select.POLLIN)
        waiting.poll()
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            pass

    def _read(self) -> bytes:
        with self._lock:
            try:
                return os.read(self._master, _READ_BYTES) if self._master >= 0 else b""
            except BlockingIOError:
                return b""

    def _take(self, data: bytes) -> None:
        for frame in self._parser.feed(data):
            self.heard.append(frame)
            if self.local_echo:
                self._transmit(ff68.encode(frame))
            lost, self.lose = self.lose > 0, max(0, self.lose - 1)
            if not self.deaf:
                self.air.transmit(self, frame, lost=lost)

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
