"""Positions and the devices at them: who is online."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.roster import Roster, Seat


class PositionNow(BaseModel):
    """`device`: empty while nobody fills the position; `facts`: the class's own, from its last health report."""

    position: str
    kind: str
    device_class: str
    area: str
    counter: str
    device: str
    online: bool
    seen_at: datetime | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, seat: Seat) -> "PositionNow":
        return cls(
            position=seat.position.id,
            kind=seat.position.kind,
            device_class=seat.position.device_class,
            area=seat.position.area,
            counter=seat.position.counter,
            device=seat.device,
            online=seat.online,
            seen_at=seat.seen_at,
            facts=dict(seat.facts),
        )


class Positions(BaseModel):
    expected: int
    online: int
    devices: list[PositionNow]


def devices(desk: Desk, roster: Roster, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}", tags=["devices"])
    looks = gate.need("administrator", "manager", "technician")

    @router.get(
        "/devices", operation_id="listDevices", responses=refusals(401, 403, 404), dependencies=[Depends(looks)]
    )
    async def list_devices(hall: str) -> Positions:
        """Every position of the hall."""
        desk.today(hall)
        seats = roster.seats(hall)
        online = sum(seat.online for seat in seats)
        return Positions(expected=len(seats), online=online, devices=[PositionNow.of(seat) for seat in seats])

    return router
