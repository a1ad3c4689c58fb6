"""Keys that have a pin each, and the lamps and the buzzer of every caller that has them."""

from collections.abc import Mapping

from gpiozero import LED
from gpiozero.pins import Factory

from edge.caller.events import Beep, Click, KeyDown, KeyUp, PartChanged
from edge.caller.face import Display
from edge.caller.settings import CallerSettings
from edge.runtime.device import Effect, Emit, Input
from edge.runtime.pins import Pins
from wire.base import Fact

_CLICK_S = 0.02
_BEEP_S, _BEEPS = 0.08, 3
_BLINK_S, _TEST_S = 0.15, 0.5


class GpioPanel:
    """`pin_factory`: None takes gpiozero's own for this board. Keys only where the settings say that they are here."""

    def __init__(self, settings: CallerSettings, pin_factory: Factory | None = None) -> None:
        self._shown: Display | None = None
        self._emit: Emit = lambda _: None
        self.pins = Pins(
            settings.keys.items() if settings.keypad == "gpio" else (),
            settings.signal_pins.items(),
            moved=_moved,
            light=self._light,
            told=self._told,
            pull_up=settings.pull_up,
            factory=pin_factory,
        )

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self.pins.start(emit)

    def perform(self, effect: Effect) -> None:
        match effect:
            case Display():
                self._shown = effect
                self.pins.light()
            case Click():
                self.pins.use(_click)
            case Beep():
                self.pins.use(_beep)

    def health(self) -> dict[str, Fact]:
        return {"pins": self.pins.error or "ok"}

    def stop(self) -> None:
        self.pins.stop()

    def _told(self, error: str) -> None:
        self._emit(lambda at: PartChanged(at=at, part="pins", trouble=error))

    def _light(self, lamps: Mapping[str, LED]) -> None:
        """A lamp never flashes for two things at once: a test is left at once for what really happens."""
        shown = self._shown
        for name in ("link", "attention"):
            if name not in lamps:
                continue
            if shown is not None and (shown.mode == "here" or (shown.mode == "test" and shown.test == "lamps")):
                lamps[name].blink(_TEST_S, _TEST_S)
            elif name == "link":
                lamps[name].value = shown is not None and shown.online
            elif shown is not None and shown.mode == "refused":
                lamps[name].blink(_BLINK_S, _BLINK_S)
            else:
                lamps[name].value = shown is not None and shown.mode == "wait"


def _moved(at: float, name: str, *, closed: bool, fresh: bool) -> Input:
    return KeyDown(at=at, key=name, fresh=fresh) if closed else KeyUp(at=at, key=name)


def _click(signals: Mapping[str, LED]) -> None:
    if "click" in signals:
        signals["click"].blink(_CLICK_S, 0, n=1)


def _beep(signals: Mapping[str, LED]) -> None:
    if "click" in signals:
        signals["click"].blink(_BEEP_S, _BEEP_S, n=_BEEPS)
