"""The hall's clock and calendar on a board: by the hub's time, and by the hall's zone as the hub says it. Pure."""

from datetime import datetime, timedelta, timezone

import msgspec

_PLAUSIBLE_FROM = 1_600_000_000.0  # an agent that has not heard the hub may believe that it is 1970
_MINUTE_S = 60.0
_DAY_S = 86400.0


class Clock(msgspec.Struct, frozen=True):
    """`time` in 24 hours, `day` in Chinese."""

    time: str
    day: str


def clock(at: float, utc_offset_s: int | None) -> Clock | None:
    """None where the zone, or the time, is not known."""
    if utc_offset_s is None or at < _PLAUSIBLE_FROM:
        return None
    local = datetime.fromtimestamp(at, timezone(timedelta(seconds=utc_offset_s)))
    return Clock(f"{local:%H:%M}", f"{local.month}月{local.day}日 星期{'一二三四五六日'[local.weekday()]}")


def next_minute(at: float) -> float:
    """Zones differ from UTC by whole minutes."""
    return (at // _MINUTE_S + 1) * _MINUTE_S


def is_between(at: float, utc_offset_s: int | None, begins: str, ends: str) -> bool:
    """Whether the hall's time of day lies from `begins` to `ends` (HH:MM, may go over midnight); never where equal."""
    if utc_offset_s is None or begins == ends:
        return False
    now_s, first_s, last_s = (at + utc_offset_s) % _DAY_S, _seconds(begins), _seconds(ends)
    return first_s <= now_s < last_s if first_s < last_s else now_s >= first_s or now_s < last_s


def _seconds(clock: str) -> float:
    hours, minutes = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0
