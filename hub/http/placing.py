"""What goes where: assigning a board by page or by two scans, replacing, moving and taking out, each in one step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.desk import Desk
from hub.domain import asset_life as life
from hub.domain.assets import UNPLACED, Asset
from hub.http.books import MAY_LOOK
from hub.http.claims import MAY_EQUIP
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.placing_shapes import Assignment, Move, Placed, Removal, Replacement, Scanned
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.inventory import labels
from hub.roster import Roster, Seat
from hub.storage import assets as stored
from hub.storage.accounts import Identity
from hub.storage.applicants import Applicant
from hub.storage.assets import Assets
from hub.storage.devices import IN_SERVICE, Device
from hub.storage.registry import Registry


class Placing:
    """Blocks, so it is called in threads. `told()`: somebody was revoked, the broker should hear of it."""

    def __init__(
        self,
        roster: Roster,
        registry: Registry,
        assets: Assets,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._roster, self._registry, self._applicants = roster, registry, registry.applicants
        self._assets, self._told = assets, told

    def scan(self, hall: str, text: str) -> Scanned:
        """Raises ProblemError for what is nothing of the hall's."""
        label = labels.read(text)
        if label.hall not in ("", hall):
            raise ProblemError("unknown-label", f"this label is for the hall {label.hall}")
        for name in label.positions:
            if (seat := self._roster.at(hall, name)) is not None:
                at, free = seat.position, self._assets.at(hall, name) is None and not seat.device
                return Scanned(what="position", position=at.id, kind=at.kind, free=free)
        board, asset = self._board(hall, label)
        about = asset.details if asset else None
        known: dict[str, Any] = {
            "serial": asset.serial if asset else (board.hardware_serial or "") if board else "",
            "kind": about.kind if about else "",
            "planned": about.planned if about else "",
            "state": asset.state if asset else "",
        }
        if board is not None:
            return Scanned(what="board", code=board.code, device_class=board.device_class or "", **known)
        if asset is not None:
            return Scanned(what="asset", **known)
        raise ProblemError(
            "unknown-label", f"{text[:64]!r} is no position, no board that waits and no asset of the hall"
        )

    def assign(self, hall: str, text: str, position: str, by: str, at: datetime) -> Placed:
        """What `text` names is for that position, which must be free. Raises ProblemError, RefusedError."""
        seat = self._seat(hall, position)
        board, asset = self._board(hall, labels.read(text))
        if seat.position.wireless is not None:
            return self._hang(seat, self._fitting(seat, asset, text), by, at)
        if board is not None:
            self._approve(seat, board, by, at)
            return Placed(
                what="approved", position=seat.position.id, code=board.code, serial=board.hardware_serial or ""
            )
        asset = self._fitting(seat, asset, text)
        if (device := self._spare(hall, asset.serial)) is not None:
            self._registry.move(device.id, hall=hall, position=seat.position.id, at=at, by=by)
            return Placed(what="moved", position=seat.position.id, serial=asset.serial)
        self._check_free(seat, asset.serial)
        self._assets.do(hall, asset.serial, self._plan(asset, seat, by, at))
        return Placed(what="planned", position=seat.position.id, serial=asset.serial)

    def replace(self, hall: str, position: str, body: Replacement, by: str, at: datetime) -> Placed:
        """Old certificate revoked, old asset out, new board promised the place: one transaction. Raises as `assign`."""
        seat = self._seat(hall, position)
        if seat.position.wireless is not None:
            return self._rehang(seat, body, by, at)
        if body.applicant is None and body.serial is None:
            return self._token(seat, body, by, at)
        board, asset = self._board(hall, labels.read(body.applicant or body.serial or ""))
        if board is None:
            asset = self._fitting(seat, asset, body.applicant or body.serial or "")
        gone = self._assets.at(hall, position)

        def also(connection: Connection, old: Device | None) -> None:
            if gone is not None and body.state != "faulty":
                stored.apply(connection, gone.serial, life.Turn(at=at, by=by, why=body.why, state=body.state))
            if board is None and asset is not None:
                stored.apply(connection, asset.serial, self._plan(asset, seat, by, at))

        old = self._registry.replace(
            hall,
            position,
            at=at,
            by=by,
            why=body.why,
            code=board.code if board else None,
            device_class=seat.position.device_class,
            also=also,
        )
        self._told()
        return Placed(
            what="approved" if board else "planned",
            position=position,
            code=board.code if board else "",
            serial=asset.serial if asset else (board.hardware_serial or "") if board else "",
            old=old.id if old else "",
        )

    def move(self, hall: str, position: str, body: Move, by: str, at: datetime) -> Placed:
        there, to = self._device(hall, position), self._seat(hall, body.to)
        if to.position.wireless is not None or to.position.device_class != there.device_class:
            raise ProblemError("other-kind", f"{body.to} needs a {to.position.kind}, and {there.id} is none")
        self._registry.move(there.id, hall=hall, position=body.to, at=at, by=by, why=body.why)
        return Placed(what="moved", position=body.to)

    def take_out(self, hall: str, position: str, body: Removal, by: str, at: datetime) -> Placed:
        seat, asset = self._seat(hall, position), self._assets.at(hall, position)
        if seat.position.wireless is not None:
            if asset is None:
                raise ProblemError("no-device", f"nothing hangs at {position}")
            self._assets.do(hall, asset.serial, life.TakeOut(at=at, by=by, why=body.why, state=body.state))
            return Placed(what="moved", position="", serial=asset.serial)
        device = self._device(hall, position)
        if body.state == "in-stock":
            self._registry.move(device.id, hall=hall, position=None, at=at, by=by, why=body.why)
        else:
            self._clear(hall, position, body, asset, by, at)
        return Placed(what="moved", position="", serial=asset.serial if asset else "", old=device.id)

    # Who and where.

    def _seat(self, hall: str, position: str) -> Seat:
        seat = self._roster.at(hall, position)
        if seat is None:
            label = labels.read(position)
            found = [name for name in label.positions if label.hall in ("", hall) and self._roster.at(hall, name)]
            seat = self._roster.at(hall, found[0]) if found else None
        if seat is None:
            raise ProblemError("unknown-position", f"this hall has no position {position[:64]!r}")
        return seat

    def _board(self, hall: str, label: labels.Label) -> tuple[Applicant | None, Asset | None]:
        """The board that waits, and the asset that it is, as far as either is known."""
        waiting = self._applicants.waiting(hall)
        board = next((one for one in waiting if one.code in label.codes), None)
        serials = [*label.serials, *([board.hardware_serial.upper()] if board and board.hardware_serial else [])]
        if board is None:
            board = next((one for one in waiting if (one.hardware_serial or "").upper() in serials), None)
        found = (self._assets.find(serial) for serial in serials)
        return board, next((one for one in found if one is not None and one.hall == hall), None)

    def _fitting(self, seat: Seat, asset: Asset | None, text: str) -> Asset:
        if asset is None:
            raise ProblemError(
                "unknown-label", f"{text[:64]!r} is neither a board that waits nor an asset of this hall"
            )
        if asset.details.kind != seat.position.kind:
            text = f"{seat.position.id} needs a {seat.position.kind}, and {asset.serial} is a {asset.details.kind}"
            raise ProblemError("other-kind", text)
        if asset.state not in UNPLACED:
            raise ProblemError("asset-state", f"{asset.serial} is {asset.state}: only what is in stock can be placed")
        return asset

    def _device(self, hall: str, position: str) -> Device:
        self._seat(hall, position)
        device = self._registry.device_at(hall, position)
        if device is None:
            raise ProblemError("no-device", f"no device is in service at {position}")
        return device

    def _spare(self, hall: str, serial: str) -> Device | None:
        """It was taken out and kept its certificate."""
        for one in self._registry.devices(hall):
            if one.state == IN_SERVICE and one.position is None and (one.hardware_serial or "").upper() == serial:
                return one
        return None

    def _check_free(self, seat: Seat, serial: str) -> None:
        hall, position = seat.hall, seat.position.id
        other = self._registry.device_at(hall, position)
        if other is not None:
            raise ProblemError("asset-position", f"{other.id} is in service at {position}: replace it")
        for one in self._assets.all(hall):
            if one.state in UNPLACED and one.details.planned == position and one.serial != serial:
                raise ProblemError("asset-position", f"{position} is planned for {one.serial}")

    # Steps.

    def _clear(self, hall: str, position: str, body: Removal, asset: Asset | None, by: str, at: datetime) -> None:
        def also(connection: Connection, old: Device | None) -> None:
            if asset is not None and body.state != "faulty":
                stored.apply(connection, asset.serial, life.Turn(at=at, by=by, why=body.why, state=body.state))

        self._registry.replace(hall, position, at=at, by=by, why=body.why, also=also)
        self._told()

    def _approve(self, seat: Seat, board: Applicant, by: str, at: datetime) -> None:
        self._applicants.approve(
            board.code,
            hall=seat.hall,
            position=seat.position.id,
            device_class=seat.position.device_class,
            by=by,
            at=at,
        )

    def _plan(self, asset: Asset, seat: Seat, by: str, at: datetime) -> life.Command:
        return life.Amend(at=at, by=by, details=replace(asset.details, planned=seat.position.id))

    def _hang(self, seat: Seat, asset: Asset, by: str, at: datetime) -> Placed:
        wish = life.Install(at=at, by=by, hall=seat.hall, position=seat.position.id)
        self._assets.do(seat.hall, asset.serial, wish)
        return Placed(what="installed", position=seat.position.id, serial=asset.serial)

    def _rehang(self, seat: Seat, body: Replacement, by: str, at: datetime) -> Placed:
        """A handheld: nothing to revoke, so the books are all there is."""
        hall, position = seat.hall, seat.position.id
        _, asset = self._board(hall, labels.read(body.serial or body.applicant or ""))
        fresh = self._fitting(seat, asset, body.serial or "")
        old = self._assets.at(hall, position)
        steps: list[tuple[str, life.Command]] = []
        if old is not None:
            steps.append((old.serial, life.TakeOut(at=at, by=by, why=body.why, state=body.state)))
        steps.append((fresh.serial, life.Install(at=at, by=by, why=body.why, hall=hall, position=position)))
        self._assets.do_all(hall, steps)
        return Placed(what="installed", position=position, serial=fresh.serial, old=old.serial if old else "")

    def _token(self, seat: Seat, body: Replacement, by: str, at: datetime) -> Placed:
        old = self._device(seat.hall, seat.position.id)
        token = self._registry.create_claim(
            hall=seat.hall,
            position=seat.position.id,
            expires_at=at + timedelta(hours=body.hours),
            now=at,
            by=by,
            replaces=old.id,
        )
        return Placed(what="token", position=seat.position.id, old=old.id, token=token)


