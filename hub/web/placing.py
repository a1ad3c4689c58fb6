"""Pages for whoever stands there with boards in a box: those that wait, and the two scans that give one its place."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from hub.http.claims import MAY_EQUIP
from hub.http.routes import Router
from hub.web.inventory import Inventory
from hub.web.site import Site, language, millis
from hub.web.texts import Texts
from hub.web.whereabouts import where


def placing(site: Site, known: Inventory) -> APIRouter:
    router = Router(prefix="/monitor/{hall}", include_in_schema=False)

    @router.get("/waiting")
    async def show_waiting(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_EQUIP)
        texts = language(request)
        boards = await to_thread.run_sync(known.waiting, hall)
        approved = await to_thread.run_sync(known.approved, hall)
        free = _free(site, texts, hall, {board["position"] for board in approved})
        data = _data(site, hall, texts) | {
            "applicants": f"/api/v1/halls/{hall}/applicants",
            "codes": {
                state: ",".join(one["code"] for one in those)
                for state, those in (("waiting", boards), ("approved", approved))
            },
        }
        return await site.page(
            request,
            "waiting.html",
            hall=here,
            boards=boards,
            approved=approved,
            free=free,
            classes={one["device_class"] for one in free},
            page_data=data,
        )

    @router.get("/scan")
    async def show_scan(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_EQUIP)
        texts = language(request)
        data = _data(site, hall, texts) | {"api": f"/api/v1/halls/{hall}", "devices": f"/monitor/{hall}/devices"}
        return await site.page(request, "scan.html", hall=here, page_data=data)

    return router


def _free(site: Site, texts: Texts, hall: str, promised: set[str]) -> list[dict[str, str]]:
    """Positions that no device fills, that one could, and that were promised to none."""
    here = site.hall(hall)
    return [
        {"id": at.id, "device_class": at.device_class, "place": where(texts, here, at)}
        for seat in site.roster.seats(hall)
        if not (at := seat.position).wireless and not seat.device and at.id not in promised
    ]


def _data(site: Site, hall: str, texts: Texts) -> dict[str, Any]:
    return {
        "zone": site.hall(hall).hall.timezone,
        "now": millis(site.desk.now()),
        "texts": texts.section("inventory", "state", "kind"),
        "language": texts.language,
    }
