"""A person's data, at the desk, for those who may: shown in full once, for a reason; and erased on the person's wish.

Addresses have the pseudonym alone. What is shown in full is in the answer to a form, so that nothing leads back to it.
"""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from hub.appointments.bookings import Stamp
from hub.appointments.erasing import Erasing
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.people.vault import Vault
from hub.web.site import Site

_WHY_MAX = 200


def people_data(site: Site, vault: Vault, erasing: Erasing) -> APIRouter:
    async def deciding(request: Request) -> None:
        """Before anything that was typed is looked at."""
        await site.gate.own_writes(request)
        await site.need(request, *MAY_CHANGE)

    router = Router(
        prefix="/desk/{hall}/appointments/of/{person}/data",
        include_in_schema=False,
        dependencies=[Depends(deciding)],
    )

    async def page(request: Request, hall: str, person: str, status: int = 200, **told: Any) -> Response:
        here = site.hall(hall)
        masked = await to_thread.run_sync(vault.masked, person)
        if masked is None:
            raise ProblemError("not-found", "nobody here is known under this address, or not any more")
        opened = [
            (site.hall(at).hall, day, one.slot_at.strftime("%H:%M"), one.service)
            for at, day, one in await erasing.open_ones(person)
        ]
        data: dict[str, Any] = {"full": None, "wrong": "", "why": ""}
        return await site.page(
            request,
            "reception_data.html",
            status=status,
            hall=here,
            person=person,
            masked=masked,
            opened=opened,
            **data | told,
        )

    @router.get("")
    async def show(request: Request, hall: str, person: str) -> Response:
        return await page(request, hall, person)

    @router.post("/reveal")
    async def reveal(request: Request, hall: str, person: str, why: Annotated[str, Form()] = "") -> Response:
        """Each time that it is shown is noted anew."""
        who = await site.need(request, *MAY_CHANGE)
        why = why.strip()[:_WHY_MAX]
        if not why:
            return await page(request, hall, person, 422, wrong="why")
        full = await to_thread.run_sync(lambda: vault.reveal(person, by=who.name, why=why, now=site.desk.now()))
        return await page(request, hall, person, full=full)

    @router.post("/erase")
    async def erase(request: Request, hall: str, person: str, sure: Annotated[str, Form()] = "") -> Response:
        who = await site.need(request, *MAY_CHANGE)
        site.hall(hall)
        if not sure:
            return await page(request, hall, person, 422, wrong="sure")
        now = site.desk.now()
        stamp = Stamp(id=f"erase/{who.name}/{now.timestamp():.6f}", at=now, by=who.name, source="http")
        await erasing.erase(person, stamp, who.name)
        return RedirectResponse(f"/desk/{hall}/appointments?done=erased", 303)

    return router
