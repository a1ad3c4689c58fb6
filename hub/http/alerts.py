"""Alerts: what is wrong now and was, who knows of it, what is silenced, and where each route leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from halls.alerts import KINDS
from halls.format import Hall
from hub.alerts.alerts import SILENCE_MIN_MAX, WHY_MAX, Alerts
from hub.alerts.messages import headline_of
from hub.alerts.waiting import roles_of
from hub.desk import Desk
from hub.domain.speech import Words
from hub.http.alert_trials import alert_trials
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.orders import MAY_LOOK
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.storage.accounts import Identity
from hub.storage.alert_routes import Delivery, Silenced, Target
from hub.storage.alerts import NOTE_MAX, Alert, Note
from hub.webhooks.addresses import URL_MAX


class SaidNow(BaseModel):
    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "SaidNow":
        return cls(zh=words.zh, en=words.en)


class ProofNow(SaidNow):
    """`ticket`, `position`: what to look up for more; empty: there is nothing."""

    ticket: str
    position: str


class AlertNow(BaseModel):
    """`figure`, `evidence`: as it was at the raising; `told_at`: of its routes; `cleared_at` null: it is open.
    `acknowledged_by`: who looks after it. `waits_for`: roles that it was escalated to, until somebody takes it."""

    id: str
    rule: str
    kind: str
    severity: Literal["notice", "warning", "severe"]
    subject: str
    headline: SaidNow
    figure: float
    raise_at: float
    raised_at: datetime
    told_at: datetime | None
    escalated_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    cleared_at: datetime | None
    waits_for: list[str]
    evidence: list[ProofNow]

    @classmethod
    def of(cls, one: Alert, hall: Hall) -> "AlertNow":
        proofs = [
            ProofNow(**SaidNow.of(proof.words()).model_dump(), ticket=proof.ticket, position=proof.position)
            for proof in one.body.proofs
        ]
        own = ("headline", "raise_at", "evidence", "waits_for")
        fields = {name: getattr(one, name) for name in cls.model_fields if name not in own}
        headline = SaidNow.of(headline_of(one, hall))
        waits_for = list(roles_of(one, hall))
        raise_at = one.body.rule.raise_at
        return cls(**fields, headline=headline, raise_at=raise_at, waits_for=waits_for, evidence=proofs)


class AlertsNow(BaseModel):
    """Newest first."""

    open: int
    alerts: list[AlertNow]


class NoteNow(BaseModel):
    at: datetime
    who: str
    what: str
    detail: str

    @classmethod
    def of(cls, one: Note) -> "NoteNow":
        return cls(at=one.at, who=one.who, what=one.what, detail=one.detail)


class DeliveryNow(BaseModel):
    what: str
    target: str
    state: Literal["waiting", "done", "given-up"]
    tries: int
    due_at: datetime | None
    error: str
    made_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryNow":
        names = ("what", "target", "state", "tries", "error", "made_at", "ended_at")
        due_at = one.due_at if one.state == "waiting" else None
        return cls(**{name: getattr(one, name) for name in names}, due_at=due_at)


class AlertInFull(AlertNow):
    """`log`: what became of it, in order; `deliveries`: what is, or was, to be sent of it."""

    log: list[NoteNow]
    deliveries: list[DeliveryNow]


class Acknowledgement(BaseModel):
    model_config = ConfigDict(extra="forbid")
    note: str = Field(default="", max_length=NOTE_MAX)


class RuleNow(BaseModel):
    """A rule as it is in force; its settings' paths are `alert.ID.KEY`. `figure_is`: what is compared."""

    id: str
    kind: str
    figure_is: str
    enabled: bool
    raise_at: float
    clear_at: float
    raise_s: float
    clear_s: float
    severity: str
    per: str
    only: list[str]
    open_only: bool
    quiet: list[str]
    routes: list[str]
    escalate_min: float
    escalate_to: list[str]


class RulesNow(BaseModel):
    """`unled`: routes that rules name and that lead nowhere."""

    rules: list[RuleNow]
    unled: list[str]


