"""What today says of the next hours: how long a turn at a counter takes, when each is free, who else will come."""

from collections.abc import Collection, Iterable
from datetime import datetime
from math import erf, exp, inf, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

from halls.format import Counter, Service
from hub.domain import hours
from hub.domain.state import MARKS, CounterState, Day

_GOLDEN = (sqrt(5.0) - 1.0) / 2.0
_STEPS = 512
_NORMAL = NormalDist()
_QUANTILES = tuple(_NORMAL.inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS))
_Z90 = _NORMAL.inv_cdf(0.9)

# What a hall is taken for until the day has shown it; seconds where it says so.
_WALK_S, _GAP_S = 22.0, 18.0  # from the call to the counter; from an end to the next call
_MISSED_S = 100.0  # a turn in which nobody comes
_MISSED, _MISSED_WEIGHT = 0.1, 20.0  # share of the calls, worth so many calls
_LATEST_CALLS = 60
_TIMES_WEIGHT = 12.0  # what the hall file says of a service, worth so many of today's times
_PAUSES_S = tuple(minutes * 60.0 for minutes in (3, 5, 7, 10, 15, 30, 45, 60))
_LATE_S = tuple(minutes * 60.0 for minutes in (1, 2, 3, 5, 10, 20))  # clerks, after the hall opened


class Chances:
    """Numbers from 0 to 1 that cover the span evenly however many are taken: steps of the golden ratio."""

    def __init__(self, start: float) -> None:
        self._at = start

    def next(self) -> float:
        self._at = (self._at + _GOLDEN) % 1.0
        return self._at


class Times(NamedTuple):
    """Of a service: lognormal, of seconds."""

    median_log: float
    sigma: float

    def at(self, chance: float) -> float:
        return exp(self.median_log + self.sigma * _QUANTILES[int(chance * _STEPS)])

    def share_over(self, seconds: float) -> float:
        return 0.5 - 0.5 * erf((log(max(seconds, 1.0)) - self.median_log) / self.sigma / sqrt(2.0))


class Post(NamedTuple):
    """A counter that will call people. `free_s`: equally likely moments from now; empty: free, or with a ticket."""

    services: tuple[str, ...]
    turns: tuple[int, int, int]
    free_s: tuple[float, ...] = ()
    serves: str = ""  # the service of its ticket
    lasted_s: float = 0.0
    called: bool = False  # whether somebody will come is still open


class Guest(NamedTuple):
    """Somebody in a line, or yet to come; seconds from now. `asks`: the one whose wait is asked for."""

    place_s: float
    here_s: float = -inf
    asks: bool = False


class Outlook(NamedTuple):
    """`lines`: mark and service → guests by place; `missed`: share of the calls."""

    posts: tuple[Post, ...]
    times: dict[str, Times]
    lines: dict[str, list[Guest]]
    missed: float

    def free_s(self, post: Post, chances: Chances) -> float:
        chance = chances.next()
        if post.free_s:
            return post.free_s[int(chance * len(post.free_s))] + _GAP_S
        if not post.serves:
            return _GAP_S
        if post.called:
            return max(_GAP_S, self._turn_s(post.serves, chance) - post.lasted_s)
        left = self.times[post.serves].share_over(post.lasted_s) * (1.0 - chance)
        return max(0.0, self.times[post.serves].at(1.0 - max(left, 1.0 / _STEPS)) - post.lasted_s) + _GAP_S

    def turn_s(self, service: str, chances: Chances) -> float:
        """From one call to the next."""
        return self._turn_s(service, chances.next())

    def _turn_s(self, service: str, chance: float) -> float:
        if chance < self.missed:
            return _MISSED_S + _GAP_S
        return _WALK_S + self.times[service].at((chance - self.missed) / (1.0 - self.missed)) + _GAP_S


def outlook(state: Day, counters: Iterable[Counter], services: Collection[str], at: datetime) -> Outlook:
    late_s = _still(_LATE_S, (at - hours.opening(state)).total_seconds())
    posts = [_post(state, counter, services, at, late_s) for counter in counters]
    return Outlook(
        posts=tuple(post for post in posts if post is not None),
        times={one.letter: _times(state, one) for one in state.hall.service if one.letter in services},
        lines=_lines(state, services, at),
        missed=_missed(state),
    )


def _post(
    state: Day, counter: Counter, services: Collection[str], at: datetime, late_s: tuple[float, ...]
) -> Post | None:
    """None: closed, and nobody is expected any more. `late_s`: when a clerk may still come."""
    here = state.counter(counter.id)
    if not here.clerk:
        expected = late_s and not here.served
        return Post(counter.services, here.turns, free_s=(*late_s, inf)) if expected else None
    if here.paused:
        return Post(counter.services, here.turns, free_s=_back_s(here, at))
    ticket = state.active(counter.id)
    if ticket is None:
        return Post(counter.services, here.turns)
    if ticket.service not in services:  # the settings were changed while it was served
        return Post(counter.services, here.turns, free_s=_PAUSES_S)
    began = ticket.serving_at or ticket.called_at or at
    lasted_s = (at - began).total_seconds()
    called = ticket.phase == "called" and lasted_s < _MISSED_S  # else it is served, and nobody pressed for it
    return Post(counter.services, here.turns, serves=ticket.service, lasted_s=lasted_s, called=called)


def _back_s(here: CounterState, at: datetime) -> tuple[float, ...]:
    lasted_s = (at - here.paused_at).total_seconds() if here.paused_at else 0.0
    return _still(_PAUSES_S, lasted_s) or (lasted_s / 2,)


def _still(whole_s: tuple[float, ...], lasted_s: float) -> tuple[float, ...]:
    return tuple(one - lasted_s for one in whole_s if one > lasted_s)


def _times(state: Day, service: Service) -> Times:
    """What the hall file says, and the latest of today."""
    today = [log(max(seconds, 20.0)) for _, seconds in state.durations.get(service.letter, ())]
    usual = log(service.service_min_median * 60.0)
    median_log = (_TIMES_WEIGHT * usual + sum(today)) / (_TIMES_WEIGHT + len(today))
    return Times(median_log, log(service.service_min_p90 / service.service_min_median) / _Z90 or 0.01)


def _missed(state: Day) -> float:
    latest = [state.tickets[number].phase for number in state.calls[:_LATEST_CALLS]]
    return (_MISSED * _MISSED_WEIGHT + latest.count("no_show")) / (_MISSED_WEIGHT + len(latest))


def _lines(state: Day, services: Collection[str], at: datetime) -> dict[str, list[Guest]]:
    """Who is there; and for each who came lately, another who will come as long from now as that was ago."""
    lines: dict[str, list[Guest]] = {}
    there = [number for service in services for mark in MARKS for number in state.lines.get(mark + service, ())]
    for number in (*there, *state.reserved):
        ticket = state.tickets[number]
        if ticket.service in services:
            lines.setdefault(ticket.line, []).append(Guest((ticket.place_at - at).total_seconds()))
    for number in state.latest:
        ticket = state.tickets[number]
        if ticket.service in services:
            ago_s = max(1.0, (at - ticket.taken_at).total_seconds())
            lines.setdefault(ticket.line, []).append(Guest(ago_s, ago_s))
    for line in lines.values():
        line.sort()
    return lines
