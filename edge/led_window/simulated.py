"""The MAX7219 driver with a model of the chips in place of the bus: everything above it is what runs on a board."""

from collections.abc import Callable

from edge.led_window.max7219 import Max7219Window
from edge.led_window.settings import Settings
from edge.runtime.device import Effect
from edge.runtime.max7219_model import Chain


class SimulatedWindow(Max7219Window):
    """`on_frame()`: called on the agent's thread once the chips have latched a frame that differs from the last."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.model = Chain(settings.width, settings.height, settings.block_orientation, settings.rotate)
        self.on_frame: Callable[[], None] | None = None

    def perform(self, effect: Effect) -> None:
        super().perform(effect)
        if self.model.take_change() and self.on_frame is not None:
            self.on_frame()

    def _spidev(self) -> Chain:
        return self.model
