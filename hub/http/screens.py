"""The screens themselves: what each has, what it plays at any moment, and what it has played."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from halls.format import Position
from hub.desk import Desk
from hub.http.emergencies import emergencies
from hub.http.identity import Gate
from hub.http.media import media
from hub.http.openapi import refusals
from hub.http.playlists import Day, playlists
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.roster import Roster, Seat
from hub.screens.screens import Screens
from hub.storage.accounts import Role
from hub.storage.plays import RETENTION, Proof
from wire import programme as meaning

MAY_LOOK: tuple[Role, ...] = (*MAY_CHANGE, "technician")
_COLUMNS = ("screen", "device", "began_at", "seconds", "outcome", "name", "sha256")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a table program would take it for one

State = Literal["missing", "offline", "own", "whole", "fetching"]


class Screen(BaseModel):
    """`state`: missing (no device), offline, own (nothing published: its own folder), whole (has all), fetching."""

    position: str
    area: str
    device: str
    state: State
    lacks: int
    fault: str


class PreviewItem(BaseModel):
    sha256: str
    name: str
    type: str
    duration_s: float


class PreviewPlaylist(BaseModel):
    id: str
    name: str
    zone: Literal["beside", "full"]
    items: list[PreviewItem]


class Preview(BaseModel):
    """What a screen plays then. No emergency and no playlists: its own folder. `next_change`: it may change then."""

    position: str
    at: datetime
    emergency: str | None
    playlists: list[PreviewPlaylist]
    ticker: str
    next_change: datetime | None


def screens(desk: Desk, roster: Roster, known: Screens, gate: Gate) -> list[APIRouter]:
    """All that belongs to screens: media, playlists, emergencies, and the screens."""
    about = Router(prefix="/api/v1/halls/{hall}", tags=["screens"], dependencies=[Depends(gate.need(*MAY_LOOK))])

    @about.get("/screens", operation_id="listScreens", responses=refusals(401, 403, 404))
    async def list_screens(hall: str) -> list[Screen]:
        """Every screen, and whether it has what was published for it."""
        desk.today(hall)
        seats = (roster.at(hall, one.id) for one in known.positions(hall))
        return [screen_now(known, seat, desk.now()) for seat in seats if seat is not None]

    @about.get("/screens/{position}/preview", operation_id="previewScreen", responses=refusals(401, 403, 404, 422))
    async def preview(
        hall: str,
        position: str,
        at: Annotated[datetime | None, Query(description="Without a zone: by the hall's clock. None: now.")] = None,
    ) -> Preview:
        """What that screen plays then, as things are now: the screens ask the same rules."""
        desk.today(hall)
        found = next((one for one in known.positions(hall) if one.id == position), None)
        if found is None:
            raise ProblemError("unknown-screen", f"hall {hall} has no screen {position!r}")
        if at is not None and not 2000 <= at.year < 3000:
            raise ProblemError("invalid", f"{at.isoformat()} is not a moment at which screens play")
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=desk.zone(hall))
        return preview_of(desk, known, hall, found, at or desk.now())

    @about.get(
        "/plays",
        operation_id="readPlays",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A table."},
            **refusals(401, 403, 404, 422),
        },
    )
    async def plays(hall: str, first_day: Day | None = None, last_day: Day | None = None) -> StreamingResponse:
        """Proof of play as CSV, by the hall's days; without days: today. Kept for a year."""
        desk.today(hall)
        zone = desk.zone(hall)
        today = desk.now().astimezone(zone).date()
        first, last = first_day or last_day or today, last_day or first_day or today
        if not timedelta(0) <= last - first <= RETENTION:
            raise ProblemError("invalid", "last_day is on or after first_day, and a year later at the most")
        begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        table = _table(known.plays.read(hall, begin, end), zone)
        name = f'attachment; filename="plays-{hall}-{first}-{last}.csv"'
        return StreamingResponse(table, media_type="text/csv", headers={"Content-Disposition": name})

    return [media(desk, known, gate), playlists(desk, known, gate), emergencies(desk, known, gate), about]


def screen_now(known: Screens, seat: Seat, now: datetime) -> Screen:
    wanted = known.programme(seat.hall, seat.position, now)
    has, lacks = seat.facts.get("programme", ""), seat.facts.get("content_lacks", 0)
    state: State = "missing" if not seat.device else "offline"
    if seat.online:
        state = "whole" if wanted and wanted.mark == has else "fetching" if wanted else "own"
    return Screen(
        position=seat.position.id,
        area=seat.position.area,
        device=seat.device,
        state=state,
        lacks=lacks if isinstance(lacks, int) else 0,
        fault=str(seat.facts.get("content_fault") or seat.facts.get("fault") or ""),
    )


def preview_of(desk: Desk, known: Screens, hall: str, screen: Position, at: datetime) -> Preview:
    emergency, programme = known.emergency(hall, screen, at), known.programme(hall, screen, at)
    playing = meaning.playing(programme, at) if programme else ()
    tickers = [one.ticker for one in playing if one.ticker] or [desk.today(hall).hall.hall.ticker]
    return Preview(
        position=screen.id,
        at=at,
        emergency=f"{emergency.zh} {emergency.en}".strip() if emergency else None,
        playlists=[
            PreviewPlaylist(
                id=one.id,
                name=one.name,
                zone=one.zone,
                items=[
                    PreviewItem(sha256=item.sha256, name=item.name, type=item.type, duration_s=item.duration_s)
                    for item in one.items
                ],
            )
            for one in playing
        ],
        ticker=" · ".join(tickers),
        next_change=meaning.next_change(programme, at) if programme else None,
    )


def _table(proofs: Iterator[Proof], zone: tzinfo) -> Iterator[str]:
    """With a byte order mark, by which table programs know that it is UTF-8."""
    yield "\ufeff" + _line(_COLUMNS)
    for one in proofs:
        began = one.began_at.astimezone(zone).isoformat(timespec="seconds")
        name = f"'{one.name}" if one.name.startswith(_FORMULA) else one.name
        yield _line((one.position, one.device, began, f"{one.played_s:.1f}", one.outcome, name, one.sha256))


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
