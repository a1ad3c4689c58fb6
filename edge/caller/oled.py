"""A 128×64 OLED on an SSD1306 or SH1106, through luma.oled, on I²C or SPI.

Sources: Solomon Systech SSD1306 rev 1.1 (table 9, commands; p. 64, application example), Sino Wealth SH1106 v2.3
(p. 19, commands).
"""

from collections.abc import Callable
from typing import Any

from luma.core.interface.serial import i2c, spi
from luma.oled.device import sh1106, ssd1306

from edge.caller import picture
from edge.caller.face import Display
from edge.caller.luma_panel import LumaPanel
from edge.caller.wiring import Oled

_NOP = 0xE3
# What a chip forgets when its supply dips, except the contrast; it is switched on last.
_SET_UP = {
    "ssd1306": (0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x00, 0xA1, 0xC8, 0xDA, 0x12, 0xD9, 0xF1,
                0xDB, 0x40, 0xA4, 0xA6),
    "sh1106": (0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0xAD, 0x8B, 0xA1, 0xC8, 0xDA, 0x12, 0xD9, 0x22, 0xDB, 0x35,
               0xA4, 0xA6),
}  # fmt: skip


class OledPanel(LumaPanel):
    """`bus`: makes luma's interface to the chip; None takes this board's own."""

    def __init__(self, settings: Oled, bus: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._make_bus = bus or (self._i2c if settings.bus == "i2c" else self._spi)
        self._image, self._contrast = picture.blank(), settings.contrast

    def open(self) -> None:
        """Asks whether the chip is there first: luma keeps every device that was ever made, until the end."""
        self._bus = self._make_bus()
        self._bus.command(_NOP)
        kind = {"ssd1306": ssd1306, "sh1106": sh1106}[self._settings.chip]
        self._device = kind(self._bus, rotate=2 if self._settings.turned else 0)
        self._device.contrast(self._contrast)
        self._image = picture.blank()

    def set_up(self) -> None:
        self._device.command(*_SET_UP[self._settings.chip])
        self._device.contrast(self._contrast)
        self._device.display(self._image)
        self._device.show()

    def moves(self, display: Display) -> bool:
        return picture.moves(display)

    def draw(self, display: Display, step: int) -> None:
        self._image = picture.draw(display, step)
        self._device.display(self._image)
        resting = display.mode == "rest" and display.phase in (None, "closed")
        contrast = self._settings.dim if resting else self._settings.contrast
        if contrast != self._contrast:
            self._contrast = contrast
            self._device.contrast(contrast)

    def _i2c(self) -> Any:
        return i2c(port=1, address=self._settings.address)

    def _spi(self) -> Any:
        chosen = self._settings
        lines = Lines()
        try:
            return spi(
                gpio=lines,
                device=chosen.spi_device,
                bus_speed_hz=chosen.spi_hz,
                gpio_DC=chosen.dc,
                gpio_RST=chosen.reset,
                reset_hold_time=0.01,
                reset_release_time=0.01,
            )
        except Exception:
            lines.cleanup()
            raise


class Lines:
    """Data/command and reset of an SPI display, on gpiozero, in the form that luma asks RPi.GPIO for.

    RPi.GPIO itself knows no board later than the Raspberry Pi 4.
    """

    LOW, HIGH, OUT = 0, 1, "out"

    def __init__(self) -> None:
        self._lines: dict[int, Any] = {}

    def setup(self, pin: int, _: str) -> None:
        from gpiozero import DigitalOutputDevice

        self._lines[pin] = DigitalOutputDevice(pin)

    def output(self, pin: int, level: int) -> None:
        self._lines[pin].value = level

    def cleanup(self, *_: Any) -> None:
        for line in self._lines.values():
            line.close()
        self._lines = {}
