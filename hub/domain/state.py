"""A hall's day as it stands after the events so far. Frozen: the next state shares what did not change."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from immutables import Map

from halls.format import Hall

Phase: TypeAlias = Literal["reserved", "waiting", "called", "serving", "ended", "no_show", "cancelled"]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    service: str
    phase: Phase
    taken_at: datetime
    by: str = ""  # who took it: for one with a slip to come, the machine
    confirmed: bool = False  # the printer said that the slip came out
    counter: str = ""
    clerk: str = ""
    calls: int = 0
    called_at: datetime | None = None  # the latest call
    serving_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""
    level: int = 0  # rating 1-5; 0: none


class CounterState(msgspec.Struct, frozen=True, kw_only=True):
    """`clerk` empty: closed. `number`: its active ticket (called or serving), or empty."""

    clerk: str = ""
    paused: bool = False
    number: str = ""


class OpenAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen was asked for a rating. `phase`: asked, rated or lapsed."""

    id: str
    number: str
    service: str
    counter: str
    clerk: str
    asked_at: datetime
    until: datetime
    phase: Literal["asked", "rated", "lapsed"] = "asked"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: how many events made it. `day`: YYYY-MM-DD in the hall's time zone."""

    hall: Hall
    day: str
    version: int = 0
    tickets: Map[str, Ticket] = Map()
    waiting: Map[str, tuple[str, ...]] = Map()  # service → numbers, by the time they were taken
    reserved: Map[str, datetime] = Map()  # number → when it was reserved
    counters: Map[str, CounterState] = Map()
    issued: Map[str, int] = Map()  # service → last number given
    taken: Map[str, str] = Map()  # command id → number it got
    superseded: frozenset[str] = frozenset()  # commands that a machine gave up on
    asks: Map[str, OpenAsk] = Map()
    asked: Map[str, str] = Map()  # counter → the ask that its evaluators show last
    open_asks: frozenset[str] = frozenset()
    calls: tuple[str, ...] = ()  # numbers by their latest call, newest first; bounded
    ended: bool = False

    def counter(self, counter: str) -> CounterState:
        return self.counters.get(counter, CounterState())

    def active(self, counter: str) -> Ticket | None:
        number = self.counter(counter).number
        return self.tickets[number] if number else None

    def waiting_for(self, services: tuple[str, ...]) -> Iterator[Ticket]:
        for service in services:
            for number in self.waiting.get(service, ()):
                yield self.tickets[number]

    def clerk_at(self, clerk: str) -> str:
        """The counter where that clerk is signed on, or empty."""
        return next((counter for counter, state in self.counters.items() if state.clerk == clerk), "")


def new_day(hall: Hall, day: str) -> Day:
    return Day(hall=hall, day=day)
