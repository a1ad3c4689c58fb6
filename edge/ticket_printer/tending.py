"""A port that may go away: opened, served until it fails, and opened again with growing pauses."""

import select
import threading
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from edge.runtime.bell import Bell
from edge.runtime.device import Emit

_BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_STOP_S = 5.0


class Closable(Protocol):
    def close(self) -> None: ...


Port = TypeVar("Port", bound=Closable)


class PortDriver(ABC, Generic[Port]):
    """The part of a driver that tends its port, on a thread of its own; the rest of it rings `_bell` for that."""

    def __init__(self, name: str) -> None:
        """`name`: of the thread."""
        self.stopping = False
        self._bell = Bell()
        self._emit: Emit = lambda _: None
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def stop(self) -> None:
        self.stopping = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        self._bell.close()

    @abstractmethod
    def connect(self) -> Port:
        """Raises OSError, ValueError."""

    @abstractmethod
    def serve(self, port: Port) -> None:
        """Returns at stop, or raises OSError."""

    @abstractmethod
    def gone(self, error: Exception) -> None: ...

    @abstractmethod
    def between(self) -> None:
        """What was asked for while the port is away, which cannot be done: before each try."""

    def run(self) -> None:
        """Until `stop()`."""
        failures = 0
        while not self.stopping:
            try:
                port = self.connect()
            except (OSError, ValueError) as error:
                self.gone(error)
                self._pause(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1
                continue
            failures = 0
            try:
                self.serve(port)
            except OSError as error:
                self.gone(error)
                self._pause(_BACKOFF_S[0])
            finally:
                port.close()

    def _pause(self, wait_s: float) -> None:
        """Cut short by the bell."""
        waiting = select.poll()
        waiting.register(self._bell, select.POLLIN)
        waiting.poll(wait_s * 1000)
        self._bell.hush()
        self.between()
