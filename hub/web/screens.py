"""What the screens play, for administrators and managers: media, playlists, emergencies, and the screens themselves."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Hall
from hub.http.emergencies import Emergency
from hub.http.media import MEDIA, Media
from hub.http.playlists import Playlist
from hub.http.routes import Router
from hub.http.screens import preview_of, screen_now
from hub.http.settings import MAY_CHANGE
from hub.screens.screens import Screens
from hub.web.site import Site, language, millis
from hub.web.texts import Texts


def screens(site: Site, known: Screens) -> APIRouter:
    router = Router(prefix="/screens/{hall}", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        texts = language(request)
        users = await to_thread.run_sync(known.content.users)
        media = [Media.of(one, users.get(one.sha256, [])) for one in await to_thread.run_sync(known.content.all_media)]
        lists = [Playlist.of(one) for one in await to_thread.run_sync(known.content.playlists, hall)]
        now = site.desk.now()
        emergencies = [Emergency.of(one, now) for one in await to_thread.run_sync(known.content.emergencies, hall)]
        data = {
            "api": f"/api/v1/halls/{hall}",
            "media_api": MEDIA,
            "media_max": known.files.file_max,
            "zone": here.hall.timezone,
            "now": millis(now),
            "texts": texts.section("screens"),
            "language": texts.language,
            "media": [one.model_dump(mode="json") for one in media],
            "playlists": [one.model_dump(mode="json") for one in lists],
            "screens": [{"id": one.id, "area": one.area} for one in known.positions(hall)],
        }
        return await site.page(
            request,
            "screens.html",
            hall=here,
            media=media,
            playlists=lists,
            emergencies=[one for one in emergencies if one.active],
            rows=_rows(site, texts, here, known),
            page_data=data,
        )

    return router


def _rows(site: Site, texts: Texts, hall: Hall, known: Screens) -> list[dict[str, Any]]:
    """Each screen: where it is, whether it has all, and what it plays now."""
    now, rows = site.desk.now(), []
    areas = {area.id: texts.name(area) for area in hall.area}
    for screen in known.positions(hall.hall.id):
        seat = site.roster.at(hall.hall.id, screen.id)
        if seat is None:
            continue
        plays = preview_of(site.desk, known, hall.hall.id, screen, now)
        rows.append(
            {
                "id": screen.id,
                "label": screen.label,
                "area": areas.get(screen.area, screen.area),
                "now": screen_now(known, seat, now),
                "emergency": plays.emergency,
                "playlists": ", ".join(one.name for one in plays.playlists),
            }
        )
    return rows
