"""A hall's content → what one screen gets of it. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from halls.format import Position
from hub.storage.content import Emergency, Media, Plan, Playlist, Words
from wire import messages as wire

PROGRAMME_MAX = 48 * 1024  # bytes of JSON; a view has 64 KiB at the most


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All of one hall. `media`: by hash; `emergencies`: not withdrawn, newest first."""

    timezone: str
    playlists: tuple[Playlist, ...] = ()
    media: dict[str, Media] = {}
    emergencies: tuple[Emergency, ...] = ()


def programme(hall: Catalogue, screen: Position, at: datetime) -> wire.Programme | None:
    """None where nothing is published for that screen."""
    yesterday = (at.astimezone(ZoneInfo(hall.timezone)).date() - timedelta(days=1)).isoformat()
    lists = tuple(
        _playlist(one, hall.media)
        for one in hall.playlists
        if one.plan.enabled and _is_for(one.plan, screen) and (one.plan.last_day or yesterday) >= yesterday
    )
    if not lists:
        return None
    whole = wire.Programme(mark="", timezone=hall.timezone, playlists=lists)
    mark = hashlib.sha256(msgspec.json.encode(whole)).hexdigest()[:12]
    return msgspec.structs.replace(whole, mark=mark)


def emergency(hall: Catalogue, screen: Position, at: datetime) -> wire.Emergency | None:
    """The newest that is for that screen and not over."""
    for one in hall.emergencies:
        if (one.until is None or one.until > at) and _is_for(one.words, screen):
            return wire.Emergency(
                id=one.id,
                zh=one.words.zh,
                en=one.words.en,
                item=_item(hall.media[one.sha256]) if one.sha256 in hall.media else None,
                until=one.until,
            )
    return None


def too_large(found: wire.Programme | None) -> bool:
    return found is not None and len(msgspec.json.encode(found)) > PROGRAMME_MAX


def screens(positions: Iterable[Position]) -> list[Position]:
    return [one for one in positions if one.device_class == "signage_player"]


def _is_for(meant: Plan | Words, screen: Position) -> bool:
    return not (meant.areas or meant.screens) or screen.area in meant.areas or screen.id in meant.screens


def _playlist(one: Playlist, media: dict[str, Media]) -> wire.Playlist:
    plan = one.plan
    return wire.Playlist(
        id=one.id,
        name=one.name,
        items=tuple(_item(media[shown.sha256], shown.duration_s) for shown in one.items if shown.sha256 in media),
        ticker=plan.ticker,
        zone=plan.zone,
        priority=plan.priority,
        first_day=plan.first_day,
        last_day=plan.last_day,
        dayparts=plan.dayparts,
    )


def _item(one: Media, duration_s: float = 0.0) -> wire.ContentItem:
    return wire.ContentItem(sha256=one.sha256, size=one.size, type=one.type, name=one.name, duration_s=duration_s)
