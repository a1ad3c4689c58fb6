"""The desk for appointments of people without a phone, by whoever sits there. Works by keyboard, without a script.

People are found by their identity number or a code, which travel in bodies of requests and stand in no address; pages
know them by their pseudonym, and show nothing but masks.
"""

import secrets
from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from halls.format import Hall
from hub.appointments.bookings import Bookings, RefusedError, Stamp
from hub.appointments.calendar import DayOffer
from hub.appointments.codes import read_code, shown
from hub.appointments.erasing import Erasing
from hub.domain import appointment_commands as ac
from hub.domain import words
from hub.domain.events import TicketReserved
from hub.domain.state import OPEN
from hub.http.identity import AT_COUNTERS
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.people.persons import BadPersonError, Person, number_of
from hub.people.vault import Vault
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Identity
from hub.web.desk_slips import DeskSlips, Told
from hub.web.site import Site, language

_WAIT = "+"  # before a slot: it is full, and waited for
_TODAY_MAX = 300  # appointments of a day that are listed
_REASONS = ("", "hall")  # why one is cancelled: the citizen's wish; the hall's doing, which is told to the citizen


class Reception(msgspec.Struct, frozen=True):
    """What the page works with."""

    bookings: Bookings
    vault: Vault
    pseudonyms: Pseudonyms
    erasing: Erasing
    slips: DeskSlips


class Typed(BaseModel):
    """Of somebody who is not known yet."""

    name: str = ""
    number: str = ""
    phone: str = ""


