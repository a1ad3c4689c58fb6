"""The evaluator's keys and lamps on GPIO."""

from collections.abc import Mapping

from gpiozero import LED
from gpiozero.pins import Factory

from edge.evaluator.events import Examine, Examined, KeyDown, KeyUp, Lamps
from edge.evaluator.fitted import with_page
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Driver, Effect, Emit, Input
from edge.runtime.pins import Pins
from wire.base import Fact

_BLINK_S = 0.25


def fitted(settings: EvaluatorSettings) -> Driver:
    return with_page(GpioDriver(settings), settings)


class GpioDriver:
    """`pin_factory`: None takes gpiozero's own for this board. `lamps` is what the citizen should see now.

    Every lamp stands alone: one whose pin cannot be used darkens no other, and no key.
    """

    def __init__(self, settings: EvaluatorSettings, pin_factory: Factory | None = None) -> None:
        self.lamps = Lamps()
        self._emit: Emit = lambda _: None
        self._keys = Pins(settings.keys.items(), (), moved=_moved, pull_up=settings.pull_up, factory=pin_factory)
        self._lamps = {
            level: Pins((), ((level, pin),), moved=_moved, light=self._light, factory=pin_factory)
            for level, pin in settings.lamps.items()
        }

    def start(self, emit: Emit) -> None:
        self._emit = emit
        for pins in (*self._lamps.values(), self._keys):
            pins.start(emit)

    def perform(self, effect: Effect) -> None:
        match effect:
            case Lamps():
                self.lamps = effect
                for lamp in self._lamps.values():
                    lamp.light()
            case Examine(test="lamps"):
                trouble = f"指示灯不可用 Lamps cannot be used: {self._dead}" if self._dead else ""
                self._emit(lambda at: Examined(at=at, test="lamps", trouble=trouble))

    def health(self) -> dict[str, Fact]:
        """`pins`: of the keys."""
        return {"pins": self._keys.error or "ok", "lamps": self._dead or "ok"}

    def stop(self) -> None:
        for pins in (self._keys, *self._lamps.values()):
            pins.stop()

    @property
    def _dead(self) -> str:
        return "; ".join(f"{level}: {lamp.error}" for level, lamp in self._lamps.items() if lamp.error)

    def _light(self, leds: Mapping[str, LED]) -> None:
        for level, led in leds.items():
            if int(level) in self.lamps.blinking:
                led.blink(_BLINK_S, _BLINK_S)
            else:
                led.value = int(level) in self.lamps.lit


def _moved(at: float, name: str, *, closed: bool, fresh: bool) -> Input:
    return KeyDown(at=at, level=int(name), fresh=fresh) if closed else KeyUp(at=at, level=int(name))
