"""What can be asked of the past, and what is answered: figures by some dimensions, for a range of days and minutes."""

from datetime import date, timedelta
from typing import Literal, TypeAlias

import msgspec

By: TypeAlias = Literal[
    "centre", "floor", "area", "service", "line", "counter", "clerk", "hour", "day", "month", "weekday", "time"
]
"""`hour`: 0 to 23 as "09"; `weekday`: "1" is Monday; `time`: steps of `step_min` as "2026-11-29 09:05"."""
ONLY: tuple[By, ...] = ("centre", "floor", "area", "service", "line", "counter", "clerk")
"""What a question can be narrowed by."""
MINUTES = 24 * 60
Value: TypeAlias = float | int | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`first`, `last`: YYYY-MM-DD, both counted; `since`: minute of the first day, `until`: of the last, not counted.

    `figures`: idents of `hub.history.figures`. `only`: dimension → values, any of which will do.
    """

    hall: str
    first: str
    last: str
    since: int = 0
    until: int = MINUTES
    by: tuple[By, ...] = ()
    step_min: int = 60
    only: dict[By, tuple[str, ...]] = {}
    figures: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """`key`: a value for each of `by`. A value is None where there is nothing to count or to divide by, or where the
    figure knows nothing of a dimension."""

    key: tuple[str, ...]
    values: dict[str, Value]


class Answer(msgspec.Struct, frozen=True):
    """Rows by their keys, rising; one row with an empty key where nothing was asked to be split. `unread`: events of
    these days that could not be read; the rows may be short of what they say."""

    question: Question
    rows: tuple[Row, ...]
    unread: int = 0


class NotReadyError(Exception):
    """The log is still being read for the first time: `done` of `total` events."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"figures of the past are being made: {done} of {total} events are read")
        self.done, self.total = done, total


class UnknownFigureError(ValueError):
    """There is no such figure, or it knows no such dimension. Says which there are."""


def period_before(question: Question) -> Question:
    """The same question of as many days just before; of whole months, of as many months before."""
    first, last = date.fromisoformat(question.first), date.fromisoformat(question.last)
    after = last + timedelta(days=1)
    if first.day == after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        number = first.year * 12 + first.month - 1 - months
        begin = date(number // 12, number % 12 + 1, 1)
    else:
        begin = first - (after - first)
    end = first - timedelta(days=1)
    return msgspec.structs.replace(question, first=begin.isoformat(), last=end.isoformat())
