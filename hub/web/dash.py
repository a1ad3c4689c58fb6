"""The dashboards: figures of a hall, live and past, with what lies behind each."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from hub.history.figures import BY_IDENT
from hub.history.history import Asked, Behind
from hub.http.figures import FigureAsked, question_of, told
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.web.dashboards import BY_NAME, DASHBOARDS
from hub.web.dashboards import shown as words
from hub.web.dashboards.panel import for_whom
from hub.web.dashboards.ranges import RANGES, Span, span
from hub.web.hall_now import HallNow
from hub.web.look import add_live
from hub.web.plan.pages import address
from hub.web.plan.pages import shown as shown_plan
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.telling import told as in_words
from hub.web.telling import tone
from hub.web.texts import Texts

REFRESHES = (0, 10, 30, 60, 300)
_BEHIND_SHOWN = 500
_DIMENSIONS = ("centre", "floor", "area", "service", "line", "counter", "clerk")


def dash(site: Site, now: HallNow, past: Asked) -> APIRouter:
    router = Router(prefix="/dash/{hall}", include_in_schema=False)

    @router.get("")
    async def first(request: Request, hall: str) -> Response:
        await site.need(request, *AT_MONITOR)
        return RedirectResponse(f"/dash/{site.hall(hall).hall.id}/now", 303)

    add_live(router, site, now.at)

    @router.get("/behind/{figure}")
    async def behind(request: Request, hall: str, figure: str) -> Response:
        """The tickets (or stretches, or appointments) that a figure is taken from."""
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        if figure not in BY_IDENT:
            raise ProblemError("unknown-figure", f"there is no figure {figure!r}; there is {', '.join(BY_IDENT)}")
        texts, asked = language(request), request.query_params
        when = span({**asked, "range": asked.get("range", "from-to")}, _today(site, hall))
        only = {name: values for name in _DIMENSIONS if (values := asked.getlist(name)[:200])}
        question = question_of(hall, _asking(figure, when, only))
        rows: tuple[Behind, ...] = ()
        if all(name in BY_IDENT[figure].by for name in only):  # else it knows nothing of what it was narrowed by
            with told():
                rows = await past.behind(question, figure, _BEHIND_SHOWN)
        names = words.labels(texts, here)
        return await site.page(
            request,
            "dash_behind.html",
            hall=here,
            figure=words.figures(texts)[figure],
            span=when,
            only=[(name, [names[name].get(one, one) for one in values]) for name, values in only.items()],
            columns=_columns(rows),
            rows=[_row(texts, one, names) for one in rows],
            full=len(rows) == _BEHIND_SHOWN,
            most=_BEHIND_SHOWN,
            page_data=_theme(texts),
        )

    @router.get("/unread")
    async def unread(request: Request, hall: str) -> Response:
        """Events that are in no figure, and why: the newest."""
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        rows = sorted(past.unread(hall), key=lambda one: (one.day, one.version), reverse=True)[:_BEHIND_SHOWN]
        return await site.page(request, "dash_unread.html", hall=here, rows=rows, page_data=_theme(language(request)))

    @router.get("/tickets/{day}/{number}")
    async def ticket(request: Request, hall: str, day: str, number: str) -> Response:
        """What happened to a ticket of any day, event by event."""
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        texts, zone = language(request), site.desk.zone(hall)
        events = [
            one.event
            for one in await site.desk.history(hall, _day(day))
            if getattr(one.event, "number", "") == number or number in getattr(one.event, "numbers", ())
        ]
        if not events:
            raise ProblemError("unknown-ticket", f"there was no ticket {number!r} on {day}")
        story = [
            (one.at.astimezone(zone).strftime("%H:%M:%S"), in_words(texts, here, one), tone(one), one.by, one.source)
            for one in events
        ]
        return await site.page(
            request, "dash_ticket.html", hall=here, day=day, number=number, story=story, page_data=_theme(texts)
        )

    @router.get("/{name}")
    async def show(request: Request, hall: str, name: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        if name not in BY_NAME:
            raise ProblemError("not-found", f"there is no dashboard {name!r}; there is {', '.join(BY_NAME)}")
        dashboard = for_whom(BY_NAME[name], who.role)
        await site.book.open()
        texts, asked = language(request), request.query_params
        when = span({} if dashboard.today else asked, _today(site, hall))
        possible = words.choices(texts, here, dashboard)
        only = words.chosen(asked, possible)
        refresh = asked.get("refresh", "0")
        data = {
            "live": f"/dash/{hall}/live?language={texts.language}",
            "hall": hall,
            "private": True,
            "zone": here.hall.timezone,
            "language": texts.language,
            "now": millis(site.desk.now()),
            "texts": texts.section("dash", "phase", "live", "unit", "monitor", "note", "plan", "devices"),
            "plan": address(hall, texts, linked=True),
            "span": when,
            "today": dashboard.today or when.first <= _today(site, hall) <= when.last,
            "only": only,
            "before": asked.get("before") == "1" and not dashboard.today,
            "refresh": int(refresh) if refresh in map(str, REFRESHES) else 0,
            "panels": words.panels(texts, dashboard),
            "labels": words.labels(texts, here),
            "figures": words.figures(texts),
            "show": await now.at(texts, hall),
        }
        drawn = any(one.kind == "plan" for one in dashboard.panels)
        plan = await shown_plan(site, now, texts, hall, linked=True) if drawn else {"hall": here, "floors": []}
        return await site.page(
            request,
            "dash.html",
            **plan,
            dashboard=dashboard,
            titles={one.ident: words.title(texts, one) for one in dashboard.panels},
            all_dashboards=DASHBOARDS,
            kept=_kept(request),
            ranges=RANGES,
            refreshes=REFRESHES,
            span=when,
            possible=possible,
            grouped=words.grouped(texts, here) if "position" in possible else {},
            only=only,
            asked=asked,
            page_data=_plain(data),
        )

    return router


def _today(site: Site, hall: str) -> date:
    return date.fromisoformat(site.desk.today(hall).day)


def _day(text: str) -> str:
    """Raises ProblemError."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ProblemError("not-found", f"{text!r} is no day, such as 2026-01-31") from None


