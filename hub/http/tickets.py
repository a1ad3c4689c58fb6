"""Taking a ticket without a machine, looking at one, asking why, and putting one right."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from halls.format import Hall
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import explaining, notices, words
from hub.domain.projection import people_ahead
from hub.domain.speech import Words
from hub.domain.state import Day, Phase, Ticket
from hub.http.actions import Action, add_action
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError, refused
from hub.http.routes import Router
from hub.http.wishes import Wish, fulfil, wishes
from hub.pseudonyms import Pseudonyms

_Letter = Annotated[str, Field(max_length=8, description="A service's letter.", examples=["A"])]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewTicket(_Asked):
    service: _Letter
    more: list[_Letter] = Field([], max_length=20, description="What else is to be done on the same visit.")
    priority: str = Field("", max_length=64, description="Id of a priority class; empty: ordinary.")
    slot_at: AwareDatetime | None = Field(None, description="When the slot of an appointment begins.")
    person: str = Field("", max_length=40, description="An identity number. The hub keeps a pseudonym of it only.")
    voice: bool = Field(False, description="Its calls are spoken, in a silent area too.")


class CancelBody(_Asked):
    reason: str = Field(max_length=200)


class AmendBody(_Asked):
    """What stays as it is may be left out."""

    service: _Letter | None = None
    priority: str | None = Field(None, max_length=64, description="Id of a priority class; empty: ordinary.")
    voice: bool | None = Field(None, description="Whether its calls are spoken, in a silent area too.")
    reason: str = Field(max_length=200)


class WaitRange(BaseModel):
    low: float
    high: float


class InWords(BaseModel):
    zh: str
    en: str

    @classmethod
    def of(cls, told: Words) -> "InWords":
        return cls(zh=told.zh, en=told.en)


class TakenTicket(BaseModel):
    """As it was when it was taken. `ahead`: people before it; `wait_s`: estimate, seconds; `warnings`: what the citizen
    should be told."""

    number: str
    service: str
    more: list[str]
    priority: str
    slot_at: datetime | None
    state: Literal["waiting"]
    ahead: int
    wait_s: WaitRange
    taken_at: datetime
    warnings: list[InWords]


class TicketNow(BaseModel):
    """As it is now; times are the hall's. `ahead`: people before it in its service's line, while it waits; `more`: what
    is still to be done afterwards; `only_at`: the counter that it was sent to; `why`: why this ticket was called."""

    number: str
    service: str
    service_name: str
    more: list[str]
    priority: str
    slot_at: datetime | None
    state: Phase
    confirmed: bool
    reinstated: int
    ahead: int | None
    taken_at: datetime
    called_at: datetime | None
    serving_at: datetime | None
    ended_at: datetime | None
    counter: str
    counter_name: str
    only_at: str
    clerk: str
    calls: int
    level: int
    why: InWords | None


class Changed(BaseModel):
    """`events`: what this wish led to, now or the first time it came."""

    events: list[dict[str, Any]]
    ticket: TicketNow


class PeopleBefore(BaseModel):
    """Who waits for the same service and comes before it. `priority`: those who have waited long as well."""

    priority: int
    appointment: int
    ordinary: int


class Why(BaseModel):
    """`code` and `values`: the reason as its last call recorded it, empty before that; `passed`: who came earlier and
    was not called then; `before`: while it waits; `policy`: the one in force now; `words`: all of it in sentences."""

    number: str
    state: Phase
    code: str
    values: dict[str, str]
    passed: list[str]
    before: PeopleBefore | None
    policy: str
    words: list[InWords]


CORRECTIONS = (
    Action(c.Cancel, "cancelTicket", "作废: nobody is to be called by this number any more.", CancelBody),
    Action(c.Reinstate, "reinstateTicket", "激活: a missed ticket comes back, behind a few people."),
    Action(c.Amend, "amendTicket", "Another service or another priority class for a waiting ticket.", AmendBody),
)


def tickets(desk: Desk, gate: Gate, pseudonyms: Pseudonyms) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/tickets", tags=["tickets"])

    @router.post("", operation_id="takeTicket", status_code=201, responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def take(
        hall: str, body: NewTicket, response: Response, wish: Annotated[Wish, Depends(wishes(desk, gate))]
    ) -> TakenTicket:
        """A number for somebody whom staff serves without a machine. It waits at once; nothing is printed."""
        asked = body.model_dump() | {"more": tuple(body.more), "person": pseudonyms.of(body.person)}
        outcome = await fulfil(desk, hall, c.TakeTicket(**asked, **wish.stamp))
        if outcome.refused:
            raise refused(outcome.refused)
        reserved = outcome.events[0]
        assert isinstance(reserved, e.TicketReserved)
        response.headers["Location"] = f"/api/v1/halls/{hall}/tickets/{reserved.number}"
        return _taken(desk, hall, reserved)

    for correction in CORRECTIONS:
        answer = _correcting(correction, desk, wishes(desk, gate))
        add_action(router, correction, answer, "/{number}", responses=refusals(400, 401, 403, 404, 409, 422, 503))

    @router.get(
        "/{number}", operation_id="getTicket", responses=refusals(401, 404), dependencies=[Depends(gate.need())]
    )
    async def look(hall: str, number: str) -> TicketNow:
        """A ticket of today."""
        return _now(desk, hall, _known(desk.today(hall), number))

    @router.get(
        "/{number}/why", operation_id="whyTicket", responses=refusals(401, 404), dependencies=[Depends(gate.need())]
    )
    async def why(hall: str, number: str) -> Why:
        """Why it was called when it was, and who was passed over; or, while it waits, who is before it and what will
        decide."""
        today = desk.today(hall)
        ticket = _known(today, number)
        told = explaining.explain(today, ticket, desk.now())
        return Why(
            number=number,
            state=ticket.phase,
            code=told.code,
            values=told.values,
            passed=list(told.passed),
            before=PeopleBefore(**told.before._asdict()) if told.before else None,
            policy=told.policy,
            words=[InWords.of(one) for one in told.words],
        )

    return router


def _correcting(
    correction: Action, desk: Desk, wish_of: Callable[..., Awaitable[Wish]]
) -> Callable[..., Awaitable[Changed]]:
    """What answers one correction."""

    async def correct(hall: str, number: str, wish: Annotated[Wish, Depends(wish_of)], body: Any = None) -> Changed:
        fields = body.model_dump() if body is not None else {}
        outcome = await fulfil(desk, hall, correction.command(number=number, **fields, **wish.stamp))
        if outcome.refused:
            raise refused(outcome.refused)
        events = [msgspec.to_builtins(event) for event in outcome.events]
        return Changed(events=events, ticket=_now(desk, hall, _known(desk.today(hall), number)))

    return correct


def _known(today: Day, number: str) -> Ticket:
    ticket = today.tickets.get(number)
    if ticket is None:
        raise ProblemError("unknown-ticket", f"there is no ticket {number!r} today")
    return ticket


def _taken(desk: Desk, hall: str, reserved: e.TicketReserved) -> TakenTicket:
    zone = desk.zone(hall)
    return TakenTicket(
        number=reserved.number,
        service=reserved.service,
        more=list(reserved.more),
        priority=reserved.priority,
        slot_at=reserved.slot_at.astimezone(zone) if reserved.slot_at else None,
        state="waiting",
        ahead=reserved.ahead,
        wait_s=WaitRange(low=reserved.wait_s_low, high=reserved.wait_s_high),
        taken_at=reserved.at.astimezone(zone),
        warnings=[InWords.of(one) for one in notices.on_slip(reserved.warnings)],
    )


def _now(desk: Desk, hall: str, ticket: Ticket) -> TicketNow:
    today = desk.today(hall)
    return TicketNow(
        number=ticket.number,
        service=ticket.service,
        service_name=next(known.name for known in today.hall.service if known.letter == ticket.service),
        more=list(ticket.more),
        priority=ticket.priority,
        state=ticket.phase,
        confirmed=ticket.confirmed,
        reinstated=ticket.reinstated,
        ahead=people_ahead(today, ticket) if ticket.phase == "waiting" else None,
        counter=ticket.counter,
        counter_name=_counter_name(today.hall, ticket.counter),
        only_at=ticket.only_at,
        clerk=ticket.clerk,
        calls=ticket.calls,
        level=ticket.level,
        why=_why(ticket),
        **_times(desk, hall, ticket),
    )


def _times(desk: Desk, hall: str, ticket: Ticket) -> dict[str, Any]:
    zone = desk.zone(hall)
    names = ("taken_at", "slot_at", "called_at", "serving_at", "ended_at")
    return {name: at.astimezone(zone) if (at := getattr(ticket, name)) else None for name in names}


def _counter_name(hall: Hall, counter: str) -> str:
    return next((known.name for known in hall.counter if known.id == counter), "")


def _why(ticket: Ticket) -> InWords | None:
    return InWords.of(words.why(ticket.why, ticket.number, ticket.because)) if ticket.why else None
