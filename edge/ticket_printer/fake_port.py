"""The far side of a serial cable that is not there: a pty, plugged and unplugged at will."""

import contextlib
import os
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from edge.runtime.bell import Bell

_READ_BYTES = 4096


class FakePort:
    """`port` is where the near side stands while plugged in. `hear(data)` gets what is sent, on a thread of its own."""

    def __init__(self, port: Path, hear: Callable[[bytes], None]) -> None:
        self.port, self._hear = port, hear
        self._bell = Bell()
        self._lock = threading.RLock()
        self._near = self._far = -1
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"far side of {port.name}", daemon=True)

    def start(self) -> None:
        self.plug()
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(5)
        self.unplug()
        self._bell.close()

    def plug(self) -> None:
        with self._lock:
            if self._far >= 0:
                return
            self._far, self._near = os.openpty()
            tty.setraw(self._near)
            os.set_blocking(self._far, False)
            self.port.parent.mkdir(parents=True, exist_ok=True)
            self.port.unlink(missing_ok=True)
            self.port.symlink_to(os.ttyname(self._near))
        self._bell.ring()

    def unplug(self) -> None:
        with self._lock:
            if self._far < 0:
                return
            self.port.unlink(missing_ok=True)
            os.close(self._far)
            os.close(self._near)
            self._far = self._near = -1
        self._bell.ring()

    def say(self, data: bytes) -> None:
        """To whoever has the near side open; into the void where nobody has."""
        with self._lock, contextlib.suppress(OSError):
            os.write(self._far, data)

    def _run(self) -> None:
        while not self._stopping:
            waiting = select.poll()
            waiting.register(self._bell, select.POLLIN)
            with self._lock:
                if self._far >= 0:
                    waiting.register(self._far, select.POLLIN)
            waiting.poll()
            self._bell.hush()
            with self._lock:
                self._take()

    def _take(self) -> None:
        try:
            data = os.read(self._far, _READ_BYTES)
        except OSError:
            return
        self._hear(data)
