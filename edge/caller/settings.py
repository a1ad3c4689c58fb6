"""The `[device]` table of a caller: which key is on which pin, and how long things take."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from edge.runtime.wiring import Pin, refuse_shared

Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=60)]

Key: TypeAlias = Literal[
    "call-next", "call", "recall", "serve", "end", "serve-end", "no-show", "park", "return", "transfer",
    "pause", "resume", "pause-resume", "sign-on", "sign-off", "undo", "ok", "clear",
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    "A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "Q", "R", "S", "T", "U", "W", "X", "Z",
]  # fmt: skip
"""A verb of the wire; two verbs on one key (`serve-end`, `pause-resume`); or a key for entering a number."""

Signal: TypeAlias = Literal["link", "attention", "click"]
"""`link`: lamp, lit while the hub listens. `attention`: lamp, lit for wait, blinking for a refusal. `click`: buzzer."""

KEYS: dict[Key, Pin] = {
    "call-next": 4, "recall": 5, "serve": 6, "end": 7, "no-show": 8, "pause": 9, "resume": 10, "sign-on": 11,
    "sign-off": 12, "ok": 13, "clear": 14,
    "0": 15, "1": 16, "2": 17, "3": 18, "4": 19, "5": 20, "6": 21, "7": 22, "8": 23, "9": 24,
}  # fmt: skip
"""The usual wiring. GPIO 2 and 3 stay free for a display on I²C."""

SIGNALS: dict[Signal, Pin] = {"link": 25, "attention": 26, "click": 27}


class CallerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str = "gpio"
    # Given, a table is the whole wiring, in place of the usual one.
    keys: Annotated[dict[Key, Pin], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=KEYS.copy)
    signals: dict[Signal, Pin] = msgspec.field(default_factory=SIGNALS.copy)
    pull_up: bool = True  # keys close to ground; false: keys close to 3V3, and the pins are pulled down
    debounce_s: Annotated[float, msgspec.Meta(ge=0, le=0.2)] = 0.03
    stuck_s: Seconds = 10.0  # a key that is down this long is reported as stuck
    resend_s: Seconds = 2.0  # an action without an answer is sent again, with the same id
    expires_s: Seconds = 10.0  # after this an action is given up, here and at the hub
    notice_s: Seconds = 3.0  # how long a refusal stays on the display
    entry_s: Seconds = 10.0  # digits without a verb are forgotten

    def __post_init__(self) -> None:
        """Raises ValueError naming both users of a pin."""
        refuse_shared({"keys": self.keys.items(), "signals": self.signals.items()})
