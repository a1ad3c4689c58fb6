"""The live monitor: what a hall's management wants to see at a glance."""

import asyncio
from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from halls.format import Hall, Position
from hub.alerts.messages import headline_of
from hub.domain import projection
from hub.domain.state import Day
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Seat
from hub.storage.alerts import Alert
from hub.web import reasons
from hub.web.daybook import Book, newest_first
from hub.web.look import Look, add_live
from hub.web.site import AT_MONITOR, Site, TurnedAway, counter_name, language, millis
from hub.web.telling import spoken, told, tone
from hub.web.texts import Texts
from hub.web.whereabouts import where

_OFFLINE_SHOWN = 40
_ALERTS_SHOWN = 8


def monitor(site: Site, look: Look) -> APIRouter:
    router = Router(prefix="/monitor/{hall}", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        await site.book.open()
        texts = language(request)
        data = {
            "live": f"/monitor/{hall}/live?language={texts.language}",
            "why": f"/monitor/{hall}/why",
            "private": True,
            "zone": here.hall.timezone,
            "language": texts.language,
            "texts": texts.section("monitor", "phase", "live", "unit"),
            "now": millis(site.desk.now()),
            "show": await look.at(texts, hall),
        }
        names = {one.id: counter_name(texts, one) for one in here.counter}
        kinds = list(_expected(here))
        return await site.page(request, "monitor.html", hall=here, who=who, names=names, kinds=kinds, page_data=data)

    add_live(router, site, look.at)

    @router.get("/why/{number}")
    async def why(request: Request, hall: str, number: str) -> Response:
        site.hall(hall)
        await site.need(request, *AT_MONITOR)
        told = reasons.of_ticket(language(request), site, hall, number.strip().upper())
        if told is None:
            raise ProblemError("unknown-ticket", f"there is no ticket {number!r} today")
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return router


async def shown(site: Site, texts: Texts, hall: str) -> dict[str, Any]:
    """All panels. Times in milliseconds since 1970, so that the page can count on by itself."""
    refusals = await asyncio.to_thread(site.refusals)
    alerts = await asyncio.to_thread(site.alerts, hall)
    day, book = site.desk.today(hall), site.book.book(hall)
    seats = site.roster.seats(hall)
    return {
        "figures": _figures(site, day, seats),
        "counters": [_counter(day, book, counter.id) for counter in day.hall.counter],
        "waiting": {service.letter: day.count_waiting(service.letter) for service in day.hall.service},
        "devices": _devices(day.hall, seats),
        "offline": _offline(texts, day.hall, seats),
        "events": [
            {"at": millis(event.at), "text": told(texts, day.hall, event), "tone": tone(event)}
            for event in newest_first(book)
        ],
        "refused": _doors(texts, refusals),
        "calls": reasons.recent(texts, site, day),
        "alerts": len(alerts),
        "turned_away": sum(one.count for one in refusals),
        "warnings": [
            *(_alert(texts, day.hall, one) for one in alerts[:_ALERTS_SHOWN]),
            *reasons.warnings(texts, site, day),
            *_of_platforms(texts, site, day),
        ],
    }


def _alert(texts: Texts, hall: Hall, one: Alert) -> dict[str, str]:
    """`page`: its own, with its evidence."""
    page = f"/alerts/{hall.hall.id}/{one.id}"
    return {"code": "alert", "text": spoken(texts, headline_of(one, hall)), "page": page, "severity": one.severity}


def _of_platforms(texts: Texts, site: Site, day: Day) -> list[dict[str, str]]:
    """Their webhooks are disabled."""
    off = site.platforms_off(day.hall.hall.id)
    return [{"code": "webhook-off", "text": texts("monitor.webhook_off", client=client)} for client in off]


def _figures(site: Site, day: Day, seats: list[Seat]) -> dict[str, Any]:
    sums = projection.totals(day, site.desk.now())
    levels = [ticket.level for ticket in day.tickets.values() if ticket.level]
    oldest = min((day.tickets[line[0]].taken_at for line in day.lines.values() if line), default=None)
    return {
        "taken": sums.taken,
        "waiting": sums.waiting,
        "serving": sums.serving,
        "ended": sums.ended,
        "no_show": sums.no_show,
        "rated": sums.rated,
        "level": round(sum(levels) / len(levels), 2) if levels else None,
        "counters_open": sums.counters_open,
        "counters": len(day.hall.counter),
        "longest_since": millis(oldest),
        "online": sum(seat.online for seat in seats),
        "positions": len(seats),
    }


def _counter(day: Day, book: Book, ident: str) -> dict[str, Any]:
    counter = projection.counter_of(day.hall, ident)
    assert counter is not None
    now = projection.counter_now(day, counter)
    since = millis(book.tally(ident).since)
    return {"id": ident, "phase": now.phase, "number": now.number, "clerk": now.clerk, "since": since}


def _expected(hall: Hall) -> Counter[str]:
    return Counter(position.kind for position in hall.position)


def _devices(hall: Hall, seats: list[Seat]) -> list[dict[str, Any]]:
    online: Counter[str] = Counter(seat.position.kind for seat in seats if seat.online)
    return [{"kind": kind, "online": online[kind], "expected": many} for kind, many in _expected(hall).items()]


def _offline(texts: Texts, hall: Hall, seats: list[Seat]) -> dict[str, Any]:
    """Those seen before first, the latest of them on top: they are what broke just now."""
    away = sorted((seat for seat in seats if not seat.online), key=lambda seat: -(millis(seat.seen_at) or 0))
    listed = [_away(texts, hall, seat.position, seat) for seat in away[:_OFFLINE_SHOWN]]
    return {"count": len(away), "listed": listed}


def _away(texts: Texts, hall: Hall, position: Position, seat: Seat) -> dict[str, Any]:
    return {"position": position.id, "where": where(texts, hall, position), "seen": millis(seat.seen_at)}


def _doors(texts: Texts, refusals: list[TurnedAway]) -> list[dict[str, Any]]:
    """Per door: how many, when last, and the codes, most frequent first."""
    doors: dict[str, list[TurnedAway]] = {}
    for one in refusals:
        doors.setdefault(one.door, []).append(one)
    return [
        {
            "door": texts.entries.get(f"door.{door}", door),
            "count": sum(one.count for one in these),
            "last": millis(max(one.last_at for one in these)),
            "codes": [[one.code, one.count] for one in sorted(these, key=lambda one: -one.count)],
        }
        for door, these in sorted(doors.items())
    ]
