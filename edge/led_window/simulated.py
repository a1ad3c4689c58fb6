"""The MAX7219 driver with a model of the chips in place of the bus: everything above it is what runs on a board."""

from collections.abc import Callable

from edge.led_window import fake_panel
from edge.led_window.fake_panel import FakePanel
from edge.led_window.frame_clock import ClockedDisplay
from edge.led_window.max7219 import Panel
from edge.led_window.settings import Settings


class SimulatedWindow(ClockedDisplay):
    """`on_frame()`: called on the display's thread once the chips have latched a frame that differs from the last."""

    surface: "SimulatedPanel"

    def __init__(self, settings: Settings) -> None:
        super().__init__(SimulatedPanel(settings, lambda: self.on_frame and self.on_frame()))
        self.on_frame: Callable[[], None] | None = None

    @property
    def model(self) -> FakePanel:
        return self.surface.model

    @property
    def shown(self) -> str:
        """The text that can be read."""
        return self.surface.shown


class SimulatedPanel(Panel):
    def __init__(self, settings: Settings, on_frame: Callable[[], object]) -> None:
        self.model = fake_panel.wired(settings.wiring)
        super().__init__(settings, self.model)
        self._on_frame = on_frame

    def frame(self, now: float) -> float:
        due = super().frame(now)
        if self.model.take_change():
            self._on_frame()
        return due
