"""Statistics for managers: tables over any days, and the same as a file. No script: all is in the address."""

from datetime import datetime
from typing import Annotated, Any, get_args
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import anyio
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from halls.format import Hall
from hub.history.asking import MINUTES, ONLY, By, NotReadyError
from hub.history.history import Asked
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.reports import facts, files, names, words
from hub.reports import ranges as days
from hub.reports.making import report
from hub.reports.numbers import written
from hub.reports.ranges import RANGES, Range, RangeError
from hub.reports.report import Report, Wish
from hub.storage.accounts import Identity
from hub.storage.event_log import LogError
from hub.storage.report_exports import ReportExports
from hub.web.site import Site, language
from hub.web.stats_charts import columns, longest

_AT_ONCE, _WAITING_MAX = 2, 8  # files that are written at the same time, and that may wait for it
_MONTHLY: tuple[By, ...] = ("service", "counter", "clerk", "day")


class Chosen:
    """What the address says. Raises RangeError, ProblemError for what is nothing that can be chosen."""

    def __init__(self, hall: Hall, asked: Any, now: datetime) -> None:
        today = now.date()
        self.range: Range = _one_of(asked.get("range", "month"), RANGES, "range")
        self.at = days.day(asked.get("at", ""), today)
        if self.range == "days":
            first = days.day(asked.get("first", ""), today)
            first, last = days.between(first, days.day(asked.get("last", ""), today))
        else:
            first, last = days.days_of(self.range, self.at)
        self.first, self.last = days.until_today(first, last, today)
        chosen = tuple(dict.fromkeys(asked.getlist("by"))) or ("service",)
        self.by: tuple[By, ...] = tuple(_one_of(one, tuple(words.DIMENSIONS), "by") for one in chosen)
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


def stats(site: Site, past: Asked, exports: ReportExports) -> APIRouter:
    router = Router(prefix="/stats/{hall}", include_in_schema=False)
    limiter = anyio.CapacityLimiter(_AT_ONCE)

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
            chosen = Chosen(found, _Nothing(), now)
        try:
            made_one = await made(found, chosen.wish, who, now)
        except NotReadyError as error:
            waits, status = error, 503
        sections = () if made_one is None else made_one.sections
        return await site.page(
            request,
            "stats.html",
            status=status,
            long=True,
            hall=found,
            chosen=chosen,
            report=made_one,
            waits=waits,
            said=said,
            written=written,
            words=words,
            ranges=RANGES,
            dimensions=words.DIMENSIONS,
            choices={by: names.names(found, by) for by in ONLY},
            stepped=_stepped(chosen),
            today=now.date().isoformat(),
            formats=get_args(files.Format),
            now_days=facts.now(made_one, texts.language) if made_one else "",
            earlier_days=facts.before(made_one, texts.language) if made_one else "",
            path=f"{request.url.path}?{chosen.query()}",
            drawn={one.ident: columns(one, texts.language) for one in sections},
            most={one.ident: longest(one) for one in sections},
            say=lambda told: words.pick(told, texts.language),
            comma=lambda told: words.pick(words.COMMA, texts.language).join(
                words.pick(one, texts.language) for one in told
            ),
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
        kind: files.Format = _one_of(format, get_args(files.Format), "format")
        (found, now), texts = here(hall), language(request)
        try:
            chosen = Chosen(found, request.query_params, now)
            made_one = await made(found, chosen.wish, who, now)
        except RangeError as error:
            raise ProblemError("invalid", str(error)) from error
        except NotReadyError as error:
            raise ProblemError("unavailable", str(error), headers={"Retry-After": "5"}) from error
        if limiter.statistics().tasks_waiting >= _WAITING_MAX:
            raise ProblemError("unavailable", "too many reports are being written", headers={"Retry-After": "10"})
        body = await to_thread.run_sync(files.write, made_one, kind, texts.language, limiter=limiter)
        await to_thread.run_sync(exports.note, made_one, kind, now)
        headers = {"Content-Disposition": _disposition(files.name(made_one, kind, texts.language), kind)}
        return Response(body, media_type=files.TYPES[kind], headers=headers | {"Cache-Control": "no-store"})

    return router


class _Nothing:
    """An address in which nothing was chosen."""

    def get(self, name: str, otherwise: str) -> str:
        return otherwise

    def getlist(self, name: str) -> list[str]:
        return []


def _one_of(given: str, known: tuple[Any, ...], what: str) -> Any:
    if given not in known:
        raise ProblemError("invalid", f"{what}: {given!r} is none of {', '.join(known)}")
    return given


def _stepped(chosen: Chosen) -> tuple[str, str]:
    """The query of the period before, and of the one after."""
    first, last = days.days_of(chosen.range, chosen.at)
    if chosen.range == "days":
        length = chosen.last - chosen.first + days.ONE
        earlier = {"first": (chosen.first - length).isoformat(), "last": (chosen.last - length).isoformat()}
        later = {"first": (chosen.first + length).isoformat(), "last": (chosen.last + length).isoformat()}
        return chosen.query(**earlier), chosen.query(**later)
    return chosen.query(at=(first - days.ONE).isoformat()), chosen.query(at=(last + days.ONE).isoformat())


def _disposition(name: str, kind: str) -> str:
    """RFC 6266, with a name in Chinese by RFC 8187 and one in ASCII for whoever does not read it."""
    return f"attachment; filename=\"statistics.{kind}\"; filename*=UTF-8''{quote(name, safe='')}"
