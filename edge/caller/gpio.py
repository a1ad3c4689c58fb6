"""The caller's keys and lamps on GPIO, through gpiozero."""

import contextlib
import logging
import threading
import time

from gpiozero import LED, DigitalInputDevice
from gpiozero.pins import Factory

from edge.caller.logic import Click, Display, KeyDown, KeyUp
from edge.caller.settings import CallerSettings
from edge.runtime.device import Effect, Emit
from wire.messages import Fact

_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_CLICK_S = 0.02
_BLINK_S = 0.15

log = logging.getLogger(__name__)


class GpioDriver:
    """`pin_factory`: None takes gpiozero's own for this board. `display` is the text that a clerk should see now."""

    def __init__(self, settings: CallerSettings, pin_factory: Factory | None = None) -> None:
        self._settings, self._factory = settings, pin_factory
        self._emit: Emit = lambda _: None
        self._lock = threading.Lock()  # the devices: used by the agent's thread, and by the one that tries again
        self._keys: dict[str, DigitalInputDevice] = {}
        self._signals: dict[str, LED] = {}
        self._shown = Display("", "plain", False)
        self._error = "not started"
        self._failures = 0
        self._retry: threading.Timer | None = None
        self._stopped = False

    @property
    def display(self) -> str:
        return self._shown.text

    @property
    def is_open(self) -> bool:
        return not self._error

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._open()

    def perform(self, effect: Effect) -> None:
        with self._lock:
            try:
                match effect:
                    case Display():
                        self._shown = effect
                        self._light()
                    case Click() if "click" in self._signals:
                        self._signals["click"].blink(_CLICK_S, 0, n=1)
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
        settings = self._settings
        for signal, pin in settings.signals.items():
            self._signals[signal] = LED(pin, pin_factory=self._factory)
        for key, pin in settings.keys.items():
            self._keys[key] = DigitalInputDevice(pin, pull_up=settings.pull_up, pin_factory=self._factory)

    def _watch(self) -> None:
        for key, contact in self._keys.items():
            contact.when_activated = lambda key=key: self._edge(KeyDown, key)
            contact.when_deactivated = lambda key=key: self._edge(KeyUp, key)
            if contact.is_active:
                self._edge(KeyDown, key, fresh=False)
            else:  # it may have come up while the pins were closed
                self._edge(KeyUp, key)

    def _edge(self, kind: type[KeyDown | KeyUp], key: str, **more: bool) -> None:
        """Called on gpiozero's thread. The edge keeps its own moment, however late the agent takes it up."""
        moment = time.monotonic()
        self._emit(lambda at: kind(at=at - (time.monotonic() - moment), key=key, **more))

    def _light(self) -> None:
        link, attention = self._signals.get("link"), self._signals.get("attention")
        if link is not None:
            link.value = self._shown.online
        if attention is None:
            return
        if self._shown.tone == "refused":
            attention.blink(_BLINK_S, _BLINK_S)
        else:
            attention.value = self._shown.tone == "wait"

    def _failed(self, error: Exception) -> None:
        """Let go of all pins, say so in health, and open them anew a little later."""
        self._close()
        self._error = f"{type(error).__name__}: {error}"
        wait_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        log.warning("the keypad's pins cannot be opened, trying again in %g s: %s", wait_s, self._error)
        self._retry = threading.Timer(wait_s, self._open)
        self._retry.daemon = True
        self._retry.start()

    def _close(self) -> None:
        for device in (*self._keys.values(), *self._signals.values()):
            with contextlib.suppress(Exception):  # a chip that is gone cannot be let go of in good order
                device.close()
        self._keys, self._signals = {}, {}
