"""What every wish about appointments needs: the same wish is done once, a slot has room, an appointment is there."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from halls.format import Hall, Service
from hub.appointments import calendar
from hub.appointments.calendar import Calendar
from hub.appointments.capacity import places
from hub.appointments.codes import new_code
from hub.appointments.refusal import RefusedError
from hub.desk import Desk, UnknownHallError
from hub.domain import appointment_commands as ac
from hub.domain import hours
from hub.domain.event import Event
from hub.domain.events import Refused
from hub.domain.queue import InvalidCommandError
from hub.domain.state import Appointment
from hub.storage.appointments import Appointments


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """As commands carry it: `id` is unique for ever, and the same for the same wish."""

    id: str
    at: datetime
    by: str
    source: str = "http"

    def as_(self, ident: str) -> dict[str, Any]:
        return {"id": ident, "at": self.at, "by": self.by, "source": self.source}


def of_move(ident: str) -> str:
    """The id of a move to another day, made of its wish's: no door's wish has such a one."""
    return f"hub/move/{ident}"


class Asking:
    """All raise RefusedError where the answer is no."""

    def __init__(self, desk: Desk, stored: Appointments, dates: Calendar) -> None:
        self._desk, self._stored, self._dates = desk, stored, dates

    async def done(
        self, hall: str, ident: str, kind: type[ac.OfDay], is_it: Callable[[Event], bool], *, other: str
    ) -> Event | None:
        """What that wish, a command of `kind`, led to when it came before; raises RefusedError as it was then, or where
        it was another's. `other`: the id that the same key has when it is used for a wish of the other sort."""
        self._desk.today(hall)
        known = await self._desk.known(ident)
        if not known:
            if await self._desk.known(other):
                raise RefusedError("idempotency-key-reused")
            return None
        if known[0].hall != hall:
            raise RefusedError("idempotency-key-reused")
        return _of_it(kind, known[0].event, is_it, known[-1].event)

    async def ask(self, hall: str, command: ac.OfDay, is_it: Callable[[Event], bool]) -> Event:
        """What it led to; `is_it` as of `done`: another wish with the same key may have come in the same moment."""
        try:
            outcome = await self._desk.handle(hall, command)
        except UnknownHallError:
            raise
        except InvalidCommandError as error:
            raise RefusedError(error.code) from error
        return _of_it(type(command), outcome.events[0], is_it, outcome.events[-1])

    async def room(self, hall: str, service: str, day: str, slot: str) -> tuple[int, int]:
        """Minutes and places of a slot that may be booked now."""
        state = self._desk.today(hall)
        item = service_of(state.hall, service)
        days = await asyncio.to_thread(self._dates.ahead, state.hall, state.day)
        found = next((one for one in days if one.day == day), None)
        if found is None:
            raise RefusedError("bad-day", day)
        if found.closed:
            raise RefusedError(found.closed)
        if all(self.when(hall, at) != (day, slot) for at in calendar.slots(state.hall, item, day)):
            raise RefusedError("no-such-slot", slot)
        return state.hall.appointments.slot_min, places(state.hall, item)

    async def not_too_many(self, hall: str, person: str, at: datetime) -> None:
        """Places are for coming, not for trading: also who books for others has a limit."""
        most = self._desk.today(hall).hall.appointments.day_max
        if await asyncio.to_thread(self._stored.booked_since, hall, person, at - timedelta(days=1)) >= most:
            raise RefusedError("too-many-bookings", str(most))

    async def fresh_code(self, hall: str) -> str:
        while True:
            code = new_code()
            if await asyncio.to_thread(self._stored.find, hall, code) is None:
                return code

    async def one(self, hall: str, day: str, code: str) -> Appointment:
        one = await asyncio.to_thread(self._stored.one, hall, day, code)
        if one is None:
            raise RefusedError("no-open-appointment", code)
        return self.here(hall, one)

    async def booked(self, hall: str, day: str, code: str) -> Appointment:
        one = await self.open_one(hall, day, code)
        if one.phase != "booked":
            raise RefusedError("no-open-appointment", code)
        return one

    async def open_one(self, hall: str, day: str, code: str) -> Appointment:
        """Booked, or waiting for a place."""
        self._desk.today(hall)
        one = await self.one(hall, day, code)
        if not one.is_open:
            raise RefusedError("no-open-appointment", code)
        return one

    def here(self, hall: str, one: Appointment) -> Appointment:
        """By the hall's clock."""
        zone = self._desk.zone(hall)
        made_at, changed_at = one.made_at.astimezone(zone), one.changed_at.astimezone(zone)
        return msgspec.structs.replace(
            one, slot_at=one.slot_at.astimezone(zone), made_at=made_at, changed_at=changed_at
        )

    def in_time(self, hall: str, one: Appointment) -> None:
        """By the settings in force now; a day to come has only those of the hall's file."""
        limit = timedelta(hours=self._desk.today(hall).hall.appointments.change_h)
        if one.slot_at - self._desk.now() < limit:
            raise RefusedError("too-late-to-change", self.when(hall, one.slot_at)[1])

    def when(self, hall: str, at: datetime) -> tuple[str, str]:
        """Day and time of day by the hall's clock."""
        here = hours.local(self._desk.today(hall).hall, at)
        return here.strftime("%Y-%m-%d"), here.strftime("%H:%M")


def _of_it(kind: type[ac.OfDay], first: Event, is_it: Callable[[Event], bool], last: Event) -> Event:
    """The first event, where the wish of that kind led to it. Raises RefusedError: as it was refused, or that its key
    was another's."""
    if isinstance(last, Refused):
        if last.what != kind.__struct_config__.tag:
            raise RefusedError("idempotency-key-reused")
        raise RefusedError(last.code, last.detail)
    if not is_it(first):
        raise RefusedError("idempotency-key-reused")
    return first


def service_of(hall: Hall, letter: str) -> Service:
    item = next((one for one in hall.service if one.letter == letter), None)
    if item is None:
        raise RefusedError("unknown-service")
    if not item.appointment:
        raise RefusedError("no-appointments-here")
    return item
