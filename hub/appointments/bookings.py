"""The only door to appointments for pages, the API and machines: what is offered, and booking, moving, giving it up.

A stamp's id makes a wish happen once: asked again with the same one, also after the hub was killed, the answer is the
same. What is refused here before it came to the desk has not happened, and is looked at anew.
"""

import asyncio
from datetime import date

import msgspec

from hub.appointments import calendar
from hub.appointments.asking import Asking, Stamp, of_move, service_of
from hub.appointments.calendar import Calendar, DayOffer, Slot
from hub.appointments.capacity import places
from hub.appointments.moves import Moves
from hub.appointments.refusal import RefusedError
from hub.appointments.standing import Standing, since, standing
from hub.appointments.unfinished import Unfinished
from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain.event import Event
from hub.domain.state import Appointment
from hub.storage.appointments import Appointments

__all__ = ["Bookings", "RefusedError", "Stamp", "Standing"]


class Bookings:
    """All raise RefusedError where the rules say no, UnknownHallError, and UnavailableError: nothing happened then."""

    def __init__(self, desk: Desk, stored: Appointments, dates: Calendar, unfinished: Unfinished) -> None:
        self._desk, self._stored, self._dates = desk, stored, dates
        self._asking = Asking(desk, stored, dates)
        self._moves = Moves(desk, self._asking, unfinished)

    async def offers(self, hall: str, service: str) -> list[DayOffer]:
        """Today and the horizon, every day of the week: those without slots say why."""
        state, now = self._desk.today(hall), self._desk.now()
        item = service_of(state.hall, service)
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
        client: str = "",
        or_wait: bool = False,
    ) -> Appointment:
        """`slot`: HH:MM; `person`, `principal`: pseudonyms, who comes and (代办) for whom it is, empty: themselves;
        `client`: whose program asks, empty: none."""
        principal = "" if principal == person else principal

        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentBooked)
                and (event.service, event.person, event.principal, event.client) == (service, person, principal, client)
                and self._asking.when(hall, event.slot_at) == (day, slot)
            )

        if (done := await self._asking.done(hall, stamp.id, ac.Book, is_it, other=of_move(stamp.id))) is None:
            if not person:
                raise RefusedError("no-person")
            if via != "desk" and (blocked := (await self.standing(hall, person)).blocked_until):
                raise RefusedError("blocked", blocked.isoformat())
            if via != "desk":
                await self._asking.not_too_many(hall, person, stamp.at)
            minutes, capacity = await self._asking.room(hall, service, day, slot)
            command = ac.Book(
                **stamp.as_(stamp.id),
                day=day,
                code=await self._asking.fresh_code(hall),
                service=service,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                person=person,
                principal=principal,
                via=via,
                client=client,
                or_wait=or_wait,
            )
            done = await self._asking.ask(hall, command, is_it)
        assert isinstance(done, ae.AppointmentBooked)
        return await self._asking.one(hall, day, done.code)

    async def move(
        self, hall: str, stamp: Stamp, *, day: str, code: str, to_day: str, to_slot: str, staff: bool = False
    ) -> tuple[str, Appointment]:
        """Its day now, and it. On another day it has another code: the new place is taken before the old one is given
        up. `staff`: not held to the time limit."""
        if to_day == day:
            return day, await self._moves.within(hall, stamp, day, code, to_slot, staff)
        return to_day, await self._moves.across(hall, stamp, day, code, to_day, to_slot, staff)

    async def moved_by(self, ident: str) -> tuple[str, str] | None:
        """What the wish with that id has moved, when it came before: day and code as they were then. For those who know
        an appointment by a name that it keeps."""
        return await self._moves.by(ident)

    async def cancel(
        self, hall: str, stamp: Stamp, *, day: str, code: str, reason: str = "", staff: bool = False
    ) -> None:
        """Also the wait for a place. `reason`: a code, of 40 characters at the most."""

        def is_it(event: Event) -> bool:
            return isinstance(event, ae.AppointmentCancelled) and (event.code, event.reason) == (code, reason)

        if await self._asking.done(hall, stamp.id, ac.CancelAppointment, is_it, other=of_move(stamp.id)) is not None:
            return
        one = await self._asking.open_one(hall, day, code)
        if one.phase == "booked" and not staff:
            self._asking.in_time(hall, one)
        command = ac.CancelAppointment(**stamp.as_(stamp.id), day=day, code=code, reason=reason, staff=staff)
        await self._asking.ask(hall, command, is_it)

    async def of_person(self, hall: str, person: str) -> list[tuple[str, Appointment]]:
        """(day, it), newest first: what they come for, and what others come for in their place."""
        self._desk.today(hall)
        found = await asyncio.to_thread(self._stored.of_person, hall, person) if person else []
        return [(day, self._asking.here(hall, one)) for day, one in found]

    async def of_day(self, hall: str, day: str) -> list[Appointment]:
        self._desk.today(hall)
        return [self._asking.here(hall, one) for one in await asyncio.to_thread(self._stored.of_day, hall, day)]

    async def find(self, hall: str, code: str) -> tuple[str, Appointment] | None:
        self._desk.today(hall)
        found = await asyncio.to_thread(self._stored.find, hall, code)
        return found and (found[0], self._asking.here(hall, found[1]))

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
