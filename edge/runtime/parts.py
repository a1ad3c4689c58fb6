"""Several pieces of hardware as one driver: a keypad and its display, a printer and a touch panel."""

from edge.runtime.device import Driver, Effect, Emit
from wire.base import Fact


class Parts:
    """Every part is offered every effect, and passes over what is not its own; their health facts lie side by side.

    Parts are named, so that a test or a rehearsal can reach one: `parts["printer"]`.
    """

    def __init__(self, **parts: Driver) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> Driver:
        return self._parts[name]

    def start(self, emit: Emit) -> None:
        for part in self._parts.values():
            part.start(emit)

    def perform(self, effect: Effect) -> None:
        for part in self._parts.values():
            part.perform(effect)

    def health(self) -> dict[str, Fact]:
        return {name: fact for part in self._parts.values() for name, fact in part.health().items()}

    def stop(self) -> None:
        for part in reversed(self._parts.values()):
            part.stop()
