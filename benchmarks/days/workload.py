"""How a day's work fell to the counters, and how long people waited, under one calling policy."""

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import NamedTuple

from msgspec.structs import replace

from benchmarks.days.course import Course, moment
from benchmarks.days.plan import Plan
from benchmarks.rounds import percentile
from halls.format import Hall
from hub.domain.policies.fair_work import GENERAL
from hub.history.gini import gini


class Outcome(NamedTuple):
    """`load`: counter → seconds of service in an hour signed on; `waits_s`: of all who were called."""

    load: dict[str, float]
    waits_s: list[float]


def outcome(plan: Plan, policy: str) -> Outcome:
    """The same visits and clerks under every policy."""
    hall = replace(plan.hall, policy=replace(plan.hall.policy, calling=policy))
    course = Course(plan._replace(hall=hall), estimating=False)
    course.run()
    load = {counter: worked_s / _open_h(course, counter) for counter, worked_s in course.worked_s.items()}
    return Outcome(load, [call.at_s - call.visit.at_s for call in course.calls.values()])


def _open_h(course: Course, counter: str) -> float:
    here = course.state.counter(counter)
    still_s = (moment(course.at_s) - here.opened_at).total_seconds() if here.opened_at else 0.0
    return (here.open_s + still_s) / 3600.0


def figures(hall: Hall, outcomes: list[Outcome]) -> dict[str, float]:
    """Gini as the mean over the days; waits (s) of all days together."""
    waits = [wait_s for one in outcomes for wait_s in one.waits_s]
    groups = _groups(hall)
    return {
        "gini_general": fmean(_gini(_of(one.load, set().union(*groups))) for one in outcomes),
        "gini_general_floor": fmean(_gini(_of(one.load, group)) for one in outcomes for group in groups),
        "gini_all": fmean(_gini(one.load.values()) for one in outcomes),
        "wait_s": fmean(waits),
        **{f"p{share}_s": percentile(waits, share / 100) for share in (50, 90, 99)},
        "max_s": max(waits),
    }


def _gini(loads: Iterable[float]) -> float:
    """Where nobody had anything to do, nothing is unequal."""
    return gini(loads) or 0.0


def _groups(hall: Hall) -> list[set[str]]:
    """General counters by floor: no policy can carry work from one floor to another."""
    floor_of = {area.id: area.floor for area in hall.area}
    general = [counter for counter in hall.counter if len(counter.services) >= GENERAL]
    floors = {floor_of[counter.area] for counter in general}
    return [{counter.id for counter in general if floor_of[counter.area] == floor} for floor in sorted(floors)]


def _of(load: Mapping[str, float], counters: set[str]) -> list[float]:
    return [value for counter, value in load.items() if counter in counters]
