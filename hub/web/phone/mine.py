"""My appointments: of the phone that was shown to be theirs. Others' are as unknown as those that never were."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls.format import Hall
from hub.appointments.bookings import RefusedError
from hub.appointments.codes import in_qr, shown
from hub.domain import words
from hub.domain.state import Appointment
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.people import masks
from hub.web.phone.booking import fresh_key, stamp
from hub.web.phone.matters import service_of
from hub.web.phone.papers import calendar_entry, qr_svg
from hub.web.phone.slots import calendar, day_told, month_day, span_told
from hub.web.phone.visitors import Visit, Visitors
from hub.web.site import language
from hub.web.telling import spoken
from hub.web.texts import Texts

REASONS = ("other-plans", "done-otherwise", "not-ready", "other")
"""Why somebody cancels; texts: `phone.reason_CODE`."""

Field = Annotated[str, Form(max_length=100)]


class Mine:
    def __init__(self, visitors: Visitors) -> None:
        self.visitors, self.site, self.doors = visitors, visitors.site, visitors.doors

    async def all(self, hall: str, visit: Visit) -> list[tuple[str, Appointment]]:
        """(day, it), newest first, each once."""
        found = [one for person in visit.persons for one in await self.doors.bookings.of_person(hall, person)]
        each = {(day, one.code): (day, one) for day, one in found}
        return sorted(each.values(), key=lambda one: one[1].slot_at, reverse=True)

    async def one(self, hall: str, visit: Visit, day: str, code: str) -> Appointment:
        for its_day, one in await self.all(hall, visit):
            if (its_day, one.code) == (day, code):
                return one
        raise ProblemError("not-found", "no such appointment belongs to this phone")

    def told(self, texts: Texts, hall: Hall, day: str, one: Appointment) -> dict[str, Any]:
        service = next((known for known in hall.service if known.letter == one.service), None)
        area = next((known for known in hall.area if service and known.id == service.area), None)
        floor = next((known for known in hall.floor if area and known.id == area.floor), None)
        return {
            "day": day,
            "code": one.code,
            "shown": shown(one.code),
            "phase": one.phase,
            "state": texts(f"phone.phase_{one.phase}"),
            "on": day_told(texts, day),
            "at": span_told(one.slot_at, one.minutes),
            "what": texts.name(service) if service else one.service,
            "bring": service.bring if service else (),
            "where": " · ".join(texts.name(place) for place in (area, floor) if place),
            "route": area.route if area else "",
            "for_other": bool(one.principal),
            "number": one.number,
            "is_open": one.is_open,
        }


def mine(visitors: Visitors) -> APIRouter:
    own = Depends(visitors.site.gate.own_writes)
    router = Router(prefix="/m/{hall}/mine", include_in_schema=False, dependencies=[own])
    site, doors, pages = visitors.site, visitors.doors, Mine(visitors)

    @router.get("")
    async def show_all(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        texts = language(request)
        standings = [await doors.bookings.standing(hall, person) for person in visit.persons]
        blocked = _latest([one.blocked_until for one in standings])
        return await site.page(
            request,
            "phone_mine.html",
            hall=here,
            who=None,
            phone=masks.phone(visit.phone),
            found=[pages.told(texts, here, day, one) for day, one in await pages.all(hall, visit)],
            misses=max((one.misses for one in standings), default=0),
            blocked=month_day(texts, blocked) if blocked else "",
        )

    @router.get("/{day}/{code}")
    async def show(request: Request, hall: str, day: str, code: str, new: bool = False) -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        return await page_of(request, here, visit, day, code, new=new)

    async def page_of(
        request: Request, here: Hall, visit: Visit, day: str, code: str, *, new: bool = False, refused: str = ""
    ) -> Response:
        one = await pages.one(here.hall.id, visit, day, code)
        return await site.page(
            request,
            "phone_appointment.html",
            status=422 if refused else 200,
            hall=here,
            who=None,
            one=pages.told(language(request), here, day, one),
            address=f"/m/{here.hall.id}/mine/{day}/{code}",
            qr=qr_svg(in_qr(one.code)) if one.phase == "booked" else "",
            reasons=REASONS,
            key=fresh_key(),
            new=new,
            refused=refused,
        )

    @router.get("/{day}/{code}/visit.ics")
    async def entry(request: Request, hall: str, day: str, code: str) -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        one, texts = await pages.one(hall, visit, day, code), language(request)
        told = pages.told(texts, here, day, one)
        body = calendar_entry(
            f"{day}-{one.code}@{hall}.tingxu",
            title=texts("phone.entry_title", what=told["what"], hall=texts.name(here.hall)),
            begins=one.slot_at,
            minutes=one.minutes,
            where=f"{texts.name(here.hall)} {told['where']}",
            notes="\n".join([texts("phone.entry_code", code=shown(one.code)), *told["bring"]]),
            made_at=one.changed_at,
        )
        headers = {"Content-Disposition": 'attachment; filename="visit.ics"', "Cache-Control": "no-store"}
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    @router.post("/{day}/{code}/cancel")
    async def cancel(request: Request, hall: str, day: str, code: str, key: Field = "", reason: Field = "") -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        await pages.one(hall, visit, day, code)
        why = reason if reason in REASONS else "other"
        try:
            await doors.bookings.cancel(hall, stamp(visitors, visit, key), day=day, code=code, reason=why)
        except RefusedError as error:
            told = spoken(language(request), words.refusal(error.code, error.detail))
            return await page_of(request, here, visit, day, code, refused=told)
        return RedirectResponse(f"/m/{hall}/mine/{day}/{code}", 303)

    async def slots_of(
        request: Request, here: Hall, visit: Visit, day: str, code: str, wanted: str, refused: str = ""
    ) -> Response:
        one, texts = await pages.one(here.hall.id, visit, day, code), language(request)
        service = service_of(here, one.service)
        offers = await doors.bookings.offers(here.hall.id, one.service)
        action = f"/m/{here.hall.id}/mine/{day}/{code}/move"
        return await site.page(
            request,
            "phone_slots.html",
            status=422 if refused else 200,
            hall=here,
            who=None,
            service=service,
            action=action,
            moving={
                "now": f"{day_told(texts, day)} {span_told(one.slot_at, one.minutes)}",
                "key": fresh_key(),
                "refused": refused,
            },
            **calendar(texts, here, offers, wanted, site.desk.now()),
        )

    @router.get("/{day}/{code}/move")
    async def choose(request: Request, hall: str, day: str, code: str, to: str = "") -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        return await slots_of(request, here, visit, day, code, to or day)

    @router.post("/{day}/{code}/move")
    async def move(
        request: Request, hall: str, day: str, code: str, key: Field = "", to: Field = "", slot: Field = ""
    ) -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return visitors.first(request, hall)
        await pages.one(hall, visit, day, code)
        try:
            now, one = await doors.bookings.move(
                hall, stamp(visitors, visit, key), day=day, code=code, to_day=to, to_slot=slot
            )
        except RefusedError as error:
            told = spoken(language(request), words.refusal(error.code, error.detail))
            return await slots_of(request, here, visit, day, code, to, refused=told)
        return RedirectResponse(f"/m/{hall}/mine/{now}/{one.code}?new=1", 303)

    return router


def _latest(days: list[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
