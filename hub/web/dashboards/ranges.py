"""The time that a page shows, as its address says: relative ones stay relative, so that a link means the same tomorrow.

No I/O; days are the hall's.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, TypeAlias, cast, get_args

import msgspec

from hub.history.asking import MINUTES
from hub.http.figures import DAYS_MAX

Range: TypeAlias = Literal["today", "yesterday", "7d", "30d", "month", "last-month", "year", "from-to"]
RANGES: tuple[Range, ...] = get_args(Range)
_CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_STEPS = ((3 * 60, 5), (6 * 60, 10), (MINUTES, 30), (3 * MINUTES, 60))  # up to so many minutes: steps of so many
_DAYS_DRAWN = 92  # beyond: months


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """`first`, `last`, `since`, `until`, `by`, `step_min`: as in hub.history.asking.Question."""

    range: Range
    first: date
    last: date
    since: str = "00:00"
    until: str = "24:00"
    by: Literal["time", "day", "month"]
    step_min: int
    wrong: bool = False  # what was asked for could not be understood, and this is today instead


def span(asked: Mapping[str, str], today: date) -> Span:
    """What cannot be understood is today, and says so."""
    kind = asked.get("range", "today")
    if kind not in RANGES:
        return _made("today", today, today, wrong=True)
    if kind == "from-to":
        return _from_to(asked, today)
    return _made(cast(Range, kind), *_days(cast(Range, kind), today))


def _days(kind: Range, today: date) -> tuple[date, date]:
    first_of_month = today.replace(day=1)
    before = first_of_month - timedelta(days=1)
    match kind:
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "7d":
            return today - timedelta(days=6), today
        case "30d":
            return today - timedelta(days=29), today
        case "month":
            return first_of_month, today
        case "last-month":
            return before.replace(day=1), before
        case "year":
            return today.replace(month=1, day=1), today
    return today, today


def _from_to(asked: Mapping[str, str], today: date) -> Span:
    try:
        first, last = date.fromisoformat(asked.get("first", "")), date.fromisoformat(asked.get("last", ""))
    except ValueError:
        return _made("today", today, today, wrong=True)
    since, until = _clock(asked.get("since", ""), "00:00"), _clock(asked.get("until", ""), "24:00")
    if last < first or (last - first).days >= DAYS_MAX or (first == last and until <= since):
        return _made("today", today, today, wrong=True)
    return _made("from-to", first, last, since, until)


def _made(
    kind: Range, first: date, last: date, since: str = "00:00", until: str = "24:00", wrong: bool = False
) -> Span:
    days = (last - first).days + 1
    length = (days - 1) * MINUTES + _minute(until) - _minute(since)
    step = next((minutes for most, minutes in _STEPS if length <= most), MINUTES)
    by: Literal["time", "day", "month"] = "time" if step < MINUTES else "day" if days <= _DAYS_DRAWN else "month"
    return Span(range=kind, first=first, last=last, since=since, until=until, by=by, step_min=step, wrong=wrong)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(text: str, usual: str) -> str:
    return text if _CLOCK.fullmatch(text) or text == "24:00" else usual
