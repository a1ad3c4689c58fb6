"""Boards that wait to be let in: who they are, and a person's decision about each, by its pairing code."""

from datetime import datetime
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.claims import MAY_EQUIP
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster
from hub.storage import applicants as stored
from hub.storage.accounts import Identity
from wire import pairing, pairing_number


class Applicant(BaseModel):
    """`shown`: the code as the board shows it; `number`: as lamps and digits do.

    `device_class` and `hardware_serial` are what it says of itself.

    `device` and `position`: what it is known by and where it was, when only its certificate has expired.
    """

    code: str
    shown: str
    number: str
    hall: str | None
    device_class: str | None
    hardware_serial: str | None
    address: str
    reason: Literal["no-token", "no-position", "expired"]
    device: str | None
    position: str | None
    state: Literal["waiting", "approved", "refused"]
    first_at: datetime
    last_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, one: stored.Applicant) -> "Applicant":
        fields = {name: getattr(one, name) for name in cls.model_fields if name not in ("shown", "number")}
        told = {"shown": pairing.shown(one.code), "number": pairing_number.number(one.code)}
        return cls.model_validate(fields | told)


class Applicants(BaseModel):
    applicants: list[Applicant]


class Approval(BaseModel):
    """`position`: may be left out for a device that was at one and only needs a new certificate."""

    model_config = ConfigDict(extra="forbid")

    position: str | None = Field(None, max_length=64)


def applicants(desk: Desk, roster: Roster, waiting: stored.Applicants, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/applicants", tags=["devices"])
    equips = gate.need(*MAY_EQUIP)

    async def found(hall: str, code: str) -> stored.Applicant:
        desk.today(hall)
        one = await to_thread.run_sync(waiting.of, _read(code))
        if one is None or one.hall not in (None, hall):
            raise ProblemError("unknown-applicant")
        return one

    @router.get("", operation_id="listApplicants", responses=refusals(401, 403, 404), dependencies=[Depends(equips)])
    async def list_applicants(
        hall: str,
        state: Annotated[
            Literal["waiting", "approved"], Query(description="Approved: has yet to fetch it.")
        ] = "waiting",
    ) -> Applicants:
        """Who waits for this hall or did not say for which, who came first first; or who was approved and has not
        fetched its certificate, who was approved first first."""
        desk.today(hall)
        those = waiting.waiting if state == "waiting" else waiting.approved
        return Applicants(applicants=[Applicant.of(one) for one in await to_thread.run_sync(those, hall)])

    @router.post("/{code}/approval", operation_id="approveApplicant", responses=refusals(401, 403, 404, 409, 422))
    async def approve_applicant(
        hall: str, code: str, body: Approval, who: Annotated[Identity, Depends(equips)]
    ) -> Applicant:
        """Give a board its position. It fetches its certificate when it asks next, within seconds."""
        one = await found(hall, code)
        position = body.position or (one.position if one.device else None)
        device_class = _class_at(roster, hall, position) if position else one.device_class
        if device_class is None or (position is None and one.device is None):
            raise ProblemError("unknown-position", "say which position this board is for")

        def approve() -> stored.Applicant:
            return waiting.approve(
                one.code, hall=hall, position=position, device_class=device_class, by=who.name, at=desk.now()
            )

        return Applicant.of(await to_thread.run_sync(approve))

    @router.delete(
        "/{code}/approval",
        operation_id="takeBackApproval",
        status_code=204,
        responses=refusals(401, 403, 404),
    )
    async def take_back_approval(hall: str, code: str, who: Annotated[Identity, Depends(equips)]) -> None:
        """Until its certificate is fetched. The position is free at once; when the board asks next, it waits again."""
        one = await found(hall, code)
        await to_thread.run_sync(lambda: waiting.take_back(one.code, hall=hall, by=who.name, at=desk.now()))

    @router.delete("/{code}", operation_id="refuseApplicant", status_code=204, responses=refusals(401, 403, 404))
    async def refuse_applicant(hall: str, code: str, who: Annotated[Identity, Depends(equips)]) -> None:
        """Turn a board away. It is told so when it asks next, for thirty days."""
        one = await found(hall, code)
        await to_thread.run_sync(lambda: waiting.refuse(one.code, hall=hall, by=who.name, at=desk.now()))

    return router


def _read(code: str) -> str:
    try:
        return pairing.read(code)
    except ValueError as error:
        raise ProblemError("unknown-applicant", str(error)) from error


def _class_at(roster: Roster, hall: str, position: str) -> str:
    seat = roster.at(hall, position)
    if seat is None or seat.position.wireless is not None:
        raise ProblemError("unknown-position", f"no device of its own can be at {position!r}")
    return seat.position.device_class
