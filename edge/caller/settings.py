"""The `[device]` table of a caller: which keypad and display it has, and how long things take."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec

from edge.caller.wiring import KEYS, SIGNALS, Digits, Key, Matrix, Oled, Seconds, Signal, Wired
from edge.runtime.wiring import Pin, refuse_shared

Digit: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[1-9]$")]
Reasons: TypeAlias = dict[Digit, Annotated[str, msgspec.Meta(min_length=1, max_length=12)]]


class CallerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str = "gpio"
    keypad: Literal["gpio", "matrix", "ff68", "none"] = "gpio"
    display: Literal["none", "digits", "oled"] = "none"
    # Given, a table is the whole wiring, in place of the usual one.
    keys: Annotated[dict[Key, Pin], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=KEYS.copy)
    signals: dict[Signal, Pin] | None = None  # None: the usual ones, where keys are on pins; else none
    pull_up: bool = True  # keys close to ground; false: keys close to 3V3, and the pins are pulled down
    matrix: Matrix = Matrix()
    ff68: Wired = Wired()
    digits: Digits = Digits()
    oled: Oled = Oled()
    debounce_s: Annotated[float, msgspec.Meta(ge=0, le=0.2)] = 0.03
    double_s: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.4  # an action's key again within this is the same press
    stuck_s: Seconds = 10.0  # a key that is down this long is reported as stuck
    resend_s: Seconds = 2.0  # an action without an answer is sent again, with the same id
    expires_s: Annotated[float, msgspec.Meta(gt=0, le=10)] = 10.0  # after this an action is given up, here and there
    notice_s: Seconds = 3.0  # how long a refusal stays on the display
    entry_s: Seconds = 10.0  # digits without a verb are forgotten
    call_reasons: Reasons = {}  # asked for after 指呼: digit → words
    pause_reasons: Reasons = {}  # asked for after 暂停

    def __post_init__(self) -> None:
        """Raises ValueError naming both users of a pin, or what is missing."""
        refuse_shared(self._pins())
        if self.keypad == "none" and self.display == "none":
            raise ValueError("neither a keypad nor a display: set keypad or display")

    @property
    def signal_pins(self) -> dict[Signal, Pin]:
        if self.signals is not None:
            return self.signals
        return SIGNALS if self.keypad in ("gpio", "matrix") else {}

    @property
    def wired_keys(self) -> tuple[Key, ...]:
        """The keys that are there; none are known of a keypad that only says what was wanted."""
        match self.keypad:
            case "gpio":
                return tuple(self.keys)
            case "matrix":
                return tuple(name for row in self.matrix.keys for name in row if name)
        return ()

    def _pins(self) -> Mapping[str, Iterable[tuple[str, int]]]:
        pins: dict[str, Iterable[tuple[str, int]]] = {}
        if self.keypad == "gpio":
            pins["keys"] = self.keys.items()
        elif self.keypad == "matrix":
            pins["matrix"] = self.matrix.pins()
        pins["signals"] = self.signal_pins.items()
        if self.display == "digits":
            pins["digits"] = self.digits.pins()
        elif self.display == "oled":
            pins["oled"] = self.oled.pins()
        return pins