def _asking(figure: str, when: Span, only: dict[str, list[str]]) -> FigureAsked:
    return FigureAsked.model_construct(
        figures=[figure],
        first=when.first,
        last=when.last,
        since=when.since,
        until=when.until,
        by=[],
        step_min=60,
        only=only,
        before=False,
    )


def _kept(request: Request) -> str:
    """What the next dashboard is to have of this one's address."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if value]
    return "?" + urlencode(pairs) if pairs else ""


def _theme(texts: Texts) -> dict[str, Any]:
    return {"language": texts.language, "texts": {}}


def _columns(rows: tuple[Behind, ...]) -> list[str]:
    return [name for name in rows[0].about if name not in _UNSHOWN] if rows else []


_UNSHOWN = ("day", "minute", "at_ms", "number", "hall")


def _row(texts: Texts, one: Behind, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    minute = one.about.get("minute")
    clock = f"{minute // 60:02}:{minute % 60:02}" if isinstance(minute, int) else ""
    cells = [_cell(texts, name, value, names) for name, value in one.about.items() if name not in _UNSHOWN]
    return {"day": one.day, "clock": clock, "number": one.number, "cells": cells}


def _cell(texts: Texts, name: str, value: object, names: dict[str, dict[str, str]]) -> str:
    if value is None or value == "":
        return "–"
    if name.endswith("_s") or name == "seconds":
        return _lasting(texts, float(value)) if isinstance(value, int | float) else str(value)
    if isinstance(value, bool):
        return texts("devices.yes" if value else "devices.no")
    if name in ("outcome", "state"):
        return texts.entries.get(f"dash.{name}_{value}", str(value))
    return names.get(name, {}).get(str(value), str(value))


def _lasting(texts: Texts, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return (
            texts("dash.minutes", minutes=minutes, seconds=f"{rest:02}")
            if minutes
            else texts("dash.seconds", count=rest)
        )
    return texts("dash.hours", hours=minutes // 60, minutes=f"{minutes % 60:02}")


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    when: Span = data["span"]
    told = {name: str(getattr(when, name)) for name in ("range", "first", "last", "since", "until", "by")}
    return data | {"span": told | {"step_min": when.step_min}}
