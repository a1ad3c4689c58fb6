"""A rule tried before it is saved, by program: what other values say now, and how often they would have raised."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hub.alerts.alerts import Alerts
from hub.alerts.trying import DAYS, BadValuesError, Side, Trial, UnknownRuleError
from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE


class NewTrial(BaseModel):
    """`values`: of the rule, by key, as its settings have them (`raise_at`); what is not named stays as it is in force,
    null is what the hall's file says. `days`: today and those before it."""

    model_config = ConfigDict(extra="forbid")
    values: Annotated[dict[str, JsonValue], Field(max_length=20, examples=[{"raise_at": 30, "clear_at": 25}])] = {}
    days: Annotated[int, Field(ge=1, le=DAYS[-1])] = DAYS[0]


class FigureSeen(BaseModel):
    """`high`: it raises, if it stays so for `raise_s`."""

    subject: str
    figure: float
    high: bool


class RaisedThen(BaseModel):
    """`until` null: it was so still at the end of what was looked at."""

    subject: str
    at: datetime
    until: datetime | None
    figure: float


class SideNow(BaseModel):
    """`now`: the most alarming; `raised`: the newest of `count`; `days`: how many on each day that had any."""

    raise_at: float
    clear_at: float
    raise_s: float
    clear_s: float
    per: str
    only: list[str]
    open_only: bool
    enabled: bool
    now: list[FigureSeen]
    count: int
    raised: list[RaisedThen]
    days: dict[str, int]

    @classmethod
    def of(cls, side: Side) -> "SideNow":
        own = ("now", "count", "raised", "days")
        values = {name: getattr(side.rule, name) for name in cls.model_fields if name not in own}
        now = [FigureSeen(subject=one.subject, figure=one.figure, high=one.high) for one in side.now]
        raised = [RaisedThen(subject=one.subject, at=one.at, until=one.until, figure=one.figure) for one in side.raised]
        return cls(**values, now=now, count=side.count, raised=raised, days=side.days)


class TrialNow(BaseModel):
    """`before`: the values in force; `after`: those tried, as though the rule were switched on. `since`: how far back
    was looked, later than `first` where there was too much: the same again goes further. `looked_at`: events of the
    log, or changes of devices. `source` none: the past of such figures is not kept. `known` false: the hall is closed
    now."""

    rule: str
    kind: str
    first: str
    last: str
    since: str
    looked_at: int
    source: Literal["log", "ratings", "presence", "reports", "none"]
    known: bool
    before: SideNow
    after: SideNow

    @classmethod
    def of(cls, trial: Trial) -> "TrialNow":
        rule = trial.before.rule
        same = {name: getattr(trial, name) for name in ("first", "last", "since", "looked_at", "known")}
        before, after = SideNow.of(trial.before), SideNow.of(trial.after)
        return cls(rule=rule.id, kind=rule.kind, source=trial.source or "none", before=before, after=after, **same)


def alert_trials(desk: Desk, known: Alerts, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/alerts/rules/{rule}/trial", tags=["alerts"])

    @router.post(
        "",
        operation_id="tryAlertRule",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_CHANGE))],
    )
    async def attempt(hall: str, rule: str, body: NewTrial) -> TrialNow:
        """Nothing changes by it. It may take some seconds for each week of a busy hall."""
        desk.today(hall)
        try:
            return TrialNow.of(await known.trials.ask(hall, rule, body.values, body.days))
        except UnknownRuleError as error:
            raise ProblemError("unknown-alert-rule", str(error)) from error
        except BadValuesError as error:
            errors = [{"where": "values", "what": one} for one in error.problems]
            raise ProblemError("bad-settings", str(error), errors=errors) from error

    return router
