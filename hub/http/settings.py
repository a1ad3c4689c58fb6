"""A hall's settings while it is open: what can be changed, what it is, who changed it; and changing it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, JsonValue

from halls import changes, value_checks
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import settings as rules
from hub.domain.state import Day
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError, refused
from hub.http.routes import Router
from hub.http.wishes import Wish, fulfil, wishes
from hub.storage.accounts import Role

MAY_CHANGE: tuple[Role, ...] = ("administrator", "manager")
MAY_DRAW: tuple[Role, ...] = ("administrator",)
"""The floor plan: who moves a counter on it moves it for everybody who looks for one."""
_CHANGES_MAX = 200


class Limits(BaseModel):
    low: float
    high: float


class Setting(BaseModel):
    """`file`: what the hall file says, null of a rule that it does not have; `changed_by`, `changed_at`: of the last
    change today, or when it was carried over from the day before (`hub`); empty and null while the file's value is in
    force."""

    path: str
    value: JsonValue
    file: JsonValue
    limits: Limits | None
    changed_by: str
    changed_at: datetime | None


class Settings(BaseModel):
    """`version`: of the day's events up to which this is told."""

    hall: str
    version: int
    settings: list[Setting]


class Authors:
    """Who changed which path, and when. Read from the log once for each change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, tuple[dict[str, Any], dict[str, tuple[str, datetime]]]] = {}

    async def of(self, hall: str) -> dict[str, tuple[str, datetime]]:
        today = self._desk.today(hall)
        settings, authors = self._known.get(hall, ({}, {}))
        if settings is not today.settings:
            authors = {}
            for recorded in await self._desk.history(hall, today.day) if today.settings else ():
                if isinstance(recorded.event, e.SettingsChanged):
                    authors |= dict.fromkeys(recorded.event.changes, (recorded.event.by, recorded.event.at))
            self._known[hall] = today.settings, authors
        return {path: author for path, author in authors.items() if path in today.settings}


def settings(desk: Desk, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/settings", tags=["settings"])
    authors = Authors(desk)

    @router.get(
        "",
        operation_id="getSettings",
        responses=refusals(401, 403, 404),
        dependencies=[Depends(gate.need(*MAY_CHANGE))],
    )
    async def look(hall: str) -> Settings:
        """Everything that can be changed while the hall is open."""
        return await _all(desk, authors, hall)

    @router.patch(
        "",
        operation_id="changeSettings",
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
        dependencies=[Depends(gate.need(*MAY_CHANGE))],
    )
    async def change(
        hall: str,
        body: Annotated[
            dict[str, JsonValue],
            Body(
                min_length=1,
                max_length=_CHANGES_MAX,
                examples=[{"policy.recall_gap_s": 8, "service.A.cap_day": None}],
                description="Path → value; null: back to what the hall file says.",
            ),
        ],
        wish: Annotated[Wish, Depends(wishes(desk, gate))],
    ) -> Settings:
        """All of these changes or none. They are in force at once, and the next day as well."""
        if wish.who.role not in MAY_DRAW and any(changes.is_of_plan(path) for path in body):
            raise ProblemError("forbidden", f"the floor plan is changed by: {', '.join(MAY_DRAW)}")
        today = desk.today(hall)
        _check(today, body)
        outcome = await fulfil(desk, hall, c.ChangeSettings(changes=body, **wish.stamp))
        if outcome.refused:
            raise refused(outcome.refused)
        return await _all(desk, authors, hall)

    return router


async def _all(desk: Desk, authors: Authors, hall: str) -> Settings:
    known, today, zone = await authors.of(hall), desk.today(hall), desk.zone(hall)
    by_file = changes.values(today.base)
    told = []
    for path, value in changes.values(today.hall).items():
        by, at = known.get(path, ("", None))
        told.append(
            Setting(
                path=path,
                value=value,
                file=by_file.get(path),
                limits=limits(path),
                changed_by=by,
                changed_at=at.astimezone(zone) if at else None,
            )
        )
    return Settings(hall=hall, version=today.version, settings=told)


def limits(path: str) -> Limits | None:
    bounds = value_checks.limits(path.partition(".")[0], path.rpartition(".")[2])
    return Limits(low=bounds[0], high=bounds[1]) if bounds else None


def _check(today: Day, wanted: Mapping[str, Any]) -> None:
    """Raises ProblemError that names every wrong item, each at its path."""
    try:
        msgspec.json.encode(wanted)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ProblemError("invalid", f"a value cannot be kept: {error}") from error
    wrong = rules.problems(today, dict(wanted))
    if wrong:
        errors = [{"where": _path(today, wanted, problem), "what": problem} for problem in wrong]
        raise ProblemError("bad-settings", "; ".join(wrong), errors=errors)


def _path(today: Day, wanted: Mapping[str, Any], problem: str) -> str:
    """Which of the changes a problem comes from: the one that has it alone too, else whose key it names."""
    alone = (path for path, value in wanted.items() if problem in rules.problems(today, {path: value}))
    named = (path for path in wanted if f": {path.rpartition('.')[2]}:" in problem)
    return next(alone, next(named, ""))
