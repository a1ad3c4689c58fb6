"""The driver "simulated": the serial driver itself, with a fake printer behind a pty and mock pins for buttons."""

from pathlib import Path
from string import ascii_uppercase

from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from edge.runtime.device import Emit
from edge.runtime.finger import Finger
from edge.ticket_printer.events import ServiceChosen
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.serial_driver import SerialDriver
from edge.ticket_printer.settings import Settings

# The letters of services leave out I and O (digits, to the eye) and V and Y (marks): the rest fits on one board.
_PINS = {letter: pin for pin, letter in enumerate((one for one in ascii_uppercase if one not in "IOVY"), start=2)}


class SimulatedDriver(SerialDriver):
    """`press` is a citizen's tap, `printer` the machine's printer, `text` what the machine last said to a citizen."""

    def __init__(self, settings: Settings, state_dir: str) -> None:
        port = Path(state_dir) / "printer"
        self.printer = FakePrinter(port, settings.encoding, settings.dots, settings.baud)
        mock = MockFactory()
        buttons = settings.buttons or _PINS
        super().__init__(replace(settings, port=str(port), buttons=buttons), state_dir, mock)
        assert self._buttons is not None
        self.finger = Finger(self._buttons, mock, 2 * settings.button_up_s)

    def press(self, letter: str) -> None:
        """Push the service's button and let go. Raises ValueError where the machine has no such button."""
        self.finger.press(letter)

    def choose(self, letter: str, *, more: tuple[str, ...] = (), priority: str = "") -> None:
        """What a page on the machine would say for a citizen who has more to do, or comes first."""
        self._emit(lambda at: ServiceChosen(at=at, letter=letter, more=more, priority=priority))

    def start(self, emit: Emit) -> None:
        self.printer.start()
        super().start(emit)

    def stop(self) -> None:
        super().stop()
        self.printer.stop()
