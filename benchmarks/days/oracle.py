"""The floor: who knows every distribution and every clerk's plan exactly, and plays the rest of the day many times.

What is left of an oracle's error is chance: how long the people ahead really take, and who comes or is gone.
"""

from bisect import bisect_right
from heapq import heapify
from math import erf, exp, log, sqrt
from random import Random
from statistics import NormalDist

from benchmarks.days import visits
from benchmarks.days.course import Course, Entry
from benchmarks.days.plan import Plan, stream
from benchmarks.days.visits import Visit
from hub.domain.state import MARKS

_KEPT = ("open", "leave", "back", "close", "again")  # known to the oracle; everything else is drawn anew
_NORMAL = NormalDist()


class Oracle:
    """`waits(course, visit)`: how long `visit` would wait in each of `times` continuations, seconds, sorted."""

    def __init__(self, plan: Plan, times: int) -> None:
        self._random = stream(plan.seed, "oracle")
        self._futures = [visits.visits(plan.demand, self._random) for _ in range(times)]

    def waits(self, course: Course, visit: Visit) -> list[float]:
        return sorted(_Continuation(course, visit, future, self._random).wait_s() for future in self._futures)


class _Continuation(Course):
    """The rest of a day from where another stands, at the counters that have to do with one visit."""

    def __init__(self, before: Course, visit: Visit, future: list[Visit], random: Random) -> None:
        self.plan, self.state, self.at_s = before.plan, before.state, before.at_s
        self.services, counters = before.services, _connected(before, visit.service)
        self.came, self.calls, self.last = set(before.came), {}, {}
        self.worked_s = {}
        self.doing = {counter: doing for counter, doing in before.doing.items() if counter in counters}
        self.due, self.presses = dict(before.due), dict(before.presses)
        self.chance = dict.fromkeys(self.doing, random)
        self.visit_of = dict(before.visit_of)
        self._random, self._taking, self._estimating = random, None, False
        self._order, self._commands = before._order, before._commands
        self._visit = visit
        served = frozenset(service for counter in counters for service in self.services[counter])
        self._redraw_lines(served)
        self.entries = [Entry(visit.at_s, 0, "arrive", "", visit, self.at_s)]
        self._redraw_entries(before.entries)
        coming = future[bisect_right(future, visit) :]
        self.entries += [Entry(one.at_s, 0, "arrive", "", one, self.at_s) for one in coming if one.service in served]
        heapify(self.entries)

    def wait_s(self) -> float:
        self.step()
        number = next(reversed(self.visit_of))
        while number not in self.calls:
            if not self.entries:
                return self.at_s - self._visit.at_s
            self.step()
        return self.calls[number].at_s - self._visit.at_s

    def _redraw_lines(self, services: frozenset[str]) -> None:
        for service in services:
            for mark in MARKS:
                for number in self.state.lines.get(mark + service, ()):
                    self.visit_of[number] = self._anew(self.visit_of[number])

    def _redraw_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.where not in self.doing:
                continue
            if entry.what in _KEPT:
                self.entries.append(entry)
            elif entry.what == "press" and self.presses.get(entry.where) == entry.order:
                gap_s = self._random.expovariate(1 / self.shift(entry.where).gap_s)
                self.entries.append(entry._replace(at_s=self.at_s + gap_s))
            elif entry.what == "served":
                self.entries.append(entry._replace(at_s=entry.since_s + self._longer(entry)))
            if entry.what == "again" and entry.of not in self.came:
                self._redraw_coming(entry)

    def _longer(self, entry: Entry) -> float:
        """A time of service that is longer than it has lasted so far."""
        service = self.visit_of[entry.of].service
        median, sigma = self.plan.demand.scale[service]
        pace, lasted = self.shift(entry.where).pace, self.at_s - entry.since_s
        over = 0.5 * (1 + erf((log(max(lasted, 1e-3) / pace) - median) / sigma / sqrt(2)))
        share = min(over + (1 - over) * self._random.random(), 1 - 1e-9)
        return max(lasted, exp(median + sigma * _NORMAL.inv_cdf(max(share, 1e-9))) * pace)

    def _redraw_coming(self, again: Entry) -> None:
        """Whoever was called is under way, or gone; both agree with not being here yet."""
        number, ticket = again.of, self.state.tickets[again.of]
        calls, recall_s = ticket.calls, self.shift(again.where).recall_s
        called_s = again.at_s - calls * recall_s
        while True:
            visit = self._anew(self.visit_of[number])
            if visit.patience_s <= called_s - visit.at_s:
                break
            if called_s + visit.walk_s > self.at_s:
                self.entries.append(Entry(called_s + visit.walk_s, 0, "come", again.where, number, called_s))
                break
        self.visit_of[number] = visit

    def _anew(self, visit: Visit) -> Visit:
        random = self._random
        return visit._replace(
            walk_s=visits.walk_s(random), work=random.gauss(0, 1), patience_s=visits.patience_s(random)
        )


def _connected(course: Course, service: str) -> frozenset[str]:
    """The counters whose work can matter to `service`."""
    services, counters = {service}, set[str]()
    while True:
        more = {one for one in course.doing if one not in counters and not services.isdisjoint(course.services[one])}
        if not more:
            return frozenset(counters)
        counters |= more
        services.update(letter for one in more for letter in course.services[one])
