"""Booking on a phone: a day and a slot, who comes, and for whom."""

import asyncio
import re
import secrets
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace

from halls.format import Hall, Service
from hub.appointments.bookings import RefusedError, Stamp
from hub.domain import words
from hub.domain.state import Appointment
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.people import masks
from hub.people.persons import BadPersonError, Person, checked
from hub.web.phone.matters import service_of
from hub.web.phone.slots import calendar, day_told
from hub.web.phone.visitors import Visit, Visitors, wrong_fields
from hub.web.site import language
from hub.web.telling import spoken

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_SLOT = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)
_PERSONS_MAX = 5  # of one phone
_ABOUT_THE_PERSON = ("booked-already", "blocked", "too-many-bookings")

Field = Annotated[str, Form(max_length=100)]


class AtDeskError(Exception):
    """Cannot be settled on a phone. What the reason is, a stranger who tries numbers must not learn."""


class Booking:
    def __init__(self, visitors: Visitors) -> None:
        self.visitors, self.site, self.doors = visitors, visitors.site, visitors.doors

    async def persons(self, visit: Visit, comes: Person, other: Person | None) -> tuple[str, str]:
        """Pseudonyms of who comes and of whom it is for (empty: themselves); the vault knows both afterwards.

        Whose number is known with another phone, or without one, is not taken over by whoever types it: their
        appointments would be seen, and theirs is the right to say so. A phone for whom it is for counts only where the
        vault does not know them. Raises AtDeskError, BadPersonError.
        """
        vault, now = self.doors.vault, self.site.desk.now()
        person = self.doors.pseudonyms.of(comes.number)
        if person not in visit.persons:
            known = await asyncio.to_thread(vault.masked, person)
            if not self.visitors.may_try(visit) or known is not None or len(visit.persons) >= _PERSONS_MAX:
                raise AtDeskError
        principal = self.doors.pseudonyms.of(other.number) if other else ""
        if principal and principal not in visit.persons and not self.visitors.may_try(visit):
            raise AtDeskError
        await asyncio.to_thread(vault.remember, comes, now)
        await asyncio.to_thread(self.doors.visits.bind, visit.secret, person)
        if other and await asyncio.to_thread(vault.masked, principal) is None:
            await asyncio.to_thread(vault.remember, _apart(other, visit.phone), now)
        return person, principal

    async def book(
        self, hall: str, visit: Visit, key: str, wish: dict[str, Any], persons: tuple[str, str]
    ) -> Appointment:
        """Raises RefusedError, AtDeskError where it is about somebody who is not of this phone."""
        person, principal = persons
        try:
            return await self.doors.bookings.book(
                hall, stamp(self.visitors, visit, key), person=person, principal=principal, via="phone", **wish
            )
        except RefusedError as error:
            if error.code in _ABOUT_THE_PERSON and (principal or person) not in visit.persons:
                raise AtDeskError from error
            raise


def _apart(other: Person, agents: str) -> Person:
    """Whom an agent books for is not to be seen by that agent from now on: the agent's own phone is not theirs."""
    return replace(other, phone="") if other.phone == agents else other


def stamp(visitors: Visitors, visit: Visit, key: str) -> Stamp:
    """The form's key is the wish's: sent twice it acts once, and no other visit's form can have the same."""
    if not _KEY.match(key):
        raise ProblemError("bad-request", "the form has no key; open the page again")
    whose = sha256(visit.secret.encode()).hexdigest()[:16]
    return Stamp(id=f"phone/{whose}/{key}", at=visitors.site.desk.now(), by="phone", source="phone")


def fresh_key() -> str:
    return secrets.token_urlsafe(18)


