"""The course of a day: a discrete-event simulation; every press goes through the hub's own `decide` and `evolve`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import exp
from random import Random
from typing import Any, NamedTuple

from benchmarks.days.clerks import Absence, Shift
from benchmarks.days.plan import Plan, stream
from benchmarks.days.visits import MARK_OF, Visit
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import numbering
from hub.domain.decision import Decision
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import Day, new_day

_NOBODY = ("nobody-waiting", "even-left")  # all that a clerk here is ever refused
DAY = "2026-01-05"
_MIDNIGHT = datetime(2026, 1, 4, 16, 0, tzinfo=UTC)  # in Beijing


class Call(NamedTuple):
    """The first call of a ticket; seconds from midnight."""

    number: str
    visit: Visit
    counter: str
    at_s: float


class Entry(NamedTuple):
    """What is to come: `what` names a method of Course; `since_s`: when its time was drawn."""

    at_s: float
    order: int
    what: str
    where: str
    of: Any
    since_s: float


def moment(at_s: float) -> datetime:
    return _MIDNIGHT + timedelta(seconds=at_s)


class Course:
    """`taking` is told before each ticket is taken. `doing`: counter → closed, free (will press), idle, busy, away.

    Without `estimating` tickets are queued as `decide` would, but nobody is told how long it will be: that is faster.
    """

    def __init__(
        self, plan: Plan, taking: Callable[["Course", Visit], None] | None = None, *, estimating: bool = True
    ) -> None:
        self.plan = plan
        self.state: Day = new_day(plan.hall, DAY)
        self.at_s = 0.0
        self.visit_of: dict[str, Visit] = {}
        self.calls: dict[str, Call] = {}
        self.told: dict[Visit, e.TicketReserved] = {}
        self.last: dict[tuple[str, str], float] = {}  # service and lane (or "") → the wait of the latest called
        self.worked_s: dict[str, float] = {}
        self.doing = dict.fromkeys(plan.shifts, "closed")
        self.due: dict[str, Absence] = {}
        self.presses: dict[str, int] = {}  # counter → order of the press that still counts
        self.chance: dict[str, Random] = {counter: stream(plan.seed, counter) for counter in plan.shifts}
        self.entries: list[Entry] = []
        self.came: set[str] = set()
        self._order = self._commands = 0
        self._taking, self._estimating = taking, estimating
        self.services = {counter.id: counter.services for counter in plan.hall.counter}
        self._expect()

    def run(self) -> None:
        while self.entries:
            self.step()

    def step(self) -> None:
        entry = heappop(self.entries)
        self.at_s = entry.at_s
        getattr(self, f"_{entry.what}")(entry)

    def add(self, at_s: float, what: str, where: str = "", of: Any = None) -> None:
        self._order += 1
        heappush(self.entries, Entry(at_s, self._order, what, where, of, self.at_s))

    def shift(self, counter: str) -> Shift:
        return self.plan.shifts[counter]

    def _expect(self) -> None:
        for shift in self.plan.shifts.values():
            self.add(shift.from_s, "open", shift.counter)
            self.add(shift.until_s, "close", shift.counter)
            for absence in shift.absences:
                self.add(absence.at_s, "leave", shift.counter, absence)
        for visit in self.plan.visits:
            self.add(visit.at_s, "arrive", of=visit)

    # A citizen

    def _arrive(self, entry: Entry) -> None:
        visit: Visit = entry.of
        if self._taking is not None:
            self._taking(self, visit)
        self.visit_of[self._take(visit)] = visit
        self._wake(visit.service)

    def _wake(self, service: str) -> None:
        for counter, doing in self.doing.items():
            if doing == "idle" and service in self.services[counter]:
                self._free(counter)

    def _take(self, visit: Visit) -> str:
        if not self._estimating:
            return self._take_untold(visit)
        taken = self._do(c.TakeTicket, **self._asked(visit))[0]
        assert isinstance(taken, e.TicketReserved), taken
        self.told[visit] = taken
        return taken.number

    def _take_untold(self, visit: Visit) -> str:
        mark = MARK_OF[visit.lane]
        number = numbering.number(visit.service, self.state.issued.get(visit.service, 0) + 1, mark)
        by: dict[str, Any] = {"at": moment(self.at_s), "by": "day", "source": "http", "command": number}
        reserved = e.TicketReserved(**by, **self._asked(visit), number=number, ahead=0, wait_s_low=0, wait_s_high=0)
        self._happen((reserved, e.TicketQueued(**by, number=number)))
        return number

    def _asked(self, visit: Visit) -> dict[str, Any]:
        """What a visit says of itself when it takes its ticket."""
        return {
            "service": visit.service,
            "more": visit.more,
            "priority": self.plan.hall.priority[0].id if visit.lane == "priority" else "",
            "slot_at": moment(visit.slot_s) if visit.lane == "appointment" else None,
        }

    def _come(self, entry: Entry) -> None:
        """The citizen is at the counter that called."""
        counter, number = entry.where, entry.of
        if self.state.counter(counter).number != number:
            return  # too late
        self.came.add(number)
        if self.shift(counter).says_start:
            self._do(c.Serve, counter=counter)
        service_s = self._service_s(counter, self.visit_of[number])
        self.worked_s[counter] = self.worked_s.get(counter, 0.0) + service_s
        self.add(self.at_s + service_s, "served", counter, number)

    def _service_s(self, counter: str, visit: Visit) -> float:
        """For all that the counter does of what the visit came for."""
        first = self.state.tickets[self.state.counter(counter).number]
        done = (first.service, *(letter for letter in first.more if letter in self.services[counter]))
        scales = [self.plan.demand.scale[letter] for letter in done]
        return sum(exp(median + sigma * visit.work) for median, sigma in scales) * self.shift(counter).pace

    # A clerk

    def _open(self, entry: Entry) -> None:
        self._do(c.SignOn, counter=entry.where, clerk=self.shift(entry.where).clerk)
        self._free(entry.where)

    def _press(self, entry: Entry) -> None:
        counter = entry.where
        if self.presses.get(counter) != entry.order:
            return
        called = self._do(c.CallNext, counter=counter)[-1]
        if isinstance(called, e.TicketCalled):
            self._called(counter, called.number)
        elif self.at_s >= self.shift(counter).until_s:
            self._go_home(counter)
        elif self._sees_somebody(counter):
            self._free(counter)  # refused for a moment, or booked for later
        else:
            self.doing[counter] = "idle"

    def _close(self, entry: Entry) -> None:
        """Who has somebody at the counter, or in line, goes on until there is nobody."""
        if self.doing[entry.where] == "idle":
            self._go_home(entry.where)

    def _go_home(self, counter: str) -> None:
        self._do(c.SignOff, counter=counter)
        self.doing[counter] = "closed"

    def _sees_somebody(self, counter: str) -> bool:
        return any(self.state.count_waiting(service) for service in self.services[counter])

    def _called(self, counter: str, number: str) -> None:
        visit = self.visit_of[number]
        self.doing[counter] = "busy"
        again = number in self.calls  # it goes on to the next thing on its ticket
        self.came.discard(number)
        if not again:
            self.calls[number] = Call(number, visit, counter, self.at_s)
            self.last[visit.service, visit.lane] = self.last[visit.service, ""] = self.at_s - visit.at_s
        if again or visit.patience_s > self.at_s - visit.at_s:
            self.add(self.at_s + visit.walk_s, "come", counter, number)
        self.add(self.at_s + self.shift(counter).recall_s, "again", counter, number)

    def _again(self, entry: Entry) -> None:
        """If nobody has come so far: call again, or give up."""
        counter, number = entry.where, entry.of
        if number in self.came or self.state.counter(counter).number != number:
            return
        if self.state.tickets[number].calls >= self.plan.hall.policy.calls_before_no_show:
            self._do(c.NoShow, counter=counter)
            self._turn(counter)
        else:
            self._do(c.Recall, counter=counter)
            self.add(self.at_s + self.shift(counter).recall_s, "again", counter, number)

    def _served(self, entry: Entry) -> None:
        """A clerk who does not say that it is over ends it with the next call; before going away everyone does."""
        counter = entry.where
        if self.shift(counter).says_end or counter in self.due:
            self._do(c.End, counter=counter)
        self._turn(counter)

    def _turn(self, counter: str) -> None:
        """From one citizen to the next, or away."""
        absence = self.due.pop(counter, None)
        if absence is not None:
            self._away(counter, absence)
        else:
            self._free(counter)

    def _free(self, counter: str) -> None:
        self.doing[counter] = "free"
        self.add(self.at_s + self.chance[counter].expovariate(1 / self.shift(counter).gap_s), "press", counter)
        self.presses[counter] = self._order

    def _leave(self, entry: Entry) -> None:
        doing = self.doing[entry.where]
        if doing == "busy":
            self.due[entry.where] = entry.of
        elif doing in ("idle", "free"):
            if self.state.counter(entry.where).number:  # served, and nobody said so
                self._do(c.End, counter=entry.where)
            self._away(entry.where, entry.of)

    def _away(self, counter: str, absence: Absence) -> None:
        self._do(c.Pause, counter=counter, reason=absence.reason)
        self.doing[counter] = "away"
        self.presses.pop(counter, None)
        self.add(self.at_s + absence.length_s, "back", counter)

    def _back(self, entry: Entry) -> None:
        self._do(c.Resume, counter=entry.where)
        self._free(entry.where)

    def _do(self, kind: type[c.Command], **fields: Any) -> Decision:
        self._commands += 1
        command = kind(id=str(self._commands), at=moment(self.at_s), by="day", **fields)
        happened = decide(self.state, command)
        refused = happened[-1]
        assert not isinstance(refused, e.Refused) or refused.code in _NOBODY, f"{command}: {refused.code}"
        self._happen(happened)
        for event in happened:
            if isinstance(event, e.TicketTransferred):
                self._wake(event.service)
        return happened

    def _happen(self, events: Decision) -> None:
        self.state = evolve_all(self.state, events)
