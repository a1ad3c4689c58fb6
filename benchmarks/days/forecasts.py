"""What a citizen is told at the ticket machine, by several ways of telling, and how long it then was."""

from collections.abc import Callable, Iterable, Mapping
from statistics import fmean
from typing import Any, NamedTuple, TypeAlias

from benchmarks.days.course import Course
from benchmarks.days.plan import Plan
from benchmarks.days.visits import Visit
from hub.domain.events import TicketReserved

OURS, FLOOR = "ours", "oracle"
_LOW, _HIGH = 0.6, 1.6  # the range that goes with a way that gives none


class Forecast(NamedTuple):
    """Seconds until the first call."""

    likely_s: float
    low_s: float
    high_s: float


class Told(NamedTuple):
    """`forecasts`: way → what it said when the ticket was taken."""

    visit: Visit
    forecasts: Mapping[str, Forecast]
    wait_s: float


Way: TypeAlias = Callable[[Course, Visit], Forecast]


def told(plan: Plan, ways: Mapping[str, Way], only: Callable[[Visit], bool] = lambda visit: True) -> list[Told]:
    """One for each ticket that was called, in the order in which they were taken: what `ways` say, and what we said."""
    said: dict[Visit, dict[str, Forecast]] = {}

    def taking(course: Course, visit: Visit) -> None:
        if only(visit):
            said[visit] = {name: way(course, visit) for name, way in ways.items()}

    course = Course(plan, taking)
    course.run()
    called = {call.visit: call.at_s for call in course.calls.values()}
    return [
        Told(visit, {OURS: _ours(course.told[visit]), **forecasts}, called[visit] - visit.at_s)
        for visit, forecasts in said.items()
        if visit in called
    ]


def _ours(event: TicketReserved) -> Forecast:
    return Forecast(event.wait_s, event.wait_s_low, event.wait_s_high)


def formula(course: Course, visit: Visit) -> Forecast:
    """People ahead × mean ÷ counters: of the same service, the mean of today (until there is one, the hall file's)."""
    state = course.state
    serving = [counter.id for counter in state.hall.counter if visit.service in counter.services]
    ready = sum(map(state.is_open, serving))
    ended = [seconds for _, seconds in state.durations.get(visit.service, ())]
    usual_s = next(60.0 * one.service_min_median for one in state.hall.service if one.letter == visit.service)
    ahead = state.count_waiting(visit.service)
    return _around(ahead * (fmean(ended) if ended else usual_s) / max(1, ready))


def last_to_enter(course: Course, visit: Visit) -> Forecast:
    """As long as whoever was called last waited: of the same service and lane, or else of the same service."""
    last_s = course.last.get((visit.service, visit.lane), course.last.get((visit.service, "")))
    return formula(course, visit) if last_s is None else _around(last_s)


def _around(likely_s: float) -> Forecast:
    return Forecast(likely_s, _LOW * likely_s, _HIGH * likely_s)


WAYS: dict[str, Way] = {"formula": formula, "last to enter": last_to_enter}


def figures(rows: Iterable[Told]) -> dict[str, dict[str, float]]:
    """Way → mean absolute error and bias (s), share of waits within the range, mean width of it ÷ mean wait."""
    rows = list(rows)
    wait_s = fmean(row.wait_s for row in rows)
    return {
        way: {
            "mae_s": fmean(abs(row.forecasts[way].likely_s - row.wait_s) for row in rows),
            "bias_s": fmean(row.forecasts[way].likely_s - row.wait_s for row in rows),
            "coverage": fmean(row.forecasts[way].low_s <= row.wait_s <= row.forecasts[way].high_s for row in rows),
            "width_ratio": fmean(row.forecasts[way].high_s - row.forecasts[way].low_s for row in rows) / wait_s,
        }
        for way in rows[0].forecasts
    }


def mae_ratio(errors: Mapping[str, Mapping[str, float]]) -> float:
    """Ours ÷ the better of the two."""
    return errors[OURS]["mae_s"] / min(errors[way]["mae_s"] for way in WAYS)


def rounded(value: Any) -> Any:
    """As it is printed: three digits behind the point, however deep."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 3) if isinstance(value, float) else value
