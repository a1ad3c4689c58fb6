"""How cases ended, and how long they took, one by one: for whoever lays them side by side."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias, get_args

import msgspec

from hub.storage.case_figures import Became, Today

Ended: TypeAlias = Literal["justified", "mistake", "malicious", "unfounded", "open"]
ENDED: tuple[Ended, ...] = get_args(Ended)
Stand: TypeAlias = Literal["in-time", "late", "open", "due", "overdue"]
STANDS: tuple[Stand, ...] = get_args(Stand)


class Done(msgspec.Struct, frozen=True):
    """`days`: working days after the day of its opening until it was closed; None: it is open. `stand`: closed by its
    deadline or after it; or open with time, until the end of the next working day, or after its deadline."""

    ended: Ended
    stand: Stand
    days: int | None


def done(
    cases: Iterable[Became], today: Today, local: Callable[[datetime], date], works: Callable[[date], bool]
) -> list[Done]:
    """`local`: the day of a moment, on the hall's calendar; `works`: whether it works on a day."""
    return [_done(one, today, local(one.opened_at), works) for one in cases]


def _done(one: Became, today: Today, opened: date, works: Callable[[date], bool]) -> Done:
    if one.state != "closed":
        stand: Stand = "overdue" if one.due < today.day else "due" if one.due <= today.soon else "open"
        return Done("open", stand, None)
    days = _between(opened, date.fromisoformat(one.closed_day), works)
    ended = "justified" if one.outcome == "justified" else one.ground
    return Done(next(known for known in ENDED if known == ended), "late" if one.overran else "in-time", days)


def _between(first: date, last: date, works: Callable[[date], bool]) -> int:
    return sum(works(first + timedelta(days=number)) for number in range(1, (last - first).days + 1))
