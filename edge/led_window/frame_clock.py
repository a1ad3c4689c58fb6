"""A display with a thread of its own: what moves does so evenly, and what is slow holds nobody up."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from edge.led_window.logic import DisplayChanged
from edge.runtime.device import Effect, Emit
from wire.base import Fact

Report: TypeAlias = Callable[[str], None]
"""Called with why the display cannot be reached; with "" after it could."""

_ERROR_PAUSE_S = 1.0
_LONGEST_S = 3600.0
_STOP_S = 5.0

log = logging.getLogger(__name__)


class Surface(Protocol):
    """A display without a clock. All but `health` is called on one thread; nothing raises for what hardware does.

    `now`: monotonic seconds.
    """

    def open(self, report: Report) -> None: ...

    def take(self, effect: Effect, now: float) -> None:
        """Show, Refresh or Brightness."""

    def frame(self, now: float) -> float:
        """Bring the display to what is to be seen now; returns when that changes, infinity for never."""

    def health(self) -> dict[str, Fact]: ...

    def close(self) -> None: ...


class ClockedDisplay:
    """The driver: effects are only left for the thread, so the agent never waits."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self._emit: Emit = lambda _: None
        self._effects: queue.SimpleQueue[Effect | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="led window", daemon=True)
        self._error = ""

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        self._effects.put(effect)

    def health(self) -> dict[str, Fact]:
        return {"display": self._error or "ok", **self.surface.health()}

    def stop(self) -> None:
        self._effects.put(None)
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        self.surface.open(self._report)
        due = 0.0
        while self._take_all(due - time.monotonic()):
            try:
                due = min(self.surface.frame(time.monotonic()), time.monotonic() + _LONGEST_S)
            except Exception:
                log.exception("a picture could not be drawn")
                due = time.monotonic() + _ERROR_PAUSE_S
        self.surface.close()

    def _take_all(self, patience_s: float) -> bool:
        """What is there, after waiting for it; False when it is time to stop."""
        try:
            effect = self._effects.get(timeout=max(0.0, patience_s))
            while effect is not None:
                self.surface.take(effect, time.monotonic())
                effect = self._effects.get_nowait()
        except queue.Empty:
            return True
        return False

    def _report(self, error: str) -> None:
        if error or self._error:
            self._emit(lambda at: DisplayChanged(at=at, error=error))
        self._error = error
