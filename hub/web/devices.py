"""Every position of a hall, the device that fills it, and what it says of itself."""

from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Hall
from hub.http.claims import MAY_EQUIP
from hub.http.orders import MAY_CARE
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Seat
from hub.web.hall_now import HallNow
from hub.web.inventory import Inventory
from hub.web.plan.pages import around
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.texts import Texts
from hub.web.whereabouts import area_name, where
from wire.base import Fact

REPORT_S = 30  # between two health reports, as agents are set
STATES = ("online", "offline", "missing")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One position. `state`: online, offline, or missing where no device ever came."""

    position: str
    label: str
    kind: str
    area: str
    counter: str
    device: str
    state: str
    seen: int | None
    agent: str
    offset_ms: int | None
    outbox: int | None
    facts: tuple[tuple[str, str], ...]


def devices(site: Site, inventory: Inventory, now: HallNow) -> APIRouter:
    router = Router(prefix="/monitor/{hall}/devices", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str, kind: str = "", state: str = "", text: str = "") -> Response:
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        texts = language(request)
        rows = [row(texts, here, seat) for seat in site.roster.seats(hall)]
        now = millis(site.desk.now())
        data = {"zone": here.hall.timezone, "now": now, "texts": texts.section("devices")}
        return await site.page(
            request,
            "devices.html",
            hall=here,
            rows=[one for one in rows if _asked(one, kind, state, text)],
            kinds=list(dict.fromkeys(one.kind for one in rows)),
            states=STATES,
            asked={"kind": kind, "state": state, "text": text},
            now=now,
            never=await to_thread.run_sync(inventory.never_installed, hall),
            page_data=data,
        )

    @router.get("/{position}")
    async def show_one(request: Request, hall: str, position: str) -> Response:
        """One position: what its device says of itself, what may be ordered of it, how it was, and who did what."""
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        seat = site.roster.at(hall, position)
        if seat is None:
            raise ProblemError("not-found", f"hall {hall} has no position {position!r}")
        texts = language(request)
        data = {
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("device", "inventory", "state"),
            "language": texts.language,
            "api": f"/api/v1/halls/{hall}/devices/{position}",
            "cares": who.role in MAY_CARE,
            "report_s": REPORT_S,
        }
        return await site.page(
            request,
            "device.html",
            hall=here,
            row=row(texts, here, seat),
            place=where(texts, here, seat.position),
            hardware=await to_thread.run_sync(inventory.at, site, here, seat),
            may_equip=who.role in MAY_EQUIP,
            page_data=data,
            **await around(site, now, texts, here, seat),
        )

    return router


def row(texts: Texts, hall: Hall, seat: Seat) -> Row:
    position, health = seat.position, seat.health
    return Row(
        position=position.id,
        label=position.label,
        kind=position.kind,
        area=area_name(texts, hall, position),
        counter=position.counter,
        device=seat.device,
        state="online" if seat.online else "offline" if seat.device else "missing",
        seen=millis(seat.seen_at),
        agent=health.agent if health else "",
        offset_ms=round(health.clock_offset_ms) if health and health.clock_offset_ms is not None else None,
        outbox=health.outbox if health else None,
        facts=tuple((name, fact(texts, value)) for name, value in seat.facts.items()),
    )


def fact(texts: Texts, value: Fact) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return texts("devices.yes" if value else "devices.no")
        case float():
            return f"{value:.4g}"
    return str(value)


def _asked(one: Row, kind: str, state: str, text: str) -> bool:
    if (kind and one.kind != kind) or (state and one.state != state):
        return False
    said: tuple[Any, ...] = (one.position, one.label, one.area, one.counter, one.device, one.agent, *one.facts)
    return text.strip().lower() in str(said).lower()
