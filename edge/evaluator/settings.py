"""The `[device]` table of an evaluator: which key and which lamp is on which pin, and how long things take."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from edge.runtime.wiring import Pin, refuse_shared

Level: TypeAlias = Literal["5", "4", "3", "2", "1"]
"""5 非常满意 · 4 满意 · 3 基本满意 · 2 不满意 · 1 非常不满意; in text, because keys of TOML tables are."""

Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=600)]

KEYS: dict[Level, Pin] = {"5": 17, "4": 27, "3": 22, "2": 23, "1": 24}
LAMPS: dict[Level, Pin] = {"5": 5, "4": 6, "3": 13, "2": 19, "1": 26}


class EvaluatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str = "gpio"
    # Given, a table is the whole wiring, in place of the usual one. A key may be without a lamp.
    keys: Annotated[dict[Level, Pin], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=KEYS.copy)
    lamps: dict[Level, Pin] = msgspec.field(default_factory=LAMPS.copy)
    pull_up: bool = True  # keys close to ground; false: keys close to 3V3, and the pins are pulled down
    debounce_s: Annotated[float, msgspec.Meta(ge=0, le=0.2)] = 0.03
    stuck_s: Seconds = 10.0  # a key that is down this long is reported as stuck
    ask_s_max: Seconds = 120.0  # asks no longer than this, whatever the hub's `until` and the clock say
    thanks_s: Seconds = 3.0
    no_s: Seconds = 0.3  # the lamp's blink at a press that nobody asked for

    def __post_init__(self) -> None:
        """Raises ValueError naming both users of a pin, or the lamp that has no key."""
        refuse_shared({"keys": self.keys.items(), "lamps": self.lamps.items()})
        for level in self.lamps:
            if level not in self.keys:
                raise ValueError(f"lamps.{level} has no key: add keys.{level}, or leave the lamp out")
