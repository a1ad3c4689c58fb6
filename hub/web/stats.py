"""Statistics for managers: tables over any days, and the same as a file. No script: all is in the address."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from halls.format import Hall
from hub.cases.handling import Mine
from hub.history.asking import MINUTES, ONLY, By, NotReadyError
from hub.history.history import Asked
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.reports import files, names, words
from hub.reports import ranges as days
from hub.reports.making import report
from hub.reports.ranges import RANGES, Range, RangeError
from hub.reports.report import Report, Wish
from hub.storage.accounts import Identity
from hub.storage.event_log import LogError
from hub.web.report_shown import FORMATS, ReportFiles, shown
from hub.web.site import Site, language

_MONTHLY: tuple[By, ...] = ("service", "counter", "clerk", "day")


class Chosen:
    """What the address says. Raises RangeError, ProblemError for what is nothing that can be chosen."""

    def __init__(self, hall: Hall, asked: Any, now: datetime) -> None:
        today = now.date()
        self.range: Range = one_of(asked.get("range", "month"), RANGES, "range")
        self.at = days.day(asked.get("at", ""), today)
        if self.range == "days":
            first = days.day(asked.get("first", ""), today)
            first, last = days.between(first, days.day(asked.get("last", ""), today))
        else:
            first, last = days.days_of(self.range, self.at)
        self.first, self.last = days.until_today(first, last, today)
        chosen = tuple(dict.fromkeys(asked.getlist("by"))) or ("service",)
        self.by: tuple[By, ...] = tuple(one_of(one, tuple(words.DIMENSIONS), "by") for one in chosen)
        found = {by: tuple(key for key in asked.getlist(by) if key)[:50] for by in ONLY}
        self.only: dict[By, tuple[str, ...]] = {by: keys for by, keys in found.items() if keys}
        self.sort = asked.get("sort", "")[:60]
        self.wish = Wish(
            hall=hall.hall.id,
            first=self.first.isoformat(),
            last=self.last.isoformat(),
            until=now.hour * 60 + now.minute + 1 if self.last == today else MINUTES,
            by=self.by,
            only=self.only,
            sort=self.sort,
        )

    def query(self, **other: str | list[str]) -> str:
        """The address again, with something else in it."""
        told: dict[str, str | list[str]] = {"range": self.range, "by": list(self.by)}
        if self.range == "days":
            told |= {"first": self.first.isoformat(), "last": self.last.isoformat()}
        else:
            told["at"] = self.at.isoformat()
        told |= {by: list(keys) for by, keys in self.only.items()}
        told |= {"sort": self.sort} if self.sort else {}
        return urlencode({key: value for key, value in (told | other).items() if value}, doseq=True)


def stats(site: Site, past: Asked, taken: ReportFiles, waiting: Callable[[str], Mine]) -> APIRouter:
    """`waiting`: cases of negative ratings in a hall."""
    router = Router(prefix="/stats/{hall}", include_in_schema=False)

    def here(hall: str) -> tuple[Hall, datetime]:
        found = site.hall(hall)
        return found, site.desk.now().astimezone(ZoneInfo(found.hall.timezone))

    async def made(hall: Hall, wish: Wish, who: Identity, now: datetime) -> Report:
        try:
            return await report(past, hall, wish, at=now, by=who.name)
        except LogError as error:
            raise ProblemError("unavailable", str(error), headers={"Retry-After": "5"}) from error

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        who = await site.need(request, *MAY_CHANGE)
        (found, now), texts = here(hall), language(request)
        said, status, made_one, waits = "", 200, None, None
        try:
            chosen = Chosen(found, request.query_params, now)
        except RangeError as error:
            said, status = texts(f"stats.{error.code}", given=error.given), 422
            chosen = Chosen(found, Nothing(), now)
        try:
            made_one = await made(found, chosen.wish, who, now)
        except NotReadyError as error:
            waits, status = error, 503
        return await site.page(
            request,
            "stats.html",
            status=status,
            long=True,
            hall=found,
            chosen=chosen,
            waits=waits,
            said=said,
            ranges=RANGES,
            dimensions=words.DIMENSIONS,
            choices={by: names.names(found, by) for by in ONLY},
            stepped=stepped(chosen),
            today=now.date().isoformat(),
            path=f"{request.url.path}?{chosen.query()}",
            file_path=f"/stats/{hall}/file",
            cases=await to_thread.run_sync(waiting, hall),
            **shown(made_one, texts),
        )

    @router.get("/month")
    async def month(request: Request, hall: str) -> Response:
        """The last whole month, with what a monthly report has."""
        await site.need(request, *MAY_CHANGE)
        at = days.month_before(here(hall)[1].date()).isoformat()
        query = urlencode({"range": "month", "at": at, "by": _MONTHLY}, doseq=True)
        return RedirectResponse(f"/stats/{hall}?{query}", 303)

    @router.get("/file")
    async def file(request: Request, hall: str, format: Annotated[str, Query(max_length=10)] = "xlsx") -> Response:
        """The same as the page, noted in the audit with who took it."""
        who = await site.need(request, *MAY_CHANGE)
        kind: files.Format = one_of(format, FORMATS, "format")
        (found, now), texts = here(hall), language(request)
        try:
            chosen = Chosen(found, request.query_params, now)
            made_one = await made(found, chosen.wish, who, now)
        except RangeError as error:
            raise ProblemError("invalid", str(error)) from error
        except NotReadyError as error:
            raise ProblemError("unavailable", str(error), headers={"Retry-After": "5"}) from error
        return await taken.answer(made_one, kind, texts, now)

    return router


class Nothing:
    """An address in which nothing was chosen."""

    def get(self, name: str, otherwise: str) -> str:
        return otherwise

    def getlist(self, name: str) -> list[str]:
        return []


def one_of(given: str, known: tuple[Any, ...], what: str) -> Any:
    if given not in known:
        raise ProblemError("invalid", f"{what}: {given!r} is none of {', '.join(known)}")
    return given


def stepped(chosen: Chosen) -> tuple[str, str]:
    """The query of the period before, and of the one after."""
    first, last = days.days_of(chosen.range, chosen.at)
    if chosen.range == "days":
        length = chosen.last - chosen.first + days.ONE
        earlier = {"first": (chosen.first - length).isoformat(), "last": (chosen.last - length).isoformat()}
        later = {"first": (chosen.first + length).isoformat(), "last": (chosen.last + length).isoformat()}
        return chosen.query(**earlier), chosen.query(**later)
    return chosen.query(at=(first - days.ONE).isoformat()), chosen.query(at=(last + days.ONE).isoformat())
