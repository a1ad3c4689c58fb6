"""The only door to appointments for pages, the API and machines: what is offered, and booking, moving, giving it up.

A stamp's id makes a wish happen once: asked again with the same one, also after the hub was killed, the answer is the
same. What is refused here before it came to the desk has not happened, and is looked at anew.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta

import msgspec

from halls.format import Hall, Service
from hub.appointments import calendar
from hub.appointments.calendar import Calendar, DayOffer, Slot
from hub.appointments.capacity import places
from hub.appointments.codes import new_code
from hub.appointments.refusal import RefusedError
from hub.appointments.standing import Standing, since, standing
from hub.appointments.unfinished import Unfinished
from hub.desk import Desk, UnknownHallError
from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import hours
from hub.domain.event import Event
from hub.domain.events import Refused
from hub.domain.queue import InvalidCommandError
from hub.domain.state import Appointment
from hub.storage.appointments import Appointments

__all__ = ["Bookings", "RefusedError", "Stamp", "Standing"]


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """As commands carry it: `id` is unique for ever, and the same for the same wish."""

    id: str
    at: datetime
    by: str
    source: str = "http"

    def as_(self, ident: str) -> dict[str, object]:
        return {"id": ident, "at": self.at, "by": self.by, "source": self.source}


class Bookings:
    """All raise RefusedError where the rules say no, UnknownHallError, and UnavailableError: nothing happened then."""

    def __init__(self, desk: Desk, stored: Appointments, dates: Calendar, unfinished: Unfinished) -> None:
        self._desk, self._stored, self._dates, self._unfinished = desk, stored, dates, unfinished

    async def offers(self, hall: str, service: str) -> list[DayOffer]:
        """Today and the horizon, every day of the week: those without slots say why."""
        state, now = self._desk.today(hall), self._desk.now()
        item = _service(state.hall, service)
        days = await asyncio.to_thread(self._dates.ahead, state.hall, state.day)
        taken = await asyncio.to_thread(self._stored.taken, hall, service, days[0].day, days[-1].day)
        capacity = places(state.hall, item)

        def slots_of(day: str) -> tuple[Slot, ...]:
            return tuple(
                Slot(
                    at=at,
                    minutes=state.hall.appointments.slot_min,
                    capacity=capacity,
                    free=max(0, capacity - taken.get((day, at), 0)),
                )
                for at in calendar.slots(state.hall, item, day)
                if at > now
            )

        offers = [DayOffer(day=d.day, slots=() if d.closed else slots_of(d.day), closed=d.closed) for d in days]
        return [one if one.slots or one.closed else msgspec.structs.replace(one, closed="slots-over") for one in offers]

    async def book(
        self,
        hall: str,
        stamp: Stamp,
        *,
        service: str,
        day: str,
        slot: str,
        person: str,
        principal: str = "",
        via: ac.Via,
        or_wait: bool = False,
    ) -> Appointment:
        """`slot`: HH:MM; `person`, `principal`: pseudonyms, who comes and (代办) for whom it is, empty: themselves."""
        principal = "" if principal == person else principal

        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentBooked)
                and (event.service, event.person, event.principal) == (service, person, principal)
                and self._when(hall, event.slot_at) == (day, slot)
            )

        if (done := await self._done(hall, stamp.id, is_it)) is None:
            if not person:
                raise RefusedError("no-person")
            if via != "desk" and (blocked := (await self.standing(hall, person)).blocked_until):
                raise RefusedError("blocked", blocked.isoformat())
            minutes, capacity = await self._room(hall, service, day, slot)
            command = ac.Book(
                **stamp.as_(stamp.id),  # type: ignore[arg-type]
                day=day,
                code=await self._fresh_code(hall),
                service=service,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                person=person,
                principal=principal,
                via=via,
                or_wait=or_wait,
            )
            done = await self._ask(hall, command)
        assert isinstance(done, ae.AppointmentBooked)
        return await self._one(hall, day, done.code)

    async def move(
        self, hall: str, stamp: Stamp, *, day: str, code: str, to_day: str, to_slot: str, staff: bool = False
    ) -> tuple[str, Appointment]:
        """Its day now, and it. On another day it has another code: the new place is taken before the old one is given
        up. `staff`: not held to the time limit."""
        if to_day == day:
            return day, await self._move_within(hall, stamp, day, code, to_slot, staff)
        return to_day, await self._move_across(hall, stamp, day, code, to_day, to_slot, staff)

    async def cancel(
        self, hall: str, stamp: Stamp, *, day: str, code: str, reason: str = "", staff: bool = False
    ) -> None:
        """Also the wait for a place. `reason`: a code, of 40 characters at the most."""

        def is_it(event: Event) -> bool:
            return isinstance(event, ae.AppointmentCancelled) and event.code == code

        if await self._done(hall, stamp.id, is_it) is not None:
            return
        one = await self._open(hall, day, code)
        if one.phase == "booked" and not staff:
            self._in_time(hall, one)
        command = ac.CancelAppointment(**stamp.as_(stamp.id), day=day, code=code, reason=reason, staff=staff)  # type: ignore[arg-type]
        await self._ask(hall, command)

    async def of_person(self, hall: str, person: str) -> list[tuple[str, Appointment]]:
        """(day, it), newest first: what they come for, and what others come for in their place."""
        self._desk.today(hall)
        found = await asyncio.to_thread(self._stored.of_person, hall, person) if person else []
        return [(day, self._here(hall, one)) for day, one in found]

    async def of_day(self, hall: str, day: str) -> list[Appointment]:
        self._desk.today(hall)
        return [self._here(hall, one) for one in await asyncio.to_thread(self._stored.of_day, hall, day)]

    async def find(self, hall: str, code: str) -> tuple[str, Appointment] | None:
        self._desk.today(hall)
        found = await asyncio.to_thread(self._stored.find, hall, code)
        return found and (found[0], self._here(hall, found[1]))

    async def standing(self, hall: str, person: str) -> Standing:
        state = self._desk.today(hall)
        today = date.fromisoformat(state.day)
        oldest = since(state.hall, today).isoformat()
        missed = await asyncio.to_thread(self._stored.misses, hall, person, oldest)
        return standing(state.hall, map(date.fromisoformat, missed), today)

    async def forgive(self, hall: str, *, day: str, code: str, by: str, why: str) -> None:
        """申诉: it counts against nobody any more. Forgiven again, it stays as it was the first time."""
        self._desk.today(hall)
        one = await asyncio.to_thread(self._stored.one, hall, day, code)
        if one is None or one.phase != "missed":
            raise RefusedError("not-a-miss")
        await asyncio.to_thread(self._stored.forgive, hall, day, code, by=by, why=why, at=self._desk.now())

    async def _move_within(self, hall: str, stamp: Stamp, day: str, code: str, slot: str, staff: bool) -> Appointment:
        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentMoved)
                and event.code == code
                and self._when(hall, event.slot_at) == (day, slot)
            )

        if await self._done(hall, stamp.id, is_it) is None:
            one = await self._booked(hall, day, code)
            if not staff:
                self._in_time(hall, one)
            minutes, capacity = await self._room(hall, one.service, day, slot)
            command = ac.MoveAppointment(
                **stamp.as_(stamp.id),  # type: ignore[arg-type]
                day=day,
                code=code,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                staff=staff,
            )
            await self._ask(hall, command)
        return await self._one(hall, day, code)

    async def _move_across(
        self, hall: str, stamp: Stamp, day: str, code: str, to_day: str, slot: str, staff: bool
    ) -> Appointment:
        ident = f"hub/move/{stamp.id}"  # no door's wish has such an id

        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentBooked)
                and event.instead_of == f"{day}/{code}"
                and self._when(hall, event.slot_at) == (to_day, slot)
            )

        if (done := await self._done(hall, ident, is_it)) is None:
            one = await self._booked(hall, day, code)
            if not staff:
                self._in_time(hall, one)
            minutes, capacity = await self._room(hall, one.service, to_day, slot)
            command = ac.Book(
                **stamp.as_(ident),  # type: ignore[arg-type]
                day=to_day,
                code=await self._fresh_code(hall),
                service=one.service,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                person=one.person,
                principal=one.principal,
                via=one.via,  # type: ignore[arg-type]
                instead_of=f"{day}/{code}",
            )
            done = await self._ask(hall, command)
        assert isinstance(done, ae.AppointmentBooked)
        new = await self._one(hall, to_day, done.code)
        if not await self._ended(hall, to_day, new, stamp.by):
            raise RefusedError("no-open-appointment", code)
        return await self._one(hall, to_day, done.code)

    async def _ended(self, hall: str, day: str, new: Appointment, by: str) -> bool:
        """A repeated wish may come when all is long done."""
        known = await self._desk.known(f"hub/give-up/{hall}/{day}/{new.code}")
        if not known and new.is_open:
            return await self._unfinished.end_move(hall, day, new, by)
        return not (known and isinstance(known[-1].event, Refused))

    async def _done(self, hall: str, ident: str, is_it: Callable[[Event], bool]) -> Event | None:
        """What that wish led to when it came before; raises RefusedError as it was then, or where it was another's."""
        self._desk.today(hall)
        known = await self._desk.known(ident)
        if not known:
            return None
        if isinstance(known[-1].event, Refused):
            raise RefusedError(known[-1].event.code, known[-1].event.detail)
        if known[0].hall != hall or not is_it(known[0].event):
            raise RefusedError("idempotency-key-reused")
        return known[0].event

    async def _ask(self, hall: str, command: ac.OfDay) -> Event:
        try:
            outcome = await self._desk.handle(hall, command)
        except UnknownHallError:
            raise
        except InvalidCommandError as error:
            raise RefusedError(error.code) from error
        if outcome.refused:
            raise RefusedError(outcome.refused.code, outcome.refused.detail)
        return outcome.events[0]

    async def _room(self, hall: str, service: str, day: str, slot: str) -> tuple[int, int]:
        """Minutes and places of a slot that may be booked now."""
        state = self._desk.today(hall)
        item = _service(state.hall, service)
        days = await asyncio.to_thread(self._dates.ahead, state.hall, state.day)
        found = next((one for one in days if one.day == day), None)
        if found is None:
            raise RefusedError("bad-day", day)
        if found.closed:
            raise RefusedError(found.closed)
        if all(self._when(hall, at) != (day, slot) for at in calendar.slots(state.hall, item, day)):
            raise RefusedError("no-such-slot", slot)
        return state.hall.appointments.slot_min, places(state.hall, item)

    async def _fresh_code(self, hall: str) -> str:
        while True:
            code = new_code()
            if await asyncio.to_thread(self._stored.find, hall, code) is None:
                return code

    async def _one(self, hall: str, day: str, code: str) -> Appointment:
        one = await asyncio.to_thread(self._stored.one, hall, day, code)
        if one is None:
            raise RefusedError("no-open-appointment", code)
        return self._here(hall, one)

    def _here(self, hall: str, one: Appointment) -> Appointment:
        """By the hall's clock."""
        zone = self._desk.zone(hall)
        made_at, changed_at = one.made_at.astimezone(zone), one.changed_at.astimezone(zone)
        return msgspec.structs.replace(
            one, slot_at=one.slot_at.astimezone(zone), made_at=made_at, changed_at=changed_at
        )

    async def _open(self, hall: str, day: str, code: str) -> Appointment:
        self._desk.today(hall)
        one = await self._one(hall, day, code)
        if not one.is_open:
            raise RefusedError("no-open-appointment", code)
        return one

    async def _booked(self, hall: str, day: str, code: str) -> Appointment:
        one = await self._open(hall, day, code)
        if one.phase != "booked":
            raise RefusedError("no-open-appointment", code)
        return one

    def _in_time(self, hall: str, one: Appointment) -> None:
        """By the settings in force now; a day to come has only those of the hall's file."""
        limit = timedelta(hours=self._desk.today(hall).hall.appointments.change_h)
        if one.slot_at - self._desk.now() < limit:
            raise RefusedError("too-late-to-change", self._when(hall, one.slot_at)[1])

    def _when(self, hall: str, at: datetime) -> tuple[str, str]:
        """Day and time of day by the hall's clock."""
        here = hours.local(self._desk.today(hall).hall, at)
        return here.strftime("%Y-%m-%d"), here.strftime("%H:%M")


def _service(hall: Hall, letter: str) -> Service:
    item = next((one for one in hall.service if one.letter == letter), None)
    if item is None:
        raise RefusedError("unknown-service")
    if not item.appointment:
        raise RefusedError("no-appointments-here")
    return item