class NewSilence(BaseModel):
    """`subject` empty: whatever the rule is about."""

    model_config = ConfigDict(extra="forbid")
    rule: str = Field(min_length=1, max_length=64)
    subject: str = Field(default="", max_length=120)
    minutes: int = Field(ge=1, le=SILENCE_MIN_MAX)
    why: str = Field(min_length=1, max_length=WHY_MAX)


class SilenceNow(BaseModel):
    id: str
    rule: str
    subject: str
    since: datetime
    until: datetime
    by: str
    why: str

    @classmethod
    def of(cls, one: Silenced) -> "SilenceNow":
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class SilencesNow(BaseModel):
    silences: list[SilenceNow]


class NewTarget(BaseModel):
    """`route`: as rules name it; several targets may have the same. `address`: a mail address, or an https URL."""

    model_config = ConfigDict(extra="forbid")
    route: str = Field(min_length=1, max_length=32)
    kind: Literal["mail", "webhook"]
    address: str = Field(min_length=3, max_length=URL_MAX)


class TargetNow(BaseModel):
    """`address`: of a webhook its host alone. `failing_since`, `error`: null and empty where the last went well."""

    id: str
    route: str
    kind: Literal["mail", "webhook"]
    address: str
    made_at: datetime
    made_by: str
    succeeded_at: datetime | None
    failing_since: datetime | None
    error: str
    waiting: int

    @classmethod
    def of(cls, one: Target) -> "TargetNow":
        fields = {name: getattr(one, name) for name in TargetNow.model_fields if name != "address"}
        return cls(**fields, address=one.shown)


class TargetWithSecret(TargetNow):
    """`secret`: by which a webhook's messages are verified (standardwebhooks.com), told this once; empty for mail."""

    secret: str


class TargetsNow(BaseModel):
    """`mail`: whether this hub has a mail server."""

    targets: list[TargetNow]
    mail: bool


class TestedNow(BaseModel):
    ok: bool
    told: str


def alerts(desk: Desk, known: Alerts, gate: Gate) -> Sequence[APIRouter]:
    return _alerts(desk, known, gate), _targets(desk, known, gate), alert_trials(desk, known, gate)


