"""A caller without hardware: the drivers of a board on mock pins, models of the display chips, and a pty's keypad."""

from typing import Any

import msgspec
from gpiozero.pins.mock import MockFactory

from edge.caller.board import parts
from edge.caller.face import Display
from edge.caller.settings import CallerSettings
from edge.runtime.device import Effect, Emit
from edge.runtime.finger import Finger, Hand
from edge.runtime.parts import Parts


class SimulatedDriver(Parts):
    """`press` is a clerk's finger on whichever keypad there is; `display` is the text that the clerk sees.

    `pins`: the mock pins. `finger`: presses, holds and releases keys. `radio`: what is at the other end of the FF68
    keypad's line. `chip`: the model of the display's chip, whose LEDs or dots can be looked at.
    """

    def __init__(self, settings: CallerSettings) -> None:
        self._address = settings.ff68.address
        self._shown: Display | None = None
        self.finger: Hand | None = None
        self.radio, settings = _radio(settings)
        self.chip, oled_bus = _chip(settings)
        if settings.keypad == "matrix":
            from edge.caller.fake_matrix import FakeMatrix

            self.pins: Any = FakeMatrix(settings.matrix, 2 * settings.debounce_s)
            self.finger = self.pins
        else:
            self.pins = MockFactory()
        super().__init__(**parts(settings, pins=self.pins, spidev=self.chip, oled_bus=oled_bus))
        if settings.keypad == "gpio":
            panel: Any = self["panel"]
            self.finger = Finger(panel.pins, self.pins, 2 * settings.debounce_s)

    @property
    def display(self) -> str:
        return "" if self._shown is None else self._shown.text

    def press(self, *keys: str) -> None:
        """One after another, as fast as a finger may. Raises ValueError for a key that is not wired."""
        if self.finger is not None:
            self.finger.press(*keys)
        elif self.radio is not None:
            self.radio.keypad(self._address).press(keys[-1], "".join(keys[:-1]))

    def start(self, emit: Emit) -> None:
        if self.radio is not None:
            self.radio.start()
            self.radio.keypad(self._address)
        super().start(emit)

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Display):
            self._shown = effect
        super().perform(effect)

    def stop(self) -> None:
        super().stop()
        if self.radio is not None:
            self.radio.stop()


def _radio(settings: CallerSettings) -> tuple[Any, CallerSettings]:
    """The far side of a pty, and settings with its near side as the port."""
    if settings.keypad != "ff68":
        return None, settings
    from edge.protocols.fake_radio import FakeRadio

    radio = FakeRadio()
    wired = msgspec.structs.replace(settings.ff68, port=str(radio.port), flow="none")
    return radio, msgspec.structs.replace(settings, ff68=wired)


def _chip(settings: CallerSettings) -> tuple[Any, Any]:
    """The model of the display's chip, and for an OLED what makes luma's interface to it."""
    if settings.display == "digits":
        from edge.runtime.max7219_model import Chain

        return Chain(8, 8), None
    if settings.display == "none":
        return None, None
    from edge.caller.oled_model import OledChip

    chip = OledChip(settings.oled.chip, settings.oled.address)

    def bus() -> Any:
        from luma.core.interface.serial import i2c

        return i2c(bus=chip, address=settings.oled.address)

    return chip, bus
