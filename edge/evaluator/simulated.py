"""An evaluator without hardware: the GPIO driver on mock pins of its own, and a finger for its keys."""

import threading
import time

from gpiozero.pins.mock import MockFactory, MockPin

from edge.evaluator.gpio import GpioDriver
from edge.evaluator.settings import EvaluatorSettings


class SimulatedDriver(GpioDriver):
    """Keys are moved by `press`, `hold` and `release`, from any thread; `lamps` is what the citizen sees."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        self.pins = MockFactory()
        super().__init__(settings, self.pins)
        self._finger = threading.Lock()
        self._lifted = float("-inf")

    def press(self, level: int) -> None:
        """As fast as a finger may: waits twice the debounce time since the last key came up.

        An evaluator that does not run (yet, or any more) does not notice. Raises ValueError for a key without a pin.
        """
        with self._finger:
            time.sleep(max(0.0, self._lifted + 2 * self._settings.debounce_s - time.monotonic()))
            self.hold(level)
            self.release(level)
            self._lifted = time.monotonic()

    def hold(self, level: int) -> None:
        self._move(level, down=True)

    def release(self, level: int) -> None:
        self._move(level, down=False)

    def _move(self, level: int, *, down: bool) -> None:
        number = self._settings.keys.get(str(level))  # type: ignore[call-overload]
        if number is None:
            raise ValueError(f"no key {level!r} on this evaluator; there are: {', '.join(self._settings.keys)}")
        if not self.is_open:
            return
        pin: MockPin = self.pins.pin(f"GPIO{number}")
        if down == self._settings.pull_up:  # a closed contact pulls against the resistor
            pin.drive_low()
        else:
            pin.drive_high()
