"""Counts of days become those of weeks and months."""

from datetime import date

import pytest

from hub.cases.trend import DAYS_MAX, days_of, folded
from hub.domain.rating_measures import RatingCounts

COUNTS = RatingCounts(asked=100, level_5=30, level_1=3, cases=3)


@pytest.mark.parametrize(
    ("by", "first", "labels"),
    [
        ("day", "2026-12-19", ["2027-01-01", "2026-12-31"]),
        ("week", "2026-10-12", ["2026-W53"]),
        ("month", "2026-02-01", ["2027-01", "2026-12"]),
    ],
)
def test_days_are_folded_into_weeks_of_iso_8601_and_months(by, first, labels):
    begin, end = days_of(by, None, None, date(2027, 1, 1))
    assert (begin.isoformat(), end.isoformat()) == (first, "2027-01-01")
    found = folded(by, begin, end, {"2026-12-31": COUNTS, "2027-01-01": COUNTS})
    assert [label for label, _ in found.periods] == labels
    assert found.total == COUNTS + COUNTS


def test_a_range_is_as_long_as_can_be_read_and_never_backwards():
    today = date(2027, 1, 1)
    assert days_of("day", date(2027, 2, 1), date(2027, 1, 1), today) == (today, today)
    begin, end = days_of("month", date(1999, 1, 1), None, today)
    assert ((end - begin).days, end) == (DAYS_MAX, today)
    assert days_of("month", None, date.min, today)[1] == date(1900, 1, 1)
    assert days_of("week", date.min, date.max, today)[1] == date.max
