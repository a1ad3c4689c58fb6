"""A chain of MAX7219 chips on SPI, through luma.led_matrix. The chip answers nothing: only the bus can be seen to fail.

Source: Maxim MAX7219/MAX7221 datasheet (19-4452), tables 2 to 10 for the registers.
"""

from typing import Any

import luma.core.error
from luma.core.interface.serial import noop, spi
from luma.led_matrix.const import max7219 as register
from luma.led_matrix.device import max7219
from PIL import Image

from edge.led_window import picture
from edge.led_window.logic import DisplayChanged, Refresh, Show
from edge.led_window.settings import Settings
from edge.runtime.device import Effect, Emit
from wire.messages import Fact

_FAILURES = (OSError, ImportError, luma.core.error.Error)
_HINT = "查 SPI 是否打开、spidev 是否装好 / is SPI on (dtparam=spi=on), and spidev installed?"


class Max7219Window:
    """Draws on the agent's thread: 64×16 dots take 2 ms at 1 MHz."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._emit: Emit = lambda _: None
        self._device: max7219 | None = None
        self._image = Image.new("1", settings.size)
        self._error = ""
        self.shown = ""  # the last Show's text

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._attempt(self._open)

    def perform(self, effect: Effect) -> None:
        match effect:
            case Show() as show:
                self._image, self.shown = picture.draw(show, self._settings.size), show.text
                if self._device is not None:
                    self._attempt(self._display)
            case Refresh():
                self._attempt(self._open if self._device is None else self._set_up)

    def health(self) -> dict[str, Fact]:
        return {"display": self._error or "ok"}

    def stop(self) -> None:
        if self._device is not None:
            try:
                self._device.cleanup()
            except _FAILURES:
                pass  # it is gone already
        self._device = None

    def _spidev(self) -> Any:
        """What drives the bus; None: the kernel's, through the package spidev."""
        return None

    def _attempt(self, step: Any) -> None:
        """Failures end here: the logic learns of them, and asks for the next attempt with a Refresh."""
        try:
            step()
            error = ""
        except _FAILURES as failure:
            error = f"SPI {self._settings.spi_port}.{self._settings.spi_device}: {failure}; {_HINT}"
            self.stop()
        if error or self._error:
            self._emit(lambda at: DisplayChanged(at=at, error=error))
        self._error = error

    def _open(self) -> None:
        """luma's constructor sets the chips up and clears them."""
        chosen = self._settings
        bus = spi(
            self._spidev(), noop(), chosen.spi_port, chosen.spi_device, chosen.spi_hz, gpio_DC=None, gpio_RST=None
        )
        self._device = max7219(
            bus,
            width=chosen.width,
            height=chosen.height,
            rotate=chosen.rotate,
            block_orientation=chosen.block_orientation,
            contrast=chosen.contrast,
        )
        self._display()

    def _display(self) -> None:
        assert self._device is not None
        self._device.display(self._image)

    def _set_up(self) -> None:
        """All that a chip loses when its supply dips; it is switched on last, so that no garbage is seen."""
        device = self._device
        assert device is not None
        for address, value in ((register.SCANLIMIT, 7), (register.DECODEMODE, 0), (register.DISPLAYTEST, 0)):
            device.data([address, value] * device.cascaded)
        device.contrast(self._settings.contrast)
        device.display(self._image)
        device.show()
