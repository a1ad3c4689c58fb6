"""The `[device]` table of an evaluator: what it is made of, what is on which pin or port, and how long things take."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from edge.runtime.wiring import Pin, refuse_shared

Level: TypeAlias = Literal["5", "4", "3", "2", "1"]
"""5 非常满意 · 4 满意 · 3 基本满意 · 2 不满意 · 1 非常不满意; in text, because keys of TOML tables are."""

Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=600)]
Address: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=255)]

KEYS: dict[Level, Pin] = {"5": 17, "4": 27, "3": 22, "2": 23, "1": 24}
LAMPS: dict[Level, Pin] = {"5": 5, "4": 6, "3": 13, "2": 19, "1": 26}


class Ff68Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wired 4-key evaluator of the market, alone on its serial port."""

    port: str = "/dev/ttyUSB0"  # better a stable name of /dev/serial/by-id/
    baud: Annotated[int, msgspec.Meta(ge=300, le=115200)] = 9600
    address: Address = 1  # set on the device; frames of any other are counted and dropped
    stars: Annotated[int, msgspec.Meta(ge=0, le=5)] = 5  # that are lit while nothing is asked
    retry_s: Seconds = 0.5  # a frame that was not echoed is sent again after this
    retries_max: Annotated[int, msgspec.Meta(ge=0, le=20)] = 3
    poll_s: Seconds = 20.0  # how often it is asked whether it is there
    repeat_s: Seconds = 1.0  # the same frame again within this is one press: it missed our acknowledgement
    frames_per_s_max: Annotated[float, msgspec.Meta(ge=1, le=100)] = 5.0  # what comes faster is no finger

    def __post_init__(self) -> None:
        if not self.port.startswith("/"):
            raise ValueError(f"ff68.port = {self.port!r}: set the path of a serial port, such as /dev/ttyUSB0")


class PageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The touch page, at http://127.0.0.1:PORT/ on this board alone."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8068  # 0: any that is free
    reasons: bool = True  # after the press, ask why
    reasons_s: Seconds = 15.0  # so long after the last touch the reasons go by themselves


class EvaluatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`driver`: what is pressed. A table `page` adds a touch page to keys of either kind; driver "page" is it alone."""

    driver: str = "gpio"
    # Given, a table is the whole wiring, in place of the usual one. A key may be without a lamp.
    keys: Annotated[dict[Level, Pin], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=KEYS.copy)
    lamps: dict[Level, Pin] = msgspec.field(default_factory=LAMPS.copy)
    pull_up: bool = True  # keys close to ground; false: keys close to 3V3, and the pins are pulled down
    debounce_s: Annotated[float, msgspec.Meta(ge=0, le=0.2)] = 0.03
    stuck_s: Seconds = 10.0  # a key that is down this long is reported as stuck
    ff68: Ff68Settings = Ff68Settings()
    page: PageSettings | None = None
    ask_s_max: Seconds = 120.0  # asks no longer than this, whatever the hub's `until` and the clock say
    thanks_s: Seconds = 3.0
    no_s: Seconds = 0.3  # the lamp's blink at a press that nobody asked for
    hold_s: Annotated[float, msgspec.Meta(gt=0, le=86400)] = 600.0  # without the hub: then nobody is named any more

    def __post_init__(self) -> None:
        """Raises ValueError naming both users of a pin, or the lamp that has no key."""
        refuse_shared({"keys": self.keys.items(), "lamps": self.lamps.items()})
        for level in self.lamps:
            if level not in self.keys:
                raise ValueError(f"lamps.{level} has no key: add keys.{level}, or leave the lamp out")

    @property
    def touch_page(self) -> PageSettings | None:
        return self.page or (PageSettings() if self.driver == "page" else None)

    @property
    def reasons_s(self) -> float:
        """How long after the last touch the reasons go by themselves; 0: nobody is asked for any."""
        page = self.touch_page
        return page.reasons_s if page is not None and page.reasons else 0.0

    @property
    def has_face(self) -> bool:
        """Whether it shows more than lamps."""
        return self.driver == "ff68" or self.touch_page is not None

    @property
    def has_keys(self) -> bool:
        """Of its own, with lamps, on GPIO."""
        return self.driver not in ("page", "ff68")
