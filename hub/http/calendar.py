"""On which days the hall works: the calendar, and what managers say otherwise."""

import asyncio
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec.structs import asdict
from pydantic import BaseModel, ConfigDict, Field

from hub.appointments.calendar import By, Calendar, date_of
from hub.appointments.refusal import RefusedError
from hub.appointments.unfinished import Unfinished
from hub.desk import Desk
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.media import LINE
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.storage.accounts import Identity
from hub.storage.hall_days import HallDay, HallDays

_AHEAD = timedelta(days=800)  # the year after next, at the latest


class DayBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    open: bool = Field(description="false: closed on that day; true: an extra working day.")
    reason: str = Field(min_length=1, max_length=200, pattern=LINE)
    cancel_appointments: bool = Field(False, description="Needed where a closed day has appointments: they go.")


class CalendarDay(BaseModel):
    """`closed`: a code, empty on a working day. `by`: who says so: `hall`, the published `calendar`, or only the day of
    the `weekday`, since no holidays are known of that year. `reason`: the hall's."""

    day: str
    closed: str
    by: By
    reason: str


class CalendarDays(BaseModel):
    """Today and all days that can be booked; after them, those further ahead of which the hall has said something."""

    days: list[CalendarDay]


class ChangedDay(CalendarDay):
    """`cancelled`: how many appointments went with it."""

    cancelled: int = 0


def calendar(desk: Desk, dates: Calendar, days: HallDays, unfinished: Unfinished, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/calendar", tags=["appointments"])
    manager = gate.need(*MAY_CHANGE)

    @router.get(
        "",
        operation_id="getCalendar",
        responses=refusals(401, 403, 404),
        dependencies=[Depends(gate.need(*AT_COUNTERS))],
    )
    async def look(hall: str) -> CalendarDays:
        state = desk.today(hall)
        ahead = await asyncio.to_thread(dates.ahead, state.hall, state.day)
        later = await asyncio.to_thread(days.since, hall, ahead[-1].day)
        further = [date_of(day, own) for day, own in later.items() if day != ahead[-1].day]
        return CalendarDays(days=[CalendarDay.model_validate(asdict(one)) for one in (*ahead, *further)])

    @router.put("/{day}", operation_id="setCalendarDay", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def put(hall: str, day: date, body: DayBody, who: Annotated[Identity, Depends(manager)]) -> ChangedDay:
        """Close a day, or work on one. What was booked for a closed day is cancelled by the hall: nobody's miss."""
        named = _to_come(desk, hall, day)
        if not body.open and not body.cancel_appointments and (booked := await unfinished.opened_on(hall, named)):
            raise RefusedError("day-has-appointments", str(booked))
        one = HallDay(day=named, open=body.open, reason=body.reason, changed_by=who.name, changed_at=desk.now())
        await asyncio.to_thread(days.set, hall, one)
        cancelled = 0 if body.open else await unfinished.clear_closed_days(hall)
        return ChangedDay.model_validate({**asdict(date_of(named, one)), "cancelled": cancelled})

    @router.delete("/{day}", operation_id="unsetCalendarDay", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def delete(hall: str, day: date, who: Annotated[Identity, Depends(manager)]) -> ChangedDay:
        """As the calendar has it again. What was cancelled stays so."""
        named = _to_come(desk, hall, day)
        await asyncio.to_thread(days.unset, hall, named, by=who.name, at=desk.now())
        return ChangedDay.model_validate(asdict(date_of(named)))

    return router


def _to_come(desk: Desk, hall: str, day: date) -> str:
    today = date.fromisoformat(desk.today(hall).day)
    if not today <= day <= today + _AHEAD:
        raise RefusedError("bad-day", day.isoformat())
    return day.isoformat()
