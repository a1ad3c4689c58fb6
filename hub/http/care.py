"""How devices were over time, and who did what to them."""

from datetime import datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.orders import MAY_LOOK
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster
from hub.storage.audit import Audit, Noted
from hub.storage.health import Change, HealthHistory, Sample, seconds, spans

POINTS_MAX = 720


class SampleNow(BaseModel):
    """One report, or the worst of `span_s` seconds from `at` on (s since 1970)."""

    at: int
    span_s: int
    reports: int
    connects: int | None
    memory_mb: float | None
    disk_free_mb: float | None
    cpu_c: float | None
    offset_ms: float | None
    outbox: int
    paper: str | None


class ChangeNow(BaseModel):
    """`why`: restarts, stopped, lost; started, reconnected."""

    at: datetime
    device: str
    online: bool
    why: str


class HistoryNow(BaseModel):
    """`changes`: the newest first."""

    samples: list[SampleNow]
    changes: list[ChangeNow]

    @classmethod
    def of(cls, samples: list[Sample], changes: list[Change]) -> "HistoryNow":
        return cls(
            samples=[SampleNow(**{name: getattr(one, name) for name in SampleNow.model_fields}) for one in samples],
            changes=[ChangeNow(**{name: getattr(one, name) for name in ChangeNow.model_fields}) for one in changes],
        )


class NotedNow(BaseModel):
    at: datetime
    who: str
    what: str
    detail: str
    position: str
    device: str

    @classmethod
    def of(cls, one: Noted) -> "NotedNow":
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AuditNow(BaseModel):
    """The newest first."""

    notes: list[NotedNow]


def fewer(samples: list[Sample], span_s: int) -> list[Sample]:
    """At most POINTS_MAX or so for a time of `span_s`: then each is the worst of a stretch."""
    if len(samples) <= POINTS_MAX:
        return samples
    return list(spans(samples, max(1, -(-span_s // POINTS_MAX))))


def care(desk: Desk, roster: Roster, history: HealthHistory, audit: Audit, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}", tags=["devices"])
    looks = gate.need(*MAY_LOOK)

    def check(hall: str, position: str) -> None:
        desk.today(hall)
        if roster.at(hall, position) is None:
            raise ProblemError("unknown-position", f"this hall has no position {position!r}")

    @router.get(
        "/devices/{position}/history",
        operation_id="getDeviceHistory",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(looks)],
    )
    async def get_history(hall: str, position: str, hours: Annotated[int, Query(ge=1, le=24 * 366)] = 24) -> HistoryNow:
        """Health reports of the last hours, thinned as they grow old, and when the device came and went."""
        check(hall, position)
        since = seconds(desk.now() - timedelta(hours=hours))

        def read() -> HistoryNow:
            samples = fewer(history.of(hall, position, since), hours * 3600)
            return HistoryNow.of(samples, history.changes(hall, position))

        return await to_thread.run_sync(read)

    @router.get(
        "/devices/{position}/audit",
        operation_id="getDeviceAudit",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(looks)],
    )
    async def get_device_audit(hall: str, position: str, most: Annotated[int, Query(ge=1, le=1000)] = 200) -> AuditNow:
        """Who did what to the device at a position."""
        check(hall, position)
        notes = await to_thread.run_sync(audit.of, hall, position, most)
        return AuditNow(notes=[NotedNow.of(one) for one in notes])

    @router.get(
        "/audit", operation_id="getAudit", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)]
    )
    async def get_audit(hall: str, most: Annotated[int, Query(ge=1, le=1000)] = 200) -> AuditNow:
        """Who did what to the devices of a hall."""
        desk.today(hall)
        notes = await to_thread.run_sync(audit.of, hall, None, most)
        return AuditNow(notes=[NotedNow.of(one) for one in notes])

    return router
