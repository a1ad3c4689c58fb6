"""The far side of a serial cable that is not there: a pty, plugged and unplugged at will."""

import contextlib
import os
import select
import threading
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from edge.runtime.bell import Bell

_READ_BYTES = 65536


class Cable:
    """`port`: the path where the near side stands (a symbolic link) while plugged in. From any thread.

    `changed()` is called after it was plugged or unplugged.
    """

    def __init__(self, port: Path, changed: Callable[[], None]) -> None:
        self.port, self._changed = port, changed
        self._lock = threading.RLock()
        self._near = self._far = -1

    def plug(self) -> None:
        """Connect (again): a new pty stands at `port`."""
        with self._lock:
            if self._far >= 0:
                return
            self._far, self._near = os.openpty()  # our hold on the near side keeps the line up while nobody has it open
            tty.setraw(self._near)
            os.set_blocking(self._far, False)
            self.port.parent.mkdir(parents=True, exist_ok=True)
            self.port.unlink(missing_ok=True)
            self.port.symlink_to(os.ttyname(self._near))
        self._changed()

    def unplug(self) -> None:
        with self._lock:
            if self._far < 0:
                return
            self.port.unlink(missing_ok=True)
            os.close(self._far)
            os.close(self._near)
            self._far = self._near = -1
        self._changed()

    def wait_on(self, waiting: select.poll) -> None:
        """Have `waiting` wake when something comes."""
        with self._lock:
            if self._far >= 0:
                waiting.register(self._far, select.POLLIN)

    def read(self) -> bytes:
        """What has come; b"" for nothing, or while unplugged."""
        with self._lock, contextlib.suppress(OSError):
            return os.read(self._far, _READ_BYTES)
        return b""

    def write(self, data: bytes) -> None:
        """To whoever has the near side open; into the void where nobody has."""
        with self._lock, contextlib.suppress(OSError):
            os.write(self._far, data)


class FarSide(ABC):
    """A cable with something at its end, which lives on a thread of its own."""

    def __init__(self, port: Path) -> None:
        self._bell = Bell()
        self.cable = Cable(port, self._bell.ring)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"far side of {port.name}", daemon=True)

    def start(self) -> None:
        self.cable.plug()
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(5)
        self.cable.unplug()
        self._bell.close()

    @abstractmethod
    def _run(self) -> None:
        """Until `_stopping`."""

    def _wait(self, wait_ms: float | None = None) -> None:
        """Until something comes, or the bell rings."""
        waiting = select.poll()
        waiting.register(self._bell, select.POLLIN)
        self.cable.wait_on(waiting)
        waiting.poll(wait_ms)
        self._bell.hush()


class FakePort(FarSide):
    """Somebody who `hear`s what is sent."""

    def __init__(self, port: Path, hear: Callable[[bytes], None]) -> None:
        super().__init__(port)
        self._hear = hear

    def say(self, data: bytes) -> None:
        self.cable.write(data)

    def _run(self) -> None:
        while not self._stopping:
            self._wait()
            if data := self.cable.read():
                self._hear(data)