def _alerts(desk: Desk, known: Alerts, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/alerts", tags=["alerts"])
    looks, acts = [Depends(gate.need(*MAY_LOOK))], gate.need(*MAY_CHANGE)

    @router.get("", operation_id="listAlerts", responses=refusals(401, 403, 404, 422), dependencies=looks)
    async def list_alerts(
        hall: str, state: Literal["open", "all"] = "open", most: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> AlertsNow:
        """Those that are open; or all that are kept, newest first."""
        here = desk.today(hall).hall

        def read() -> AlertsNow:
            found = known.book.opened(hall) if state == "open" else known.book.of(hall, most)
            count = known.book.count_open(hall)
            return AlertsNow(open=count, alerts=[AlertNow.of(one, here) for one in found[:most]])

        return await to_thread.run_sync(read)

    @router.get("/rules", operation_id="listAlertRules", responses=refusals(401, 403, 404), dependencies=looks)
    async def list_rules(hall: str) -> RulesNow:
        """Those in force. They are changed as settings are."""
        rules = desk.today(hall).hall.alert
        names = [name for name in RuleNow.model_fields if name != "figure_is"]
        told = [
            RuleNow(**{name: getattr(one, name) for name in names}, figure_is=KINDS[one.kind].figure) for one in rules
        ]
        return RulesNow(rules=told, unled=await to_thread.run_sync(known.unled, hall))

    @router.get("/silences", operation_id="listAlertSilences", responses=refusals(401, 403, 404), dependencies=looks)
    async def list_silences(hall: str) -> SilencesNow:
        """Those that last."""
        desk.today(hall)
        found = await to_thread.run_sync(known.silences.now, hall, desk.now())
        return SilencesNow(silences=[SilenceNow.of(one) for one in found])

    @router.post(
        "/silences", operation_id="silenceAlerts", status_code=201, responses=refusals(401, 403, 404, 409, 422)
    )
    async def silence(hall: str, body: NewSilence, who: Annotated[Identity, Depends(acts)]) -> SilenceNow:
        """Nobody is told of these for a while. They are raised and shown all the same."""
        desk.today(hall)

        def add() -> Silenced:
            return known.silence(hall, body.rule, body.subject, body.minutes, by=who.name, why=body.why)

        return SilenceNow.of(await to_thread.run_sync(add))

    @router.delete(
        "/silences/{ident}", operation_id="endAlertSilence", status_code=204, responses=refusals(401, 403, 404)
    )
    async def end_silence(hall: str, ident: str, who: Annotated[Identity, Depends(acts)]) -> None:
        """What is still so is told at once."""
        desk.today(hall)
        await to_thread.run_sync(lambda: known.end_silence(hall, ident, by=who.name))

    @router.get("/{ident}", operation_id="getAlert", responses=refusals(401, 403, 404), dependencies=looks)
    async def get_alert(hall: str, ident: str) -> AlertInFull:
        """With its evidence, and what became of it."""
        here = desk.today(hall).hall

        def read() -> AlertInFull:
            one = known.one(hall, ident)
            return AlertInFull(
                **AlertNow.of(one, here).model_dump(),
                log=[NoteNow.of(note) for note in known.notes(one)],
                deliveries=[DeliveryNow.of(each) for each in known.routes.deliveries(one.id)],
            )

        return await to_thread.run_sync(read)

    @router.post("/{ident}/acknowledge", operation_id="acknowledgeAlert", responses=refusals(401, 403, 404, 409, 422))
    async def acknowledge(
        hall: str, ident: str, body: Acknowledgement, who: Annotated[Identity, Depends(gate.need(*MAY_LOOK))]
    ) -> AlertNow:
        """Somebody takes it, and looks after it: it is not escalated any more. The same again changes nothing. Others
        than managers and administrators may where it waits for their role."""
        here = desk.today(hall).hall
        one = await to_thread.run_sync(known.one, hall, ident)
        if not known.may_take(one, who.role):
            raise ProblemError("forbidden", f"it does not wait for the role {who.role}; {', '.join(MAY_CHANGE)} may")
        done = await to_thread.run_sync(lambda: known.acknowledge(hall, ident, by=who.name, note=body.note))
        return AlertNow.of(done, here)

    return router


def _targets(desk: Desk, known: Alerts, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/alert-targets", tags=["alerts"])
    acts = gate.need("administrator")
    only = [Depends(acts)]

    @router.get("", operation_id="listAlertTargets", responses=refusals(401, 403, 404), dependencies=only)
    async def list_targets(hall: str) -> TargetsNow:
        """Where each route leads, and how that went last."""
        desk.today(hall)
        found = await to_thread.run_sync(known.routes.of, hall)
        return TargetsNow(targets=[TargetNow.of(one) for one in found], mail=known.courier.mailer is not None)

    @router.post("", operation_id="addAlertTarget", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def add(hall: str, body: NewTarget, who: Annotated[Identity, Depends(acts)]) -> TargetWithSecret:
        """A route leads there from now on. The answer has a webhook's secret, this once."""
        desk.today(hall)
        made, secret = await to_thread.run_sync(
            lambda: known.add_target(hall, body.route, body.kind, body.address, by=who.name)
        )
        return TargetWithSecret(**TargetNow.of(made).model_dump(), secret=secret)

    @router.delete("/{ident}", operation_id="removeAlertTarget", status_code=204, responses=refusals(401, 403, 404))
    async def remove(hall: str, ident: str, who: Annotated[Identity, Depends(acts)]) -> None:
        """With all that waits to be sent there."""
        desk.today(hall)
        await to_thread.run_sync(lambda: known.remove_target(hall, ident, by=who.name))

    @router.post("/{ident}/test", operation_id="testAlertTarget", responses=refusals(401, 403, 404), dependencies=only)
    async def test(hall: str, ident: str) -> TestedNow:
        """Sends an `alert.test` there now, once, and says how that went."""
        desk.today(hall)
        answer = await known.test(hall, ident)
        return TestedNow(ok=answer.ok, told=answer.told())

    return router
