"""What an evaluator's hardware tells its logic, and what the logic has it show."""

from typing import Literal, TypeAlias

import msgspec

from edge.protocols.ff68 import Frame
from edge.runtime.device import Input
from wire.messages import CounterPhase

Test: TypeAlias = Literal["lamps", "screen"]
Step: TypeAlias = Literal["idle", "ask", "reasons", "thanks", "unasked", "test", "pairing"]

# In.


class KeyDown(Input, frozen=True, kw_only=True):
    """An edge of a contact, bounces and all. `fresh` is false for a key found down when the driver started."""

    level: int
    fresh: bool = True


class KeyUp(Input, frozen=True, kw_only=True):
    level: int


class Chosen(Input, frozen=True, kw_only=True):
    """A face on the page, which showed that ask."""

    ask: str
    level: int


class Ticked(Input, frozen=True, kw_only=True):
    """A reason, on the page, for the rating that answered `ask`."""

    ask: str
    code: str
    on: bool


class Finished(Input, frozen=True, kw_only=True):
    """The citizen is done with the reasons for the rating that answered `ask`."""

    ask: str


class Heard(Input, frozen=True, kw_only=True):
    """A whole frame came from a wired evaluator of the market."""

    frame: Frame


class PortChanged(Input, frozen=True, kw_only=True):
    """Its serial port opened, or went away."""

    is_open: bool


class Sized(Input, frozen=True, kw_only=True):
    """The page shows the test pattern; its own size in CSS pixels."""

    width: int
    height: int


class Examined(Input, frozen=True, kw_only=True):
    """Answers an Examine. `trouble`: what is wrong with that part, for a technician, in both languages; or nothing."""

    test: Test
    trouble: str = ""


# Out.


class Lamps(msgspec.Struct, frozen=True):
    """Which levels' lamps are lit and which blink from now on; all others are dark."""

    lit: tuple[int, ...] = ()
    blinking: tuple[int, ...] = ()


class Reason(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """All that a page shows, or an evaluator of the market.

    `left_s`: whole seconds until the step ends by itself. `again`: the press could not be kept. `stars`: of 5, while
    they are tested.
    """

    step: Step
    phase: CounterPhase | Literal[""] = ""  # empty: the hub has said nothing, or not for a long time
    counter_name: str = ""
    clerk: str = ""
    clerk_name: str = ""
    online: bool = False
    ask: str = ""
    number: str = ""
    left_s: int = 0
    again: bool = False
    level: int = 0
    reasons: tuple[Reason, ...] = ()
    ticked: tuple[str, ...] = ()
    stars: int | None = None
    here: bool = False  # the hub asks where it is
    code: str = ""  # for pairing


class Transmit(msgspec.Struct, frozen=True):
    """Send a frame to it. Urgent: an answer that it waits for, ahead of what is merely to be shown."""

    frame: Frame
    urgent: bool = False


class Examine(msgspec.Struct, frozen=True):
    """Is the part of the hardware that this test is about in order? Asked before the show and after it."""

    test: Test
