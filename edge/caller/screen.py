"""A display as a part of the driver: drawn on a thread of its own, where the newest wins; opened anew when it fails."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from edge.caller.events import PartChanged
from edge.caller.face import Display
from edge.runtime.device import Effect, Emit
from wire.base import Fact

STEP_S = 0.25  # between two pictures of what moves
_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_STOP_S = 5.0

log = logging.getLogger(__name__)


class Panel(Protocol):
    """One display. All of it may raise whatever its bus or its library does; called on the screen's thread alone."""

    def open(self) -> None:
        """Find it and set it up, dark."""

    def set_up(self) -> None:
        """All that the chip forgets when its supply dips."""

    def moves(self, display: Display) -> bool:
        """Whether the picture of it changes with the step."""

    def draw(self, display: Display, step: int) -> None:
        """`step` counts up while something moves."""

    def close(self) -> None:
        """Dark, if it can be reached."""


class Screen:
    """`make`: the panel, made on the screen's thread, for its libraries may be missing. `refresh_s`: how often it is
    set up anew. `hint`: what to look at when it cannot be reached."""

    def __init__(self, make: Callable[[], Panel], refresh_s: float, hint: str) -> None:
        self._make, self._refresh_s, self._hint = make, refresh_s, hint
        self._panel: Panel | None = None  # while it is open
        self._emit: Emit = lambda _: None
        self._news = threading.Condition()
        self._newest: Display | None = None
        self._drawn: Display | None = None
        self._step = 0
        self._stopped = False
        self._failures = 0
        self._refresh_at = 0.0
        self.error = "not started"
        self.frames = 0
        self._thread = threading.Thread(target=self._run, name="display", daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        """Never waits for the display."""
        if isinstance(effect, Display):
            with self._news:
                self._newest = effect
                self._news.notify()

    def health(self) -> dict[str, Fact]:
        return {"display": self.error or "ok", "frames": self.frames}

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    # The screen's thread.

    def _run(self) -> None:
        while not self._stopped:
            patience_s = self._attempt()
            with self._news:
                self._news.wait_for(self._is_wanted, patience_s)
        self._close()
        self.error = "stopped"

    def _is_wanted(self) -> bool:
        return self._stopped or (self._panel is not None and self._newest is not self._drawn)

    def _attempt(self) -> float:
        """Do what is due; returns how long (s) to wait for news."""
        try:
            moving = self._tend()
        except Exception as error:  # each bus and each library has errors of its own
            return self._failed(error)
        self._failures = 0
        self._tell("")
        return STEP_S if moving else max(0.0, self._refresh_at - time.monotonic())

    def _tend(self) -> bool:
        """Open it, set it up anew, draw: whatever is due. Whether something moves."""
        panel = self._panel
        if panel is None:
            panel = self._panel = self._make()
            panel.open()
            self._due_anew()
        elif time.monotonic() >= self._refresh_at:
            panel.set_up()
            self._due_anew()
        newest = self._newest
        if newest is None:
            return False
        moving = panel.moves(newest)
        if newest is not self._drawn or moving:
            self._step = self._step + 1 if newest is self._drawn else 0
            panel.draw(newest, self._step)
            self._drawn = newest
            self.frames += 1
        return moving

    def _due_anew(self) -> None:
        self._refresh_at = time.monotonic() + self._refresh_s

    def _failed(self, error: Exception) -> float:
        self._close()
        wait_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        self._tell(f"{type(error).__name__}: {error}; {self._hint}")
        return wait_s

    def _close(self) -> None:
        panel, self._panel, self._drawn = self._panel, None, None
        if panel is None:
            return
        try:
            panel.close()
        except Exception as error:
            log.info("the display could not be put out: %s", error)

    def _tell(self, error: str) -> None:
        if error == self.error:
            return
        if error:
            log.warning("the display cannot be used, trying again: %s", error)
        self.error = error
        self._emit(lambda at: PartChanged(at=at, part="display", trouble=error))
