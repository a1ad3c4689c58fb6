"""Who sits at the counters on a day, how they work, and when they are away."""

import math
from random import Random
from typing import NamedTuple

from benchmarks.days.visits import HOUR, seconds
from halls.format import Hall

_ABSENT = 0.05  # counters that stay closed on a day
_LATE, _LATE_S = 0.12, 1200.0  # who comes late, and by how much at the most
_PACE_SIGMA = 0.18
_GAP_MEDIAN_S, _GAP_SIGMA = 14.0, 0.9  # between an end and the next press: eager clerks 4 s, dawdlers a minute
_SILENT_START = 0.2  # never press "serve"
_SILENT_END = 0.25  # of the others never press "end": their next call ends the last service
_LUNCHES = (11.5, 12.25, 13.0)  # the shifts' starts, hours
_LUNCH_S, _LUNCH_SIGMA_S = 2700.0, 300.0
_BREAKS = 2.0  # mean number of short absences, planned by nobody
_BREAK_MEDIAN_S, _BREAK_SIGMA = 420.0, 0.5
_LONG_ABSENCE, _LONG_S = 0.04, (1800.0, 5400.0)  # called away: a meeting, the back office


class Absence(NamedTuple):
    """From when it is due; it begins once the citizen at the counter has been served."""

    at_s: float
    length_s: float
    reason: str


class Shift(NamedTuple):
    """A clerk's day. `pace` multiplies times of service; `gap_s`: mean from an end to the next press."""

    counter: str
    clerk: str
    from_s: float
    until_s: float
    pace: float
    gap_s: float
    recall_s: float
    says_start: bool
    says_end: bool
    absences: tuple[Absence, ...]


def shifts(hall: Hall, random: Random) -> dict[str, Shift]:
    """Counter → its shift; without those that stay closed."""
    usual = {clerk.counter: clerk.number for clerk in hall.clerk if clerk.counter}
    drawn = {counter.id: _shift(hall, counter.id, usual.get(counter.id, ""), random) for counter in hall.counter}
    return {counter: shift for counter, shift in drawn.items() if shift.clerk and random.random() >= _ABSENT}


def _shift(hall: Hall, counter: str, clerk: str, random: Random) -> Shift:
    opens, closes = (seconds(text) for text in (hall.policy.opens, hall.policy.closes))
    says_start = random.random() >= _SILENT_START
    late_s = random.uniform(120, _LATE_S) if random.random() < _LATE else random.uniform(-240, 60)
    return Shift(
        counter=counter,
        clerk=clerk,
        from_s=opens + late_s,
        until_s=closes,
        pace=random.lognormvariate(0, _PACE_SIGMA),
        gap_s=random.lognormvariate(math.log(_GAP_MEDIAN_S), _GAP_SIGMA),
        recall_s=random.uniform(20, 45),
        says_start=says_start,
        says_end=random.random() >= _SILENT_END or not says_start,
        absences=_absences(random, opens, closes),
    )


def _absences(random: Random, opens: float, closes: float) -> tuple[Absence, ...]:
    lunch_s = random.choice(_LUNCHES) * HOUR + random.uniform(-300, 300)
    drawn = [Absence(lunch_s, random.gauss(_LUNCH_S, _LUNCH_SIGMA_S), "lunch")]
    at_s = opens + random.expovariate(_BREAKS / (closes - opens))
    while at_s < closes - HOUR / 2:
        drawn.append(Absence(at_s, random.lognormvariate(math.log(_BREAK_MEDIAN_S), _BREAK_SIGMA), ""))
        at_s += random.expovariate(_BREAKS / (closes - opens))
    if random.random() < _LONG_ABSENCE:
        drawn.append(Absence(random.uniform(opens, closes - HOUR), random.uniform(*_LONG_S), ""))
    return tuple(sorted(drawn))
