"""A hall of which appointments are booked: a desk on a real database, its clock, and what stands beside it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from halls.format import Hall, changed
from hub.appointments.bookings import Bookings, RefusedError, Stamp
from hub.appointments.calendar import Calendar
from hub.appointments.unfinished import Unfinished
from hub.desk import Desk
from hub.domain.state import Appointment
from hub.storage.appointments import Appointments
from hub.storage.database import Where, open_database, open_log
from hub.storage.hall_days import HallDay, HallDays
from tests.support.day import small_hall

MONDAY, TUESDAY, WEDNESDAY, SATURDAY = "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-07"


def office(**settings: object) -> Hall:
    """From nine to five on working days, with two places for appointments in each slot of service A."""
    given = {"policy.opens": "09:00", "policy.closes": "17:00", "service.A.slot_places": 4, **settings}
    return changed(small_hall(), {path.replace("__", "."): value for path, value in given.items()})


class Office:
    """`now`: its clock, at first Monday, 2026-11-02, 08:00 in Beijing."""

    def __init__(self, database: Where, hall: Hall) -> None:
        self.now = datetime(2026, 11, 2, tzinfo=UTC)
        self.engine = open_database(database)
        self.log = open_log(database)
        self.desk = Desk([hall], self.log, lambda: self.now)
        self.stored, self.days = Appointments(self.engine), HallDays(self.engine)
        self.unfinished = Unfinished(self.desk, self.stored, self.days)
        self.bookings = Bookings(self.desk, self.stored, Calendar(self.days), self.unfinished)
        self._count = 0

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)

    def stamp(self, ident: str = "") -> Stamp:
        self._count += 1
        return Stamp(id=ident or f"wish-{self.now:%d%H%M}-{self._count}", at=self.now, by="test")

    async def book(self, person: str = "wang", day: str = TUESDAY, slot: str = "09:00", **more: object) -> Appointment:
        told = {"service": "A", "via": "phone", "person": person, "day": day, "slot": slot, **more}
        return await self.bookings.book("small", told.pop("stamp", self.stamp()), **told)

    async def move(self, one: Appointment, day: str, to_day: str, slot: str, **more: object) -> tuple[str, Appointment]:
        stamp = more.pop("stamp", self.stamp())
        return await self.bookings.move("small", stamp, day=day, code=one.code, to_day=to_day, to_slot=slot, **more)

    async def cancel(self, one: Appointment, day: str = TUESDAY, **more: object) -> None:
        await self.bookings.cancel("small", more.pop("stamp", self.stamp()), day=day, code=one.code, **more)

    def close(self, day: str, *, closed: bool = True, reason: str = "停电") -> None:
        one = HallDay(day=day, open=not closed, reason=reason, changed_by="manager", changed_at=self.now)
        self.days.set("small", one)

    async def phase(self, one: Appointment) -> tuple[str, str]:
        found = await self.bookings.find("small", one.code)
        assert found is not None
        return found[1].phase, found[1].reason


@contextlib.asynccontextmanager
async def open_office(database: Where, hall: Hall | None = None, now: datetime | None = None) -> AsyncIterator[Office]:
    where = database / "hub.db" if isinstance(database, Path) and database.is_dir() else database
    one = Office(where, hall or office())
    one.now = now or one.now
    await one.desk.open()
    try:
        yield one
    finally:
        await one.desk.close()
        one.log.close()
        one.engine.dispose()


async def refusal(work) -> tuple[str, str]:
    """With what a wish is refused; fails when it is not."""
    try:
        done = await work
    except RefusedError as error:
        return error.code, error.detail
    raise AssertionError(f"not refused: {done}")
