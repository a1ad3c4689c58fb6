"""The driver "simulated": the same parts, each with a fake of its hardware behind it, and mock pins."""

from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase

from gpiozero.pins.mock import MockFactory
from msgspec.structs import replace

from edge.runtime.device import Effect, Emit
from edge.runtime.finger import Finger
from edge.runtime.parts import Parts
from edge.ticket_printer.buttons_driver import ButtonsDriver
from edge.ticket_printer.events import PanelState, ServiceChosen, ShowPanel, WithoutCard
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.fake_reader import FakeReader
from edge.ticket_printer.fake_scanner import FakeScanner
from edge.ticket_printer.machine import parts
from edge.ticket_printer.settings import Settings

# The letters of services leave out I and O (digits, to the eye) and V and Y (marks): the rest fits on one board.
_PINS = {letter: pin for pin, letter in enumerate((one for one in ascii_uppercase if one not in "IOVY"), start=2)}


class SimulatedMachine(Parts):
    """`press` is a citizen's tap, `printer` the machine's printer, `panel` what its page would show now.

    `reader` and `scanner` are there to put cards on and hold codes before where the settings name any port for them.
    `on_panel`, if set, is called with every new `panel`, on the agent's thread.
    """

    def __init__(self, settings: Settings, state_dir: str) -> None:
        place = Path(state_dir)
        self.printer = FakePrinter(place / "printer", settings.encoding, settings.dots, settings.baud)
        self.reader = FakeReader(place / "reader")
        self.scanner = FakeScanner(place / "scanner")
        mock = MockFactory()
        fitted = replace(
            settings,
            port=str(place / "printer"),
            reader=settings.reader and str(place / "reader"),
            scanner=settings.scanner and str(place / "scanner"),
            buttons=settings.buttons or _PINS,
        )
        buttons = ButtonsDriver(fitted, mock)
        super().__init__(**{**parts(replace(fitted, buttons={}), state_dir), "buttons": buttons})
        hardware = {"printer": fitted.printer, "reader": fitted.reader, "scanner": fitted.scanner}
        self._hardware = [getattr(self, name) for name, is_fitted in hardware.items() if is_fitted]
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

    def go_without_card(self) -> None:
        """What the page would say for a citizen who is asked for a card and has none."""
        self._emit(lambda at: WithoutCard(at=at))

    def start(self, emit: Emit) -> None:
        self._emit = emit
        for one in self._hardware:
            one.start()
        super().start(emit)

    def perform(self, effect: Effect) -> None:
        super().perform(effect)
        if isinstance(effect, ShowPanel):
            self.panel = effect.panel
            if self.on_panel is not None:
                self.on_panel(effect.panel)

    def stop(self) -> None:
        super().stop()
        for one in self._hardware:
            one.stop()
