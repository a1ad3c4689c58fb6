"""Reports that the hub made by itself: what there is, and each as a page and as a file."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from halls.format import Hall
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.reports import files
from hub.reports.keeping import AT, KINDS, NAMES, Keeping
from hub.reports.making import in_order
from hub.reports.report import Report
from hub.web.report_shown import FORMATS, ReportFiles, shown
from hub.web.site import Site, language
from hub.web.stats import one_of


class _Chosen(msgspec.Struct, frozen=True):
    """What `report_tables.html` asks of an address: the order of lines."""

    sort: str = ""

    def query(self, **other: str) -> str:
        return urlencode({name: value for name, value in ({"sort": self.sort} | other).items() if value})


def kept_reports(site: Site, keeping: Keeping, taken: ReportFiles) -> APIRouter:
    router = Router(prefix="/stats/{hall}/kept", include_in_schema=False)

    async def read(hall: str, kind: str, first: str, sort: str) -> Report:
        try:
            found = await keeping.read(hall, kind, first)
        except msgspec.DecodeError as error:
            raise ProblemError("unknown-report", "another release of the hub made this report") from error
        return msgspec.structs.replace(found, sections=tuple(in_order(one, sort) for one in found.sections))

    @router.get("")
    async def listed(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *MAY_CHANGE)
        found = await to_thread.run_sync(keeping.stored.all, hall)
        return await site.page(
            request,
            "kept_reports.html",
            hall=here,
            who=who,
            kept=[one for one in found if one.kind in KINDS],
            names=NAMES,
            formats=FORMATS,
            at=f"{AT:%H:%M}",
            clock=lambda at: _clock(at, here),
        )

    @router.get("/{kind}/{first}")
    async def show(
        request: Request, hall: str, kind: str, first: str, sort: Annotated[str, Query(max_length=60)] = ""
    ) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        report, texts = await read(hall, kind, first, sort), language(request)
        address = f"/stats/{hall}/kept/{kind}/{first}"
        return await site.page(
            request,
            "kept_report.html",
            long=True,
            hall=here,
            name=NAMES[one_of(kind, KINDS, "kind")],
            chosen=_Chosen(sort),
            made_at=_clock(report.made_at, here),
            path=f"{address}?{_Chosen(sort).query()}",
            file_path=f"{address}/file",
            **shown(report, texts),
        )

    @router.get("/{kind}/{first}/file")
    async def file(
        request: Request,
        hall: str,
        kind: str,
        first: str,
        format: Annotated[str, Query(max_length=10)] = "xlsx",
        sort: Annotated[str, Query(max_length=60)] = "",
    ) -> Response:
        """As it was made, noted in the audit with who took it."""
        site.hall(hall)
        who = await site.need(request, *MAY_CHANGE)
        wanted: files.Format = one_of(format, FORMATS, "format")
        report = await read(hall, kind, first, sort)
        return await taken.answer(report, wanted, language(request), site.desk.now(), who.name)

    return router


def _clock(at: datetime, hall: Hall) -> str:
    return f"{at.astimezone(ZoneInfo(hall.hall.timezone)):%Y-%m-%d %H:%M}"
