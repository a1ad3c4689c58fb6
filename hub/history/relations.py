"""The relations that figures are taken from: what each row is, and its columns. Made of the event log alone.

Days are YYYY-MM-DD and minutes count from midnight, both in the hall's time zone; seconds are float; `*_ms`: since
1970, UTC. An empty text: none. A row has the moment that its name says, and is counted in that moment's hour.
"""

from typing import Literal, TypeAlias

import msgspec

from hub.domain import events as e

Relation: TypeAlias = Literal["tickets", "turns", "ratings", "stretches", "bookings"]


class TicketRow(msgspec.Struct, frozen=True, kw_only=True):
    """A number that was given, when it was taken. `service`: for which; `counter`, `clerk`: where it came to last."""

    day: str
    minute: int
    at_ms: int
    number: str
    service: str
    centre: str
    floor: str
    area: str
    line: str  # walk-in, appointment, priority
    counter: str
    clerk: str
    outcome: str  # open, ended, no_show, cancelled, unserved (the day ended), unprinted, replaced (by a machine's own)
    reason: str  # of a cancellation
    waited_s: float | None  # until it was called for the first time
    estimate_s: float | None  # what its citizen was told
    estimate_low_s: float | None
    estimate_high_s: float | None


class TurnRow(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket's time at a counter, when it was called there. What was undone (撤销) is no turn.

    `waited_s`: of who came out of a line; `walked_s`, `served_s`: where somebody pressed the start. `idle_s`: how long
    the counter was open with nobody at it, just before the call; None: it was not idle, such as when it was paused.
    """

    day: str
    minute: int
    at_ms: int
    number: str
    service: str
    centre: str
    floor: str
    area: str
    line: str
    counter: str
    clerk: str
    calls: int
    outcome: str  # open, ended, missed, transferred, parked, cancelled
    items: int  # items of business done
    waited_s: float | None
    walked_s: float | None
    served_s: float | None
    idle_s: float | None


class RatingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket whose citizen was asked for a rating, when it was asked. `level` None: not rated (未评价)."""

    day: str
    minute: int
    at_ms: int
    number: str
    service: str
    centre: str
    floor: str
    area: str
    line: str
    counter: str
    clerk: str
    level: int | None
    late: bool  # rated afterwards, by phone
    reasons: str  # codes, with commas


class StretchRow(msgspec.Struct, frozen=True, kw_only=True):
    """How long a counter was one thing within a quarter of an hour, which begins at `minute`; what was undone since
    counts as it was. `floor`, `area`: the counter's."""

    day: str
    minute: int
    at_ms: int
    floor: str
    area: str
    counter: str
    clerk: str
    state: str  # idle, called (the citizen walks), serving, paused
    seconds: float


class BookingRow(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment, when its slot begins."""

    day: str
    minute: int
    at_ms: int
    service: str
    centre: str
    floor: str
    area: str
    state: str  # waiting (for a place), booked, kept, missed, cancelled
    reason: str  # of a cancellation
    ahead_s: float  # from booking to the slot


ROWS: dict[Relation, type[msgspec.Struct]] = {
    "tickets": TicketRow,
    "turns": TurnRow,
    "ratings": RatingRow,
    "stretches": StretchRow,
    "bookings": BookingRow,
}


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a day that its rows could not be made of: one that does not fit the hall's file any more."""

    day: str
    version: int  # in its day's stream
    kind: str
    why: str


Notable: TypeAlias = e.SettingsChanged | e.ScreensChanged
"""What explains figures."""


class Aside(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a day has beside its rows: what they could not be made of, and what explains them; each in order."""

    unread: tuple[Unread, ...] = ()
    notable: tuple[
        Notable, ...
    ] = ()  # what people did; settings that the hub carried over from the day before are none
