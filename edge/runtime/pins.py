"""Contacts and lamps on GPIO, through gpiozero. What cannot be opened shows in `error`, and is tried again."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from gpiozero import LED, DigitalInputDevice
from gpiozero.pins import Factory

from edge.runtime.device import Emit, Input

_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)

log = logging.getLogger(__name__)


class Moved(Protocol):
    """Makes the input for an edge of a contact, bounces and all; `fresh` is false for one found closed at opening."""

    def __call__(self, at: float, name: str, *, closed: bool, fresh: bool) -> Input: ...


class Pins:
    """`contacts` and `outputs`: pairs of a name and a GPIO number (BCM). `factory`: None takes this board's own pins.

    `light(outputs)` makes the outputs show what they should; it is also called whenever they have been opened.
    `told(error)`: of every change, "" when all is well.
    """

    def __init__(
        self,
        contacts: Iterable[tuple[str, int]],
        outputs: Iterable[tuple[str, int]],
        *,
        moved: Moved,
        light: Callable[[Mapping[str, LED]], None] = lambda _: None,
        told: Callable[[str], None] = lambda _: None,
        pull_up: bool = True,
        factory: Factory | None = None,
    ) -> None:
        self.contacts, self._outputs = dict(contacts), dict(outputs)
        self.pull_up, self._factory = pull_up, factory
        self._moved, self._light, self._told = moved, light, told
        self._emit: Emit = lambda _: None
        self._lock = threading.Lock()  # the devices: used by the agent's thread, and by the one that tries again
        self._inputs: dict[str, DigitalInputDevice] = {}
        self._leds: dict[str, LED] = {}
        self._failures = 0
        self._retry: threading.Timer | None = None
        self._stopped = False
        self.error = "not started"

    @property
    def is_open(self) -> bool:
        return not self.error

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._open()

    def light(self) -> None:
        self.use(self._light)

    def use(self, act: Callable[[Mapping[str, LED]], None]) -> None:
        """Do something with the outputs: none of them while they are not open."""
        with self._lock:
            self._attempt(lambda: act(self._leds))

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._retry is not None:
                self._retry.cancel()
            self._close()
            self.error = "stopped"

    def _open(self) -> None:
        with self._lock:
            if not self._stopped and self._attempt(self._open_all):
                self._failures = 0
                self._tell("")

    def _attempt(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except Exception as error:  # every back end of gpiozero has errors of its own
            self._failed(error)
            return False
        return True

    def _open_all(self) -> None:
        for name, pin in self._outputs.items():
            self._leds[name] = LED(pin, pin_factory=self._factory)
        for name, pin in self.contacts.items():
            self._inputs[name] = DigitalInputDevice(pin, pull_up=self.pull_up, pin_factory=self._factory)
        self._light(self._leds)
        for name, contact in self._inputs.items():
            self._watch(name, contact)

    def _watch(self, name: str, contact: DigitalInputDevice) -> None:
        contact.when_activated = lambda: self._edge(name, closed=True)
        contact.when_deactivated = lambda: self._edge(name, closed=False)
        # It may have been closed all along, or have come up while the pins were not open.
        self._edge(name, closed=contact.is_active, fresh=False)

    def _edge(self, name: str, *, closed: bool, fresh: bool = True) -> None:
        """Called on gpiozero's thread. The edge keeps its own moment, however late the agent takes it up."""
        moment = time.monotonic()
        self._emit(lambda at: self._moved(at - (time.monotonic() - moment), name, closed=closed, fresh=fresh))

    def _failed(self, error: Exception) -> None:
        """Let go of all pins, and open them anew a little later."""
        self._close()
        self._tell(f"{type(error).__name__}: {error}")
        wait_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        log.warning("the pins cannot be used, trying again in %g s: %s", wait_s, self.error)
        self._retry = threading.Timer(wait_s, self._open)
        self._retry.daemon = True
        self._retry.start()

    def _tell(self, error: str) -> None:
        if error != self.error:
            self.error = error
            self._told(error)

    def _close(self) -> None:
        for device in (*self._inputs.values(), *self._leds.values()):
            with contextlib.suppress(Exception):  # a chip that is gone cannot be let go of in good order
                device.close()
        self._inputs, self._leds = {}, {}