def reception(site: Site, known: Reception) -> APIRouter:
    async def at_counters(request: Request) -> None:
        """Before anything that was typed is looked at."""
        await site.gate.own_writes(request)
        await site.need(request, *AT_COUNTERS)

    router = Router(prefix="/desk/{hall}/appointments", include_in_schema=False, dependencies=[Depends(at_counters)])
    bookings = known.bookings

    async def who_writes(request: Request) -> Identity:
        site.gate.own_site(request)
        return await site.need(request, *AT_COUNTERS)

    def stamp(who: Identity, key: str) -> Stamp:
        """`key`: of the form that was sent, so that a form that is sent twice is one wish."""
        return Stamp(id=f"desk/{who.name}/{key[:40]}", at=site.desk.now(), by=who.name, source="http")

    async def start(request: Request, hall: str, status: int = 200, **told: Any) -> Response:
        here = site.hall(hall)
        today = (await bookings.of_day(hall, site.desk.today(hall).day))[:_TODAY_MAX]
        people = await to_thread.run_sync(lambda: {one.person: known.vault.masked(one.person) for one in today})
        rows = [(one, people[one.person], one.slot_at.strftime("%H:%M")) for one in today]
        done = request.query_params.get("done", "")
        data = {"typed": None, "wrong": "", "unknown": "", "done": done, **told}
        return await site.page(request, "reception.html", status=status, hall=here, rows=rows, shown=shown, **data)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        site.hall(hall)
        await site.need(request, *AT_COUNTERS)
        return await start(request, hall)

    @router.post("/find")
    async def find(request: Request, hall: str, said: Annotated[str, Form()] = "") -> Response:
        await who_writes(request)
        if code := read_code(said):
            found = await bookings.find(hall, code)
            if found is not None:
                return _to(hall, found[1].person)
        number = _spelled(said, site.desk.now())
        person = known.pseudonyms.of(number)
        masked = await to_thread.run_sync(known.vault.masked, person)
        if person and (masked or await bookings.of_person(hall, person)):
            return _to(hall, person)
        return await start(request, hall, unknown="yes", typed=Typed(number="" if code else number))

    @router.post("/people")
    async def remember(request: Request, hall: str, typed: Annotated[Typed, Form()]) -> Response:
        await who_writes(request)
        person = Person(typed.name, typed.number, typed.phone)
        try:
            return _to(hall, await to_thread.run_sync(known.vault.remember, person, site.desk.now()))
        except BadPersonError as error:
            return await start(request, hall, 422, typed=typed, wrong=error.code)

    async def of_person(
        request: Request, hall: str, person: str, *, status: int = 200, service: str = "", **told: Any
    ) -> Response:
        here, mine = site.hall(hall), await bookings.of_person(hall, person)
        who = await site.gate.asking(request)
        masked = await to_thread.run_sync(known.vault.masked, person)
        if masked is None and not mine:
            raise ProblemError("not-found")
        wanted = {one.service for _, one in mine if one.phase == "booked"} | ({service} if service else set())
        offers = {letter: await _offers(bookings, hall, letter) for letter in sorted(wanted)}
        data = {"done": request.query_params.get("done", ""), "refused": None, "ticket": None, "slip": None, **told}
        state = site.desk.today(hall)
        return await site.page(
            request,
            "reception_person.html",
            status=status,
            hall=here,
            today=state.day,
            machines=known.slips.machines(hall),
            printable={number for number in state.taken.values() if state.tickets[number].phase in OPEN},
            person=person,
            masked=masked,
            mine=[(day, one, one.slot_at.strftime("%H:%M")) for day, one in mine],
            names={one.letter: one for one in here.service},
            standing=await bookings.standing(hall, person),
            service=service,
            offers=offers,
            key=secrets.token_hex(8),
            reasons=_REASONS,
            shown=shown,
            wait=_WAIT,
            may_decide=who is not None and who.role in MAY_CHANGE,
            **data,
        )

    @router.get("/of/{person}")
    async def show_person(request: Request, hall: str, person: str, service: str = "", slip: str = "") -> Response:
        """`slip`: the id of an order to print one, to see what became of it."""
        await site.need(request, *AT_COUNTERS)
        if slip and (asked := await known.slips.ordered(hall, slip)) is not None:
            mine = {one.number for _, one in await bookings.of_person(hall, person)}
            if asked.detail in mine and (reserved := await known.slips.reserved(hall, asked.detail)):
                return await given(request, hall, person, reserved, await known.slips.became(hall, slip))
        return await of_person(request, hall, person, service=_bookable(site.hall(hall), service))

    async def given(
        request: Request, hall: str, person: str, reserved: TicketReserved, slip: Told | None = None
    ) -> Response:
        """The number that they have, large."""
        service = next(one for one in site.hall(hall).service if one.letter == reserved.service)
        area = site.area(hall, service.area)
        return await of_person(request, hall, person, ticket=reserved, area=area, slip=slip)

    async def refused(request: Request, hall: str, person: str, code: str, detail: str) -> Response:
        told = words.refusal(code, detail)
        said = told.zh if language(request).language == "zh" else told.en
        return await of_person(request, hall, person, status=409, refused=said)

    async def done(request: Request, hall: str, person: str, wish: Awaitable[object], word: str) -> Response:
        """The person's page, which says by `word` what was done, or why it was not."""
        try:
            await wish
        except RefusedError as error:
            return await refused(request, hall, person, error.code, error.detail)
        return _to(hall, person, word)

    @router.post("/of/{person}/book")
    async def book(
        request: Request,
        hall: str,
        person: str,
        service: Annotated[str, Form()],
        slot: Annotated[str, Form()] = "",
        key: Annotated[str, Form()] = "",
        other_name: Annotated[str, Form(max_length=100)] = "",
        other_number: Annotated[str, Form(max_length=40)] = "",
        other_phone: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        """`other_…`: of whom it is for; name and number empty: for themselves. Without a phone, the one known stays."""
        who = await who_writes(request)
        day, clock = _when(slot.removeprefix(_WAIT))
        principal = ""
        if other_name.strip() or other_number.strip():
            try:
                other = Person(other_name, other_number, other_phone)
                principal = await to_thread.run_sync(known.vault.remember, other, site.desk.now())
            except BadPersonError as error:
                said = language(request)(f"people.{error.code}")
                return await of_person(
                    request, hall, person, status=422, service=_bookable(site.hall(hall), service), refused=said
                )
        try:
            one = await bookings.book(
                hall, stamp(who, key), service=service, day=day, slot=clock, person=person, principal=principal,
                via="desk", or_wait=slot.startswith(_WAIT),
            )  # fmt: skip
        except RefusedError as error:
            return await refused(request, hall, person, error.code, error.detail)
        return _to(hall, person, "waits" if one.phase == "waiting" else "booked")

    @router.post("/of/{person}/{day}/{code}/move")
    async def move(
        request: Request,
        hall: str,
        person: str,
        day: str,
        code: str,
        slot: Annotated[str, Form()] = "",
        key: Annotated[str, Form()] = "",
    ) -> Response:
        who = await who_writes(request)
        to_day, clock = _when(slot)
        wish = bookings.move(hall, stamp(who, key), day=day, code=code, to_day=to_day, to_slot=clock, staff=True)
        return await done(request, hall, person, wish, "moved")

    @router.post("/of/{person}/{day}/{code}/cancel")
    async def cancel(
        request: Request,
        hall: str,
        person: str,
        day: str,
        code: str,
        reason: Annotated[str, Form()] = "",
        key: Annotated[str, Form()] = "",
    ) -> Response:
        who = await who_writes(request)
        why = reason if reason in _REASONS else ""
        wish = bookings.cancel(hall, stamp(who, key), day=day, code=code, reason=why, staff=True)
        return await done(request, hall, person, wish, "cancelled")

    @router.post("/of/{person}/{day}/{code}/forgive")
    async def forgive(
        request: Request, hall: str, person: str, day: str, code: str, why: Annotated[str, Form()] = ""
    ) -> Response:
        """An appeal was granted: the miss counts no more. Not a clerk's decision."""
        await site.need(request, *MAY_CHANGE)
        who = await who_writes(request)
        if not why.strip():
            return await refused(request, hall, person, "reason-missing", "")
        wish = bookings.forgive(hall, day=day, code=code, by=who.name, why=why.strip()[:200])
        return await done(request, hall, person, wish, "forgiven")

    @router.post("/of/{person}/{day}/{code}/check-in")
    async def check_in(
        request: Request,
        hall: str,
        person: str,
        day: str,
        code: str,
        key: Annotated[str, Form()] = "",
        machine: Annotated[str, Form()] = "",
    ) -> Response:
        """Of today. `machine`: of the position that prints the slip; empty: the number is told by whoever sits here."""
        who = await who_writes(request)
        asked = stamp(who, key)
        command = ac.CheckIn(id=asked.id, at=asked.at, by=asked.by, source=asked.source, code=code)
        outcome = await site.desk.handle(hall, command)
        if outcome.refused:
            return await refused(request, hall, person, outcome.refused.code, outcome.refused.detail)
        reserved = next(event for event in outcome.events if isinstance(event, TicketReserved))
        if not machine:
            return await given(request, hall, person, reserved)
        told = await known.slips.print(hall, machine, reserved, by=who.name, key=key[:40])
        return await given(request, hall, person, reserved, told)

    @router.post("/of/{person}/{day}/{code}/keep")
    async def keep(
        request: Request,
        hall: str,
        person: str,
        day: str,
        code: str,
        number: Annotated[str, Form(max_length=20)] = "",
        key: Annotated[str, Form()] = "",
    ) -> Response:
        """They are here already, by a number that they took at a machine. Of today."""
        who = await who_writes(request)
        asked = stamp(who, key)
        held = number.replace(" ", "").upper()
        command = ac.KeepWith(id=asked.id, at=asked.at, by=asked.by, source=asked.source, code=code, number=held)
        outcome = await site.desk.handle(hall, command)
        if outcome.refused:
            return await refused(request, hall, person, outcome.refused.code, outcome.refused.detail)
        return _to(hall, person, "kept")

    @router.post("/of/{person}/{day}/{code}/print")
    async def print_slip(
        request: Request,
        hall: str,
        person: str,
        day: str,
        code: str,
        key: Annotated[str, Form()] = "",
        machine: Annotated[str, Form()] = "",
    ) -> Response:
        """The slip of a number that was given today, at a machine; once more where another one printed none."""
        who = await who_writes(request)
        today = day == site.desk.today(hall).day
        mine = await bookings.of_person(hall, person) if today else []
        number = next((one.number for of, one in mine if (of, one.code) == (day, code)), "")
        reserved = await known.slips.reserved(hall, number)
        if reserved is None:
            return await refused(request, hall, person, "no-slip", number)
        told = await known.slips.print(hall, machine, reserved, by=who.name, key=key[:40])
        return await given(request, hall, person, reserved, told)

    return router


def _to(hall: str, person: str, done: str = "") -> Response:
    return RedirectResponse(f"/desk/{hall}/appointments/of/{person}{f'?done={done}' if done else ''}", 303)


def _spelled(said: str, now: datetime) -> str:
    """An identity number as the vault spells it; other papers as they are."""
    try:
        return number_of(said, now.date())
    except BadPersonError:
        return said.strip()[:40]


def _bookable(hall: Hall, letter: str) -> str:
    return letter if any(one.letter == letter and one.appointment for one in hall.service) else ""


async def _offers(bookings: Bookings, hall: str, service: str) -> list[DayOffer]:
    try:
        return await bookings.offers(hall, service)
    except RefusedError:  # it took appointments once
        return []


def _when(slot: str) -> tuple[str, str]:
    """2026-01-05T09:30 → day and time of day; what is neither is refused by the bookings."""
    day, _, clock = slot.partition("T")
    return day, clock
