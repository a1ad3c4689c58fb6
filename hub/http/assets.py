"""The inventory: one asset after the other, looked at and edited by people and programs; and the figures."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query

from halls.format import Hall
from halls.items import Kind
from hub.desk import Desk
from hub.domain import asset_life as life
from hub.domain.assets import AssetState, serial_of
from hub.http.asset_shapes import AssetDetails, AssetNow, AssetStory, NewAsset, NewState, Serial
from hub.http.books import MAY_LOOK, QUARTERS, Books, Figures
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.storage.accounts import Identity


def assets(desk: Desk, books: Books, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/assets", tags=["inventory"])
    looks = gate.need(*MAY_LOOK)
    stored = books.assets

    @router.get("", operation_id="listAssets", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)])
    async def list_assets(hall: str, kind: Kind | None = None, state: AssetState | None = None) -> list[AssetNow]:
        """Everything in the hall's inventory, by serial."""
        desk.today(hall)
        found = await to_thread.run_sync(books.now, hall)
        return [one for one in found if kind in (None, one.kind) and state in (None, one.state)]

    @router.post("", operation_id="addAsset", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def add_asset(hall: str, body: NewAsset, who: Annotated[Identity, Depends(looks)]) -> AssetStory:
        """A single one; many come by a file."""
        here = desk.today(hall).hall
        check_planned(here, body.kind, body.planned)
        details = AssetDetails(**body.model_dump(exclude={"serial", "state"})).as_details()
        new = life.Register(at=desk.now(), by=who.name, hall=hall, details=details, state=body.state)
        await to_thread.run_sync(stored.do, hall, serial_of(body.serial), new)
        return await to_thread.run_sync(books.story, hall, body.serial)

    @router.get(
        "/{serial}", operation_id="getAsset", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)]
    )
    async def get_asset(hall: str, serial: Serial) -> AssetStory:
        """One asset with its whole history, the oldest first."""
        desk.today(hall)
        return await to_thread.run_sync(books.story, hall, serial)

    @router.put("/{serial}", operation_id="changeAsset", responses=refusals(401, 403, 404, 409, 422))
    async def change_asset(
        hall: str, serial: Serial, body: AssetDetails, who: Annotated[Identity, Depends(looks)]
    ) -> AssetStory:
        """What is written about it, whole: what is left out is emptied."""
        here = desk.today(hall).hall
        before = await to_thread.run_sync(stored.asset, hall, serial_of(serial))
        if body.planned != before.details.planned or body.kind != before.details.kind:
            check_planned(here, body.kind, body.planned)
        if before.position and body.kind != before.details.kind:
            raise ProblemError("asset-bound", f"{before.serial} hangs at {before.position} as a {before.details.kind}")
        change = life.Amend(at=desk.now(), by=who.name, details=body.as_details())
        await to_thread.run_sync(stored.do, hall, before.serial, change)
        return await to_thread.run_sync(books.story, hall, serial)

    @router.post("/{serial}/state", operation_id="turnAsset", responses=refusals(401, 403, 404, 409, 422))
    async def turn_asset(
        hall: str, serial: Serial, body: NewState, who: Annotated[Identity, Depends(looks)]
    ) -> AssetStory:
        """What a person knows: delivered, in stock, faulty, in repair, retired; or mended where it hangs."""
        desk.today(hall)
        about: dict[str, Any] = {"at": desk.now(), "by": who.name, "why": body.why.strip()}
        if body.mended == (body.state is not None):
            raise ProblemError("invalid", "give either a state, or mended")
        wish = life.Mend(**about) if body.state is None else life.Turn(state=body.state, **about)
        await to_thread.run_sync(stored.do, hall, serial_of(serial), wish)
        return await to_thread.run_sync(books.story, hall, serial)

    return router


def inventory_figures(desk: Desk, books: Books, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/inventory", tags=["inventory"])

    @router.get(
        "/figures",
        operation_id="getInventoryFigures",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_LOOK))],
    )
    async def get_figures(hall: str, quarters: Annotated[int, Query(ge=1, le=80)] = QUARTERS) -> Figures:
        """Install rate per kind and of all, what lies idle, what ends when, and what is in service but on no books."""
        desk.today(hall)
        return await to_thread.run_sync(books.figures, hall, quarters)

    return router


def check_planned(hall: Hall, kind: str, planned: str) -> None:
    """Raises ProblemError for a position that the hall does not have, or that needs something else."""
    if not planned:
        return
    position = next((one for one in hall.position if one.id == planned), None)
    if position is None:
        raise ProblemError("unknown-position", f"this hall has no position {planned!r}")
    if position.kind != kind:
        raise ProblemError("other-kind", f"{planned} needs a {position.kind}, and this is a {kind}")
