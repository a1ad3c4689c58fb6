"""The driver "simulated": the serial driver itself, with a fake printer behind a pty and mock pins for buttons."""

from pathlib import Path
from string import ascii_uppercase
from typing import Any

from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from edge.runtime.device import Emit
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.serial_driver import SerialDriver
from edge.ticket_printer.settings import Settings

# The letters of services leave out I and O (digits, to the eye) and V and Y (marks): the rest fits on one board.
_PINS = {letter: pin for pin, letter in enumerate((one for one in ascii_uppercase if one not in "IOVY"), start=2)}


class SimulatedDriver(SerialDriver):
    """`press` is a citizen's tap, `printer` the machine's printer, `text` what the machine last said to a citizen."""

    def __init__(self, settings: Settings) -> None:
        port = Path(settings.state_dir) / "printer"
        self.printer = FakePrinter(port, settings.encoding, settings.dots, settings.baud)
        self._pins = settings.buttons or _PINS
        self._mock_pins: Any = MockFactory()
        super().__init__(replace(settings, port=str(port), buttons=self._pins), self._mock_pins)

    def press(self, letter: str) -> None:
        """Push the service's button and let go. Raises KeyError where the machine has no such button."""
        pin = self._mock_pins.pin(self._pins[letter])
        pin.drive_low()
        pin.drive_high()

    def start(self, emit: Emit) -> None:
        self.printer.start()
        super().start(emit)

    def stop(self) -> None:
        super().stop()
        self.printer.stop()
