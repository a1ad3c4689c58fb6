"""Positions and the devices at them: who is online, and tokens by which new ones may come in."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.roster import Roster, Seat
from hub.storage.accounts import Identity
from hub.storage.registry import Registry


class NewClaims(BaseModel):
    model_config = ConfigDict(extra="forbid")

    positions: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=1000)
    hours: int = Field(24, ge=1, le=24 * 90)


class Claim(BaseModel):
    """`token`: for the device's card, good for one enrolment at this position. It is told this once."""

    position: str
    token: str


class Claims(BaseModel):
    claims: list[Claim]


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


def devices(desk: Desk, roster: Roster, registry: Registry, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/v1/halls/{hall}", tags=["devices"])
    equips = gate.need("administrator", "technician")
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

    @router.post("/claims", operation_id="createClaims", status_code=201, responses=refusals(401, 403, 404, 422))
    async def create_claims(hall: str, body: NewClaims, who: Annotated[Identity, Depends(equips)]) -> Claims:
        """A one-time enrolment token for each of the positions."""
        desk.today(hall)
        known = {seat.position.id: seat for seat in roster.seats(hall)}
        for name in body.positions:
            if name not in known:
                raise ProblemError("unknown-position", f"this hall has no position {name!r}")
            if known[name].position.wireless is not None:
                raise ProblemError("unknown-position", f"{name} is a wireless handheld: its repeater speaks for it")
        now = desk.now()

        def create() -> list[Claim]:
            return [
                Claim(
                    position=name,
                    token=registry.create_claim(
                        hall=hall, position=name, expires_at=now + timedelta(hours=body.hours), now=now, by=who.name
                    ),
                )
                for name in body.positions
            ]

        return Claims(claims=await to_thread.run_sync(create))

    return router
