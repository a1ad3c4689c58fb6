"""A caller's hardware put together as its settings say; only what is fitted is imported."""

from collections.abc import Callable
from typing import Any

from edge.caller.settings import CallerSettings
from edge.runtime.device import Driver
from edge.runtime.parts import Parts

_SPI_HINT = "查 SPI 是否打开、spidev 是否装好 / is SPI on (dtparam=spi=on), and spidev installed?"
_I2C_HINT = "查 I2C 是否打开、接线和地址 / is I²C on (dtparam=i2c_arm=on); wiring and address right?"


def board(settings: CallerSettings) -> Parts:
    """The driver of a real board."""
    return Parts(**parts(settings))


def parts(
    settings: CallerSettings, *, pins: Any = None, spidev: Any = None, oled_bus: Callable[[], Any] | None = None
) -> dict[str, Driver]:
    """`pins`: a factory of gpiozero; `spidev`, `oled_bus`: stand in for the board's own."""
    made: dict[str, Driver] = {}
    if settings.keypad == "gpio" or settings.signal_pins:
        from edge.caller.gpio import GpioPanel

        made["panel"] = GpioPanel(settings, pins)
    if settings.keypad == "matrix":
        from edge.caller.matrix import MatrixKeypad

        made["matrix"] = MatrixKeypad(settings.matrix, pins)
    if settings.keypad == "ff68":
        from edge.caller.wired import WiredKeypad

        made["keypad"] = WiredKeypad(settings.ff68)
    if settings.display != "none":
        made["screen"] = _screen(settings, spidev, oled_bus)
    return made


def _screen(settings: CallerSettings, spidev: Any, oled_bus: Callable[[], Any] | None) -> Driver:
    """The libraries of a display are loaded on its own thread: a board that lacks one says so in its health."""
    from edge.caller.screen import Screen

    if settings.display == "digits":

        def digits() -> Any:
            from edge.caller.digits import DigitsPanel

            return DigitsPanel(settings.digits, spidev)

        return Screen(digits, settings.digits.refresh_s, _SPI_HINT)

    def oled() -> Any:
        from edge.caller.oled import OledPanel

        return OledPanel(settings.oled, oled_bus)

    return Screen(oled, settings.oled.refresh_s, _I2C_HINT if settings.oled.bus == "i2c" else _SPI_HINT)
