"""The caller's keys and lamps on GPIO."""

from collections.abc import Mapping

from gpiozero import LED
from gpiozero.pins import Factory

from edge.caller.logic import Click, Display, KeyDown, KeyUp
from edge.caller.settings import CallerSettings
from edge.runtime.device import Effect, Emit, Input
from edge.runtime.pins import Pins
from wire.messages import Fact

_CLICK_S = 0.02
_BLINK_S = 0.15


class GpioDriver:
    """`pin_factory`: None takes gpiozero's own for this board. `display` is the text that a clerk should see now."""

    def __init__(self, settings: CallerSettings, pin_factory: Factory | None = None) -> None:
        self._shown = Display("", "plain", False)
        self._pins = Pins(
            settings.keys.items(),
            settings.signals.items(),
            moved=_moved,
            light=self._light,
            pull_up=settings.pull_up,
            factory=pin_factory,
        )

    @property
    def display(self) -> str:
        return self._shown.text

    def start(self, emit: Emit) -> None:
        self._pins.start(emit)

    def perform(self, effect: Effect) -> None:
        match effect:
            case Display():
                self._shown = effect
                self._pins.light()
            case Click():
                self._pins.use(_click)

    def health(self) -> dict[str, Fact]:
        return {"pins": self._pins.error or "ok"}

    def stop(self) -> None:
        self._pins.stop()

    def _light(self, lamps: Mapping[str, LED]) -> None:
        if "link" in lamps:
            lamps["link"].value = self._shown.online
        if "attention" not in lamps:
            return
        if self._shown.tone == "refused":
            lamps["attention"].blink(_BLINK_S, _BLINK_S)
        else:
            lamps["attention"].value = self._shown.tone == "wait"


def _moved(at: float, name: str, *, closed: bool, fresh: bool) -> Input:
    return KeyDown(at=at, key=name, fresh=fresh) if closed else KeyUp(at=at, key=name)


def _click(signals: Mapping[str, LED]) -> None:
    if "click" in signals:
        signals["click"].blink(_CLICK_S, 0, n=1)
