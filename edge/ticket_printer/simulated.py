"""The driver "simulated": the same parts, each with a fake of its hardware behind it, and a page that nobody sees."""

from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase

from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from edge.runtime.device import Effect, Emit
from edge.runtime.finger import Finger
from edge.runtime.parts import Parts
from edge.ticket_printer.buttons_driver import ButtonsDriver
from edge.ticket_printer.events import PanelState, ServiceChosen, ShowPanel
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.machine import parts
from edge.ticket_printer.settings import Settings

# The letters of services leave out I and O (digits, to the eye) and V and Y (marks): the rest fits on one board.
_PINS = {letter: pin for pin, letter in enumerate((one for one in ascii_uppercase if one not in "IOVY"), start=2)}


class SimulatedMachine(Parts):
    """`press` is a citizen's tap, `printer` the machine's printer, `panel` what its page would show now.

    `on_panel`, if set, is called with every new `panel`, on the agent's thread.
    """

    def __init__(self, settings: Settings, state_dir: str) -> None:
        port = Path(state_dir) / "printer"
        self.printer = FakePrinter(port, settings.encoding, settings.dots, settings.baud)
        mock = MockFactory()
        fitted = replace(settings, port=str(port), buttons=settings.buttons or _PINS)
        buttons = ButtonsDriver(fitted, mock)
        super().__init__(**{**parts(replace(fitted, buttons={}), state_dir), "buttons": buttons})
        self.finger = Finger(buttons.pins, mock, 2 * settings.button_up_s)
        self.panel = PanelState()
        self.on_panel: Callable[[PanelState], None] | None = None
        self._emit: Emit = lambda _: None

    def press(self, letter: str) -> None:
        """Push the service's button and let go. Raises ValueError where the machine has no such button."""
        self.finger.press(letter)

    def choose(self, letter: str, *, more: tuple[str, ...] = (), priority: str = "") -> None:
        """What a page on the machine would say for a citizen who has more to do, or comes first."""
        self._emit(lambda at: ServiceChosen(at=at, letter=letter, more=more, priority=priority))

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self.printer.start()
        super().start(emit)

    def perform(self, effect: Effect) -> None:
        super().perform(effect)
        if isinstance(effect, ShowPanel):
            self.panel = effect.panel
            if self.on_panel is not None:
                self.on_panel(effect.panel)

    def stop(self) -> None:
        super().stop()
        self.printer.stop()
