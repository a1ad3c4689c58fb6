"""What a citizen is told at the ticket machine, by several ways of telling, and how long it then was."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from benchmarks.days.course import Course, moment
from benchmarks.days.plan import Plan
from benchmarks.days.visits import Visit
from hub.domain import estimate


class Forecast(NamedTuple):
    """Seconds until the first call."""

    likely_s: float
    low_s: float
    high_s: float


class Told(NamedTuple):
    """`forecasts`: way → what it said when the ticket was taken."""

    visit: Visit
    forecasts: dict[str, Forecast]
    wait_s: float


Way: TypeAlias = Callable[[Course, Visit], Forecast]


def ours(course: Course, visit: Visit) -> Forecast:
    wait = estimate.wait(course.state, visit.service, moment(visit.at_s))
    return Forecast(wait.likely_s, wait.low_s, wait.high_s)


def formula(course: Course, visit: Visit) -> Forecast:
    """People ahead × mean ÷ counters: of the same service, the mean of today (until there is one, the hall file's)."""
    state = course.state
    open_counters = sum(
        visit.service in counter.services and bool((now := state.counter(counter.id)).clerk) and not now.paused
        for counter in state.hall.counter
    )
    ahead = len(state.waiting.get(visit.service, ()))
    ended = state.durations.get(visit.service, ())
    mean_s = sum(ended) / len(ended) if ended else 600.0
    likely_s = ahead * mean_s / max(1, open_counters)
    return Forecast(likely_s, 0.6 * likely_s, 1.6 * likely_s)


def last_to_enter(course: Course, visit: Visit) -> Forecast:
    """As long as whoever was last called for the same service waited."""
    last = course.last.get(visit.service)
    if last is None:
        return formula(course, visit)
    return Forecast(last, 0.6 * last, 1.6 * last)


WAYS: dict[str, Way] = {"ours": ours, "formula": formula, "last to enter": last_to_enter}


def told(plan: Plan, ways: dict[str, Way]) -> list[Told]:
    """One for each ticket that was called, in the order in which they were taken."""
    said: list[tuple[Visit, dict[str, Forecast]]] = []

    def taking(course: Course, visit: Visit) -> None:
        said.append((visit, {name: way(course, visit) for name, way in ways.items()}))

    course = Course(plan, taking)
    course.run()
    called = {call.visit: call.at_s for call in course.calls.values()}
    return [Told(visit, told, called[visit] - visit.at_s) for visit, told in said if visit in called]
