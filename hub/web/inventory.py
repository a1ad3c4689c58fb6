"""The inventory's pages: everything that was bought, import with preview, the figures."""

from typing import Any, get_args

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Hall
from halls.items import Kind
from hub.domain.asset_figures import Worry
from hub.domain.assets import STATES
from hub.http.asset_shapes import AssetNow
from hub.http.books import MAY_LOOK, Books, Figures
from hub.http.claims import MAY_EQUIP
from hub.http.routes import Router
from hub.inventory.columns import COLUMNS, NEEDED
from hub.roster import Seat
from hub.storage.applicants import Applicant, Applicants
from hub.storage.assets import UnknownAssetError
from hub.web.site import Site, language, millis
from hub.web.texts import Texts
from wire import pairing, pairing_number

NEVER = "never"  # a filter beside the states: bought and never installed
_TOLD_MAX = 50  # alerts of a sort that the page lists


class Inventory:
    """What the pages read; blocks, so it is called in threads."""

    def __init__(self, books: Books, applicants: Applicants) -> None:
        self.books, self.applicants = books, applicants

    def waiting(self, hall: str) -> list[dict[str, Any]]:
        """Boards that wait, with what the inventory knows of them."""
        return [self._board(hall, one) for one in self.applicants.waiting(hall)]

    def approved(self, hall: str) -> list[dict[str, Any]]:
        """Boards that were let in and have yet to fetch their certificate."""
        return [self._board(hall, one) for one in self.applicants.approved(hall)]

    def never_installed(self, hall: str) -> int:
        """Bought, still there, and never at a position."""
        return sum(one.installed_at is None and one.state != "retired" for one in self.books.assets.all(hall))

    def at(self, site: Site, hall: Hall, seat: Seat) -> dict[str, Any]:
        """For a position's own page: the asset there, and what could take its place."""
        here, position = hall.hall.id, seat.position
        waiting = [one for one in self.waiting(here) if one["device_class"] in ("", position.device_class)]
        spares = [one for one in self.books.now(here) if one.kind == position.kind and one.state == "in-stock"]
        to = [
            other.position.id
            for other in site.roster.seats(here)
            if other.position.device_class == position.device_class and not other.device and not other.position.wireless
        ]
        return {
            "asset": self.books.assets.at(here, position.id),
            "waiting": waiting,
            "promised": next((one for one in self.approved(here) if one["position"] == position.id), None),
            "spares": [one.serial for one in spares],
            "to": to,
            "wireless": position.wireless is not None,
        }

    def _board(self, hall: str, one: Applicant) -> dict[str, Any]:
        try:
            asset = self.books.story(hall, one.hardware_serial or "")
        except UnknownAssetError:
            asset = None
        return {
            "code": one.code,
            "shown": pairing.shown(one.code),
            "by_lamp": pairing_number.shown(pairing_number.number(one.code)),
            "device_class": one.device_class or "",
            "serial": one.hardware_serial or "",
            "address": one.address,
            "reason": one.reason,
            "since": millis(one.first_at),
            "last": millis(one.last_at),
            "position": one.position or "",
            "by": one.decided_by or "",
            "decided": millis(one.decided_at),
            "asset": asset,
        }


def inventory(site: Site, known: Inventory) -> APIRouter:
    router = Router(prefix="/monitor/{hall}/inventory", include_in_schema=False)
    books = known.books

    @router.get("")
    async def show(request: Request, hall: str, kind: str = "", state: str = "", text: str = "") -> Response:
        here = site.hall(hall)
        who = await site.need(request, *MAY_LOOK)
        every = await to_thread.run_sync(books.now, hall)
        figures = await to_thread.run_sync(books.figures, hall)
        waiting = await to_thread.run_sync(known.applicants.waiting, hall)
        return await site.page(
            request,
            "inventory.html",
            hall=here,
            rows=[one for one in every if _asked(one, kind, state, text)],
            total=figures.shares[-1],
            idle=[one for one in figures.alerts if one.worry == "idle"],
            unlisted=figures.unlisted,
            waiting=len(waiting),
            kinds=get_args(Kind),
            states=(*STATES, NEVER),
            asked={"kind": kind, "state": state, "text": text},
            may_equip=who.role in MAY_EQUIP,
            page_data=page_data(site, here, language(request)),
        )

    @router.get("/import")
    async def show_import(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_LOOK)
        texts = language(request)
        data = page_data(site, here, texts) | {"api": f"/api/v1/halls/{hall}/inventory/import"}
        data["texts"] |= texts.section("kind")
        return await site.page(
            request, "inventory_import.html", hall=here, columns=COLUMNS, needed=NEEDED, page_data=data
        )

    @router.get("/figures")
    async def show_figures(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_LOOK)
        figures = await to_thread.run_sync(books.figures, hall)
        return await site.page(
            request,
            "inventory_figures.html",
            hall=here,
            figures=figures,
            worries=_worries(figures),
            most=max([1, *(one.lives + one.warranties for one in figures.quarters)]),
            limits=here.inventory,
            page_data=page_data(site, here, language(request)),
        )

    return router


def _worries(figures: Figures) -> list[tuple[str, int, list[Any]]]:
    """(which, how many, the first of them)."""
    found = []
    for worry in get_args(Worry):
        those = [one for one in figures.alerts if one.worry == worry]
        if those:
            found.append((worry, len(those), those[:_TOLD_MAX]))
    return found


def page_data(site: Site, hall: Hall, texts: Texts) -> dict[str, Any]:
    """For the script of any page of the inventory."""
    return {
        "zone": hall.hall.timezone,
        "now": millis(site.desk.now()),
        "texts": texts.section("inventory", "state"),
        "language": texts.language,
    }


def _asked(one: AssetNow, kind: str, state: str, text: str) -> bool:
    if kind and one.kind != kind:
        return False
    if state == NEVER and (one.installed_at is not None or one.state == "retired"):
        return False
    if state not in ("", NEVER) and one.state != state:
        return False
    said = (one.serial, one.position, one.planned, one.model, one.supplier, one.note, one.device)
    return text.strip().lower() in " ".join(said).lower()
