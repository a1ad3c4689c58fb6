"""Days on which a hall works, or does not, whatever the calendar says. The audit is their history."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, select

from hub.storage.audit import What, note, told
from hub.storage.schema_appointments import hall_day


class HallDay(msgspec.Struct, frozen=True, kw_only=True):
    """`day`: YYYY-MM-DD. `open` false: closed on that day; true: an extra working day."""

    day: str
    open: bool
    reason: str
    changed_by: str
    changed_at: datetime


class HallDays:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, hall: str, first: str) -> dict[str, HallDay]:
        """Those from `first` on, by day."""
        query = select(hall_day).where(hall_day.c.hall == hall, hall_day.c.day >= first).order_by(hall_day.c.day)
        with self._engine.connect() as connection:
            return {row.day: _hall_day(row) for row in connection.execute(query)}

    def set(self, hall: str, one: HallDay) -> bool:
        """False: it is so already."""
        what: What = "day-opened" if one.open else "day-closed"
        with self._engine.begin() as connection:
            row = connection.execute(select(hall_day).where(*_that(hall, one.day))).one_or_none()
            if row is not None and (row.open, row.reason) == (one.open, one.reason):
                return False
            connection.execute(delete(hall_day).where(*_that(hall, one.day)))
            connection.execute(insert(hall_day), {"hall": hall, **msgspec.structs.asdict(one)})
            _note(connection, hall, what, one.day, one.reason, one.changed_by, one.changed_at)
        return True

    def unset(self, hall: str, day: str, *, by: str, at: datetime) -> bool:
        """As the calendar has it, again. False: it is so already."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(hall_day).where(*_that(hall, day))).rowcount
            if gone:
                _note(connection, hall, "day-by-calendar", day, "", by, at)
        return bool(gone)


def _that(hall: str, day: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return hall_day.c.hall == hall, hall_day.c.day == day


def _note(connection: Connection, hall: str, what: What, day: str, reason: str, by: str, at: datetime) -> None:
    note(connection, hall=hall, who=by, what=what, detail=told(day, reason), at=at)


def _hall_day(row: Row[Any]) -> HallDay:
    return HallDay(day=row.day, open=row.open, reason=row.reason, changed_by=row.changed_by, changed_at=row.changed_at)
