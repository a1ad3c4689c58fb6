"""Playlists of a hall's screens: what plays where, on which days, at which times of day."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.media import HASH, LINE
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.recording import ident_of, is_repeat, record
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.http.wishes import Wish, wishes
from hub.screens import manifest
from hub.screens.screens import Screens
from hub.storage import content as stored
from wire.messages import Daypart as WireDaypart

ITEMS_MAX, DAYPARTS_MAX, TARGETS_MAX = 100, 28, 500

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
Name = Annotated[str, Field(max_length=64)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
Ending = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["17:30"])]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Daypart(_Asked):
    """`weekdays`: 1 Monday … 7 Sunday; none: every day. What ends at or before it begins goes on past midnight."""

    weekdays: list[Annotated[int, Field(ge=1, le=7)]] = Field([], max_length=7)
    begins: Clock = "00:00"
    ends: Ending = "24:00"


class Item(_Asked):
    """`duration_s` 0: a film to its end, a picture as long as the screen is set to."""

    sha256: str = Field(pattern=HASH)
    duration_s: float = Field(0.0, ge=0, le=86400)


class PlaylistPlan(_Asked):
    """Without areas and screens: on every screen of the hall. Of the playlists in force those of the highest priority
    play, in turn. `ticker`: in place of the hall's. `full`: on the whole screen, in place of the board."""

    name: str = Field(min_length=1, max_length=120, pattern=LINE)
    enabled: bool = True
    zone: Literal["beside", "full"] = "beside"
    ticker: str = Field("", max_length=500, pattern=LINE)
    priority: int = Field(0, ge=0, le=100)
    first_day: Day | None = None
    last_day: Day | None = None
    dayparts: list[Daypart] = Field([], max_length=DAYPARTS_MAX)
    areas: list[Name] = Field([], max_length=TARGETS_MAX)
    screens: list[Name] = Field([], max_length=TARGETS_MAX)
    items: list[Item] = Field([], max_length=ITEMS_MAX)

    @model_validator(mode="after")
    def _in_order(self) -> "PlaylistPlan":
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ValueError("last_day is before first_day")
        return self


class Playlist(PlaylistPlan):
    id: str
    changed_at: datetime
    changed_by: str

    @classmethod
    def of(cls, one: stored.Playlist) -> "Playlist":
        plan = one.plan
        return cls(
            id=one.id,
            name=one.name,
            enabled=plan.enabled,
            zone=plan.zone,
            ticker=plan.ticker,
            priority=plan.priority,
            first_day=date.fromisoformat(plan.first_day) if plan.first_day else None,
            last_day=date.fromisoformat(plan.last_day) if plan.last_day else None,
            dayparts=[
                Daypart(weekdays=list(part.weekdays), begins=part.begins, ends=part.ends) for part in plan.dayparts
            ],
            areas=list(plan.areas),
            screens=list(plan.screens),
            items=[Item(sha256=item.sha256, duration_s=item.duration_s) for item in one.items],
            changed_at=one.changed_at,
            changed_by=one.changed_by,
        )


