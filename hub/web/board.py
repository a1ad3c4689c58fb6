"""The hall's boards: open to everybody, and so without a person on them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Area
from hub.domain import projection
from hub.domain.state import Day
from hub.http.routes import Router
from hub.web.site import Site, language, millis

_GAP_S = 0.25
_CALLS_KEPT = 9


def board(site: Site) -> APIRouter:
    router = Router(prefix="/board/{hall}", include_in_schema=False)

    @router.get("")
    async def areas(request: Request, hall: str) -> Response:
        return await site.page(request, "areas.html", hall=site.hall(hall))

    @router.get("/{area}")
    async def show(request: Request, hall: str, area: str) -> Response:
        here, place = site.hall(hall), site.area(hall, area)
        texts = language(request)
        data = {
            "live": f"/board/{hall}/{area}/live",
            "zone": here.hall.timezone,
            "language": texts.language,
            "texts": texts.section("board", "live"),
            "now": millis(site.desk.now()),
            "show": shown(site, hall, place),
        }
        return await site.page(request, "board.html", hall=here, area=place, page_data=data)

    @router.get("/{area}/live")
    async def live(request: Request, hall: str, area: str) -> Response:
        place = site.area(hall, area)

        async def snapshot() -> dict[str, Any]:
            return shown(site, hall, place)

        return await site.live.stream(request, snapshot, gap_s=_GAP_S)

    return router


def shown(site: Site, hall: str, area: Area) -> dict[str, Any]:
    """What a board shows: calls newest first, waiting per centre, the ticker's line."""
    day = site.desk.today(hall)
    return {
        "calls": calls(day, area),
        "waiting": [
            {"name": centre.name, "english": centre.english, "waiting": centre.waiting}
            for centre in projection.centre_waiting(day)
        ],
        "ticker": day.hall.hall.ticker,
    }


def calls(day: Day, area: Area) -> list[dict[str, Any]]:
    """The area's last calls, as the screens in the hall show them."""
    return [
        {
            "number": call.number,
            "counter": call.counter_name,
            "calls": call.calls,
            "at": millis(call.at),
            "phase": call.phase,
        }
        for call in projection.area_calls(day, area)[:_CALLS_KEPT]
    ]
