"""What became of appointments and how many tickets were taken, counted by the database from the log's views."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select

from hub.domain.uptake import MOVED, NEVER_EMPTY, NO_PLACE, Counts
from hub.storage.between import hours_between, seconds_between
from hub.storage.schema_appointments import appointment
from hub.storage.schema_queue import ticket

_WITH_A_PLACE = ("booked", "kept", "missed")
_STATES = {"kept": "kept", "missed": "missed", "booked": "open"}


class UptakeCounts:
    """Synchronous, safe to call from any thread. Days are YYYY-MM-DD, ranges have both their ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, hall: str, first: str, last: str, change: timedelta) -> dict[tuple[str, str], Counts]:
        """(day, service) → counts. Who gives a place up with less than `change` before the slot is late."""
        numbers: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        reasons: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        leads: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        a, t = appointment.c, ticket.c
        became = (
            select(a.day, a.service, a.state, a.reason, func.count(), func.count(a.number))
            .where(_in(appointment, hall, first, last))
            .group_by(a.day, a.service, a.state, a.reason)
        )
        taken = select(t.day, t.service, func.count()).where(_in(ticket, hall, first, last)).group_by(t.day, t.service)
        hours = hours_between(a.made_at, a.slot_at).label("hours")
        ahead = (
            select(a.day, a.service, hours, func.count())
            .where(_in(appointment, hall, first, last), a.state.in_(_WITH_A_PLACE))
            .group_by(a.day, a.service, hours)
        )
        with self._engine.connect() as connection:
            for day, service, state, reason, count, came in connection.execute(became):
                at = numbers[day, service]
                at["by_appointment"] += came
                if state in _STATES:
                    at[_STATES[state]] += count
                elif state == "cancelled" and reason in MOVED:
                    at["moved"] += count
                elif state == "cancelled" and reason == NO_PLACE:
                    at["no_place"] += count
                elif state == "cancelled":
                    at["cancelled"] += count
                    reasons[day, service][reason] = count
            for day, service, count in connection.execute(taken):
                numbers[day, service]["tickets"] += count
            for day, service, lead, count in connection.execute(ahead):
                leads[day, service].append((lead, count))
            for key, count in _left_empty(connection, hall, first, last, change).items():
                numbers[key]["late"] = count
        return {
            key: Counts(**at, reasons=tuple(sorted(reasons[key].items())), lead_h=tuple(sorted(leads[key])))
            for key, at in sorted(numbers.items())
        }

    def ended(self, hall: str, first: str, last: str, change: timedelta) -> dict[str, Counts]:
        """Service → `kept`, `missed` and `late` alone: what an estimate goes by."""
        a = appointment.c
        became = (
            select(a.service, a.state, func.count())
            .where(_in(appointment, hall, first, last), a.state.in_(("kept", "missed")))
            .group_by(a.service, a.state)
        )
        numbers = defaultdict[str, Counter[str]](Counter)
        with self._engine.connect() as connection:
            for letter, state, count in connection.execute(became):
                numbers[letter][state] = count
            for (_, letter), count in _left_empty(connection, hall, first, last, change).items():
                numbers[letter]["late"] += count
        return {letter: Counts(kept=at["kept"], missed=at["missed"], late=at["late"]) for letter, at in numbers.items()}


def _left_empty(
    connection: Connection, hall: str, first: str, last: str, change: timedelta
) -> Counter[tuple[str, str]]:
    """(day, service) → places given up after nobody who waits is given one any more, less those that somebody booked
    after all. Only what happened so late is read: a hundredth of all."""
    a = appointment.c
    given_up = and_(a.state == "cancelled", a.reason.not_in(NEVER_EMPTY), _within(change, a.changed_at))
    booked = and_(a.state != "waiting", _within(change, a.made_at))
    query = select(a.day, a.service, a.slot_at, a.made_at, a.changed_at, given_up, booked).where(
        _in(appointment, hall, first, last), or_(given_up, booked)
    )
    happened: dict[tuple[str, str, datetime], list[tuple[datetime, int]]] = defaultdict(list)
    for day, letter, slot_at, made_at, changed_at, is_given_up, is_booked in connection.execute(query):
        happened[day, letter, slot_at] += [(made_at, -1)] * is_booked + [(changed_at, 1)] * is_given_up
    empty = Counter[tuple[str, str]]()
    for (day, letter, _), changes in happened.items():
        free = 0
        for _, change_of_one in sorted(changes):
            free = max(0, free + change_of_one)
        if free:
            empty[day, letter] += free
    return empty


def _within(change: timedelta, at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return seconds_between(at, appointment.c.slot_at) < change.total_seconds()


def _in(table: Any, hall: str, first: str, last: str) -> ColumnElement[bool]:
    return and_(table.c.hall == hall, table.c.day.between(first, last))
