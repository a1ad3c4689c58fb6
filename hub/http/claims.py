"""Claims: tokens by which new devices may come in. Made, listed, withdrawn; the secret itself is told once."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster
from hub.storage import claims as stored
from hub.storage.accounts import Identity, Role
from hub.storage.claims import NewClaim
from hub.storage.devices import IN_SERVICE
from hub.storage.registry import Registry

MAY_EQUIP: tuple[Role, ...] = ("administrator", "technician")

_Name = Annotated[str, Field(max_length=64)]


class NewClaims(BaseModel):
    """Exactly one of: `positions` (a one-time claim for each), `device_class`, `site`, `replaces`.

    `device_class`: `uses` boards of that class, placed later. `site`: `uses` boards of any, which the plan or a person
    places. `replaces`: a device in service; the board that redeems the claim takes its position, and it is revoked.
    """

    model_config = ConfigDict(extra="forbid")

    positions: list[_Name] = Field([], max_length=1000)
    device_class: str | None = Field(None, max_length=40)
    site: bool = False
    replaces: _Name | None = None
    uses: int = Field(1, ge=1, le=1000)
    hours: int = Field(24, ge=1, le=24 * 90)


class Claim(BaseModel):
    """`state`: whether it can still be redeemed, and if not why."""

    id: str
    position: str | None
    device_class: str | None
    replaces: str | None
    uses: int
    uses_left: int
    expires_at: datetime
    created_at: datetime
    created_by: str
    state: Literal["open", "used", "expired", "withdrawn"]

    @classmethod
    def of(cls, claim: stored.Claim, now: datetime) -> "Claim":
        fields = {name: getattr(claim, name) for name in cls.model_fields if name != "state"}
        return cls.model_validate(fields | {"state": _state(claim, now)})


class CreatedClaim(Claim):
    """`token`: for the device's card. It is told this once."""

    token: str


class CreatedClaims(BaseModel):
    claims: list[CreatedClaim]


class Claims(BaseModel):
    claims: list[Claim]


def claims(desk: Desk, roster: Roster, registry: Registry, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/claims", tags=["devices"])
    equips = gate.need(*MAY_EQUIP)

    @router.get("", operation_id="listClaims", responses=refusals(401, 403, 404), dependencies=[Depends(equips)])
    async def list_claims(hall: str) -> Claims:
        """Every claim of the hall, the newest first; never the secrets."""
        desk.today(hall)
        found = await to_thread.run_sync(registry.claims, hall)
        return Claims(claims=[Claim.of(one, desk.now()) for one in found])

    @router.post("", operation_id="createClaims", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def create_claims(hall: str, body: NewClaims, who: Annotated[Identity, Depends(equips)]) -> CreatedClaims:
        """Enrolment tokens: for positions, for a class, for the hall, or for the board that replaces another."""
        desk.today(hall)
        now = desk.now()
        places = await to_thread.run_sync(_places, body, hall, roster, registry)
        asked = [
            NewClaim(
                hall=hall,
                position=position,
                device_class=device_class,
                uses=1 if position else body.uses,
                expires_at=now + timedelta(hours=body.hours),
                created_at=now,
                created_by=who.name,
                replaces=body.replaces,
            )
            for position, device_class in places
        ]
        made = await to_thread.run_sync(registry.create_claims, asked)
        told = [CreatedClaim(**Claim.of(claim, now).model_dump(), token=token) for token, claim in made]
        return CreatedClaims(claims=told)

    @router.delete(
        "/{ident}",
        operation_id="withdrawClaim",
        status_code=204,
        responses=refusals(401, 403, 404),
    )
    async def withdraw_claim(hall: str, ident: str, who: Annotated[Identity, Depends(equips)]) -> None:
        """At once, for good. Devices that came in with it stay."""
        desk.today(hall)

        def withdraw() -> bool:
            return registry.withdraw_claim(hall, ident, by=who.name, at=desk.now())

        if not await to_thread.run_sync(withdraw):
            raise ProblemError("unknown-claim")

    return router


def _places(body: NewClaims, hall: str, roster: Roster, registry: Registry) -> list[tuple[str | None, str | None]]:
    """(position, device class) of each claim that is asked for."""
    if sum(map(bool, (body.positions, body.device_class, body.site, body.replaces))) != 1:
        raise ProblemError("bad-claim", "name exactly one of: positions, device_class, site, replaces")
    if body.positions:
        return [(_known(name, hall, roster), None) for name in body.positions]
    if body.replaces is not None:
        return [_replaced(body.replaces, hall, registry)]
    if body.device_class is not None and body.device_class not in _classes(hall, roster):
        raise ProblemError("class-not-here", f"this hall has no {body.device_class!r}")
    return [(None, body.device_class)]


def _known(name: str, hall: str, roster: Roster) -> str:
    seat = roster.at(hall, name)
    if seat is None:
        raise ProblemError("unknown-position", f"this hall has no position {name!r}")
    if seat.position.wireless is not None:
        raise ProblemError("unknown-position", f"{name} is a wireless handheld: its repeater speaks for it")
    return name


def _replaced(id: str, hall: str, registry: Registry) -> tuple[str, str]:
    device = registry.device(id)
    if device is None or device.hall != hall or device.state != IN_SERVICE or device.position is None:
        raise ProblemError("no-device", f"{id} is at no position of this hall, so nothing can take its place")
    return device.position, device.device_class


def _classes(hall: str, roster: Roster) -> set[str]:
    return {seat.position.device_class for seat in roster.seats(hall) if seat.position.wireless is None}


def _state(claim: stored.Claim, now: datetime) -> str:
    if claim.withdrawn_at is not None:
        return "withdrawn"
    if claim.uses_left < 1:
        return "used"
    return "expired" if now >= claim.expires_at else "open"
