"""Which days a reader means: a day, week, month, quarter or year by any day in it, or from one day to another."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, TypeAlias, get_args

Range: TypeAlias = Literal["day", "week", "month", "quarter", "year", "days"]
RANGES: tuple[Range, ...] = get_args(Range)
ONE = timedelta(days=1)
DAYS_MAX = 3 * 366


class RangeError(ValueError):
    """`code`: `backwards`, `too-long`, or `no-day` with what was given."""

    def __init__(self, code: str, given: str = "") -> None:
        super().__init__(f"{code} {given}".strip())
        self.code, self.given = code, given


def days_of(range_: Range, at: date) -> tuple[date, date]:
    """First and last day, both counted, of the one that `at` is in."""
    match range_:
        case "week":
            monday = at - timedelta(days=at.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return at.replace(day=1), at.replace(day=monthrange(at.year, at.month)[1])
        case "quarter":
            begin = (at.month - 1) // 3 * 3 + 1
            return date(at.year, begin, 1), date(at.year, begin + 2, monthrange(at.year, begin + 2)[1])
        case "year":
            return date(at.year, 1, 1), date(at.year, 12, 31)
        case _:
            return at, at


def until_today(first: date, last: date, today: date) -> tuple[date, date]:
    """What is still running is cut at today, so that it is compared with as many days before it."""
    return first, max(first, min(last, today))


def between(first: date, last: date) -> tuple[date, date]:
    """Raises RangeError."""
    if last < first:
        raise RangeError("backwards")
    if (last - first).days >= DAYS_MAX:
        raise RangeError("too-long")
    return first, last


def day(text: str, otherwise: date) -> date:
    """Raises RangeError for what is no day of the years 1970 to 2200; empty: `otherwise`."""
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise RangeError("no-day", text) from None
    if not 1970 <= found.year <= 2200:
        raise RangeError("no-day", text)
    return found


def month_before(today: date) -> date:
    """The last day of the last whole month."""
    return today.replace(day=1) - timedelta(days=1)
