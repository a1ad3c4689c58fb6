"""Figures of the past for programs and for the dashboards: a question, its answer, and the tickets behind a figure."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.history.asking import MINUTES, ONLY, By, NotReadyError, Question, UnknownFigureError, Value, period_before
from hub.history.figures import BY_IDENT, DEVICES, FIGURES, DeviceBy, DeviceFigure, Figure
from hub.history.history import Asked, Behind
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.tickets import InWords
from hub.storage.accounts import Role
from hub.storage.event_log import LogError

MAY_ASK: tuple[Role, ...] = ("administrator", "manager", "technician")
DAYS_MAX = 3 * 366
BEHIND_MAX = 1000
STEPS_MAX = 3000  # of time in one answer
_RETRY_S = "2"

_Clock = Annotated[str, Field(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["08:30"])]
_Idents = Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=20)]
_Some = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]
_Split = Annotated[list[By], Field(max_length=3)]


class FigureAsked(BaseModel):
    """`since`: on the first day, `until`: on the last, not counted. `only`: a dimension, and values of which any will
    do. `before`: the same of the period before, too."""

    model_config = ConfigDict(extra="forbid")
    figures: _Idents
    first: date
    last: date
    since: _Clock = "00:00"
    until: _Clock = "24:00"
    by: _Split = []
    step_min: int = Field(60, ge=5, le=MINUTES)
    only: dict[Literal[ONLY], _Some] = {}  # type: ignore[valid-type]
    before: bool = False


class FigureNow(BaseModel):
    """`unit`: "", tickets, people, items, s, share (0 to 1) or level (1 to 5). `good`: which way is better. `relation`:
    what is counted, see docs/figures."""

    ident: str
    name: InWords
    unit: str
    formula: InWords
    relation: str
    by: list[str]
    good: str
    total: bool

    @classmethod
    def of(cls, one: Figure | DeviceFigure) -> "FigureNow":
        return cls(
            ident=one.ident,
            name=InWords(zh=one.zh, en=one.en),
            unit=one.unit,
            formula=InWords(zh=one.formula_zh, en=one.formula_en),
            relation="devices" if isinstance(one, DeviceFigure) else one.relation,  # of none of the past's
            by=sorted(get_args(DeviceBy) if isinstance(one, DeviceFigure) else one.by),
            good=one.good,
            total=one.total,
        )


class Catalogue(BaseModel):
    figures: list[FigureNow]


class RowNow(BaseModel):
    """`key`: a value for each of `by`."""

    key: list[str]
    values: dict[str, Value]


class Answered(BaseModel):
    """`before`: of the period before, where that was asked. `unread`: events of these days that could not be read, so
    that the figures may be short."""

    figures: list[FigureNow]
    first: str
    last: str
    by: list[str]
    rows: list[RowNow]
    before: list[RowNow] | None
    unread: int = 0


class BehindNow(BaseModel):
    day: str
    number: str
    about: dict[str, Any]


class AllBehind(BaseModel):
    """By time; no more than was asked for."""

    figure: FigureNow
    rows: list[BehindNow]


def figures(desk: Desk, past: Asked, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/figures", tags=["figures"])
    may = [Depends(gate.need(*MAY_ASK))]

    async def answered(hall: str, asked: FigureAsked) -> Answered:
        question = question_of(hall, asked)
        with told():
            now = await past.ask(question)
            before = await past.ask(period_before(question)) if asked.before else None
        return Answered(
            figures=[FigureNow.of(BY_IDENT[ident]) for ident in question.figures],
            first=question.first,
            last=question.last,
            by=list(question.by),
            rows=_rows(now.rows),
            before=_rows(before.rows) if before else None,
            unread=now.unread,
        )

    @router.get("", operation_id="askFigures", responses=refusals(401, 403, 404, 422, 503), dependencies=may)
    async def ask(hall: str, asked: Annotated[FigureAsked, Depends(by_query)]) -> Answered:
        """By the parameters of the address: `figure`, `by` and the dimensions may be there several times."""
        desk.today(hall)
        return await answered(hall, asked)

    @router.post("", operation_id="postFigures", responses=refusals(401, 403, 404, 422, 503), dependencies=may)
    async def ask_more(hall: str, asked: FigureAsked) -> Answered:
        """The same, for long questions. Nothing is changed by it."""
        desk.today(hall)
        return await answered(hall, asked)

    @router.get("/catalogue", operation_id="listFigures", responses=refusals(401, 403, 404), dependencies=may)
    async def catalogue(hall: str) -> Catalogue:
        """All that there is, each with its formula and what it is counted from; those of `devices` are asked for as
        device figures."""
        desk.today(hall)
        of_devices = [FigureNow.of(one) for one in DEVICES.values()]
        return Catalogue(figures=[*(FigureNow.of(one) for one in FIGURES), *of_devices])

    @router.get(
        "/{figure}/behind",
        operation_id="behindFigure",
        responses=refusals(401, 403, 404, 422, 503),
        dependencies=may,
    )
    async def behind(
        hall: str,
        figure: str,
        asked: Annotated[FigureAsked, Depends(by_query_behind)],
        most: Annotated[int, Query(ge=1, le=BEHIND_MAX)] = 200,
    ) -> AllBehind:
        """The tickets, stretches of time or appointments that a figure is taken from."""
        desk.today(hall)
        asked.figures = [figure]
        question = question_of(hall, asked)
        with told():
            rows = await past.behind(question, figure, most)
        return AllBehind(figure=FigureNow.of(BY_IDENT[figure]), rows=[_behind(one) for one in rows])

    return router


_Days = Annotated[date, Query(description="YYYY-MM-DD, counted.")]
_Many = Annotated[list[str], Query(max_length=200)]


def by_query(
    first: _Days,
    last: _Days,
    figure: Annotated[list[str], Query(min_length=1, max_length=20)],
    since: Annotated[str, Query(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "00:00",
    until: Annotated[str, Query(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "24:00",
    by: Annotated[list[By], Query(max_length=3)] = [],  # noqa: B006 - the framework copies it
    step: Annotated[int, Query(ge=5, le=MINUTES, description="Minutes, of `by=time`.")] = 60,
    before: bool = False,
    centre: _Many = [],  # noqa: B006
    floor: _Many = [],  # noqa: B006
    area: _Many = [],  # noqa: B006
    service: _Many = [],  # noqa: B006
    line: _Many = [],  # noqa: B006
    counter: _Many = [],  # noqa: B006
    clerk: _Many = [],  # noqa: B006
) -> FigureAsked:
    given = zip(ONLY, (centre, floor, area, service, line, counter, clerk), strict=True)
    return FigureAsked.model_construct(
        figures=figure,
        first=first,
        last=last,
        since=since,
        until=until,
        by=by,
        step_min=step,
        only={name: values for name, values in given if values},
        before=before,
    )


def by_query_behind(
    first: _Days,
    last: _Days,
    since: Annotated[str, Query(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "00:00",
    until: Annotated[str, Query(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "24:00",
    centre: _Many = [],  # noqa: B006
    floor: _Many = [],  # noqa: B006
    area: _Many = [],  # noqa: B006
    service: _Many = [],  # noqa: B006
    line: _Many = [],  # noqa: B006
    counter: _Many = [],  # noqa: B006
    clerk: _Many = [],  # noqa: B006
) -> FigureAsked:
    return by_query(first, last, [], since, until, [], 60, False, centre, floor, area, service, line, counter, clerk)


def question_of(hall: str, asked: FigureAsked) -> Question:
    """Raises ProblemError where it makes no sense."""
    first, last = asked.first, asked.last
    since, until = _minute(asked.since), _minute(asked.until)
    if last < first or (last == first and until <= since):
        raise ProblemError("bad-range", f"{first} {asked.since} to {last} {asked.until} ends before it begins")
    if last - first >= timedelta(days=DAYS_MAX):
        raise ProblemError("bad-range", f"at most {DAYS_MAX} days at a time; {first} to {last} are more")
    steps_within(first, last, asked.step_min if "time" in asked.by else MINUTES)
    for ident in asked.figures:
        if ident not in BY_IDENT:
            raise ProblemError("unknown-figure", f"there is no figure {ident!r}; there is {', '.join(BY_IDENT)}")
    return Question(
        hall=hall,
        first=first.isoformat(),
        last=last.isoformat(),
        since=since,
        until=until,
        by=tuple(dict.fromkeys(asked.by)),
        step_min=asked.step_min,
        only={name: tuple(values) for name, values in asked.only.items() if values},
        figures=tuple(dict.fromkeys(asked.figures)),
    )


def steps_within(first: date, last: date, step_min: int) -> None:
    """Raises ProblemError for more steps of time than anybody can look at."""
    many = ((last - first).days + 1) * MINUTES // step_min
    if many > STEPS_MAX:
        raise ProblemError(
            "bad-range", f"that is {many} steps of {step_min} min; at most {STEPS_MAX}: ask for longer ones"
        )


@contextmanager
def told() -> Iterator[None]:
    """What the past says no to, as a problem document."""
    try:
        yield
    except NotReadyError as error:
        raise ProblemError(
            "history-not-ready", str(error), headers={"Retry-After": _RETRY_S}, done=error.done, total=error.total
        ) from error
    except UnknownFigureError as error:
        raise ProblemError("unknown-figure", str(error)) from error
    except LogError as error:
        raise ProblemError("unavailable", f"the event log cannot be read now: {error}") from error


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _rows(rows: Sequence[Any]) -> list[RowNow]:
    return [RowNow(key=list(one.key), values=one.values) for one in rows]


def _behind(one: Behind) -> BehindNow:
    return BehindNow(day=one.day, number=one.number, about=dict(one.about))
