"""What anybody may see: the public queue, without a person in it; and, for who is logged in, what halls there are."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel

from hub.desk import Desk
from hub.domain import estimate
from hub.domain.projection import centre_waiting, counter_now
from hub.domain.state import Day
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from wire.messages import CounterPhase


class Named(BaseModel):
    name: str
    english: str


class ServiceQueue(Named):
    """`wait_s`: estimate for who comes now, seconds, low and high."""

    letter: str
    centre: str
    waiting: int
    wait_s: tuple[float, float]


class CentreQueue(Named):
    waiting: int


class PublicCall(BaseModel):
    number: str
    counter: str
    counter_name: str
    calls: int
    at: datetime


class PublicCounter(BaseModel):
    """`number`: its active ticket, or empty."""

    id: str
    name: str
    area: str
    phase: CounterPhase
    number: str


class PublicQueue(BaseModel):
    """`version` rises with everything that happens on `day`; `calls`: active ones, the latest first."""

    hall: Named
    day: str
    version: int
    ended: bool
    services: list[ServiceQueue]
    centres: list[CentreQueue]
    calls: list[PublicCall]
    counters: list[PublicCounter]


class HallService(Named):
    letter: str
    centre: str
    area: str


class HallCounter(BaseModel):
    id: str
    name: str
    area: str
    services: list[str]


class HallView(Named):
    id: str
    timezone: str
    day: str
    services: list[HallService]
    counters: list[HallCounter]


def queue(desk: Desk, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls", tags=["halls"])
    made: dict[str, tuple[Day, bytes]] = {}  # hall → the day that it was made of, and the body

    @router.get("", operation_id="listHalls", responses=refusals(401), dependencies=[Depends(gate.need())])
    async def list_halls() -> list[HallView]:
        """The halls of this hub, their services and counters."""
        return [_hall(desk.today(hall)) for hall in desk.halls()]

    @router.get(
        "/{hall}/queue",
        operation_id="getQueue",
        response_model=PublicQueue,
        responses={304: {"description": "Nothing happened since that ETag."}, **refusals(404)},
    )
    async def get_queue(hall: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The public queue, open to all: who is called where, how many wait, which counters are open."""
        today = desk.today(hall)
        headers = {"ETag": f'"{desk.epoch}-{today.day}-{today.version}"', "Cache-Control": "no-cache"}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        known, body = made.get(hall, (None, b""))
        if known is not today:
            body = msgspec.json.encode(public_queue(today).model_dump())
            made[hall] = (today, body)
        return Response(body, media_type="application/json", headers=headers)

    return router


def public_queue(today: Day) -> PublicQueue:
    about = today.hall.hall
    return PublicQueue(
        hall=Named(name=about.name, english=about.english),
        day=today.day,
        version=today.version,
        ended=today.ended,
        services=_services(today),
        centres=[CentreQueue(name=one.name, english=one.english, waiting=one.waiting) for one in centre_waiting(today)],
        calls=_calls(today),
        counters=_counters(today),
    )


def _services(today: Day) -> list[ServiceQueue]:
    waits = estimate.waits(today)
    return [
        ServiceQueue(
            letter=service.letter,
            name=service.name,
            english=service.english,
            centre=service.centre,
            waiting=today.count_waiting(service.letter),
            wait_s=(waits[service.letter].low_s, waits[service.letter].high_s),
        )
        for service in today.hall.service
    ]


def _calls(today: Day) -> list[PublicCall]:
    names = {counter.id: counter.name for counter in today.hall.counter}
    active = (today.tickets[number] for number in today.calls)
    return [
        PublicCall(
            number=ticket.number,
            counter=ticket.counter,
            counter_name=names[ticket.counter],
            calls=ticket.calls,
            at=ticket.called_at,
        )
        for ticket in active
        if ticket.phase in ("called", "serving") and ticket.called_at is not None
    ]


def _counters(today: Day) -> list[PublicCounter]:
    shown = []
    for counter in today.hall.counter:
        now = counter_now(today, counter)
        shown.append(
            PublicCounter(id=counter.id, name=counter.name, area=counter.area, phase=now.phase, number=now.number)
        )
    return shown


def _hall(today: Day) -> HallView:
    about = today.hall.hall
    return HallView(
        id=about.id,
        name=about.name,
        english=about.english,
        timezone=about.timezone,
        day=today.day,
        services=[HallService.model_validate(service, from_attributes=True) for service in today.hall.service],
        counters=[HallCounter.model_validate(counter, from_attributes=True) for counter in today.hall.counter],
    )
