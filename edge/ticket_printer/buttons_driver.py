"""The part "buttons": a service button on each of some GPIO pins."""

from typing import Any

from edge.runtime.device import Effect, Emit, Input
from edge.runtime.pins import Pins
from edge.ticket_printer.events import ButtonMoved
from edge.ticket_printer.settings import Settings
from wire.base import Fact


class ButtonsDriver:
    """`pin_factory`: None takes gpiozero's own for this board."""

    def __init__(self, settings: Settings, pin_factory: Any = None) -> None:
        self.pins = Pins(settings.buttons.items(), (), moved=_moved, factory=pin_factory)

    def start(self, emit: Emit) -> None:
        self.pins.start(emit)

    def perform(self, effect: Effect) -> None:
        """Service buttons have nothing to show."""

    def health(self) -> dict[str, Fact]:
        return {"button_error": self.pins.error} if self.pins.error else {}

    def stop(self) -> None:
        self.pins.stop()


def _moved(at: float, name: str, *, closed: bool, fresh: bool) -> Input:
    return ButtonMoved(at=at, letter=name, down=closed, fresh=fresh)
