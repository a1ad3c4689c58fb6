"""How appointments are used, for managers: figures by service and day, and a suggestion they may accept. No script."""

import secrets
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from hub.appointments.bookings import RefusedError
from hub.appointments.uptake import Uptakes
from hub.domain import commands as c
from hub.domain import words
from hub.http.problems import ProblemError, refused
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.http.wishes import fulfil
from hub.web.phone.mine import REASONS
from hub.web.site import Site, language

_REASONS = frozenset((*REASONS, "hall", ""))  # that have their words


def uptake(site: Site, uptakes: Uptakes) -> APIRouter:
    router = Router(prefix="/uptake/{hall}", include_in_schema=False)

    async def shown(
        request: Request,
        hall: str,
        first: date | None = None,
        last: date | None = None,
        *,
        status: int = 200,
        said: str = "",
    ) -> Response:
        here, texts = site.hall(hall), language(request)
        try:
            found = await uptakes.of(hall, first, last)
        except RefusedError as error:
            told = words.refusal(error.code, error.detail)
            status, said = 422, told.zh if texts.language == "zh" else told.en
            found = await uptakes.of(hall)
        return await site.page(
            request,
            "uptake.html",
            status=status,
            hall=here,
            found=found,
            names={one.letter: one for one in here.service},
            said=said,
            done=request.query_params.get("done", ""),
            key=secrets.token_hex(8),
            known_reasons=_REASONS,
        )

    @router.get("")
    async def show(
        request: Request,
        hall: str,
        first: Annotated[str, Query(max_length=10)] = "",
        last: Annotated[str, Query(max_length=10)] = "",
    ) -> Response:
        site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        return await shown(request, hall, _day(first), _day(last))

    @router.post("/{service}")
    async def accept(
        request: Request,
        hall: str,
        service: str,
        more: Annotated[str, Form(max_length=3)] = "",
        key: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        """So many more places than capacity says, or none more; a setting like others, with its history. As many as
        there are: they were looked at, and stay."""
        site.gate.own_site(request)
        who = await site.need(request, *MAY_CHANGE)
        by_file = {one.letter: one.overbook for one in site.desk.today(site.hall(hall).hall.id).base.service}
        if service not in by_file:
            raise ProblemError("unknown-service", f"hall {hall} has no service {service!r}")
        if not (more.isascii() and more.isdigit()):
            raise ProblemError("invalid", f"more: {more!r} is not a number of places")
        wanted, path = int(more), f"service.{service}.overbook"
        ident = f"desk/{who.name}/{key}"
        value = None if wanted == by_file[service] else wanted
        command = c.ChangeSettings(id=ident, at=site.desk.now(), by=who.name, source="http", changes={path: value})
        outcome = await fulfil(site.desk, hall, command)
        if outcome.refused and outcome.refused.code != "nothing-changed":
            raise refused(outcome.refused)
        if outcome.refused and wanted:
            await uptakes.keep(hall, service, ident, who.name)
        done = "withdrawn" if not wanted else "kept" if outcome.refused else "accepted"
        return RedirectResponse(f"/uptake/{hall}?done={done}", 303)

    return router


def _day(text: str) -> date | None:
    """What is no day is as if it was not given."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
