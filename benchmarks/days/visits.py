"""Who comes on a day: a non-homogeneous Poisson process with a random level, and what each visit brings along."""

import math
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate, pairwise
from random import Random
from statistics import NormalDist
from typing import Literal, NamedTuple, TypeAlias

from halls.format import Hall, Service
from hub.domain.numbering import Mark

Lane: TypeAlias = Literal["ordinary", "priority", "appointment"]

MARK_OF: dict[Lane, Mark] = {"priority": "V", "appointment": "Y", "ordinary": ""}
HOUR = 3600.0
TICKETS = 1300.0  # of a usual day
PRIORITY = 0.05  # of those without an appointment
BOOKED = 0.18  # of the visits for a service that takes appointments
MORE = 0.07  # have a second thing to do, of the same centre
SLOT_S = 1800.0

_Z90 = NormalDist().inv_cdf(0.9)
_LEVEL_SIGMA = 0.16  # between days
_SHARE_SIGMA = 0.25  # of a service's share, between days
_HALF_HOUR_SIGMA = 0.12  # of the rate, between the same half hours of two days
_DRIFT_SIGMA = 0.15  # of a service's times, between days: forms change, networks are slow
_GONE_AT_ONCE = 0.02  # take a ticket and leave
_PATIENCE_S = 3.0 * HOUR  # mean; who has less than they wait has left without a word
_WALK_MEDIAN_S, _WALK_SIGMA = 20.0, 0.6
_LATE_S, _LATE_SIGMA_S = -480.0, 540.0  # how an appointment comes in, from its slot's start; within -30/+15 min
_DOORS = (8.25, 17.0)  # who comes first, and last, hours
_AT_THE_DOOR_S = 4.0  # between the first tickets, for those who waited for the doors to open
_RATE = ((8.25, 0.8), (8.5, 1.6), (9.0, 2.0), (10.0, 1.9), (11.0, 1.2), (11.75, 0.6), (12.5, 0.35), (13.25, 0.7),
         (13.75, 1.6), (14.5, 1.6), (15.5, 1.0), (16.5, 0.5), (17.0, 0.2))  # fmt: skip


class Visit(NamedTuple):
    """Times in seconds; `at_s` from midnight. `work`: standard normal, to be scaled by the service and the clerk."""

    at_s: float
    service: str
    more: tuple[str, ...]
    lane: Lane
    slot_s: float  # of an appointment, its start from midnight
    walk_s: float
    work: float
    patience_s: float


class Demand(NamedTuple):
    """What is true of a day's demand; `scale`: service → log median (s) and sigma, as they are on this day."""

    level: float
    shares: dict[str, float]
    rates: tuple[float, ...]  # relative, for each half hour of the day
    scale: dict[str, tuple[float, float]]
    bookable: frozenset[str]
    together: dict[str, tuple[str, ...]]  # service → the others of its centre
    opens_s: float


def demand(hall: Hall, random: Random, busy: float = 1.0) -> Demand:
    raw = {one.letter: (one.share or 1.0) * random.lognormvariate(0, _SHARE_SIGMA) for one in hall.service}
    return Demand(
        level=TICKETS * busy * random.lognormvariate(0, _LEVEL_SIGMA),
        shares={letter: share / sum(raw.values()) for letter, share in raw.items()},
        rates=tuple(_rate(half / 2 + 0.25) * random.lognormvariate(0, _HALF_HOUR_SIGMA) for half in range(48)),
        scale={one.letter: _scale(one, random.gauss(0, _DRIFT_SIGMA)) for one in hall.service},
        bookable=frozenset(one.letter for one in hall.service if one.appointment),
        together={one.letter: _others(hall, one) for one in hall.service},
        opens_s=seconds(hall.policy.opens),
    )


def visits(known: Demand, random: Random, after_s: float = 0.0, only: frozenset[str] | None = None) -> list[Visit]:
    """All who come after `after_s`, by time; `only`: for these services."""
    weights = [rate if (half + 1) / 2 > _DOORS[0] else 0.0 for half, rate in enumerate(known.rates)]
    ends = list(accumulate(weights))
    letters, shares = list(known.shares), list(accumulate(known.shares.values()))
    drawn = []
    for _ in range(_poisson(known.level, random)):
        at_s = _time(ends, random)
        letter = letters[min(bisect(shares, random.random()), len(letters) - 1)]
        one = _visit(known, random, at_s, letter)
        if one.at_s > after_s and (only is None or letter in only):
            drawn.append(one)
    return sorted(_from_the_door(sorted(drawn), known.opens_s))


def _from_the_door(drawn: list[Visit], opens_s: float) -> Iterator[Visit]:
    for place, one in enumerate(drawn):
        yield one._replace(at_s=max(one.at_s, opens_s + place * _AT_THE_DOOR_S)) if one.at_s < opens_s else one


def seconds(clock: str) -> float:
    """HH:MM, from midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * HOUR + int(minutes) * 60.0


def walk_s(random: Random) -> float:
    return random.lognormvariate(math.log(_WALK_MEDIAN_S), _WALK_SIGMA)


def patience_s(random: Random) -> float:
    return 0.0 if random.random() < _GONE_AT_ONCE else random.expovariate(1 / _PATIENCE_S)


def _visit(known: Demand, random: Random, at_s: float, letter: str) -> Visit:
    lane: Lane = "priority" if random.random() < PRIORITY else "ordinary"
    slot_s = 0.0
    if random.random() < BOOKED and letter in known.bookable:
        lane, slot_s = "appointment", at_s // SLOT_S * SLOT_S
        come_s = max(-1800.0, min(900.0, random.gauss(_LATE_S, _LATE_SIGMA_S)))
        at_s = max(_DOORS[0] * HOUR, slot_s + come_s)
    more = (random.choice(known.together[letter]),) if known.together[letter] and random.random() < MORE else ()
    return Visit(at_s, letter, more, lane, slot_s, walk_s(random), random.gauss(0, 1), patience_s(random))


def _others(hall: Hall, service: Service) -> tuple[str, ...]:
    return tuple(one.letter for one in hall.service if one.centre == service.centre and one.letter != service.letter)


def _time(ends: list[float], random: Random) -> float:
    while True:
        drawn = random.random() * ends[-1]
        half = bisect(ends, drawn)
        before = ends[half - 1] if half else 0.0
        at_s = (half + (drawn - before) / (ends[half] - before)) * 1800.0
        if _DOORS[0] * HOUR <= at_s < _DOORS[1] * HOUR:
            return at_s


def _rate(hour: float) -> float:
    for (a, rate_a), (b, rate_b) in pairwise(_RATE):
        if a <= hour <= b:
            return rate_a + (rate_b - rate_a) * (hour - a) / (b - a)
    return 0.0


def _scale(service: Service, drift: float) -> tuple[float, float]:
    sigma = math.log(service.service_min_p90 / service.service_min_median) / _Z90
    return math.log(service.service_min_median * 60.0) + drift, sigma


def _poisson(mean: float, random: Random) -> int:
    """Knuth's way would need exp(-mean): count exponential steps instead."""
    return sum(1 for _ in _steps(mean, random))


def _steps(mean: float, random: Random) -> Iterator[float]:
    at = random.expovariate(1.0)
    while at < mean:
        yield at
        at += random.expovariate(1.0)
