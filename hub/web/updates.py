"""Releases going out: what each wave and each device has come to, and the keys that hold it up or take it back."""

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from hub.http.releases import MAY_LOOK, MAY_ROLL_OUT, MAY_UPLOAD, RELEASES, Release
from hub.http.rollouts import summaries
from hub.http.routes import Router
from hub.releases.rollouts import Rollouts
from hub.web.site import Site, language, millis


def updates(site: Site, known: Rollouts) -> APIRouter:
    router = Router(prefix="/updates/{hall}", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *MAY_LOOK)
        texts = language(request)
        releases = [Release.of(one) for one in await to_thread.run_sync(known.releases.all)]
        before = await to_thread.run_sync(summaries, known, hall)
        data = {
            "api": f"/api/v1/halls/{hall}/rollouts",
            "releases_api": RELEASES,
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("updates"),
            "language": texts.language,
            "may_act": who.role in MAY_ROLL_OUT,
        }
        return await site.page(
            request,
            "updates.html",
            hall=here,
            releases=releases,
            rollouts=before,
            classes=list(dict.fromkeys(one.device_class for one in here.position if one.wireless is None)),
            may_act=who.role in MAY_ROLL_OUT,
            may_upload=who.role in MAY_UPLOAD,
            page_data=data,
        )

    return router
