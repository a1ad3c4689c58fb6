"""A caller without hardware: the GPIO driver on mock pins of its own, and a finger for its keys."""

import threading
import time

from gpiozero.pins.mock import MockFactory, MockPin

from edge.caller.gpio import GpioDriver
from edge.caller.settings import CallerSettings


class SimulatedDriver(GpioDriver):
    """Keys are moved by `press`, `hold` and `release`, from any thread; `display` is what the clerk sees."""

    def __init__(self, settings: CallerSettings) -> None:
        self.pins = MockFactory()
        super().__init__(settings, self.pins)
        self._finger = threading.Lock()
        self._lifted = float("-inf")

    def press(self, *keys: str) -> None:
        """One after another, as fast as a finger may: waits twice the debounce time since the last key came up.

        A keypad that does not run (yet, or any more) does not notice. Raises ValueError for a key that is not wired.
        """
        for key in keys:
            with self._finger:
                time.sleep(max(0.0, self._lifted + 2 * self._settings.debounce_s - time.monotonic()))
                self.hold(key)
                self.release(key)
                self._lifted = time.monotonic()

    def hold(self, key: str) -> None:
        self._move(key, down=True)

    def release(self, key: str) -> None:
        self._move(key, down=False)

    def _move(self, key: str, *, down: bool) -> None:
        number = self._settings.keys.get(key)  # type: ignore[call-overload]
        if number is None:
            raise ValueError(f"no key {key!r} on this caller; there are: {', '.join(self._settings.keys)}")
        if not self.is_open:
            return
        pin: MockPin = self.pins.pin(f"GPIO{number}")
        if down == self._settings.pull_up:  # a closed contact pulls against the resistor
            pin.drive_low()
        else:
            pin.drive_high()
