"""“Here I am”: what an Identify has a device show for a while, in two halves that take turns. Pure."""

import msgspec

from edge.runtime.elapsed import is_over
from wire.orders import Identify

ZH, EN = "这里", "HERE"
HALF_S = 1.0


class Here(msgspec.Struct, frozen=True):
    """`half`: 0, 1, 2 …; in even ones it says where it is, in odd ones it looks as ever."""

    since: float
    lasts_s: float
    half: int = 0

    @property
    def is_lit(self) -> bool:
        return self.half % 2 == 0

    @property
    def wake_at(self) -> float:
        return min(self.since + (self.half + 1) * HALF_S, self.since + self.lasts_s)


def begun(order: Identify, at: float) -> Here | None:
    """None: it is to end."""
    return Here(at, order.seconds) if order.seconds > 0 else None


def still(here: Here | None, at: float) -> Here | None:
    """As long as it lasts, in the half whose turn it is."""
    if here is None or is_over(here.since, here.lasts_s, at):
        return None
    return msgspec.structs.replace(here, half=max(0, int((at - here.since) / HALF_S + 1e-6)))
