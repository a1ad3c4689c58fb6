"""A chain of MAX7219 chips on SPI, through luma.led_matrix. The chip answers nothing: only the bus can be seen to fail.

Source: Maxim MAX7219/MAX7221 datasheet (19-4452), tables 2 to 10 for the registers.
"""

import math
from collections.abc import Callable
from typing import Any

import luma.core.error
from luma.core.interface.serial import noop, spi
from luma.led_matrix.const import max7219 as register
from luma.led_matrix.device import max7219

from edge.led_window import chain, pattern, picture, timeline
from edge.led_window.chain import BLOCK, Digits
from edge.led_window.frame_clock import ClockedDisplay, Report
from edge.led_window.scene import Brightness, Refresh, Show
from edge.led_window.settings import Settings
from edge.runtime.device import Effect
from wire.base import Fact

_FAILURES = (OSError, ImportError, luma.core.error.Error)
_EARLY_S = 0.001  # what changes at a moment must not, by a rounding error, change a frame later
_HINT = "查 SPI 是否打开、spidev 是否装好 / is SPI on (dtparam=spi=on), and spidev installed?"


class Max7219Window(ClockedDisplay):
    def __init__(self, settings: Settings) -> None:
        super().__init__(Panel(settings))


class Panel:
    """The chips and what they show. `bus`: what drives them; None: the kernel's SPI, through the package spidev."""

    def __init__(self, settings: Settings, bus: Any = None) -> None:
        self._settings, self._wiring, self._bus = settings, settings.wiring, bus
        self._report: Report = lambda _: None
        self._device: max7219 | None = None
        self._show, self._since = Show(), 0.0
        self._brightness = settings.contrast
        self._digits: Digits | None = None  # what the chips hold
        self._frames = self._set_ups = 0
        self._lacking = ""
        self.shown = ""  # the text whose turn it is

    def open(self, report: Report) -> None:
        self._report = report
        self._attempt(self._open)

    def take(self, effect: Effect, now: float) -> None:
        match effect:
            case Show():
                self._show, self._since = effect, now
                self._lacking = "".join(dict.fromkeys("".join(map(picture.lacking, effect.pages))))
            case Brightness(level):
                self._brightness = level
                self._attempt(self._brighten)
            case Refresh():
                self._attempt(self._open if self._device is None else self._set_up)

    def frame(self, now: float) -> float:
        if self._device is None:
            return math.inf
        digits, until_s = self._at(now - self._since + _EARLY_S)
        if digits != self._digits:
            self._attempt(lambda: self._write(digits))
        return max(self._since + until_s, now + 1 / self._settings.frames_s)

    def health(self) -> dict[str, Fact]:
        facts: dict[str, Fact] = {"frames": self._frames, "set_ups": self._set_ups}
        if self._lacking:
            codes = " ".join(f"{character} U+{ord(character):04X}" for character in self._lacking)
            facts["glyphs"] = f"字库缺字，显示为方框 shown as boxes: {codes}"
        return facts

    def close(self) -> None:
        if self._device is not None:
            try:
                self._device.cleanup()
            except _FAILURES:
                pass  # it is gone already
        self._device = self._digits = None

    def _at(self, elapsed_s: float) -> tuple[Digits, float]:
        if self._show.pattern:
            return pattern.frame(elapsed_s, self._wiring)
        moment = timeline.moment(self._show, elapsed_s, self._settings.motion, self._wiring.size)
        self.shown = moment.page.text
        return chain.digits(picture.draw(moment, self._wiring.size), self._wiring), moment.until_s

    def _attempt(self, step: Callable[[], None]) -> None:
        """Failures end here: the logic learns of them, and asks for the next attempt with a Refresh."""
        try:
            step()
            self._report("")
        except _FAILURES as failure:
            self.close()
            self._report(f"SPI {self._settings.spi_port}.{self._settings.spi_device}: {failure}; {_HINT}")

    def _open(self) -> None:
        """luma's constructor sets the chips up and clears them; to luma, the chain is one long row."""
        chosen = self._settings
        bus = spi(self._bus, noop(), chosen.spi_port, chosen.spi_device, chosen.spi_hz, gpio_DC=None, gpio_RST=None)
        blocks = chosen.width * chosen.height // BLOCK**2
        self._device = max7219(bus, cascaded=blocks, contrast=self._brightness)
        self._set_ups += 1

    def _set_up(self) -> None:
        """All that a chip loses when its supply dips; it is switched on last, so that no garbage is seen."""
        device = self._device
        assert device is not None
        for address, value in ((register.SCANLIMIT, 7), (register.DECODEMODE, 0), (register.DISPLAYTEST, 0)):
            device.data([address, value] * device.cascaded)
        self._brighten()
        if self._digits is not None:
            self._write(self._digits)
        device.show()
        self._set_ups += 1

    def _brighten(self) -> None:
        if self._device is not None:
            self._device.contrast(self._brightness)

    def _write(self, digits: Digits) -> None:
        """One chip-select frame for each digit; what is sent first travels furthest."""
        assert self._device is not None
        for address, values in enumerate(digits, register.DIGIT_0):
            self._device.data([byte for value in reversed(values) for byte in (address, value)])
        self._digits = digits
        self._frames += 1
