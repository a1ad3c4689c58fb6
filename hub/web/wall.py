"""The wall: a hall at a glance on one big screen, for those who run it and those who visit."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hub.history.history import Asked
from hub.http.routes import Router
from hub.web.dashboards.shown import labels
from hub.web.hall_now import HallNow
from hub.web.look import add_live
from hub.web.plan.pages import address
from hub.web.plan.pages import shown as shown_plan
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.texts import Texts
from hub.web.today_past import TodayPast


def wall(site: Site, now: HallNow, past: Asked) -> APIRouter:
    router = Router(prefix="/wall/{hall}", include_in_schema=False)
    today = TodayPast(past)

    async def shown(texts: Texts, hall: str) -> dict[str, Any]:
        """No clerk's name, no citizen's: visitors look at it."""
        look = await now.at(texts, hall)
        counters = [{key: one[key] for key in ("id", "phase", "number", "since")} for one in look["counters"]]
        return {**look, "counters": counters, "past": await today.at(hall, look["day"])}

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *AT_MONITOR)
        await site.book.open()
        texts = language(request)
        names = labels(texts, here)
        data = {
            "live": f"/wall/{hall}/live?language={texts.language}",
            "private": True,
            "zone": here.hall.timezone,
            "language": texts.language,
            "now": millis(site.desk.now()),
            "plan": address(hall, texts, linked=False),
            "texts": texts.section("wall", "phase", "live", "unit", "monitor", "plan", "devices")
            | {key: texts(key) for key in ("dash.seconds", "dash.minutes", "dash.hours", "dash.making")},
            "labels": {name: names[name] for name in ("service", "centre", "counter", "kind")},
            "places": {one.letter: one.area for one in here.service},
            "centres": {one.letter: one.centre for one in here.service},
            "floors": {one.id: one.floor for one in here.area},
            "seats": {one.id: one.area for one in here.counter},
            "show": await shown(texts, hall),
        }
        drawn = await shown_plan(site, now, texts, hall, linked=False)
        return await site.page(request, "wall.html", **drawn, page_data=data)

    add_live(router, site, shown)

    return router
