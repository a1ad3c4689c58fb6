"""Figures of devices over time, from when they came and went and from what they reported: kept here, with retention."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, NamedTuple

from anyio import to_thread
from fastapi import APIRouter, Depends, Query

from hub.desk import Desk
from hub.domain.presence import Came, There, there
from hub.history.asking import MINUTES
from hub.history.figures import DEVICES, DeviceBy, Worst
from hub.http.figures import MAY_ASK, Answered, FigureNow, RowNow, steps_within
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster, Seat
from hub.storage.health import HealthHistory

_OF_TIME = ("time", "day", "month")
DAYS_MAX = 92  # no more is kept
_DAY_S = 86400


_Many = Annotated[list[str], Query(max_length=200)]


def device_figures(desk: Desk, roster: Roster, history: HealthHistory, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/device-figures", tags=["figures"])

    @router.get(
        "",
        operation_id="askDeviceFigures",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_ASK))],
    )
    async def ask(
        hall: str,
        first: Annotated[date, Query()],
        last: Annotated[date, Query()],
        figure: Annotated[list[str], Query(min_length=1, max_length=10)],
        by: Annotated[list[DeviceBy], Query(max_length=2)] = [],  # noqa: B006 - the framework copies it
        step: Annotated[int, Query(ge=5, le=MINUTES)] = 60,
        floor: _Many = [],  # noqa: B006
        device: _Many = [],  # noqa: B006
        position: _Many = [],  # noqa: B006
    ) -> Answered:
        """`device`: kinds of devices; `position`: single ones. Of at most three months: older ones are not kept."""
        desk.today(hall)
        for ident in figure:
            if ident not in DEVICES:
                raise ProblemError("unknown-figure", f"there is no figure {ident!r}; there is {', '.join(DEVICES)}")
        if last < first or last - first >= timedelta(days=DAYS_MAX):
            raise ProblemError("bad-range", f"from {first} to {last} are no 1 to {DAYS_MAX} days")
        steps_within(first, last, step if "time" in by else MINUTES)
        floors = {area.id: area.floor for area in desk.today(hall).hall.area}
        seats = [
            seat
            for seat in roster.seats(hall)
            if (not floor or floors[seat.position.area] in floor)
            and (not device or seat.position.kind in device)
            and (not position or seat.position.id in position)
        ]
        steps = _steps(desk, hall, first, last, by, step)
        rows = await to_thread.run_sync(_rows, hall, seats, floors, steps, tuple(by), tuple(figure), history)
        return Answered(
            figures=[FigureNow.of(DEVICES[ident]) for ident in dict.fromkeys(figure)],
            first=first.isoformat(),
            last=last.isoformat(),
            by=list(by),
            rows=rows,
            before=None,
        )

    return router


class _Step(NamedTuple):
    key: str
    begin: datetime
    end: datetime


def _steps(desk: Desk, hall: str, first: date, last: date, by: Sequence[DeviceBy], minutes: int) -> list[_Step]:
    """Up to now."""
    zone, now = desk.zone(hall), desk.now()
    kind = next((one for one in by if one in _OF_TIME), "")
    length = timedelta(minutes=minutes) if kind == "time" else timedelta(days=1)
    found = []
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        at = datetime.combine(day, time(), zone)
        for begin in (at + n * length for n in range(max(1, timedelta(days=1) // length))):
            if begin < now:
                key = {"time": begin.strftime("%Y-%m-%d %H:%M"), "month": day.isoformat()[:7], "": ""}
                found.append(_Step(key.get(kind, day.isoformat()), begin, min(begin + length, now)))
    return found


def _rows(
    hall: str,
    seats: Sequence[Seat],
    floors: dict[str, str],
    steps: Sequence[_Step],
    by: tuple[DeviceBy, ...],
    wanted: tuple[str, ...],
    history: HealthHistory,
) -> list[RowNow]:
    if not steps or not seats:
        return []
    begin, end = steps[0].begin, steps[-1].end
    changes: dict[str, list[Came]] = {}
    for change in history.changes_between(hall, begin, end):
        changes.setdefault(change.position, []).append(Came(change.at.timestamp(), change.online, change.why))
    sums: dict[tuple[str, ...], There] = {}
    worst: dict[tuple[str, ...], Worst] = {}
    keys = {seat.position.id: _key_of(seat, floors, by) for seat in seats}
    edges = [(one.begin.timestamp(), one.end.timestamp()) for one in steps]
    for position, key in keys.items():
        for step, one in zip(steps, there(changes.get(position, ()), edges), strict=True):
            full = _filled(key, step.key, by)
            sums[full] = sums.get(full, There()).plus(one)
    if {"clock_ms", "cpu_c"} & set(wanted):
        for position, number, clock_ms, cpu_c in _reports(hall, history, steps, list(keys)):
            full = _filled(keys[position], steps[min(number, len(steps) - 1)].key, by)
            worst[full] = worst.get(full, Worst()).plus(clock_ms, cpu_c)
    return [
        RowNow(key=list(key), values={ident: DEVICES[ident].of(one, worst.get(key, Worst())) for ident in wanted})
        for key, one in sorted(sums.items())
        if one.known_s or key in worst
    ]


def _reports(
    hall: str, history: HealthHistory, steps: Sequence[_Step], positions: list[str]
) -> Iterable[tuple[str, int, float | None, float | None]]:
    begin, end = int(steps[0].begin.timestamp()), int(steps[-1].end.timestamp()) + 1
    length = int((steps[1].begin - steps[0].begin).total_seconds()) if len(steps) > 1 else _DAY_S
    return history.worst_between(hall, begin, end, length, positions)


def _key_of(seat: Seat, floors: dict[str, str], by: tuple[DeviceBy, ...]) -> tuple[str, ...]:
    position = seat.position
    values = {"kind": position.kind, "area": position.area, "position": position.id, "floor": floors[position.area]}
    return tuple(values.get(one, "") for one in by)


def _filled(key: tuple[str, ...], step: str, by: tuple[DeviceBy, ...]) -> tuple[str, ...]:
    return tuple(step if one in _OF_TIME else value for one, value in zip(by, key, strict=True))
