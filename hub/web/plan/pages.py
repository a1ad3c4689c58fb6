"""The plan by itself, for those who look for a board or where people crowd; and its drawing, for other pages."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from halls.format import Hall
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_DRAW
from hub.roster import Seat
from hub.screens.screens import Screens
from hub.storage.content import Media
from hub.web.hall_now import HallNow
from hub.web.plan.drawing import drawing, of_device
from hub.web.plan.now import OFFLINE, STATES, state
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.texts import Texts
from hub.web.whereabouts import where

_AROUND = 90  # centimetres about a device that is pointed at


def plan(site: Site, now: HallNow, screens: Screens) -> APIRouter:
    router = Router(prefix="/plan/{hall}", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        await site.book.open()
        texts = language(request)
        look = await now.at(texts, hall)
        data = {
            "live": f"/dash/{hall}/live?language={texts.language}",
            "plan": address(hall, texts, linked=True),
            "hall": hall,
            "private": True,
            "zone": here.hall.timezone,
            "language": texts.language,
            "now": millis(site.desk.now()),
            "texts": texts.section("plan", "phase", "live", "unit", "devices"),
            "show": look,
        }
        drawn = await shown(site, now, texts, hall, linked=True)
        boards = [
            {
                "id": one.id,
                "kind": texts(f"kind.{one.kind}"),
                "where": where(texts, here, one),
                "away": digit == OFFLINE,
            }
            for one, digit in zip(here.position, look["seats"], strict=True)
        ]
        may_draw = who.role in MAY_DRAW
        return await site.page(request, "plan.html", **drawn, boards=boards, may_draw=may_draw, page_data=data)

    @router.get("/drawing")
    async def draw(request: Request, hall: str, linked: bool = False) -> Response:
        """As the page that asks has it: with links and a table to open, or as the wall has it."""
        site.hall(hall)
        await site.need(request, *AT_MONITOR)
        texts = language(request)
        drawn = await shown(site, now, texts, hall, linked=linked)
        parts = ("plan_drawing.html", "plan_words.html" if linked else "plan_said.html")
        body = "".join(site.part(texts, one, **drawn) for one in parts)
        return HTMLResponse(body, headers={"Cache-Control": "no-store"})

    @router.get("/picture/{floor}")
    async def picture(request: Request, hall: str, floor: str) -> Response:
        """What lies beneath the drawing of a floor."""
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        wanted = next((one.picture for one in here.floor if one.id == floor), "")
        known = await to_thread.run_sync(pictures, screens)
        if wanted not in known or not screens.files.path(wanted).is_file():
            raise ProblemError("unknown-picture", f"floor {floor!r} has no picture; choose one in the editor")
        headers = {"Cache-Control": "private, max-age=86400"}
        return FileResponse(screens.files.path(wanted), media_type=known[wanted].type, headers=headers)

    return router


def pictures(screens: Screens) -> dict[str, Media]:
    """Those among the media, by hash, the newest first. Reads the database."""
    return {one.sha256: one for one in screens.content.all_media() if one.type.startswith("image/")}


def address(hall: str, texts: Texts, *, linked: bool) -> str:
    """Where a page's script finds the drawing when it has changed."""
    return f"/plan/{hall}/drawing?language={texts.language}&linked={str(linked).lower()}"


async def shown(site: Site, now: HallNow, texts: Texts, hall: str, *, linked: bool) -> dict[str, Any]:
    """What `plan_drawing.html` needs. `linked`: tickets and devices lead somewhere."""
    here, look = site.hall(hall), await now.at(texts, hall)
    floors = drawing(texts, here, now.plans.of(here)[0], look)
    return {
        "hall": here,
        "floors": floors,
        "own": None,
        "link": f"/dash/{hall}/tickets/{look['day']}" if linked else "",
    }


async def around(site: Site, now: HallNow, texts: Texts, here: Hall, seat: Seat) -> dict[str, Any]:
    """The floor with one device pointed at; no floor where nobody knows where it is."""
    plans = now.plans.of(here)[0]
    found = of_device(plans, seat.position.id)
    if found is None:
        return {"floors": [], "own": None, "link": ""}
    floor, spot = found
    look = await now.at(texts, here.hall.id)
    radius = _AROUND if not spot.counter else max(_AROUND, round(floor.tile * 62))
    own = {
        "floor": floor.id,
        "x": round(spot.at[0] * 100),
        "y": round(spot.at[1] * 100),
        "radius": radius,
        "state": STATES[state(seat)],
    }
    return {
        "floors": drawing(texts, here, [floor], look),
        "own": own,
        "link": f"/dash/{here.hall.id}/tickets/{look['day']}",
    }
