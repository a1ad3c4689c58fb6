"""A phone's owner has their data deleted, by themselves, after the code that shows that the phone is theirs."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from hub.http.routes import Router
from hub.people import masks
from hub.web.phone.booking import fresh_key, stamp
from hub.web.phone.visitors import Visit, Visitors
from hub.web.site import language

_BY = "phone"  # whose deed it is, for the audit


def forgetting(visitors: Visitors) -> APIRouter:
    own = Depends(visitors.site.gate.own_writes)
    router = Router(prefix="/m/{hall}/mine/data", include_in_schema=False, dependencies=[own])
    site, doors = visitors.site, visitors.doors

    async def theirs(visit: Visit) -> dict[str, str]:
        """Mark of this visit's own → pseudonym, of those whom the vault knows with this phone now. Who gave another
        phone meanwhile is not this phone's to erase."""
        found = await asyncio.to_thread(doors.vault.of_phone, visit.phone)
        return {_mark(visit, person): person for person in found}

    async def page(request: Request, hall: str, visit: Visit, wrong: str = "") -> Response:
        here, known = site.hall(hall), await theirs(visit)
        masked = {mark: await asyncio.to_thread(doors.vault.masked, person) for mark, person in known.items()}
        return await site.page(
            request,
            "phone_data.html",
            status=422 if wrong else 200,
            hall=here,
            who=None,
            phone=masks.phone(visit.phone),
            people=[(mark, one) for mark, one in masked.items() if one is not None],
            opened=sum([len(await doors.erasing.open_ones(person)) for person in known.values()]),
            key=fresh_key(),
            wrong=wrong,
        )

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        site.hall(hall)
        visit = await visitors.of(request)
        return visitors.first(request, hall) if visit is None else await page(request, hall, visit)

    @router.post("/erase")
    async def erase(
        request: Request,
        hall: str,
        key: Annotated[str, Form(max_length=100)] = "",
        sure: Annotated[str, Form(max_length=10)] = "",
        whose: Annotated[list[str] | None, Form(max_length=10)] = None,
    ) -> Response:
        here = site.hall(hall)
        visit = await visitors.of(request)
        if visit is None:
            return RedirectResponse(f"/m/{hall}/enter?next=/m/{hall}/mine/data", 303)
        known, texts = await theirs(visit), language(request)
        chosen = [known[mark] for mark in whose or () if mark in known]
        if not chosen:
            return await page(request, hall, visit, texts("phone.data_whose_missing"))
        if not sure:
            return await page(request, hall, visit, texts("phone.data_unsure"))
        for person in chosen:
            await doors.erasing.erase(person, stamp(visitors, visit, key), _BY)
        answer = await site.page(request, "phone_data_gone.html", hall=here, who=None)
        visitors.farewell(answer)  # with the data every visit of this phone has ended
        return answer

    return router


def _mark(visit: Visit, person: str) -> str:
    """Stands for a person in a form, and means nothing outside this visit."""
    return hashlib.sha256(f"{visit.secret}/{person}".encode()).hexdigest()[:16]
