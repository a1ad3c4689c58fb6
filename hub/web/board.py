"""The hall's boards: open to everybody, and so without a person on them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Area, Hall
from hub.domain import projection
from hub.web.site import Site, language, millis

_GAP_S = 0.25


def board(site: Site) -> APIRouter:
    router = APIRouter(prefix="/board/{hall}", include_in_schema=False)

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
    view = projection.board(day, area, epoch=site.desk.epoch, version=0)
    return {
        "calls": [
            {
                "number": call.number,
                "counter": call.counter_name,
                "english": english_counter(day.hall, call.counter),
                "calls": call.calls,
                "at": millis(call.at),
            }
            for call in view.calls
        ],
        "waiting": [{"name": w.name, "english": w.english, "waiting": w.waiting} for w in view.waiting],
        "ticker": view.ticker,
    }


def english_counter(hall: Hall, ident: str) -> str:
    """`Counter 3` for "03"; nothing for a counter whose id is no number."""
    return str(int(ident)) if ident.isdigit() else ""
