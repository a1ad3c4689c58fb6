"""What happened that explains a curve: settings, emergencies on screens, days closed, updates, starts of the hub,
alerts.

A list of providers, so that whoever knows of something more adds one.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, TypeAlias

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from hub.alerts.messages import headline_of
from hub.desk import Desk
from hub.domain import events as e
from hub.domain.speech import Words
from hub.history.asking import NotReadyError
from hub.history.history import Asked
from hub.http.figures import DAYS_MAX, MAY_ASK
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.tickets import InWords
from hub.storage.alerts import AlertBook
from hub.storage.audit import Audit, What
from hub.storage.event_log import LogError
from hub.storage.hub_starts import HubStarts

NoteKind: TypeAlias = Literal["settings", "screens", "calendar", "update", "hub", "alert"]
_NOTES_MAX = 200
_ALERTS_MAX = 60  # so that they leave room for the others
_CALENDAR: tuple[What, ...] = ("day-closed", "day-opened", "day-by-calendar")
_UPDATES: tuple[What, ...] = ("rollout-started", "rollout-aborted", "rollout-back")


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """`what`: a word of `kind`'s: a setting's path, an event's kind, the audit's word. `detail`: names and numbers;
    `said`: in words, where it has some of its own."""

    at: datetime
    kind: NoteKind
    what: str
    who: str
    detail: str = ""
    said: Words | None = None


Provider: TypeAlias = Callable[[str, date, date], Awaitable[Sequence[Note]]]
"""(hall, first day, last day) → what happened on them."""


class NoteNow(BaseModel):
    """`said`: an alert's headline. Of an alert, `who` is its rule, and `detail` what it is about."""

    at: datetime
    kind: NoteKind
    what: str
    who: str
    detail: str
    said: InWords | None

    @classmethod
    def of(cls, one: Note) -> "NoteNow":
        told = {name: getattr(one, name) for name in cls.model_fields if name != "said"}
        return cls(**told, said=one.said and InWords.of(one.said))


class Notes(BaseModel):
    """By time."""

    notes: list[NoteNow]


def annotations(desk: Desk, providers: Sequence[Provider], gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/annotations", tags=["figures"])

    @router.get(
        "",
        operation_id="listAnnotations",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_ASK))],
    )
    async def look(hall: str, first: Annotated[date, Query()], last: Annotated[date, Query()]) -> Notes:
        """The newest, of as many days as figures can be asked of."""
        desk.today(hall)
        if last < first or last - first >= timedelta(days=DAYS_MAX):
            raise ProblemError("bad-range", f"from {first} to {last} are no 1 to {DAYS_MAX} days")
        found = [note for provider in providers for note in await provider(hall, first, last)]
        found.sort(key=lambda one: one.at)
        return Notes(notes=[NoteNow.of(one) for one in found[-_NOTES_MAX:]])

    return router


def of_log(past: Asked) -> Provider:
    """Settings that somebody changed, and emergencies on screens. While the past is being made nothing is told: there
    are no curves either."""

    async def notes(hall: str, first: date, last: date) -> list[Note]:
        try:
            found = await past.notable(hall, first.isoformat(), last.isoformat())
        except (NotReadyError, LogError):
            return []
        return [note for one in found if (note := _noted(one)) is not None]

    return notes


def of_audit(desk: Desk, audit: Audit) -> Provider:
    """Days that were closed or opened against the calendar, and updates of devices."""

    async def notes(hall: str, first: date, last: date) -> list[Note]:
        found = await to_thread.run_sync(
            audit.between, hall, *_moments(desk, hall, first, last), (*_CALENDAR, *_UPDATES)
        )
        return [
            Note(
                at=one.at,
                kind="calendar" if one.what in _CALENDAR else "update",
                what=one.what,
                who=one.who,
                detail=one.detail,
            )
            for one in found
        ]

    return notes


def of_starts(desk: Desk, starts: HubStarts) -> Provider:
    """The hub began to serve: it was restarted, updated, or restored from a backup."""

    async def notes(hall: str, first: date, last: date) -> list[Note]:
        found = await to_thread.run_sync(starts.between, *_moments(desk, hall, first, last))
        return [
            Note(at=one.at, kind="hub", what="hub-restored" if one.restored else "hub-started", who=one.name)
            for one in found
        ]

    return notes


def of_alerts(desk: Desk, book: AlertBook) -> Provider:
    """Alerts that were raised, the newest, each by its headline."""

    async def notes(hall: str, first: date, last: date) -> list[Note]:
        found = await to_thread.run_sync(book.between, hall, *_moments(desk, hall, first, last), _ALERTS_MAX)
        here = desk.today(hall).hall
        return [
            Note(
                at=one.raised_at,
                kind="alert",
                what="alert-raised",
                who=one.rule,
                detail=one.subject,
                said=headline_of(one, here),
            )
            for one in found
        ]

    return notes


def _moments(desk: Desk, hall: str, first: date, last: date) -> tuple[datetime, datetime]:
    zone = desk.zone(hall)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def _noted(event: e.AnyEvent) -> Note | None:
    match event:
        case e.SettingsChanged():
            told = ", ".join(event.changes)
            return Note(at=event.at, kind="settings", what="settings-changed", who=event.by, detail=told[:200])
        case e.ScreensChanged(what="emergency-begun" | "emergency-withdrawn"):
            return Note(at=event.at, kind="screens", what=event.what, who=event.by, detail=event.name)
    return None
