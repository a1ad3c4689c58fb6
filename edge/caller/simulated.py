"""A caller without hardware: the GPIO driver on mock pins of its own, and a finger for its keys."""

from gpiozero.pins.mock import MockFactory

from edge.caller.gpio import GpioDriver
from edge.caller.settings import CallerSettings
from edge.runtime.finger import Finger


class SimulatedDriver(GpioDriver):
    """`finger` presses, holds and releases keys, from any thread; `display` is what the clerk sees."""

    def __init__(self, settings: CallerSettings) -> None:
        self.pins = MockFactory()
        super().__init__(settings, self.pins)
        self.finger = Finger(self._pins, self.pins, 2 * settings.debounce_s)

    def press(self, *keys: str) -> None:
        """One after another, as fast as a finger may. Raises ValueError for a key that is not wired."""
        self.finger.press(*keys)
