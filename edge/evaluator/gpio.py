"""The evaluator's keys and lamps on GPIO, through gpiozero."""

import contextlib
import logging
import threading
import time

from gpiozero import LED, DigitalInputDevice
from gpiozero.pins import Factory

from edge.evaluator.logic import KeyDown, KeyUp, Lamps
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Effect, Emit
from wire.messages import Fact

_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_BLINK_S = 0.25

log = logging.getLogger(__name__)


class GpioDriver:
    """`pin_factory`: None takes gpiozero's own for this board. `lamps` is what the citizen should see now."""

    def __init__(self, settings: EvaluatorSettings, pin_factory: Factory | None = None) -> None:
        self._settings, self._factory = settings, pin_factory
        self._emit: Emit = lambda _: None
        self._lock = threading.Lock()  # the devices: used by the agent's thread, and by the one that tries again
        self._keys: dict[int, DigitalInputDevice] = {}
        self._leds: dict[int, LED] = {}
        self.lamps = Lamps()
        self._error = "not started"
        self._failures = 0
        self._retry: threading.Timer | None = None
        self._stopped = False

    @property
    def is_open(self) -> bool:
        return not self._error

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._open()

    def perform(self, effect: Effect) -> None:
        if not isinstance(effect, Lamps):
            return
        with self._lock:
            self.lamps = effect
            try:
                self._light()
            except Exception as error:  # every back end of gpiozero has errors of its own
                self._failed(error)

    def health(self) -> dict[str, Fact]:
        return {"pins": self._error or "ok"}

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._retry is not None:
                self._retry.cancel()
            self._close()
            self._error = "stopped"

    def _open(self) -> None:
        with self._lock:
            if self._stopped:
                return
            try:
                self._open_pins()
                self._light()
                self._watch()
            except Exception as error:
                self._failed(error)
            else:
                self._error, self._failures = "", 0

    def _open_pins(self) -> None:
        for level, pin in self._settings.lamps.items():
            self._leds[int(level)] = LED(pin, pin_factory=self._factory)
        for level, pin in self._settings.keys.items():
            pull_up = self._settings.pull_up
            self._keys[int(level)] = DigitalInputDevice(pin, pull_up=pull_up, pin_factory=self._factory)

    def _watch(self) -> None:
        for level, contact in self._keys.items():
            contact.when_activated = lambda level=level: self._edge(KeyDown, level)
            contact.when_deactivated = lambda level=level: self._edge(KeyUp, level)
            if contact.is_active:
                self._edge(KeyDown, level, fresh=False)
            else:  # it may have come up while the pins were closed
                self._edge(KeyUp, level)

    def _edge(self, kind: type[KeyDown | KeyUp], level: int, **more: bool) -> None:
        """Called on gpiozero's thread. The edge keeps its own moment, however late the agent takes it up."""
        moment = time.monotonic()
        self._emit(lambda at: kind(at=at - (time.monotonic() - moment), level=level, **more))

    def _light(self) -> None:
        for level, led in self._leds.items():
            if level in self.lamps.blinking:
                led.blink(_BLINK_S, _BLINK_S)
            else:
                led.value = level in self.lamps.lit

    def _failed(self, error: Exception) -> None:
        """Let go of all pins, say so in health, and open them anew a little later."""
        self._close()
        self._error = f"{type(error).__name__}: {error}"
        wait_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        log.warning("the evaluator's pins cannot be used, trying again in %g s: %s", wait_s, self._error)
        self._retry = threading.Timer(wait_s, self._open)
        self._retry.daemon = True
        self._retry.start()

    def _close(self) -> None:
        for device in (*self._keys.values(), *self._leds.values()):
            with contextlib.suppress(Exception):  # a chip that is gone cannot be let go of in good order
                device.close()
        self._keys, self._leds = {}, {}
