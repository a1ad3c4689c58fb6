"""Cases of negative ratings, for programs: listed, looked at, taken a step on; and what the measures say."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from hub.cases.handling import Handling, Said
from hub.cases.trend import By, Figures
from hub.desk import Desk
from hub.domain.case_events import AnyEvent, Ground, Outcome
from hub.domain.case_hands import Step
from hub.domain.case_life import TEXT_MAX
from hub.domain.cases import AppealState, CaseState
from hub.domain.cases import Case as Known
from hub.domain.rating_measures import MEASURES, RatingCounts, measures
from hub.http.figures import told
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.http.wishes import checked_key
from hub.storage.accounts import Identity
from hub.storage.cases import Wanted

Stand = Literal["open", "due", "overdue", "appealed", "verify", "rectify", "feedback", "review", "closed"]
_MOST = 500


class Case(BaseModel):
    """`id`: day and number of the ticket. `state`: the step that is due. `due`: the day by whose end it is to be
    closed. `satisfaction`: the citizen's rating of the correction. `overran`: closed after its deadline, once at least.
    `version`: goes with the next step."""

    id: str
    version: int
    number: str
    day: str
    service: str
    counter: str
    clerk: str
    level: int
    by_phone: bool
    rated_at: datetime
    opened_at: datetime
    due: str
    overdue: bool
    state: CaseState
    since: datetime
    assignee: str
    outcome: Outcome
    ground: Ground
    answer: str
    answered_at: datetime | None
    satisfaction: int | None
    closed_at: datetime | None
    appeal_until: str
    overran: bool
    clerk_appeal: AppealState
    citizen_appealed: bool
    rounds: int

    @classmethod
    def of(cls, one: Known, today: str) -> "Case":
        apart = ("id", "by_phone", "overdue", "satisfaction")
        same = {name: getattr(one, name) for name in cls.model_fields if name not in apart}
        told: dict[str, Any] = {"id": one.ask, "by_phone": one.late, "satisfaction": one.satisfaction or None}
        return cls(**same, **told, overdue=one.is_overdue(today))


class Happened(BaseModel):
    """`what`: the kind of event; `by` empty: the citizen. `told`: what belongs to that kind."""

    at: datetime
    by: str
    what: str
    note: str
    told: dict[str, object]

    @classmethod
    def of(cls, event: AnyEvent) -> "Happened":
        common = ("at", "by", "key", "note")
        told = {name: getattr(event, name) for name in event.__struct_fields__ if name not in common}
        what = str(event.__struct_config__.tag)
        return cls(at=event.at, by=event.by, what=what, note=event.note, told={} if what == "opened" else told)


class WholeCase(Case):
    """`steps`: what whoever asks may do now. `reasons`: codes of the national list.

    `due_step`: what is to be done next, empty: nothing; `why_not`: the code of why whoever asks may not, empty: they
    may; `who_may`: accounts. `alone`: it was closed by who did what was reviewed.
    """

    reasons: list[str]
    history: list[Happened]
    steps: list[Step]
    due_step: Step | Literal[""]
    why_not: str
    who_may: list[str]
    alone: bool


class Cases(BaseModel):
    """What is open first, by deadline. `stands`: how many there are of each, whatever `stand` asked for."""

    today: str
    stands: dict[str, int]
    cases: list[Case]


class StepBody(BaseModel):
    """`version`: of the case that was looked at. Each step takes its own of the other fields."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    version: int = Field(ge=1)
    note: str = Field("", max_length=TEXT_MAX)
    to: str = Field("", max_length=80, description="Of `assign`: an account; empty: nobody any more.")
    outcome: Outcome = Field("", description="Of `verify`.")
    ground: Ground = Field("", description="Why it is not justified.")
    answer: str = Field("", max_length=TEXT_MAX, description="To the citizen, who reads it on their phone.")
    verdict: Literal["", "good", "again", "upheld", "rejected"] = Field(
        "", description="Of `review`: good, again; of `decide-appeal`: upheld, rejected."
    )


class Counted(BaseModel):
    asked: int
    level_1: int
    level_2: int
    level_3: int
    level_4: int
    level_5: int
    cases: int
    not_adopted: int
    unjustified: int
    rectified: int
    on_time: int
    overdue: int
    due: int
    answered: int
    answers_rated: int
    answers_good: int


class Period(BaseModel):
    """`label`: 2026-11-22, 2026-W47 or 2026-11. Measures are 0 to 1, null where there is nothing to divide by."""

    label: str
    counts: Counted
    measures: dict[str, float | None]

    @classmethod
    def of(cls, label: str, one: RatingCounts) -> "Period":
        counts = Counted(**{name: getattr(one, name) for name in one.__struct_fields__})
        return cls(label=label, counts=counts, measures=measures(one))


class Formula(BaseModel):
    code: str
    name: str
    english: str
    formula: str
    formula_english: str


