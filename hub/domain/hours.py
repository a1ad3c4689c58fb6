"""When tickets are given for a service, and how many are left: its hours, its caps."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from halls.format import Hall, Hours, Service
from hub.domain.state import Day


class Closed(NamedTuple):
    """Why there is no ticket now: a refusal's code, and when there will be one (HH:MM), or empty."""

    code: str
    again: str = ""


class Giving(NamedTuple):
    """`period`: when this part of the day opened; `closes`: when it ends; `left`: tickets, None without a cap."""

    period: str
    closes: datetime
    left: int | None


def giving(state: Day, service: Service, at: datetime) -> Giving | Closed:
    """What is to be had of a service at that time. Appointments do not ask here for caps, only for hours."""
    here = local(state.hall, at)
    clock = here.strftime("%H:%M")
    parts = service.hours or _whole_day(state.hall)
    later = next((hours.opens for hours in parts if hours.opens > clock), "")
    now = next((hours for hours in parts if hours.opens <= clock < hours.closes), None)
    if now is None:
        return Closed("opens-later", later) if later else Closed("closed-today")
    left = _left(state, service, now)
    if left == 0:
        day_full = service.cap_day and state.given.get(service.letter, 0) >= service.cap_day
        return Closed("cap-until", later) if later and not day_full else Closed("cap-reached")
    return Giving(now.opens, _moment(here, now.closes), left)


def opening(state: Day) -> datetime:
    """When the hall opens on that day."""
    return moment(state, state.hall.policy.opens)


def moment(state: Day, clock: str) -> datetime:
    """HH:MM of that day."""
    day = datetime.fromisoformat(state.day).replace(tzinfo=ZoneInfo(state.hall.hall.timezone))
    return _moment(day, clock)


def edges(hall: Hall, at: datetime) -> tuple[datetime, ...]:
    """Of the day that it is at that time: when the hall opens and closes, and when the next day begins; by time."""
    here = local(hall, at)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (*sorted(_moment(here, clock) for clock in (hall.policy.opens, hall.policy.closes)), midnight)


def local(hall: Hall, at: datetime) -> datetime:
    """On the hall's own clock."""
    return at.astimezone(ZoneInfo(hall.hall.timezone))


def _whole_day(hall: Hall) -> tuple[Hours, ...]:
    return (Hours(opens=hall.policy.opens, closes=hall.policy.closes),)


def _left(state: Day, service: Service, now: Hours) -> int | None:
    caps = [(service.cap_day, service.letter), (now.cap, f"{service.letter}@{now.opens}")]
    return min((max(0, cap - state.given.get(key, 0)) for cap, key in caps if cap), default=None)


def _moment(here: datetime, clock: str) -> datetime:
    """That time of the same day; 24:00 is the next midnight."""
    hour, minute = int(clock[:2]), int(clock[3:])
    return here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour, minutes=minute)
