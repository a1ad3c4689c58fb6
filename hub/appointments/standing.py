"""Who missed how many appointments, and what follows from it."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from halls.format import Hall


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Of a person. `misses`: that count now, of the `allowed`: with so many nothing can be booked online for a while.
    `blocked_until`: the day from which on it can be again; None: it can be now. Staff may forgive a miss (申诉)."""

    misses: int
    allowed: int
    blocked_until: date | None = None


def since(hall: Hall, today: date) -> date:
    """The oldest day on which a miss can still matter."""
    rules = hall.appointments
    return today - timedelta(days=rules.misses_days + rules.block_days)


def standing(hall: Hall, missed: Iterable[date], today: date) -> Standing:
    """`missed`: the days of misses that were not forgiven, oldest first. Misses that led to a block are paid for with
    it: what comes afterwards is counted anew."""
    rules = hall.appointments
    window, counted, until = list[date](), list[date](), None
    for day in missed:
        window = [*_within(window, rules.misses_days, day), day]
        if len(window) >= rules.misses_max:
            counted, until, window = window, day + timedelta(days=rules.block_days), []
    if until is not None and until > today:
        return Standing(misses=len(counted) + len(window), allowed=rules.misses_max, blocked_until=until)
    return Standing(misses=len(_within(window, rules.misses_days, today)), allowed=rules.misses_max)


def _within(days: list[date], most: int, today: date) -> list[date]:
    return [day for day in days if (today - day).days < most]
