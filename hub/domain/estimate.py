"""How long somebody will wait: the queue ahead, played through a few times at the counters that share its work.

Pure: the chances of each course cover their span evenly instead of at random, so the same day at the same moment always
gets the same answer. docs/estimates.md says what it knows and how far off it is.
"""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from math import ceil, floor, inf, sqrt
from statistics import fmean, median, pvariance
from typing import NamedTuple

from halls.format import Counter, Hall
from hub.domain import hours
from hub.domain.numbering import Mark
from hub.domain.outlook import Chances, Guest, Outlook, Post, outlook
from hub.domain.places import take_away
from hub.domain.state import MARKS, Day, Ticket, Told

_COURSES, _GUESTS = 8, 400  # how often it is played: fewer times where many wait, and chance evens out
_FRESH = timedelta(seconds=2)  # as long the last estimate for a line stands, but for who came since
LATEST_S = 4 * 3600.0  # longer than that nobody can tell
_TURN, _DRIFT, _LEAST_S = 0.8, 0.2, 60.0  # a deviation: of one turn's time; of what today's times may be off by; s
_WIDTH = 1.3  # deviations on either side, so that the range holds four times in five: found by trial


class Wait(NamedTuple):
    """Seconds until the first call: the likeliest, and a range; `ahead`: people who wait for the same service."""

    ahead: int
    likely_s: float
    low_s: float
    high_s: float


def wait(state: Day, service: str, at: datetime, mark: Mark = "", slot_at: datetime | None = None) -> Wait:
    """For a ticket taken at that time; `mark`: of a priority ticket or an appointment (with its slot)."""
    told = state.told.get(mark + service)
    if told is not None and slot_at is None and timedelta(0) <= at - told.at < _FRESH:
        return _since(state, service, told)
    counters, services = _sharing(state.hall, service)
    slot_s = max(0.0, (slot_at - at).total_seconds()) if slot_at else 0.0
    return _waits(state, outlook(state, counters, services, at), {mark + service: slot_s})[service]


def wait_of(state: Day, ticket: Ticket, at: datetime) -> Wait:
    """For one that waits already, from now on at its own place; `ahead` counts as for who comes now."""
    others = take_away(state, ticket.number)
    counters, services = _sharing(state.hall, ticket.service)
    place_s = (ticket.place_at - at).total_seconds()
    return _waits(others, outlook(others, counters, services, at), {ticket.line: place_s})[ticket.service]


def waits(state: Day) -> dict[str, Wait]:
    """As of the latest event, for an ordinary ticket of each service: those that share counters share the courses."""
    found: dict[str, Wait] = {}
    at = state.at or hours.opening(state)
    for service in state.hall.service:
        if service.letter not in found:
            counters, services = _sharing(state.hall, service.letter)
            found |= _waits(state, outlook(state, counters, services, at), dict.fromkeys(services, 0.0))
    return found


def _since(state: Day, service: str, told: Told) -> Wait:
    """A moment after the last one was told: longer by the turns of those who came in between."""
    ahead = _ahead(state, service)
    posts = sum(state.is_open(counter.id) for counter in state.hall.counter if service in counter.services)
    median_s = next(60.0 * one.service_min_median for one in state.hall.service if one.letter == service)
    more_s = max(0, ahead - told.ahead) * median_s / max(1, posts)
    return _rounded(ahead, told.likely_s + more_s, told.low_s + more_s, told.high_s + more_s)


def _sharing(hall: Hall, service: str) -> tuple[list[Counter], frozenset[str]]:
    """The counters whose work can matter to a service, and all that they serve."""
    services, counters = frozenset(service), list[Counter]()
    while True:
        more = [one for one in hall.counter if one not in counters and not services.isdisjoint(one.services)]
        if not more:
            return counters, services
        counters += more
        services = services.union(*(one.services for one in more))