def booking(visitors: Visitors) -> APIRouter:
    own = Depends(visitors.site.gate.own_writes)
    router = Router(prefix="/m/{hall}/book/{letter}", include_in_schema=False, dependencies=[own])
    site, doors, pages = visitors.site, visitors.doors, Booking(visitors)

    def bookable(hall: str, letter: str) -> tuple[Hall, Service]:
        here = site.hall(hall)
        service = service_of(here, letter)
        if not service.appointment:
            raise ProblemError("no-appointments-here", "this service takes no appointments")
        return here, service

    async def form(
        request: Request, hall: str, letter: str, wish: dict[str, str], given: dict[str, str], **told: Any
    ) -> Response:
        here, service = bookable(hall, letter)
        data = {"wish": wish, "given": given, "wrong": {}, "refused": "", "key": fresh_key()} | told
        day = day_told(language(request), wish["day"])
        status = 422 if data["wrong"] or data["refused"] else 200
        return await site.page(
            request, "phone_person.html", status=status, hall=here, who=None, service=service, day=day, **data
        )

    @router.get("")
    async def choose(request: Request, hall: str, letter: str, day: str = "") -> Response:
        here, service = bookable(hall, letter)
        offers = await doors.bookings.offers(hall, letter)
        shown = calendar(language(request), here, offers, day, site.desk.now())
        action = f"/m/{hall}/book/{letter}"
        return await site.page(
            request, "phone_slots.html", hall=here, who=None, service=service, action=action, moving=None, **shown
        )

    @router.get("/{day}")
    async def who(request: Request, hall: str, letter: str, day: str, slot: str = "", wait: bool = False) -> Response:
        bookable(hall, letter)
        _check_slot(day, slot)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        wish = {"day": day, "slot": slot, "wait": "1" if wait else ""}
        return await form(request, hall, letter, wish, {"phone": masks.phone(visit.phone)})

    @router.post("/{day}")
    async def book(
        request: Request,
        hall: str,
        letter: str,
        day: str,
        slot: Field = "",
        wait: Field = "",
        key: Field = "",
        name: Field = "",
        kind: Field = "resident-id",
        number: Field = "",
        other: Field = "",
        other_name: Field = "",
        other_kind: Field = "resident-id",
        other_number: Field = "",
        other_phone: Field = "",
    ) -> Response:
        bookable(hall, letter)
        _check_slot(day, slot)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        texts = language(request)
        wish = {"day": day, "slot": slot, "wait": wait}
        given = {"phone": masks.phone(visit.phone), "name": name, "kind": kind, "number": number, "other": other}
        given |= {"other_name": other_name, "other_kind": other_kind, "other_number": other_number}
        given |= {"other_phone": other_phone}
        wrong: dict[str, str] = {}
        comes = _read(Person(name, number, visit.phone, kind), "", wrong, site)
        principal = (
            _read(Person(other_name, other_number, other_phone, other_kind), "other_", wrong, site) if other else None
        )
        if comes is None or (other and principal is None):
            return await form(request, hall, letter, wish, given, wrong=wrong_fields(texts, wrong))
        asked = {"service": letter, "day": day, "slot": slot, "or_wait": bool(wait)}
        try:
            persons = await pages.persons(visit, comes, principal)
            booked = await pages.book(hall, visit, key, asked, persons)
        except AtDeskError:
            return await form(request, hall, letter, wish, given, refused=texts("phone.at_desk"))
        except RefusedError as error:
            told = spoken(texts, words.refusal(error.code, error.detail))
            return await form(request, hall, letter, wish, given, refused=told)
        return RedirectResponse(f"/m/{hall}/mine/{day}/{booked.code}?new=1", 303)

    return router


def _read(person: Person, prefix: str, wrong: dict[str, str], site: Any) -> Person | None:
    """None, and what is wrong with which field, where it is no person's."""
    try:
        return checked(person, site.desk.now().date())
    except BadPersonError as error:
        field = {"bad-name": "name", "bad-kind": "kind", "bad-phone": "phone"}.get(error.code, "number")
        wrong[prefix + field] = error.code
        return None


def _check_slot(day: str, slot: str) -> None:
    """What no page of ours links to."""
    if not (_DAY.match(day) and _SLOT.match(slot)):
        raise ProblemError("not-found", "choose a day and a slot first")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ProblemError("not-found", f"there is no day {day!r}") from None
