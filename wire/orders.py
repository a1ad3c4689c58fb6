"""Orders: what a device is to do once, and soon; and what it says became of it. None is ever retained."""

from typing import Annotated, TypeAlias

import msgspec

from wire.base import Message, Moment
from wire.slip import Slip

LOG_BYTES = 48 * 1024  # of `Done.log` at the most, as it stands in the JSON


class Once(Message, frozen=True, kw_only=True):
    """What all orders have. Carried out once, however often it comes; later than `expires_s` it is refused."""

    id: str
    at: Moment
    expires_s: float = 30.0


class SelfTest(Once, frozen=True, kw_only=True, tag="self-test"):
    """Try out a part of the hardware, now."""

    test: str  # a name of the device's Presence


class Identify(Once, frozen=True, kw_only=True, tag="identify"):
    """Show where you are, on whatever the device has, beside what it shows anyway; 0 s ends it."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 15.0


class Restart(Once, frozen=True, kw_only=True, tag="restart"):
    """Start the agent anew, as soon as that disturbs nobody. Answered before it goes."""

    wait_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 60.0  # for such a moment; after that it is refused


class SendLog(Once, frozen=True, kw_only=True, tag="send-log"):
    """Say what the agent logged last, and what the board's journal has of it where the agent may read that."""

    lines: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 200


class PrintSlip(Once, frozen=True, kw_only=True, tag="print-slip"):
    """Print the slip of a ticket that was given elsewhere, at a desk. The ticket waits already: what became of the slip
    is told by `Done` alone, and changes nothing of it."""

    slip: Slip


Order: TypeAlias = SelfTest | Identify | Restart | SendLog | PrintSlip


class Done(Message, frozen=True, kw_only=True, tag="done"):
    """What became of an order. Not kept: who does not hear of it orders anew."""

    id: str
    to: str  # the order's id
    ok: bool
    text: str = ""  # for people: what was seen, or what to mend; in both languages
    picture: str = ""  # JPEG or PNG in base64, of what a screen shows
    log: str = ""  # lines, the newest last
    at: Moment
