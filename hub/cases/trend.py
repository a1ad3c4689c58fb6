"""What the measures of ratings say over time: by day, week or month, from counts of days."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Literal, TypeAlias

import msgspec

from hub.domain.rating_measures import RatingCounts, total

By: TypeAlias = Literal["day", "week", "month"]
DAYS_MAX = 800
"""Longer ranges are cut at their beginning."""
_EARLIEST = date(1900, 1, 1)  # before it nothing is counted back


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Days are YYYY-MM-DD; `periods`: label and counts, newest first, without those that have nothing."""

    first: str
    last: str
    total: RatingCounts
    periods: tuple[tuple[str, RatingCounts], ...]


def days_of(by: By, first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """From the first to the last day; what is not given reaches back two weeks, twelve weeks, or twelve months. What
    would end before it begins is one day."""
    last = max(last or today, _EARLIEST)
    if first is None:
        first = max(_begins(by, last), last - timedelta(days=DAYS_MAX))
    first = min(first, last)
    return max(first, last - timedelta(days=DAYS_MAX)) if (last - first).days > DAYS_MAX else first, last


def folded(by: By, first: date, last: date, counts: Mapping[str, RatingCounts]) -> Figures:
    label = _LABELS[by]
    periods: dict[str, RatingCounts] = {}
    for day, one in sorted(counts.items(), reverse=True):
        name = label(date.fromisoformat(day))
        periods[name] = periods.get(name, RatingCounts()) + one
    return Figures(
        first=first.isoformat(), last=last.isoformat(), total=total(counts.values()), periods=tuple(periods.items())
    )


def _begins(by: By, last: date) -> date:
    match by:
        case "day":
            return last - timedelta(days=13)
        case "week":
            return last - timedelta(days=last.weekday(), weeks=11)
    month = last.year * 12 + last.month - 1 - 11
    return date(month // 12, month % 12 + 1, 1)


def _week(day: date) -> str:
    """ISO 8601."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


_LABELS: dict[By, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": _week,
    "month": lambda day: day.strftime("%Y-%m"),
}
