"""Moving an appointment: within its day, or to another one."""

from hub.appointments.asking import Asking, Stamp, of_move
from hub.appointments.refusal import RefusedError
from hub.appointments.unfinished import Unfinished
from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain.event import Event
from hub.domain.events import Refused
from hub.domain.state import Appointment


class Moves:
    def __init__(self, desk: Desk, asking: Asking, unfinished: Unfinished) -> None:
        self._desk, self._asking, self._unfinished = desk, asking, unfinished

    async def by(self, ident: str) -> tuple[str, str] | None:
        """What the wish with that id has moved, when it came before: day and code as they were then."""
        if (known := await self._desk.known(of_move(ident))) and isinstance(
            event := known[0].event, ae.AppointmentBooked
        ):
            day, _, code = event.instead_of.partition("/")
            return day, code
        if (known := await self._desk.known(ident)) and isinstance(event := known[0].event, ae.AppointmentMoved):
            return known[0].day, event.code
        return None

    async def within(self, hall: str, stamp: Stamp, day: str, code: str, slot: str, staff: bool) -> Appointment:
        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentMoved)
                and event.code == code
                and self._asking.when(hall, event.slot_at) == (day, slot)
            )

        if await self._asking.done(hall, stamp.id, ac.MoveAppointment, is_it, other=of_move(stamp.id)) is None:
            one = await self._asking.booked(hall, day, code)
            if not staff:
                self._asking.in_time(hall, one)
            minutes, capacity = await self._asking.room(hall, one.service, day, slot)
            command = ac.MoveAppointment(
                **stamp.as_(stamp.id),
                day=day,
                code=code,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                staff=staff,
            )
            await self._asking.ask(hall, command, is_it)
        return await self._asking.one(hall, day, code)

    async def across(
        self, hall: str, stamp: Stamp, day: str, code: str, to_day: str, slot: str, staff: bool
    ) -> Appointment:
        ident = of_move(stamp.id)

        def is_it(event: Event) -> bool:
            return (
                isinstance(event, ae.AppointmentBooked)
                and event.instead_of == f"{day}/{code}"
                and self._asking.when(hall, event.slot_at) == (to_day, slot)
            )

        if (done := await self._asking.done(hall, ident, ac.Book, is_it, other=stamp.id)) is None:
            one = await self._asking.booked(hall, day, code)
            if not staff:
                self._asking.in_time(hall, one)
            minutes, capacity = await self._asking.room(hall, one.service, to_day, slot)
            command = ac.Book(
                **stamp.as_(ident),
                day=to_day,
                code=await self._asking.fresh_code(hall),
                service=one.service,
                slot=slot,
                minutes=minutes,
                capacity=capacity,
                person=one.person,
                principal=one.principal,
                via=one.via,  # type: ignore[arg-type]
                client=one.client,
                instead_of=f"{day}/{code}",
            )
            done = await self._asking.ask(hall, command, is_it)
        assert isinstance(done, ae.AppointmentBooked)
        new = await self._asking.one(hall, to_day, done.code)
        if not await self._ended(hall, to_day, new, stamp.by):
            raise RefusedError("no-open-appointment", code)
        return await self._asking.one(hall, to_day, done.code)

    async def _ended(self, hall: str, day: str, new: Appointment, by: str) -> bool:
        """A repeated wish may come when all is long done."""
        known = await self._desk.known(f"hub/give-up/{hall}/{day}/{new.code}")
        if not known and new.is_open:
            return await self._unfinished.end_move(hall, day, new, by)
        return not (known and isinstance(known[-1].event, Refused))
