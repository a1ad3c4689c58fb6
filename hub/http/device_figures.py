"""Figures of devices over time, from when they came and went and from what they reported: kept here, with retention."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple, TypeAlias, get_args

from anyio import to_thread
from fastapi import APIRouter, Depends, Query

from hub.desk import Desk
from hub.domain.presence import Came, There, there
from hub.history.asking import MINUTES
from hub.http.figures import MAY_ASK, Answered, FigureNow, RowNow, steps_within
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.tickets import InWords
from hub.roster import Roster, Seat
from hub.storage.health import HealthHistory

DeviceBy: TypeAlias = Literal["time", "day", "month", "kind", "floor", "area", "position"]
_OF_TIME = ("time", "day", "month")
DAYS_MAX = 92  # no more is kept
_DAY_S = 86400


class _Worst(NamedTuple):
    clock_ms: float | None = None
    cpu_c: float | None = None

    def plus(self, clock_ms: float | None, cpu_c: float | None) -> "_Worst":
        return _Worst(_most(self.clock_ms, clock_ms), _most(self.cpu_c, cpu_c))


class _Figure(NamedTuple):
    zh: str
    en: str
    unit: str
    formula_zh: str
    formula_en: str
    good: str
    of: Callable[[There, _Worst], float | int | None]


FIGURES: dict[str, _Figure] = {
    "online_share": _Figure(
        "设备在线率", "Online", "share",
        "在线时长 ÷ 已知时长（首次上线之前不计）",
        "time online ÷ time that anything is known of (before it first came, nothing is)", "up",
        lambda one, worst: one.online_s / one.known_s if one.known_s else None,
    ),
    "offline_s": _Figure(
        "离线时长", "Offline", "s", "各点位离线时长之和", "time offline, of all positions together", "down",
        lambda one, worst: one.known_s - one.online_s if one.known_s else None,
    ),
    "drops": _Figure(
        "掉线次数", "Lost", "", "没有告别就断开的次数", "how often a device went without a word", "down",
        lambda one, worst: one.drops,
    ),
    "starts": _Figure(
        "重启次数", "Started", "", "设备程序重新启动的次数", "how often an agent began anew", "down",
        lambda one, worst: one.starts,
    ),
    "clock_ms": _Figure(
        "时钟偏差（最大）", "Clock wrong by, at most", "ms", "上报的|中枢时钟 − 设备时钟|的最大值",
        "greatest |hub's clock − the board's| reported", "down", lambda one, worst: worst.clock_ms,
    ),
    "cpu_c": _Figure(
        "处理器温度（最高）", "Processor, at most", "°C", "上报的处理器温度的最高值",
        "hottest processor reported", "down",
        lambda one, worst: worst.cpu_c,
    ),
}  # fmt: skip
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
    ) -> Answered:
        """`device`: kinds of devices. Of at most three months: older ones are not kept."""
        desk.today(hall)
        for ident in figure:
            if ident not in FIGURES:
                raise ProblemError("unknown-figure", f"there is no figure {ident!r}; there is {', '.join(FIGURES)}")
        if last < first or last - first >= timedelta(days=DAYS_MAX):
            raise ProblemError("bad-range", f"from {first} to {last} are no 1 to {DAYS_MAX} days")
        steps_within(first, last, step if "time" in by else MINUTES)
        floors = {area.id: area.floor for area in desk.today(hall).hall.area}
        seats = [
            seat
            for seat in roster.seats(hall)
            if (not floor or floors[seat.position.area] in floor) and (not device or seat.position.kind in device)
        ]
        steps = _steps(desk, hall, first, last, by, step)
        rows = await to_thread.run_sync(_rows, hall, seats, floors, steps, tuple(by), tuple(figure), history)
        return Answered(
            figures=[_told(ident) for ident in dict.fromkeys(figure)],
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
    worst: dict[tuple[str, ...], _Worst] = {}
    keys = {seat.position.id: _key_of(seat, floors, by) for seat in seats}
    edges = [(one.begin.timestamp(), one.end.timestamp()) for one in steps]
    for position, key in keys.items():
        for step, one in zip(steps, there(changes.get(position, ()), edges), strict=True):
            full = _filled(key, step.key, by)
            sums[full] = sums.get(full, There()).plus(one)
    if {"clock_ms", "cpu_c"} & set(wanted):
        for position, number, clock_ms, cpu_c in _reports(hall, history, steps, list(keys)):
            full = _filled(keys[position], steps[min(number, len(steps) - 1)].key, by)
            worst[full] = worst.get(full, _Worst()).plus(clock_ms, cpu_c)
    return [
        RowNow(key=list(key), values={ident: FIGURES[ident].of(one, worst.get(key, _Worst())) for ident in wanted})
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


def _told(ident: str) -> FigureNow:
    one = FIGURES[ident]
    return FigureNow(
        ident=ident,
        name=InWords(zh=one.zh, en=one.en),
        unit=one.unit,
        formula=InWords(zh=one.formula_zh, en=one.formula_en),
        relation="devices",
        by=list(get_args(DeviceBy)),
        good=one.good,
        total=ident in ("drops", "starts", "offline_s"),
    )


def _most(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