def _waits(state: Day, view: Outlook, asked: dict[str, float]) -> dict[str, Wait]:
    """`asked`: line → place, in seconds from now."""
    for line, place_s in asked.items():
        guests = view.lines.setdefault(line, [])
        guests.append(Guest(place_s, 0.0, asks=True))
        guests.sort()
    courses = max(2, min(_COURSES, _GUESTS // (10 + sum(map(len, view.lines.values())))))
    played = [_Course(state, view, Chances((number + 0.5) / courses)).play(len(asked)) for number in range(courses)]
    return {line[-1]: _told(state, line[-1], [course.get(line, _NEVER) for course in played]) for line in asked}


class _Called(NamedTuple):
    at_s: float
    after: int  # turns


_NEVER = _Called(LATEST_S, 0)


def _told(state: Day, service: str, calls: Sequence[_Called]) -> Wait:
    """The courses' median; how far apart they are, what they leave out, and how little a few turns say, as a range."""
    likely_s = median(call.at_s for call in calls)
    turns = 1.0 + fmean(call.after for call in calls)
    apart = pvariance([call.at_s for call in calls])
    deviation = sqrt(apart + (_TURN * likely_s) ** 2 / turns + (_DRIFT * likely_s) ** 2 + _LEAST_S**2)
    either_side_s = _WIDTH * deviation
    return _rounded(_ahead(state, service), likely_s, likely_s - either_side_s, likely_s + either_side_s)


def _ahead(state: Day, service: str) -> int:
    return state.count_waiting(service) + sum(state.tickets[number].service == service for number in state.reserved)


def _rounded(ahead: int, likely_s: float, low_s: float, high_s: float) -> Wait:
    """The range in whole minutes, as people are told it."""
    low_min, high_min = max(0, floor(low_s / 60.0)), ceil(min(high_s, LATEST_S) / 60.0)
    return Wait(ahead, round(min(likely_s, LATEST_S)), low_min * 60, high_min * 60)


class _Line(NamedTuple):
    """Of one mark and service, at one course."""

    name: str
    guests: list[Guest]


class _Next(NamedTuple):
    """Who is called at a post: out of which lane, and as which of a line."""

    lane: int
    line: _Line
    nth: int
    place_s: float


class _Course:
    """One way in which the next hours may go, by the rules of `hub.domain.lanes`."""

    def __init__(self, state: Day, view: Outlook, chances: Chances) -> None:
        policy = state.hall.policy
        self._weights = (policy.priority_turns, policy.appointment_turns, policy.ordinary_turns)
        self._ageing_s = policy.ageing_min * 60.0
        self._by_service = policy.calling == "service-order"
        self._view, self._chances = view, chances
        lines = {name: _Line(name, list(guests)) for name, guests in view.lines.items()}
        self._lines = [_lines_of(post, lines) for post in view.posts]
        self._turns = [post.turns for post in view.posts]

    def play(self, asked: int) -> dict[str, _Called]:
        """Line → when whoever asks there is called."""
        called: dict[str, _Called] = {}
        free = [(self._view.free_s(post, self._chances), number) for number, post in enumerate(self._view.posts)]
        heapify(free)
        turns = 0
        while free and len(called) < asked:
            at_s, number = heappop(free)
            if at_s > LATEST_S:
                break
            one = self._next(number, at_s)
            if one is None:
                if (soon_s := self._soon_s(number)) < inf:
                    heappush(free, (soon_s, number))
            elif one.line.guests.pop(one.nth).asks:
                called[one.line.name] = _Called(at_s, turns)
                heappush(free, (at_s, number))  # the others ask too
            else:
                turns += 1
                self._count(number, one.lane)
                heappush(free, (at_s + self._view.turn_s(one.line.name[-1], self._chances), number))
        return called

    def _next(self, number: int, at_s: float) -> _Next | None:
        firsts = self._firsts(number, at_s)
        if not firsts:
            return self._early(number, at_s)
        turns = self._turns[number]
        return next((firsts[lane] for lane in sorted(firsts) if turns[lane] < self._weights[lane]), firsts[min(firsts)])

    def _firsts(self, number: int, at_s: float) -> dict[int, _Next]:
        """Lane → its first. In a line who waited too long stands before the others."""
        firsts: dict[int, _Next] = {}
        aged_s = at_s - self._ageing_s
        for line in self._lines[number]:
            guests, mark = line.guests, line.name[:-1]
            if not guests or guests[0].place_s > at_s:
                continue
            young = 0
            if mark == "V" or guests[0].place_s <= aged_s:
                self._consider(firsts, _Next(0, line, 0, guests[0].place_s))
                young = bisect(guests, (aged_s, inf)) if mark != "V" else len(guests)
            if young < len(guests) and (place_s := guests[young].place_s) <= at_s:
                self._consider(firsts, _Next(1 if mark else 2, line, young, place_s))
        return firsts

    def _consider(self, firsts: dict[int, _Next], one: _Next) -> None:
        known = firsts.get(one.lane)
        if known is None or (one.place_s < known.place_s and not (self._by_service and one.lane)):
            firsts[one.lane] = one

    def _early(self, number: int, at_s: float) -> _Next | None:
        """Booked for later, but here."""
        heads = [_Next(1, line, 0, line.guests[0].place_s) for line in self._lines[number] if line.guests]
        here = [one for one in heads if one.line.guests[0].here_s <= at_s]
        return min(here, key=lambda one: one.place_s, default=None)

    def _soon_s(self, number: int) -> float:
        """When somebody comes who can be called there."""
        return min((line.guests[0].here_s for line in self._lines[number] if line.guests), default=inf)

    def _count(self, number: int, lane: int) -> None:
        turns = self._turns[number]
        if turns[lane] >= self._weights[lane]:
            turns = (0, 0, 0)
        first, second, third = (count + (other == lane) for other, count in enumerate(turns))
        self._turns[number] = first, second, third


def _lines_of(post: Post, lines: dict[str, _Line]) -> list[_Line]:
    names = (mark + service for service in post.services for mark in MARKS)
    return [lines[name] for name in names if name in lines]