def placing(desk: Desk, roster: Roster, steps: Placing, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}", tags=["inventory"])
    equips = gate.need(*MAY_EQUIP)

    async def done(hall: str, step: Callable[..., Placed], *given: Any) -> Placed:
        """A change of who sits where is in the roster before it is answered."""
        placed = await to_thread.run_sync(step, hall, *given)
        roster.seat_all(await to_thread.run_sync(roster.bound))
        return placed

    @router.get(
        "/scans",
        operation_id="readScan",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_LOOK))],
    )
    async def read_scan(hall: str, text: Annotated[str, Query(min_length=1, max_length=labels.TEXT_MAX)]) -> Scanned:
        """What a label says: a position, a board that waits, or an asset."""
        desk.today(hall)
        return await to_thread.run_sync(steps.scan, hall, text)

    @router.post("/assignments", operation_id="assignBoard", responses=refusals(401, 403, 404, 409, 422))
    async def assign_board(hall: str, body: Assignment, who: Annotated[Identity, Depends(equips)]) -> Placed:
        """Board, then position: a board that waits is let in there, hardware in stock is planned for it, a handheld is
        installed."""
        desk.today(hall)
        return await done(hall, steps.assign, body.board, body.position, who.name, desk.now())

    @router.post(
        "/devices/{position}/replacement", operation_id="replaceDevice", responses=refusals(401, 403, 404, 409, 422)
    )
    async def replace_device(
        hall: str, position: str, body: Replacement, who: Annotated[Identity, Depends(equips)]
    ) -> Placed:
        """Another board at the same position, in one step; its settings follow the position."""
        desk.today(hall)
        return await done(hall, steps.replace, position, body, who.name, desk.now())

    @router.post("/devices/{position}/move", operation_id="moveDevice", responses=refusals(401, 403, 404, 409, 422))
    async def move_device(hall: str, position: str, body: Move, who: Annotated[Identity, Depends(equips)]) -> Placed:
        """The device goes to another position with its certificate."""
        desk.today(hall)
        return await done(hall, steps.move, position, body, who.name, desk.now())

    @router.post(
        "/devices/{position}/removal", operation_id="takeOutDevice", responses=refusals(401, 403, 404, 409, 422)
    )
    async def take_out_device(
        hall: str, position: str, body: Removal, who: Annotated[Identity, Depends(equips)]
    ) -> Placed:
        """Out of service, back in stock or worse; the position is free."""
        desk.today(hall)
        return await done(hall, steps.take_out, position, body, who.name, desk.now())

    return router
