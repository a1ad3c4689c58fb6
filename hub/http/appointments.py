"""Appointments for staff: offered, booked, moved, cancelled, looked at, forgiven.

Persons are given by their identity number, which becomes a pseudonym here and is stored nowhere.
"""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.appointments import codes
from hub.appointments.bookings import Bookings, Stamp
from hub.desk import Desk
from hub.domain import words
from hub.domain.state import Appointment, AppointmentPhase
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.media import LINE
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.http.tickets import InWords
from hub.http.wishes import Wish, wishes
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Identity

_Letter = Annotated[str, Field(max_length=8, description="A service's letter.", examples=["A"])]
_Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="When the slot begins, HH:MM.")]
_Number = Annotated[str, Field(max_length=40, description="An identity number. The hub keeps a pseudonym of it only.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAppointment(_Asked):
    service: _Letter
    day: date
    slot: _Clock
    person: _Number
    principal: _Number = Field("", description="代办: the identity number of whom it is for; empty: for themselves.")
    or_wait: bool = Field(False, description="Wait for a place where the slot is full.")


class MoveBody(_Asked):
    day: date
    slot: _Clock


class CancelBody(_Asked):
    reason: str = Field("", max_length=40, pattern="^[a-z0-9-]*$", description="A code, such as `ill`.")


class ForgiveBody(_Asked):
    reason: str = Field(min_length=1, max_length=200, pattern=LINE)


class SearchBody(_Asked):
    person: Annotated[_Number, Field(min_length=1)]


class SlotNow(BaseModel):
    at: datetime
    minutes: int
    capacity: int
    free: int


class DayNow(BaseModel):
    """`closed`: why there are no slots, a code, with its words in `told`; empty: there are."""

    day: str
    slots: list[SlotNow]
    closed: str
    told: InWords | None


class Offers(BaseModel):
    service: str
    days: list[DayNow]


class AppointmentNow(BaseModel):
    """`for_other`: 代办; `client`: of the platform's program that booked it; `number`: the ticket that it
    became; `reason`: why it was cancelled, a code; `instead_of`:
    DAY/CODE of the one that was given up for it. Who it is, is not said."""

    code: str
    day: str
    service: str
    slot_at: datetime
    minutes: int
    state: AppointmentPhase
    for_other: bool
    via: str
    client: str
    made_at: datetime
    changed_at: datetime
    number: str
    reason: str
    instead_of: str


class AppointmentsOfDay(BaseModel):
    day: str
    appointments: list[AppointmentNow]


class StandingNow(BaseModel):
    """`misses` that count now, of the `allowed`; with so many nothing is booked online before `blocked_until`."""

    misses: int
    allowed: int
    blocked_until: date | None


class OfPerson(BaseModel):
    """Newest first."""

    standing: StandingNow
    appointments: list[AppointmentNow]


async def offers_of(bookings: Bookings, hall: str, service: str) -> Offers:
    days = [
        DayNow(
            day=one.day,
            slots=[SlotNow(at=s.at, minutes=s.minutes, capacity=s.capacity, free=s.free) for s in one.slots],
            closed=one.closed,
            told=InWords.of(words.refusal(one.closed)) if one.closed else None,
        )
        for one in await bookings.offers(hall, service)
    ]
    return Offers(service=service, days=days)


def appointments(desk: Desk, bookings: Bookings, pseudonyms: Pseudonyms, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/appointments", tags=["appointments"])
    staff = [Depends(gate.need(*AT_COUNTERS))]
    Wished = Annotated[Wish, Depends(wishes(desk, gate))]  # noqa: N806 - a type

    async def found(hall: str, code: str) -> tuple[str, Appointment]:
        one = await bookings.find(hall, codes.read_code(code))
        if one is None:
            raise ProblemError("unknown-appointment", f"no appointment of this hall has the code {code!r}")
        return one

    @router.get("/offers", operation_id="getOffers", responses=refusals(401, 403, 404, 409, 422), dependencies=staff)
    async def offers(hall: str, service: Annotated[_Letter, Query()]) -> Offers:
        """What of a service can be booked: today and the days to come, with the places that are free."""
        return await offers_of(bookings, hall, service)

    @router.get("", operation_id="listAppointments", responses=refusals(401, 403, 404, 422), dependencies=staff)
    async def of_day(hall: str, day: date | None = None) -> AppointmentsOfDay:
        """All of a day, by slot. Without `day`: today's."""
        told = day.isoformat() if day else desk.today(hall).day
        return AppointmentsOfDay(day=told, appointments=[_now(told, one) for one in await bookings.of_day(hall, told)])

    @router.post(
        "", operation_id="bookAppointment", status_code=201, responses=refusals(400, 401, 403, 404, 409, 422, 503)
    )
    async def book(hall: str, body: NewAppointment, response: Response, wish: Wished) -> AppointmentNow:
        """A place in a slot; or, with `or_wait`, in the line of those who wait for one."""
        day = body.day.isoformat()
        one = await bookings.book(
            hall,
            Stamp(**wish.stamp),
            service=body.service,
            day=day,
            slot=body.slot,
            person=pseudonyms.of(body.person),
            principal=pseudonyms.of(body.principal),
            via="desk",
            or_wait=body.or_wait,
        )
        response.headers["Location"] = f"/api/v1/halls/{hall}/appointments/{one.code}"
        return _now(day, one)

    @router.post(
        "/search",
        operation_id="searchAppointments",
        responses=refusals(400, 401, 403, 404, 422),
        dependencies=staff,
    )
    async def search(hall: str, body: SearchBody) -> OfPerson:
        """Of one person; a POST, since an identity number in an address would be in every log on the way."""
        person = pseudonyms.of(body.person)
        standing = await bookings.standing(hall, person)
        return OfPerson(
            standing=StandingNow(
                misses=standing.misses, allowed=standing.allowed, blocked_until=standing.blocked_until
            ),
            appointments=[_now(day, one) for day, one in await bookings.of_person(hall, person)],
        )

    @router.get("/{code}", operation_id="getAppointment", responses=refusals(401, 403, 404), dependencies=staff)
    async def look(hall: str, code: str) -> AppointmentNow:
        """By its code, as people type it or a scanner reads it."""
        return _now(*await found(hall, code))

    @router.post("/{code}/move", operation_id="moveAppointment", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def move(hall: str, code: str, body: MoveBody, wish: Wished) -> AppointmentNow:
        """To another slot; on another day it has another code. Staff is not held to the time limit for changes."""
        day, one = await found(hall, code)
        to = body.day.isoformat()
        moved = await bookings.move(
            hall, Stamp(**wish.stamp), day=day, code=one.code, to_day=to, to_slot=body.slot, staff=True
        )
        return _now(*moved)

    @router.post(
        "/{code}/cancel", operation_id="cancelAppointment", responses=refusals(400, 401, 403, 404, 409, 422, 503)
    )
    async def cancel(hall: str, code: str, body: CancelBody, wish: Wished) -> AppointmentNow:
        """Also the wait for a place. Whoever waited longest for the place gets it."""
        day, one = await found(hall, code)
        await bookings.cancel(hall, Stamp(**wish.stamp), day=day, code=one.code, reason=body.reason, staff=True)
        return _now(*await found(hall, code))

    @router.post(
        "/{code}/forgive",
        operation_id="forgiveMiss",
        responses=refusals(400, 401, 403, 404, 409, 422),
    )
    async def forgive(
        hall: str, code: str, body: ForgiveBody, who: Annotated[Identity, Depends(gate.need(*MAY_CHANGE))]
    ) -> AppointmentNow:
        """申诉: this miss counts no more, which may end a block. Who forgave it and why is in the audit."""
        day, one = await found(hall, code)
        await bookings.forgive(hall, day=day, code=one.code, by=who.name, why=body.reason)
        return _now(day, one)

    return router


def _now(day: str, one: Appointment) -> AppointmentNow:
    return AppointmentNow(
        code=one.code,
        day=day,
        service=one.service,
        slot_at=one.slot_at,
        minutes=one.minutes,
        state=one.phase,
        for_other=bool(one.principal),
        via=one.via,
        client=one.client,
        made_at=one.made_at,
        changed_at=one.changed_at,
        number=one.number,
        reason=one.reason,
        instead_of=one.instead_of,
    )
