"""Emergency announcements: at once on every screen they are for, in place of all else, until they are withdrawn."""

from datetime import datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import IntegrityError

from hub.desk import Desk
from hub.domain.events import ScreensWhat
from hub.http.identity import Gate
from hub.http.media import HASH, LINE
from hub.http.openapi import refusals
from hub.http.playlists import TARGETS_MAX, Name, check_targets
from hub.http.problems import ProblemError
from hub.http.recording import ident_of, is_repeat, record
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.http.wishes import Wish, wishes
from hub.screens.screens import Screens
from hub.storage import content as stored

_MINUTES_MAX = 7 * 24 * 60


class NewEmergency(BaseModel):
    """Without areas and screens: on every screen of the hall. `minutes` null: until it is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1, max_length=80, pattern=LINE, examples=["请从最近的安全出口有序离开"])
    en: str = Field("", max_length=160, pattern=LINE, examples=["Please leave by the nearest exit"])
    sha256: str | None = Field(None, pattern=HASH, description="A picture or film beside the words.")
    minutes: int | None = Field(None, ge=1, le=_MINUTES_MAX)
    areas: list[Name] = Field([], max_length=TARGETS_MAX)
    screens: list[Name] = Field([], max_length=TARGETS_MAX)


class Emergency(BaseModel):
    """`active`: on screens now."""

    id: str
    zh: str
    en: str
    sha256: str | None
    areas: list[str]
    screens: list[str]
    until: datetime | None
    begun_at: datetime
    begun_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    active: bool

    @classmethod
    def of(cls, one: stored.Emergency, now: datetime) -> "Emergency":
        words = one.words
        names = ("id", "sha256", "until", "begun_at", "begun_by", "withdrawn_at", "withdrawn_by")
        return cls(
            zh=words.zh,
            en=words.en,
            areas=list(words.areas),
            screens=list(words.screens),
            active=one.withdrawn_at is None and (one.until is None or one.until > now),
            **{name: getattr(one, name) for name in names},
        )


def emergencies(desk: Desk, screens: Screens, gate: Gate) -> APIRouter:
    router = Router(
        prefix="/api/v1/halls/{hall}/emergencies", tags=["screens"], dependencies=[Depends(gate.need(*MAY_CHANGE))]
    )
    wished = wishes(desk, gate)

    @router.get("", operation_id="listEmergencies", responses=refusals(401, 403, 404))
    async def list_emergencies(hall: str) -> list[Emergency]:
        """The last fifty, newest first."""
        desk.today(hall)
        found = await to_thread.run_sync(screens.content.emergencies, hall)
        return [Emergency.of(one, desk.now()) for one in found]

    @router.post(
        "", operation_id="beginEmergency", status_code=201, responses=refusals(400, 401, 403, 404, 409, 422, 503)
    )
    async def begin(hall: str, body: NewEmergency, wish: Annotated[Wish, Depends(wished)]) -> Emergency:
        """Stops everything else on these screens at once. Of several the newest is shown."""
        desk.today(hall)
        check_targets(screens, desk, hall, body.areas, body.screens)
        fresh = _stored(hall, body, wish)
        await is_repeat(desk, hall, wish, "emergency-begun", fresh.id)
        kept = await to_thread.run_sync(_keep, screens, fresh)
        await tell("emergency-begun", kept, wish)
        return Emergency.of(kept, desk.now())

    @router.delete("/{ident}", operation_id="withdrawEmergency", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def withdraw(hall: str, ident: str, wish: Annotated[Wish, Depends(wished)]) -> Emergency:
        """Screens go back to what they would play now."""
        desk.today(hall)
        if await is_repeat(desk, hall, wish, "emergency-withdrawn", ident):
            return Emergency.of(await to_thread.run_sync(screens.content.emergency, hall, ident), desk.now())
        gone = await to_thread.run_sync(screens.content.withdraw, hall, ident, desk.now(), wish.who.name)
        await tell("emergency-withdrawn", gone, wish)
        return Emergency.of(gone, desk.now())

    async def tell(what: ScreensWhat, one: stored.Emergency, wish: Wish) -> None:
        await to_thread.run_sync(screens.load, one.hall, desk.now())
        name = f"{one.words.zh} {one.words.en}".strip()
        await record(desk, one.hall, wish, what, one.id, name)

    return router


def _stored(hall: str, body: NewEmergency, wish: Wish) -> stored.Emergency:
    words = stored.Words(zh=body.zh, en=body.en, areas=tuple(body.areas), screens=tuple(body.screens))
    return stored.Emergency(
        id=ident_of(wish),
        hall=hall,
        words=words,
        sha256=body.sha256,
        until=wish.at + timedelta(minutes=body.minutes) if body.minutes else None,
        begun_at=wish.at,
        begun_by=wish.who.name,
    )


def _keep(screens: Screens, fresh: stored.Emergency) -> stored.Emergency:
    """The same wish again is the emergency that is there already."""
    try:
        screens.content.begin(fresh)
    except IntegrityError:
        known = screens.content.emergency(fresh.hall, fresh.id)
        if (known.words, known.sha256) != (fresh.words, fresh.sha256):
            raise ProblemError("idempotency-key-reused", "this Idempotency-Key was used for another request") from None
        return known
    return fresh
