"""Which days a hall works, and the slots of a day.

Working days are those of the public-holiday calendar with 调休 (`chinesecalendar`), unless the hall says otherwise.
That calendar is published a year ahead at the most: for other years it is Monday to Friday, and the answer says so.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import chinese_calendar
import msgspec

from halls.format import Hall, Hours, Service
from hub.domain.dates import DAYS_AHEAD
from hub.storage.hall_days import HallDay, HallDays

By: TypeAlias = Literal["hall", "calendar", "weekday"]

log = logging.getLogger(__name__)
_told: set[int] = set()


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: when it begins, on the hall's clock. `capacity`: places for appointments; `free`: those not taken."""

    at: datetime
    minutes: int
    capacity: int
    free: int


class DayOffer(msgspec.Struct, frozen=True, kw_only=True):
    """`day`: YYYY-MM-DD. `closed`: why there are no slots, a code of hub.domain.words; empty: there are."""

    day: str
    slots: tuple[Slot, ...]
    closed: str = ""


class HallDate(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a hall. `by`: who says so: the hall itself, the published calendar, or only the day of the week, since
    no calendar is published for that year. `closed`: a code of hub.domain.words, or empty; `reason`: the hall's."""

    day: str
    closed: str
    by: By
    reason: str = ""


class Calendar:
    """Reads the database; safe to call from any thread."""

    def __init__(self, days: HallDays) -> None:
        self._days = days

    def ahead(self, hall: Hall, today: str) -> list[HallDate]:
        """Today and what comes, up to the last working day that may be booked."""
        own = self._days.since(hall.hall.id, today)
        found: list[HallDate] = []
        working = 0
        for day in _days_from(today):
            one = date_of(day, own.get(day))
            found.append(one)
            working += not one.closed and day != today
            if working >= hall.appointments.horizon_days:
                break
        return found


def date_of(day: str, own: HallDay | None = None) -> HallDate:
    if own is not None:
        return HallDate(day=day, closed="" if own.open else "closed-that-day", by="hall", reason=own.reason)
    that = date.fromisoformat(day)
    weekend = that.isoweekday() > 5
    try:
        works = bool(chinese_calendar.is_workday(that))
    except NotImplementedError:
        _tell_once(that.year)
        return HallDate(day=day, closed="closed-weekend" if weekend else "", by="weekday")
    closed = "" if works else "closed-weekend" if weekend and not _is_holiday(that) else "closed-holiday"
    return HallDate(day=day, closed=closed, by="calendar")


def slots(hall: Hall, service: Service, day: str) -> Iterator[datetime]:
    """When the slots of a working day begin: one after another in each part of the service's hours, whole ones only."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(hall.hall.timezone))
    minutes = hall.appointments.slot_min
    for part in service.hours or (Hours(opens=hall.policy.opens, closes=hall.policy.closes),):
        for begins in range(_minutes(part.opens), _minutes(part.closes) - minutes + 1, minutes):
            yield midnight + timedelta(minutes=begins)


def _days_from(first: str) -> Iterator[str]:
    begin = date.fromisoformat(first)
    return ((begin + timedelta(days=ahead)).isoformat() for ahead in range(DAYS_AHEAD + 1))


def _is_holiday(day: date) -> bool:
    return chinese_calendar.get_holiday_detail(day)[1] is not None


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _tell_once(year: int) -> None:
    if year not in _told:
        _told.add(year)
        log.warning("no calendar of public holidays is known for %d: Monday to Friday are working days there", year)
