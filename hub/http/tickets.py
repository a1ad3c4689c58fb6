"""Taking a ticket without a machine, and looking at one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from halls.format import Hall
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import words
from hub.domain.projection import people_ahead
from hub.domain.state import Day, Phase, Ticket
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError, refused
from hub.http.wishes import Wish, fulfil, wishes


class NewTicket(BaseModel):
    model_config = ConfigDict(extra="forbid")
    service: str = Field(max_length=8, description="The service's letter.", examples=["A"])


class WaitRange(BaseModel):
    low: float
    high: float


class TakenTicket(BaseModel):
    """As it was when it was taken. `ahead`: people before it; `wait_s`: estimate, seconds."""

    number: str
    service: str
    state: Literal["waiting"]
    ahead: int
    wait_s: WaitRange
    taken_at: datetime


class InWords(BaseModel):
    zh: str
    en: str


class TicketNow(BaseModel):
    """As it is now; times are the hall's. `ahead`: people before it in its service's line, while it waits; `why`: why
    this ticket was called."""

    number: str
    service: str
    service_name: str
    state: Phase
    confirmed: bool
    ahead: int | None
    taken_at: datetime
    called_at: datetime | None
    serving_at: datetime | None
    ended_at: datetime | None
    counter: str
    counter_name: str
    clerk: str
    calls: int
    level: int
    why: InWords | None


def tickets(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/halls/{hall}/tickets", tags=["tickets"])

    @router.post("", operation_id="takeTicket", status_code=201, responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def take(
        hall: str, body: NewTicket, response: Response, wish: Annotated[Wish, Depends(wishes(desk, gate))]
    ) -> TakenTicket:
        """A number for a walk-in whom staff serves without a machine. It waits at once; nothing is printed."""
        outcome = await fulfil(desk, hall, c.TakeTicket(service=body.service, **wish.stamp))
        if outcome.refused:
            raise refused(outcome.refused)
        reserved = outcome.events[0]
        assert isinstance(reserved, e.TicketReserved)
        response.headers["Location"] = f"/api/v1/halls/{hall}/tickets/{reserved.number}"
        return TakenTicket(
            number=reserved.number,
            service=reserved.service,
            state="waiting",
            ahead=reserved.ahead,
            wait_s=WaitRange(low=reserved.wait_s_low, high=reserved.wait_s_high),
            taken_at=reserved.at.astimezone(desk.zone(hall)),
        )

    @router.get(
        "/{number}", operation_id="getTicket", responses=refusals(401, 404), dependencies=[Depends(gate.need())]
    )
    async def look(hall: str, number: str) -> TicketNow:
        """A ticket of today."""
        today = desk.today(hall)
        ticket = today.tickets.get(number)
        if ticket is None:
            raise ProblemError("unknown-ticket", f"there is no ticket {number!r} today")
        return TicketNow(**_now(today, ticket), **_times(desk, hall, ticket), why=_why(ticket))

    return router


def _now(today: Day, ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "service": ticket.service,
        "service_name": next(known.name for known in today.hall.service if known.letter == ticket.service),
        "state": ticket.phase,
        "confirmed": ticket.confirmed,
        "ahead": people_ahead(today, ticket) if ticket.phase == "waiting" else None,
        "counter": ticket.counter,
        "counter_name": _counter_name(today.hall, ticket.counter),
        "clerk": ticket.clerk,
        "calls": ticket.calls,
        "level": ticket.level,
    }


def _times(desk: Desk, hall: str, ticket: Ticket) -> dict[str, Any]:
    zone = desk.zone(hall)
    names = ("taken_at", "called_at", "serving_at", "ended_at")
    return {name: at.astimezone(zone) if (at := getattr(ticket, name)) else None for name in names}


def _counter_name(hall: Hall, counter: str) -> str:
    return next((known.name for known in hall.counter if known.id == counter), "")


def _why(ticket: Ticket) -> InWords | None:
    if not ticket.why:
        return None
    told = words.why(ticket.why, ticket.number, ticket.because)
    return InWords(zh=told.zh, en=told.en)
