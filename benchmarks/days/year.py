"""A log of as many days as one likes, for measuring: some days are played through the hub's own rules, and each working
day is one of them with its dates changed. What is in it was invented; a hub can be served from it."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from benchmarks.days import course, plan
from benchmarks.days.visits import TICKETS
from halls.format import Hall
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision
from hub.domain.state import Ticket
from hub.storage.database import open_database
from hub.storage.sqlite_log import INSERT_EVENT, VIEWS

_PATTERNS = 5  # different days
_RATED = 0.55  # of those who are asked
_LEVELS, _WEIGHTS = (5, 4, 3, 2, 1), (78, 14, 5, 2, 1)
_BEFORE = "2026-01-04"  # in UTC, until eight in the morning


class Played(course.Course):
    """A whole day with its events, its ratings and its end."""

    def __init__(self, drawn: plan.Plan, *, estimating: bool) -> None:
        self.happened: list[e.AnyEvent] = []
        self._opinions = plan.stream(drawn.seed, "ratings")
        super().__init__(drawn, estimating=estimating)

    def whole(self) -> "Played":
        self.run()
        self._do(c.EndDay)
        return self

    def _happen(self, events: Decision) -> None:
        super()._happen(events)
        self.happened += events

    def _do(self, kind: type[c.Command], **fields: Any) -> Decision:
        happened = super()._do(kind, **fields)
        for event in happened:
            if isinstance(event, e.RatingAsked) and self._opinions.random() < _RATED:
                level = self._opinions.choices(_LEVELS, _WEIGHTS)[0]
                self._do(c.Rate, ask=event.ask, level=level, pressed_at=event.at)
        return happened


def busy_hall(hall: Hall, tickets: int) -> Hall:
    """The hall with services so much shorter that its counters can serve so many."""
    share = min(1.0, TICKETS / tickets)
    quicker = [
        replace(one, service_min_median=one.service_min_median * share, service_min_p90=one.service_min_p90 * share)
        for one in hall.service
    ]
    return replace(hall, service=tuple(quicker))


def working_days(first: date, many: int) -> Iterator[date]:
    """Mondays to Fridays."""
    day = first
    while many:
        if day.weekday() < 5:
            yield day
            many -= 1
        day += timedelta(days=1)


def write(
    database: Path, hall: Hall, *, first: date, days: int, tickets: int, patterns: int = _PATTERNS,
    estimating: bool = True,
) -> tuple[int, int]:  # fmt: skip
    """Into a new database. (tickets, events) that it has then."""
    open_database(database).dispose()
    played = [_pattern(hall, seed, tickets, estimating) for seed in range(min(patterns, days))]
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")  # a file that can be made again
    many, events = 0, 0
    for ordinal, day in enumerate(working_days(first, days)):
        happened, known = played[ordinal % len(played)]
        db.execute("BEGIN")
        db.executemany(INSERT_EVENT, _events(hall.hall.id, day, happened))
        db.executemany(VIEWS.new_ticket, map(partial(_ticket, hall.hall.id, day), known))
        db.execute("COMMIT")
        many, events = many + len(known), events + len(happened)
    db.close()
    return many, events


def _pattern(
    hall: Hall, seed: int, tickets: int, estimating: bool
) -> tuple[list[tuple[str, int, bytes]], list[Ticket]]:
    """((command, ordinal, event as JSON), tickets): of the day that every Course plays."""
    day = Played(plan.draw(hall, seed, busy=tickets / TICKETS), estimating=estimating).whole()
    rows: list[tuple[str, int, bytes]] = []
    for event in day.happened:
        command = f"{course.DAY}/{event.command}"
        ordinal = rows[-1][1] + 1 if rows and rows[-1][0] == command else 0
        rows.append((command, ordinal, e.encode(replace(event, command=command))))
    return rows, list(day.state.tickets.values())


def _events(hall: str, day: date, rows: Sequence[tuple[str, int, bytes]]) -> Iterator[tuple[Any, ...]]:
    today, before = str(day), str(day - timedelta(days=1))
    stream, dates = f"queue/{hall}/{today}", (course.DAY.encode(), today.encode())
    earlier = _BEFORE.encode(), before.encode()
    for version, (command, ordinal, body) in enumerate(rows, 1):
        yield stream, version, command.replace(course.DAY, today), ordinal, body.replace(*dates).replace(*earlier)


def _ticket(hall: str, day: date, ticket: Ticket) -> tuple[object, ...]:
    move = day - date.fromisoformat(course.DAY)
    times = {name: getattr(ticket, name) for name in ("taken_at", "called_at", "serving_at", "ended_at")}
    moved = {name: at and at + move for name, at in times.items()}
    return VIEWS.of_ticket(hall, str(day), replace(ticket, **moved))
