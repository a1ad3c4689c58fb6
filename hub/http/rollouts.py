"""Rollouts: a release goes out to a hall's devices in waves; how far it has come, and holding it up."""

from datetime import datetime
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.domain.rollouts import Phase, Plan, Stage
from hub.domain.rollouts import Wave as PlanWave
from hub.http.identity import Gate
from hub.http.media import HASH
from hub.http.openapi import refusals
from hub.http.releases import MAY_LOOK, MAY_ROLL_OUT
from hub.http.routes import Router
from hub.releases.rollouts import Rollouts
from hub.storage import rollouts as stored
from hub.storage.accounts import Identity

Position = Annotated[str, Field(min_length=1, max_length=64)]
Action = Literal["pause", "resume", "abort", "retry", "back"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wave(_Asked):
    """`per_class`: so many of each device class; or `share`: so much of all, earlier waves included."""

    per_class: int = Field(0, ge=0, le=100)
    share: float = Field(0.0, ge=0, le=1)


_WAVES = [Wave(per_class=1, share=0.0), Wave(per_class=0, share=0.1), Wave(per_class=0, share=0.5)]


class NewRollout(_Asked):
    """`positions`: none named: all of the hall. `canaries`: go first, as a wave of their own. After the last of `waves`
    come all others. `wave_minutes`: how long one device may take. Above `fail_share` of failures in a wave it halts; in
    the first any failure halts."""

    sha256: str = Field(pattern=HASH)
    positions: list[Position] = Field([], max_length=1000)
    canaries: list[Position] = Field([], max_length=100)
    waves: list[Wave] = Field(_WAVES, max_length=20)
    wave_minutes: float = Field(30.0, ge=0.05, le=1440)
    fail_share: float = Field(0.1, ge=0, le=1)
    outside_hours: bool = False


class Member(BaseModel):
    """A position. `said_running`: the version that its device last named; `text`: what it said."""

    position: str
    device_class: str
    wave: int
    stage: Stage
    since: datetime | None
    said_running: str
    text: str


class Rollout(BaseModel):
    """`wave`: the last that was opened, from 0; -1: none yet. `why`: what halted it."""

    id: str
    sha256: str
    release: str
    phase: Phase
    wave: int
    waves: int
    why: str
    outside_hours: bool
    started_at: datetime
    started_by: str
    changed_at: datetime
    changed_by: str
    counts: dict[str, int]


class RolloutNow(Rollout):
    members: list[Member]


def rollouts(desk: Desk, known: Rollouts, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/rollouts", tags=["releases"])
    acts = gate.need(*MAY_ROLL_OUT)
    looks = [Depends(gate.need(*MAY_LOOK))]

    @router.get("", operation_id="listRollouts", responses=refusals(401, 403, 404), dependencies=looks)
    async def list_rollouts(hall: str) -> list[Rollout]:
        """The last ones, newest first."""
        desk.today(hall)
        return await to_thread.run_sync(summaries, known, hall)

    @router.post("", operation_id="startRollout", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def start(hall: str, body: NewRollout, who: Annotated[Identity, Depends(acts)]) -> RolloutNow:
        """One at a time in a hall."""
        desk.today(hall)
        plan = Plan(
            waves=tuple(PlanWave(share=one.share, per_class=one.per_class) for one in body.waves),
            canaries=tuple(body.canaries),
            wave_s=body.wave_minutes * 60,
            fail_share=body.fail_share,
            outside_hours=body.outside_hours,
        )
        one = await known.start(hall, body.sha256, plan, body.positions, who.name)
        return await to_thread.run_sync(now, known, one)

    @router.get("/{ident}", operation_id="getRollout", responses=refusals(401, 403, 404), dependencies=looks)
    async def get(hall: str, ident: str) -> RolloutNow:
        """With every position."""
        desk.today(hall)
        return await to_thread.run_sync(lambda: now(known, known.stored.one(hall, ident)))

    @router.post("/{ident}/{action}", operation_id="changeRollout", responses=refusals(401, 403, 404, 409, 422))
    async def change(hall: str, ident: str, action: Action, who: Annotated[Identity, Depends(acts)]) -> RolloutNow:
        """`pause`: what has not begun does not begin. `resume`: also after a halt; failures so far are excused.
        `retry`: what failed is ordered anew. `abort`: for good. `back`: abort, and roll out the release before to the
        same positions at once; answered with that rollout."""
        desk.today(hall)
        one = await known.tell(hall, ident, action, who.name)
        return await to_thread.run_sync(now, known, one)

    return router


def summaries(known: Rollouts, hall: str) -> list[Rollout]:
    """Blocks."""
    names = _names(known)
    return [Rollout(**_summary(one, known.stored.progress(one.id), names)) for one in known.stored.of(hall)]


def now(known: Rollouts, one: stored.Rollout) -> RolloutNow:
    """Blocks."""
    progress = known.stored.progress(one.id)
    members = [Member(**{name: getattr(each, name) for name in Member.model_fields}) for each in progress]
    return RolloutNow(**_summary(one, progress, _names(known)), members=members)


def _names(known: Rollouts) -> dict[str, str]:
    return {one.sha256: one.name for one in known.releases.all()}


def _summary(one: stored.Rollout, progress: list[stored.Progress], names: dict[str, str]) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for each in progress:
        counts[each.stage] = counts.get(each.stage, 0) + 1
    return {
        "id": one.id,
        "sha256": one.sha256,
        "release": names.get(one.sha256, ""),
        "phase": one.phase,
        "wave": one.wave,
        "waves": max((each.wave for each in progress), default=0) + 1,
        "why": one.why,
        "outside_hours": one.plan.outside_hours,
        "started_at": one.started_at,
        "started_by": one.started_by,
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
        "counts": counts,
    }