def playlists(desk: Desk, screens: Screens, gate: Gate) -> APIRouter:
    router = Router(
        prefix="/api/v1/halls/{hall}/playlists", tags=["screens"], dependencies=[Depends(gate.need(*MAY_CHANGE))]
    )
    wished = wishes(desk, gate)

    @router.get("", operation_id="listPlaylists", responses=refusals(401, 403, 404))
    async def list_playlists(hall: str) -> list[Playlist]:
        """By name; those that are not in force now, too."""
        desk.today(hall)
        return [Playlist.of(one) for one in await to_thread.run_sync(screens.content.playlists, hall)]

    @router.post(
        "",
        operation_id="createPlaylist",
        status_code=201,
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )
    async def create(hall: str, body: PlaylistPlan, wish: Annotated[Wish, Depends(wished)]) -> Playlist:
        """Published at once to the screens it is for."""
        return await save(hall, ident_of(wish), body, wish, is_new=True)

    @router.get("/{ident}", operation_id="getPlaylist", responses=refusals(401, 403, 404))
    async def get(hall: str, ident: str) -> Playlist:
        desk.today(hall)
        return Playlist.of(await to_thread.run_sync(screens.content.playlist, hall, ident))

    @router.put("/{ident}", operation_id="changePlaylist", responses=refusals(400, 401, 403, 404, 409, 422, 503))
    async def change(hall: str, ident: str, body: PlaylistPlan, wish: Annotated[Wish, Depends(wished)]) -> Playlist:
        """Published at once; a screen changes over when it has all of it."""
        desk.today(hall)
        await to_thread.run_sync(screens.content.playlist, hall, ident)
        return await save(hall, ident, body, wish, is_new=False)

    @router.delete(
        "/{ident}",
        operation_id="deletePlaylist",
        status_code=204,
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )
    async def delete(hall: str, ident: str, wish: Annotated[Wish, Depends(wished)]) -> None:
        desk.today(hall)
        if await is_repeat(desk, hall, wish, "playlist-deleted", ident):
            return
        gone = await to_thread.run_sync(screens.content.delete_playlist, hall, ident)
        await to_thread.run_sync(screens.load, hall, desk.now())
        await record(desk, hall, wish, "playlist-deleted", ident, gone.name)

    async def save(hall: str, ident: str, body: PlaylistPlan, wish: Wish, *, is_new: bool) -> Playlist:
        desk.today(hall)
        check_targets(screens, desk, hall, body.areas, body.screens)
        await is_repeat(desk, hall, wish, "playlist-saved", ident)
        fresh = _stored(hall, ident, body, wish)

        def keep() -> stored.Playlist:
            known = next((one for one in screens.content.playlists(hall) if one.id == ident), None)
            if is_new and known is not None:
                if (known.name, known.plan, known.items) != (fresh.name, fresh.plan, fresh.items):
                    raise ProblemError("idempotency-key-reused", "this Idempotency-Key was used for another playlist")
                return known
            _check_room(screens, hall, fresh)
            screens.content.save(fresh)
            screens.load(hall, desk.now())
            return fresh

        kept = await to_thread.run_sync(keep)
        await record(desk, hall, wish, "playlist-saved", ident, kept.name)
        return Playlist.of(kept)

    return router


def check_targets(screens: Screens, desk: Desk, hall: str, areas: list[str], names: list[str]) -> None:
    """Raises ProblemError that names what this hall does not have."""
    known = {one.id for one in screens.positions(hall)}
    known_areas = {one.id for one in desk.today(hall).hall.area}
    wrong = [{"where": "areas", "what": f"no area {name!r}"} for name in areas if name not in known_areas]
    wrong += [{"where": "screens", "what": f"no screen {name!r}"} for name in names if name not in known]
    if wrong:
        raise ProblemError("invalid", "; ".join(f"this hall has {one['what']}" for one in wrong[:5]), errors=wrong)


def _stored(hall: str, ident: str, body: PlaylistPlan, wish: Wish) -> stored.Playlist:
    plan = stored.Plan(
        enabled=body.enabled,
        zone=body.zone,
        ticker=body.ticker,
        priority=body.priority,
        first_day=body.first_day.isoformat() if body.first_day else "",
        last_day=body.last_day.isoformat() if body.last_day else "",
        dayparts=tuple(_daypart(part) for part in body.dayparts),
        areas=tuple(dict.fromkeys(body.areas)),
        screens=tuple(dict.fromkeys(body.screens)),
    )
    items = tuple(stored.Shown(sha256=item.sha256, duration_s=item.duration_s) for item in body.items)
    return stored.Playlist(
        id=ident, hall=hall, name=body.name, plan=plan, items=items, changed_at=wish.at, changed_by=wish.who.name
    )


def _daypart(part: Daypart) -> WireDaypart:
    return WireDaypart(weekdays=tuple(sorted(set(part.weekdays))), begins=part.begins, ends=part.ends)


def _check_room(screens: Screens, hall: str, fresh: stored.Playlist) -> None:
    """A view must not outgrow what a message may have."""
    before = screens.catalogue(hall)
    others = tuple(one for one in before.playlists if one.id != fresh.id)
    media = {one.sha256: one for one in screens.content.all_media()}
    after = msgspec.structs.replace(before, playlists=(*others, fresh), media=media)
    for screen in screens.positions(hall):
        if manifest.too_large(manifest.programme(after, screen, fresh.changed_at)):
            text = f"{screen.id} would get more than one message holds: delete playlists that are over, or shorten some"
            raise ProblemError("programme-too-large", text)
