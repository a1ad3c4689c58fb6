"""A port that may go away: opened, served until it fails, and opened again with growing pauses."""

from typing import Protocol, TypeVar

_BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)


class Closable(Protocol):
    def close(self) -> None: ...


Port = TypeVar("Port", bound=Closable)


class Tended(Protocol[Port]):
    """A driver's side of it, on the driver's own thread. `serve` returns at stop, or raises OSError."""

    @property
    def stopping(self) -> bool: ...
    def connect(self) -> Port: ...
    def serve(self, port: Port) -> None: ...
    def gone(self, error: Exception) -> None: ...
    def pause(self, wait_s: float) -> None: ...


def tend(driver: Tended[Port]) -> None:
    """Until the driver stops."""
    failures = 0
    while not driver.stopping:
        try:
            port = driver.connect()
        except (OSError, ValueError) as error:
            driver.gone(error)
            driver.pause(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1
            continue
        failures = 0
        try:
            driver.serve(port)
        except OSError as error:
            driver.gone(error)
            driver.pause(_BACKOFF_S[0])
        finally:
            port.close()
