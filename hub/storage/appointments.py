"""Appointments as the log's view has them, for questions that go over days; and which misses count against nobody."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, and_, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from hub.domain.appointment_events import NOT_MOVED
from hub.domain.state import Appointment
from hub.storage.audit import note, told
from hub.storage.schema_appointments import appointment, forgiven_miss

_OPEN = ("waiting", "booked")
_WITH_A_PLACE = ("booked", "kept", "missed")


class Forgiven(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal that was granted: by whom, and why."""

    by: str
    why: str
    at: datetime


class Appointments:
    """Synchronous, safe to call from any thread. Written by the event log; only what is forgiven is written here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, hall: str, code: str) -> tuple[str, Appointment] | None:
        """Its day, and it."""
        found = self._read(appointment.c.hall == hall, appointment.c.code == code)
        return found[0] if found else None

    def one(self, hall: str, day: str, code: str) -> Appointment | None:
        found = self._read(appointment.c.hall == hall, appointment.c.day == day, appointment.c.code == code)
        return found[0][1] if found else None

    def of_person(self, hall: str, person: str) -> list[tuple[str, Appointment]]:
        """Those that they come for, and those that are for them; newest first."""
        theirs = or_(appointment.c.person == person, appointment.c.principal == person)
        return self._read(appointment.c.hall == hall, theirs)[::-1]

    def follower(self, hall: str, day: str, code: str) -> tuple[str, Appointment] | None:
        """What it was given up for: it was moved to another day. Not what was given back, since the move failed."""
        after = and_(appointment.c.instead_of == f"{day}/{code}", appointment.c.reason != NOT_MOVED)
        found = self._read(appointment.c.hall == hall, after)
        return found[-1] if found else None

    def of_day(self, hall: str, day: str) -> list[Appointment]:
        """By slot, then service."""
        return [one for _, one in self._read(appointment.c.hall == hall, appointment.c.day == day)]

    def opened_on(self, hall: str, days: Iterable[str]) -> list[tuple[str, Appointment]]:
        """What is open on any of these days."""
        return self._read(appointment.c.hall == hall, appointment.c.day.in_(list(days)), appointment.c.state.in_(_OPEN))

    def moved_here(self, hall: str, first: str) -> list[tuple[str, Appointment]]:
        """What is open from that day on, and was booked in place of another."""
        since = and_(appointment.c.hall == hall, appointment.c.day >= first)
        return self._read(since, appointment.c.state.in_(_OPEN), appointment.c.instead_of != "")

    def taken(self, hall: str, service: str, first: str, last: str) -> dict[tuple[str, datetime], int]:
        """(day, slot) → how many places of it are taken, on the days from `first` to `last`."""
        query = (
            select(appointment.c.day, appointment.c.slot_at, func.count())
            .where(appointment.c.hall == hall, appointment.c.day.between(first, last))
            .where(appointment.c.service == service, appointment.c.state.in_(_WITH_A_PLACE))
            .group_by(appointment.c.day, appointment.c.slot_at)
        )
        with self._engine.connect() as connection:
            return {(day, slot_at): count for day, slot_at, count in connection.execute(query)}

    def booked_since(self, hall: str, person: str, since: datetime) -> int:
        """How many they booked online since then, for whomever, and whatever became of them; a move is none."""
        theirs = and_(appointment.c.hall == hall, appointment.c.person == person, appointment.c.instead_of == "")
        query = select(func.count()).where(theirs, appointment.c.via != "desk", appointment.c.made_at > since)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def misses(self, hall: str, person: str, since: str) -> list[str]:
        """The days, from `since` on, on which they did not come and were not forgiven; oldest first."""
        missed = and_(appointment.c.hall == hall, appointment.c.person == person, appointment.c.state == "missed")
        same = (forgiven_miss.c[name] == appointment.c[name] for name in ("hall", "day", "code"))
        query = (
            select(appointment.c.day)
            .outerjoin(forgiven_miss, and_(*same))
            .where(missed, appointment.c.day >= since, forgiven_miss.c.code.is_(None))
            .order_by(appointment.c.slot_at)
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def forgiven(self, hall: str, day: str, code: str) -> Forgiven | None:
        query = select(forgiven_miss).where(
            forgiven_miss.c.hall == hall, forgiven_miss.c.day == day, forgiven_miss.c.code == code
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Forgiven(by=row.by, why=row.why, at=row.at)

    def forgive(self, hall: str, day: str, code: str, *, by: str, why: str, at: datetime) -> bool:
        """In the audit as well. False: it was forgiven before."""
        row = {"hall": hall, "day": day, "code": code, "by": by, "why": why, "at": at}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(forgiven_miss), row)
                note(connection, hall=hall, who=by, what="miss-forgiven", detail=told(day, code, why), at=at)
        except IntegrityError:
            return False
        return True

    def _read(self, *where: ColumnElement[bool]) -> list[tuple[str, Appointment]]:
        query = select(appointment).where(*where).order_by(*(appointment.c[n] for n in ("slot_at", "service", "code")))
        with self._engine.connect() as connection:
            return [(row.day, _appointment(row)) for row in connection.execute(query)]


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(
        code=row.code,
        service=row.service,
        slot_at=row.slot_at,
        minutes=row.minutes,
        phase=row.state,
        person=row.person,
        principal=row.principal,
        via=row.via,
        made_at=row.made_at,
        changed_at=row.changed_at,
        number=row.number or "",
        reason=row.reason,
        instead_of=row.instead_of,
        client=row.client,
    )