class Measured(BaseModel):
    """`now`: how many cases are open, due by the end of the next working day, and overdue, whatever the days."""

    first: str
    last: str
    by: By
    formulas: list[Formula]
    total: Period
    periods: list[Period]
    now: dict[str, int]


def cases(desk: Desk, handling: Handling, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/rating-cases", tags=["ratings"])
    at_counters = Annotated[Identity, Depends(gate.need(*AT_COUNTERS))]

    async def seen(hall: str, ident: str, who: Identity) -> Known:
        desk.today(hall)
        found = await to_thread.run_sync(handling.stored.one, hall, ident)
        if not handling.may_see(found, who):
            raise ProblemError("forbidden", "clerks see the cases of their own ratings, and those given to them")
        return found

    async def whole(one: Known, who: Identity) -> WholeCase:
        history = await to_thread.run_sync(handling.stored.history, one.hall, one.ask)
        reasons = await to_thread.run_sync(handling.reasons, one)
        told = Case.of(one, handling.today(one.hall)).model_dump()
        happened = [Happened.of(event) for event in history]
        due = await to_thread.run_sync(handling.hands.due, one, who)
        return WholeCase(
            **told,
            reasons=list(reasons),
            history=happened,
            steps=list(handling.steps(one, who)),
            due_step=due.step if due else "",
            why_not=due.why_not if due else "",
            who_may=list(due.who_may) if due else [],
            alone=one.alone,
        )

    @router.get("", operation_id="listRatingCases", responses=refusals(401, 403, 404, 422))
    async def look(
        hall: str,
        who: at_counters,
        stand: Annotated[
            Stand | None,
            Query(
                description="`due`: by the end of the next working day; `appealed`: by the clerk, and to be decided."
            ),
        ] = None,
        service: Annotated[str, Query(max_length=1)] = "",
        clerk: Annotated[str, Query(max_length=16)] = "",
        assignee: Annotated[str, Query(max_length=80)] = "",
        first: date | None = None,
        last: date | None = None,
        most: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> Cases:
        """`first`, `last`: days of the service. A clerk sees those of their own ratings, and those given to them."""
        desk.today(hall)
        wanted = Wanted(
            stand=stand or "",
            service=service,
            clerk=clerk,
            assignee=assignee,
            first=first.isoformat() if first else "",
            last=last.isoformat() if last else "",
            mine=None if who.role in MAY_CHANGE else (who.clerk, who.name),
        )
        today = await to_thread.run_sync(handling.dates, hall)
        found = await to_thread.run_sync(handling.stored.of, hall, wanted, today, most)
        stands = await to_thread.run_sync(handling.stored.stands, hall, wanted, today)
        return Cases(today=today.day, stands=stands, cases=[Case.of(one, today.day) for one in found])

    @router.get(
        "/measures",
        operation_id="getRatingMeasures",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_CHANGE))],
    )
    async def measured(
        hall: str,
        by: By = "day",
        first: date | None = None,
        last: date | None = None,
        service: Annotated[str, Query(max_length=1)] = "",
        clerk: Annotated[str, Query(max_length=16)] = "",
    ) -> Measured:
        """Of services of the days from `first` to `last`; without them of the last two weeks, twelve weeks or twelve
        months."""
        desk.today(hall)
        with told():
            found: Figures = await handling.figures(hall, by, first, last, service, clerk)
        waits = await to_thread.run_sync(handling.waiting, hall, service, clerk)
        return Measured(
            first=found.first,
            last=found.last,
            by=by,
            formulas=[
                Formula(
                    code=one.code,
                    name=one.name.zh,
                    english=one.name.en,
                    formula=one.formula.zh,
                    formula_english=one.formula.en,
                )
                for one in MEASURES
            ],
            total=Period.of("", found.total),
            periods=[Period.of(label, counts) for label, counts in found.periods],
            now={"open": waits.open, "due": waits.due, "overdue": waits.overdue},
        )

    @router.get("/{case}", operation_id="getRatingCase", responses=refusals(401, 403, 404))
    async def one_case(hall: str, case: str, who: at_counters) -> WholeCase:
        """With its history."""
        return await whole(await seen(hall, case, who), who)

    @router.post("/{case}/steps", operation_id="takeStepInRatingCase", responses=refusals(400, 401, 403, 404, 409, 422))
    async def step(
        hall: str,
        case: str,
        body: StepBody,
        who: at_counters,
        idempotency_key: Annotated[
            str | None,
            Header(description="1 to 100 printable ASCII characters; the same key again is the same wish, done once."),
        ] = None,
    ) -> WholeCase:
        """One step of a case; refused when somebody took another one since `version`."""
        key = uuid.uuid4().hex if idempotency_key is None else checked_key(idempotency_key)
        known = await seen(hall, case, who)
        said = Said(**body.model_dump(exclude={"step", "version"}))
        after = await handling.take(known, body.step, said, who, key, body.version)
        return await whole(after, who)

    return router
