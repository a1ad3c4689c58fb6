"""An evaluator without hardware: the GPIO driver on mock pins of its own, and a finger for its keys."""

from gpiozero.pins.mock import MockFactory

from edge.evaluator.fitted import with_page
from edge.evaluator.gpio import GpioDriver
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Driver
from edge.runtime.finger import Finger


def fitted(settings: EvaluatorSettings) -> Driver:
    return with_page(SimulatedDriver(settings), settings)


class SimulatedDriver(GpioDriver):
    """`finger` presses, holds and releases keys (by level, in text), from any thread; `lamps` is what citizens see."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        self.pins = MockFactory()
        super().__init__(settings, self.pins)
        self.finger = Finger(self._keys, self.pins, 2 * settings.debounce_s)

    def press(self, level: int) -> None:
        """As fast as a finger may. Raises ValueError for a key without a pin."""
        self.finger.press(str(level))
