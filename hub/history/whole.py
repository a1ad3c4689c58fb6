"""A day of the log made at once, from its first event to its last: as reading makes it one event after another."""

from collections.abc import Iterable

import msgspec

from halls.format import Hall
from hub.history.days import DayHistory
from hub.history.relations import Unread
from hub.storage.event_log import Recorded


class Wanted(msgspec.Struct, frozen=True):
    """A day that is to be made, and how many events it has, about."""

    hall: str
    day: str
    events: int


class Made(msgspec.Struct, frozen=True):
    """A day whose files are written. `unread`: what is not in them."""

    hall: str
    day: str
    events: int
    unread: tuple[Unread, ...] = ()


def folded(hall: Hall, day: str, recorded: Iterable[Recorded]) -> DayHistory:
    whole = DayHistory(hall, day)
    for one in recorded:
        whole.take(one)
    return whole
