"""What a programme means for a moment: which playlists are in force, and when that may change. Pure.

Hub (preview) and screens ask the same functions, so that what is promised is what plays.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from wire.messages import ContentItem, Daypart, Playlist, Programme

_WHOLE_DAY = Daypart()
_DAYS_AHEAD = 8  # a week, and the night into the next: what repeats weekly has changed by then


def items(programme: Programme | None) -> dict[str, ContentItem]:
    """Everything that is to be fetched, by hash."""
    return {item.sha256: item for one in (programme.playlists if programme else ()) for item in one.items}


def problem(programme: Programme) -> str:
    """Why this programme cannot be followed, in words; "" where it can."""
    try:
        ZoneInfo(programme.timezone)
    except (LookupError, ValueError, OSError):
        return f"time zone {programme.timezone!r} is not known here: apt install tzdata, or mend the hall file"
    for playlist in programme.playlists:
        for day in filter(None, (playlist.first_day, playlist.last_day)):
            try:
                date.fromisoformat(day)
            except ValueError:
                return f"playlist {playlist.name or playlist.id}: {day!r} is not a day, such as 2026-01-04"
    return ""


def playing(programme: Programme, at: datetime) -> tuple[Playlist, ...]:
    """Those that play then, in turn: of all in force the ones of the highest priority."""
    zone = ZoneInfo(programme.timezone)
    in_force = [one for one in programme.playlists if _is_in_force(one, zone, at)]
    highest = max((one.priority for one in in_force), default=0)
    return tuple(one for one in in_force if one.priority == highest)


def next_change(programme: Programme, at: datetime) -> datetime | None:
    """The next moment (UTC) at which something may begin or end; None: never. It may turn out to change nothing."""
    zone = ZoneInfo(programme.timezone)
    moments = (moment for one in programme.playlists for moment in _moments(one, zone, at))
    return min((moment for moment in moments if moment > at), default=None)


def _is_in_force(playlist: Playlist, zone: ZoneInfo, at: datetime) -> bool:
    today = at.astimezone(zone).date()
    return any(begins <= at < ends for begins, ends in _times(playlist, zone, _around(today, 0)))


def _moments(playlist: Playlist, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    today = at.astimezone(zone).date()
    for begins, ends in _times(playlist, zone, _around(today, _DAYS_AHEAD)):
        yield begins
        yield ends
    if playlist.first_day:  # may be months away
        yield _local(date.fromisoformat(playlist.first_day), "00:00", zone)


def _around(today: date, ahead: int) -> Iterator[date]:
    """From yesterday, whose night may not be over."""
    return (today + timedelta(days=days) for days in range(-1, ahead + 1))


def _times(playlist: Playlist, zone: ZoneInfo, days: Iterable[date]) -> Iterator[tuple[datetime, datetime]]:
    """The times (UTC) in force that begin on one of the days."""
    for day in days:
        if (playlist.first_day or "0") <= day.isoformat() <= (playlist.last_day or "9999-12-31"):
            for part in playlist.dayparts or (_WHOLE_DAY,):
                if not part.weekdays or day.isoweekday() in part.weekdays:
                    last = day if part.ends > part.begins else day + timedelta(days=1)
                    yield _local(day, part.begins, zone), _local(last, part.ends, zone)


def _local(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """That time of the hall's day, as UTC: aware times of one zone are compared by what their clocks show."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).astimezone(UTC)
