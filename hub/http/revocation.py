"""Taking a device out of service for good: stolen, broken, or not to be trusted any more."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.claims import MAY_EQUIP
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster
from hub.storage.accounts import Identity
from hub.storage.registry import Registry


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=1, max_length=200)


class Revoked(BaseModel):
    """The position is free now; the device's session at the broker ends within seconds."""

    device: str
    position: str
    revoked_at: datetime


def revocation(
    desk: Desk, roster: Roster, registry: Registry, gate: Gate, told: Callable[[], None] = lambda: None
) -> APIRouter:
    """`told()`: somebody was revoked, the broker should hear of it now rather than soon."""
    router = Router(prefix="/api/v1/halls/{hall}/devices/{position}", tags=["devices"])
    equips = gate.need(*MAY_EQUIP)

    @router.post("/revocation", operation_id="revokeDevice", responses=refusals(401, 403, 404, 409, 422))
    async def revoke_device(hall: str, position: str, body: Why, who: Annotated[Identity, Depends(equips)]) -> Revoked:
        """Its key never comes back: the board needs a new one and a new claim. Nothing can undo this."""
        desk.today(hall)
        if roster.at(hall, position) is None:
            raise ProblemError("unknown-position", f"this hall has no position {position!r}")
        device = await to_thread.run_sync(registry.device_at, hall, position)
        if device is None:
            raise ProblemError("no-device", f"no device is in service at {position}")
        now = desk.now()
        await to_thread.run_sync(lambda: registry.revoke(device.id, at=now, by=who.name, why=body.why))
        told()
        roster.seat_all(await to_thread.run_sync(roster.bound))
        return Revoked(device=device.id, position=position, revoked_at=now)

    return router
