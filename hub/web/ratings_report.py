"""The report of ratings for managers: a month, or any other time, as a page and as a file."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from halls.format import Hall
from hub.cases.handling import Handling
from hub.history.asking import NotReadyError
from hub.history.history import Asked
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.reports import files
from hub.reports import ranges as days
from hub.reports.ranges import RANGES, RangeError
from hub.reports.ratings import ratings_report as made_of
from hub.reports.report import Report
from hub.storage.accounts import Identity
from hub.storage.event_log import LogError
from hub.web.report_shown import FORMATS, ReportFiles, shown
from hub.web.site import Site, language
from hub.web.stats import Chosen, one_of, stepped


def ratings_report(site: Site, past: Asked, handling: Handling, taken: ReportFiles) -> APIRouter:
    router = Router(prefix="/cases/{hall}/report", include_in_schema=False)

    def here(hall: str) -> tuple[Hall, datetime]:
        found = site.hall(hall)
        return found, site.desk.now().astimezone(ZoneInfo(found.hall.timezone))

    async def made(hall: Hall, chosen: Chosen, who: Identity, now: datetime) -> Report:
        try:
            return await made_of(past, handling.became, hall, chosen.wish, at=now, by=who.name)
        except LogError as error:
            raise ProblemError("unavailable", str(error), headers={"Retry-After": "5"}) from error

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        """Of the last whole month, where nothing else is asked for."""
        who = await site.need(request, *MAY_CHANGE)
        (found, now), texts = here(hall), language(request)
        said, status, report, waits = "", 200, None, None
        try:
            chosen = Chosen(found, _Wished(request.query_params, now), now)
        except RangeError as error:
            said, status = texts(f"stats.{error.code}", given=error.given), 422
            chosen = Chosen(found, _Wished({}, now), now)
        try:
            report = await made(found, chosen, who, now)
        except NotReadyError as error:
            waits, status = error, 503
        return await site.page(
            request,
            "ratings_report.html",
            status=status,
            long=True,
            hall=found,
            chosen=chosen,
            waits=waits,
            said=said,
            ranges=RANGES,
            stepped=stepped(chosen),
            today=now.date().isoformat(),
            path=f"{request.url.path}?{chosen.query()}",
            file_path=f"/cases/{hall}/report/file",
            **shown(report, texts),
        )

    @router.get("/file")
    async def file(request: Request, hall: str, format: Annotated[str, Query(max_length=10)] = "xlsx") -> Response:
        """The same as the page, noted in the audit with who took it."""
        who = await site.need(request, *MAY_CHANGE)
        kind: files.Format = one_of(format, FORMATS, "format")
        found, now = here(hall)
        try:
            report = await made(found, Chosen(found, _Wished(request.query_params, now), now), who, now)
        except RangeError as error:
            raise ProblemError("invalid", str(error)) from error
        except NotReadyError as error:
            raise ProblemError("unavailable", str(error), headers={"Retry-After": "5"}) from error
        return await taken.answer(report, kind, language(request), now)

    return router


class _Wished:
    """An address in which only days are chosen: of the last whole month, where none are."""

    def __init__(self, asked: Any, now: datetime) -> None:
        last_month = {"range": "month", "at": days.month_before(now.date()).isoformat()}
        named = ("range", "at", "first", "last")
        self._asked = {name: asked[name] for name in named if asked.get(name)} or last_month

    def get(self, name: str, otherwise: str) -> str:
        return self._asked.get(name, otherwise)

    def getlist(self, name: str) -> list[str]:
        return []
