"""The open interface: a platform books for citizens, and sees, moves and cancels what it booked; nothing else.

Its appointments keep one id, whatever day they are moved to. It is held to the rules that citizens are held to on their
phones: blocks, and the time until which something can be changed.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.appointments import codes
from hub.appointments.bookings import Bookings, RefusedError, Stamp
from hub.appointments.series import Series
from hub.desk import Desk
from hub.domain.state import Appointment, AppointmentPhase
from hub.http.appointments import CancelBody, MoveBody, Offers, offers_of
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.wishes import checked_key
from hub.people.persons import BadPersonError, Kind, Person, checked
from hub.people.vault import Vault
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Identity

_Letter = Annotated[str, Field(max_length=8, description="A service's letter.", examples=["A"])]
_Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="When the slot begins, HH:MM.")]
_Writes = refusals(400, 401, 403, 404, 409, 422, 503)
_ABOUT_OTHERS = ("booked-already",)  # its detail is the time of an appointment that somebody else may have booked


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonBody(_Asked):
    """As on the document. The queue keeps a pseudonym; name and phone go to the vault, for reminders, where the hall
    does not know this person yet: somebody whom it knows is not changed by a platform."""

    number: str = Field(min_length=1, max_length=40)
    kind: Kind = "resident-id"
    name: str = Field(min_length=1, max_length=100)
    phone: str = Field("", max_length=40, description="Empty: they get no reminders.")


class BookBody(_Asked):
    service: _Letter
    day: date
    slot: _Clock
    person: PersonBody = Field(description="Who comes.")
    principal: PersonBody | None = Field(None, description="代办: for whom it is, if not for who comes.")
    or_wait: bool = Field(False, description="Wait for a place where the slot is full.")


class BookableService(BaseModel):
    letter: str
    name: str


class BookableHall(BaseModel):
    """`services`: those that take appointments."""

    id: str
    name: str
    timezone: str
    services: list[BookableService]


class Booked(BaseModel):
    """`id`: for good; `code`: what the citizen shows at the hall, of this day; `check_in`: the same for a QR code.
    `number`: the ticket that it became. `reason`: why it was cancelled, a code."""

    id: str
    code: str
    check_in: str
    day: str
    service: str
    slot_at: datetime
    minutes: int
    state: AppointmentPhase
    for_other: bool
    made_at: datetime
    changed_at: datetime
    number: str
    reason: str


class BookedOnDay(BaseModel):
    day: str
    appointments: list[Booked]


def platform(
    desk: Desk, bookings: Bookings, series: Series, vault: Vault, pseudonyms: Pseudonyms, gate: Gate
) -> APIRouter:
    router = Router(prefix="/api/v1/platform/halls", tags=["platform"])
    known = gate.need("platform")
    Client = Annotated[Identity, Depends(known)]  # noqa: N806 - a type

    async def here(hall: str, who: Client) -> Identity:
        desk.today(hall)
        if hall not in who.halls:
            raise ProblemError("not-your-hall")
        return who

    Here = Annotated[Identity, Depends(here)]  # noqa: N806 - a type
    Wished = Annotated[Stamp, Depends(_wish(desk, known))]  # noqa: N806 - a type

    async def its(hall: str, name: str, who: Identity) -> tuple[str, Appointment]:
        """What others booked is not there, for it."""
        found = await to_thread.run_sync(series.now, hall, codes.read_code(name))
        if found is None or found[1].client != _client(who):
            raise ProblemError("unknown-appointment", f"this client booked nothing with the id {name!r} in this hall")
        return found

    async def meant(hall: str, name: str, who: Identity, wish: Stamp) -> tuple[str, str]:
        """Day and code of what is to be moved; of a wish that came before, as they were then."""
        day, one = await its(hall, name, who)
        before = await bookings.moved_by(wish.id)
        if before is not None and await to_thread.run_sync(series.same, hall, before, (day, one.code)):
            return before
        return day, one.code

    async def told(hall: str, day: str, one: Appointment) -> Booked:
        name = await to_thread.run_sync(series.name, hall, one)
        zone = desk.zone(hall)
        return Booked(
            id=name,
            code=one.code,
            check_in=codes.in_qr(one.code),
            day=day,
            service=one.service,
            slot_at=one.slot_at.astimezone(zone),
            minutes=one.minutes,
            state=one.phase,
            for_other=bool(one.principal),
            made_at=one.made_at.astimezone(zone),
            changed_at=one.changed_at.astimezone(zone),
            number=one.number,
            reason=one.reason,
        )

    def person_of(where: str, body: PersonBody) -> Person:
        try:
            return checked(Person(body.name, body.number, body.phone, body.kind), desk.now().date())
        except BadPersonError as error:
            raise ProblemError(
                "bad-person", f"{where}: {error.code}", errors=[{"where": f"body.{where}", "what": error.code}]
            ) from None

    async def remember(person: Person) -> None:
        if await to_thread.run_sync(vault.masked, pseudonyms.of(person.number)) is None:
            await to_thread.run_sync(vault.remember, person, desk.now())

    @router.get("", operation_id="listBookableHalls", responses=refusals(401, 403))
    async def halls(who: Client) -> list[BookableHall]:
        """Where this client may book, and what."""
        found = [desk.today(hall).hall for hall in desk.halls() if hall in who.halls]
        return [
            BookableHall(
                id=one.hall.id,
                name=one.hall.name,
                timezone=one.hall.timezone,
                services=[BookableService(letter=s.letter, name=s.name) for s in one.service if s.appointment],
            )
            for one in found
        ]

    @router.get(
        "/{hall}/offers",
        operation_id="getPlatformOffers",
        responses=refusals(401, 403, 404, 409, 422),
        dependencies=[Depends(here)],
    )
    async def offers(hall: str, service: Annotated[_Letter, Query()]) -> Offers:
        """What of a service can be booked: today and the days to come, with the places that are free."""
        return await offers_of(bookings, hall, service)

    @router.get("/{hall}/appointments", operation_id="listPlatformAppointments", responses=refusals(401, 403, 404, 422))
    async def of_day(hall: str, day: date, who: Here) -> BookedOnDay:
        """What this client booked, of one day; to compare with what it heard by webhook."""
        found = [one for one in await bookings.of_day(hall, day.isoformat()) if one.client == _client(who)]
        return BookedOnDay(day=day.isoformat(), appointments=[await told(hall, day.isoformat(), one) for one in found])

    @router.post("/{hall}/appointments", operation_id="bookPlatformAppointment", status_code=201, responses=_Writes)
    async def book(hall: str, body: BookBody, response: Response, who: Here, wish: Wished) -> Booked:
        """A place in a slot; or, with `or_wait`, in the line of those who wait for one."""
        person = person_of("person", body.person)
        principal = person_of("principal", body.principal) if body.principal else None
        day = body.day.isoformat()
        try:
            one = await bookings.book(
                hall,
                wish,
                service=body.service,
                day=day,
                slot=body.slot,
                person=pseudonyms.of(person.number),
                principal=pseudonyms.of(principal.number) if principal else "",
                via="platform",
                client=_client(who),
                or_wait=body.or_wait,
            )
        except RefusedError as error:
            raise RefusedError(error.code, "" if error.code in _ABOUT_OTHERS else error.detail) from error
        for somebody in (person, principal):
            if somebody is not None:
                await remember(somebody)
        made = await told(hall, day, one)
        response.headers["Location"] = f"/api/v1/platform/halls/{hall}/appointments/{made.id}"
        return made

    @router.get(
        "/{hall}/appointments/{appointment}",
        operation_id="getPlatformAppointment",
        responses=refusals(401, 403, 404),
    )
    async def look(hall: str, appointment: str, who: Here) -> Booked:
        return await told(hall, *await its(hall, appointment, who))

    @router.post("/{hall}/appointments/{appointment}/move", operation_id="movePlatformAppointment", responses=_Writes)
    async def move(hall: str, appointment: str, body: MoveBody, who: Here, wish: Wished) -> Booked:
        """To another slot, of this day or another. On another day it has another code, and the same id."""
        day, code = await meant(hall, appointment, who, wish)
        moved = await bookings.move(hall, wish, day=day, code=code, to_day=body.day.isoformat(), to_slot=body.slot)
        return await told(hall, *moved)

    @router.post(
        "/{hall}/appointments/{appointment}/cancel", operation_id="cancelPlatformAppointment", responses=_Writes
    )
    async def cancel(hall: str, appointment: str, body: CancelBody, who: Here, wish: Wished) -> Booked:
        """Also the wait for a place."""
        day, one = await its(hall, appointment, who)
        await bookings.cancel(hall, wish, day=day, code=one.code, reason=body.reason)
        return await told(hall, *await its(hall, appointment, who))

    return router


def _client(who: Identity) -> str:
    return who.name.removeprefix("client:")


def _wish(desk: Desk, known: Callable[..., Awaitable[Identity]]) -> Callable[..., Awaitable[Stamp]]:
    async def wish(
        who: Annotated[Identity, Depends(known)],
        idempotency_key: Annotated[
            str | None,
            Header(description="1 to 100 printable ASCII characters; the same key again is the same wish, done once."),
        ] = None,
    ) -> Stamp:
        """A program that does not know whether it was heard must be able to ask again: so the key is no choice."""
        if idempotency_key is None:
            raise ProblemError("no-idempotency-key", "send an Idempotency-Key with every write")
        return Stamp(id=f"http/{who.ident}/{checked_key(idempotency_key)}", at=desk.now(), by=who.name)

    return wish
