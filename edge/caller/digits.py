"""Eight seven-segment digits on a MAX7219, through luma.led_matrix. The chip answers nothing: only the bus can fail.

Source: Maxim MAX7219/MAX7221 datasheet (19-4452), tables 2 to 10 for the registers.
"""

from typing import Any

from luma.core.interface.serial import noop, spi
from luma.core.virtual import sevensegment
from luma.led_matrix.const import max7219 as register
from luma.led_matrix.device import max7219

from edge.caller.face import Display
from edge.caller.luma_panel import LumaPanel
from edge.caller.segments import DIGITS, signs
from edge.caller.wiring import Digits


class DigitsPanel(LumaPanel):
    """`spidev`: what drives the bus; None takes the kernel's, through the package spidev."""

    def __init__(self, settings: Digits, spidev: Any = None) -> None:
        super().__init__()
        self._settings, self._spidev = settings, spidev
        self._segments: Any = None

    def open(self) -> None:
        chosen = self._settings
        self._bus = spi(self._spidev, noop(), 0, chosen.spi_device, chosen.spi_hz, gpio_DC=None, gpio_RST=None)
        self._device = max7219(self._bus, cascaded=1, contrast=chosen.contrast)
        self._segments = sevensegment(self._device)

    def set_up(self) -> None:
        """Switched on last, so that no garbage is seen."""
        for address, value in ((register.SCANLIMIT, DIGITS - 1), (register.DECODEMODE, 0), (register.DISPLAYTEST, 0)):
            self._device.data([address, value])
        self._device.contrast(self._settings.contrast)
        self._segments.text = str(self._segments.text)
        self._device.show()

    def moves(self, display: Display) -> bool:
        return display.mode == "wait"

    def draw(self, display: Display, step: int) -> None:
        self._segments.text = signs(display, step)

    def close(self) -> None:
        self._segments = None
        super().close()
