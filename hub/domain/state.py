"""A hall's day as it stands after the events so far. Frozen: the next state shares what did not change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from typing import Any, Literal, TypeAlias

import msgspec
from immutables import Map

from halls.format import Counter, Hall
from hub.domain.numbering import Mark

Phase: TypeAlias = Literal["reserved", "waiting", "called", "serving", "parked", "ended", "no_show", "cancelled"]
AppointmentPhase: TypeAlias = Literal["waiting", "booked", "kept", "missed", "cancelled"]
OPEN: tuple[Phase, ...] = ("reserved", "waiting", "called", "serving", "parked")
MARKS: tuple[Mark, ...] = ("V", "Y", "")
"""Each service has a line for priority tickets, one for appointments, and one for the others."""
LINES: dict[Mark, str] = {"V": "priority", "Y": "appointment", "": "walk-in"}
"""What figures call them."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    service: str  # what it waits for, or is served for, now
    phase: Phase
    taken_at: datetime
    place_at: datetime  # by this it queues: when it was taken, its slot's start, or where it was put
    by: str = ""  # who took it: for one with a slip to come, the machine
    confirmed: bool = False  # the printer said that the slip came out
    more: tuple[str, ...] = ()  # further services on this visit
    priority: str = ""  # id of a priority class
    slot_at: datetime | None = None  # of its appointment
    appointment: str = ""  # its code
    person: str = ""  # pseudonym
    period: str = ""  # whose cap it counts against: when that part of the day opened
    only_at: str = ""  # transferred to this counter
    reinstated: int = 0
    back_at: datetime | None = None  # when it came back into the queue: sent on from a counter, or reinstated
    counter: str = ""
    clerk: str = ""
    calls: int = 0
    called_at: datetime | None = None  # the latest call
    serving_at: datetime | None = None
    ended_at: datetime | None = None
    voice: bool = False  # its calls are spoken, whatever its area does: for who cannot see the screens
    why: str = ""
    because: dict[str, str] = {}
    passed: tuple[str, ...] = ()  # who came earlier when it was called
    level: int = 0  # rating 1-5; 0: none

    @property
    def mark(self) -> Mark:
        """Which of its service's lines it stands in."""
        return "V" if self.priority else "Y" if self.slot_at else ""

    @property
    def line(self) -> str:
        return self.mark + self.service

    @property
    def items(self) -> tuple[str, ...]:
        """All that is still to be done on this visit."""
        return self.service, *self.more

    @property
    def place(self) -> tuple[datetime, int, str]:
        """A999 stands before A1000."""
        return self.place_at, len(self.number), self.number

    @property
    def waits_since(self) -> datetime:
        """Of its present wait: who was served before, and sent on, keeps the place but did not wait meanwhile."""
        return self.place_at if self.back_at is None else max(self.place_at, self.back_at)

    def is_early(self, at: datetime) -> bool:
        """Booked for later, and not called yet: it waits for its slot."""
        return self.slot_at is not None and at < self.slot_at <= self.place_at


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a slot. `person`: pseudonym of who will come; `principal`: of whom it is for, empty: themselves.

    "waiting": for a place in a full slot. `number`: the ticket that it became. `reason`: why it was cancelled.
    `instead_of`: DAY/CODE of the one that was given up for it. `client`: the platform's program that booked it.
    """

    code: str
    service: str
    slot_at: datetime
    minutes: int
    phase: AppointmentPhase
    person: str
    principal: str = ""
    via: str = "phone"
    client: str = ""
    made_at: datetime
    changed_at: datetime
    number: str = ""
    reason: str = ""
    instead_of: str = ""

    @property
    def whose(self) -> str:
        """For whom it is: who has one at a time for a service and day."""
        return self.principal or self.person

    @property
    def is_open(self) -> bool:
        return self.phase in ("waiting", "booked")

    @property
    def place(self) -> str:
        """Its slot and service, under which its day keeps it."""
        return place_of(self.service, self.slot_at)


def place_of(service: str, slot_at: datetime) -> str:
    return f"{service}@{slot_at.astimezone(UTC):%H:%M}"


class CounterState(msgspec.Struct, frozen=True, kw_only=True):
    """`clerk` empty: closed. `number`: its active ticket (called or serving), or empty.

    `turns`: calls of priority, appointment and ordinary tickets in its present round.
    """

    clerk: str = ""
    paused: bool = False
    number: str = ""
    turns: tuple[int, int, int] = (0, 0, 0)
    opened_at: datetime | None = None
    paused_at: datetime | None = None
    paused_why: str = ""  # what the clerk said; empty: nothing
    free_at: datetime | None = None  # since when nobody is at it
    open_s: float = 0.0  # before `opened_at`
    served: int = 0
    work_s: float = 0.0  # from start of service (or the call) to its end, of the tickets served


class OpenAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen was asked for a rating. `withdrawn`: the end that it followed was undone."""

    id: str
    number: str
    service: str
    counter: str
    clerk: str
    asked_at: datetime
    until: datetime
    phase: Literal["asked", "rated", "lapsed", "withdrawn"] = "asked"
    rating: str = ""  # the command that rated
    explained: frozenset[str] = frozenset()  # commands whose ratings have reasons: at most one of them rated


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is spoken in an area."""

    number: str
    counter: str
    begins_at: datetime
    ends_at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the latest citizen in a line was told, seconds: `ahead` people, the likeliest wait, and its range."""

    at: datetime
    ahead: int
    likely_s: float
    low_s: float
    high_s: float


class LastAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did at a counter, so that it can be undone: as things stood before, and the tickets after it."""

    command: str
    what: str  # kind of its last event
    at: datetime
    counter: CounterState
    asked: str  # the ask that its evaluators showed
    calls: tuple[str, ...]
    parked: tuple[str, ...]
    asks: tuple[str, ...] = ()  # asks that it made
    ended: str = ""  # the ticket whose service it ended,
    durations: tuple[tuple[str, float], ...] = ()  # and of that service, as they were
    before: tuple[Ticket, ...] = ()
    after: tuple[Ticket, ...] = ()


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A wireless handheld's latest words, and the repeaters (devices) that passed them on.

    `said_at`: when, by the clock of the first of them.
    """

    said: str
    at: datetime
    repeaters: frozenset[str]
    said_at: datetime | None = None


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """The repeater (a position) that speaks to a handheld, since when, and when others were left as they lost it."""

    repeater: str
    at: datetime
    left: dict[str, datetime] = {}


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: how many events made it. `day`: YYYY-MM-DD in the hall's time zone.

    `hall`: with the settings in force; `base`: as its file has it; `settings`: path → value, what differs.
    """

    hall: Hall
    base: Hall
    day: str
    version: int = 0
    at: datetime | None = None  # of the latest event that was no refusal
    settings: dict[str, Any] = {}
    tickets: Map[str, Ticket] = Map()
    lines: Map[str, tuple[str, ...]] = Map()  # mark + service → numbers, by place
    reserved: Map[str, datetime] = Map()  # number → when it was reserved
    parked: tuple[str, ...] = ()  # the latest last
    counters: Map[str, CounterState] = Map()
    last_actions: Map[str, LastAction] = Map()  # by counter
    issued: Map[str, int] = Map()  # service → last number given
    given: Map[str, int] = Map()  # service, or service@period → tickets that count against its cap
    taken: Map[str, str] = Map()  # command id → number it got
    people: Map[str, tuple[str, ...]] = Map()  # person → their numbers
    arrived_at: datetime | None = None  # place of who came last
    tapped: Map[str, str] = Map()  # machine → the latest number it was given
    superseded: frozenset[str] = frozenset()  # commands that a machine gave up on
    durations: Map[str, tuple[tuple[str, float], ...]] = Map()  # service → latest (number, seconds it took)
    latest: tuple[str, ...] = ()  # numbers in the order in which they were taken, the latest last; bounded
    told: Map[str, Told] = Map()  # mark + service → the latest estimate of waiting
    asks: Map[str, OpenAsk] = Map()
    asked: Map[str, str] = Map()  # counter → the ask that its evaluators show last
    open_asks: frozenset[str] = frozenset()
    calls: tuple[str, ...] = ()  # numbers by their latest call, newest first; bounded
    announcements: Map[str, tuple[Announcement, ...]] = Map()  # area → what is spoken there, one after another
    heard: Map[str, Heard] = Map()  # by the handheld's position
    paths: Map[str, Path] = Map()  # by the handheld's position, where one was chosen
    appointments: Map[str, Appointment] = Map()  # by code
    places: Map[str, tuple[str, ...]] = Map()  # service@slot (UTC) → codes that have a place in it, or had and came
    wishes: Map[str, tuple[str, ...]] = Map()  # the same → codes that wait for one, who came first is first
    visitors: Map[str, tuple[str, ...]] = Map()  # person → codes of their appointments, as who comes or whom it is for
    ended: bool = False

    def counter(self, counter: str) -> CounterState:
        return self.counters.get(counter, CounterState())

    def place(self, counter: str) -> Counter:
        """What the hall says of a counter."""
        return next(known for known in self.hall.counter if known.id == counter)

    def active(self, counter: str) -> Ticket | None:
        number = self.counter(counter).number
        return self.tickets[number] if number else None

    def is_open(self, counter: str) -> bool:
        """Whether it calls people."""
        here = self.counter(counter)
        return bool(here.clerk) and not here.paused

    def waiting(self, service: str) -> Iterator[Ticket]:
        """Everybody who waits for a service, by place: which is not the order in which they are called."""
        lines = [map(self.tickets.__getitem__, self.lines.get(mark + service, ())) for mark in MARKS]
        return merge(*lines, key=lambda ticket: ticket.place)

    def count_waiting(self, service: str) -> int:
        return sum(len(self.lines.get(mark + service, ())) for mark in MARKS)

    def clerk_at(self, clerk: str) -> str:
        """The counter where that clerk is signed on, or empty."""
        return next((counter for counter, state in self.counters.items() if state.clerk == clerk), "")


def new_day(hall: Hall, day: str) -> Day:
    return Day(hall=hall, base=hall, day=day)
