"""A day of the log folded event by event, in order: what its rows are made of (hub/history/days.py)."""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from halls.format import Hall
from hub.domain import events as e
from hub.domain import ratings
from hub.domain.evolve import evolve
from hub.domain.state import LINES, Day, new_day
from hub.domain.times import served_s, waited_s, walked_s
from hub.domain.undoing import UNDOABLE
from hub.history.relations import Aside, Notable, Unread
from hub.storage.event_log import Recorded

QUARTER_S = 900
_WHY_MAX = 200
_STILL = frozenset({e.TicketReserved, e.TicketQueued, e.TicketAdmitted, e.RatingAsked, e.Rated, e.ReasonsGiven,
                    e.RatingLapsed, e.Refused, e.HandheldHeard, e.PathChosen, e.ScreensChanged})  # fmt: skip
"""By these no counter becomes anything else."""
_LEFT: dict[type, str] = {e.ServiceEnded: "ended", e.TicketMissed: "missed", e.TicketTransferred: "transferred",
                          e.TicketParked: "parked", e.TicketCancelled: "cancelled"}  # fmt: skip


log = logging.getLogger(__name__)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """As TurnRow, with the moment of its call."""

    at: datetime
    number: str
    service: str
    line: str
    counter: str
    clerk: str
    calls: int = 1
    outcome: str = "open"
    items: int = 0
    waited_s: float | None = None
    walked_s: float | None = None
    served_s: float | None = None
    idle_s: float | None = None


class _Since(msgspec.Struct, frozen=True):
    at: datetime
    state: str
    clerk: str


class Folding:
    """Changes with each `add`. `hall`: as its file has it now, for settings are in the stream."""

    def __init__(self, hall: Hall, day: str) -> None:
        self.unread: list[Unread] = []
        self._notable: list[Notable] = []
        self._day = new_day(hall, day)
        self._reserved: dict[str, e.TicketReserved] = {}
        self._reasons: dict[str, str] = {}  # of cancellations, by number
        self._turns: dict[str, list[Turn]] = {}  # by counter; the last may be open
        self._before: dict[str, tuple[str, int, Turn | None]] = {}  # counter → command, and its turns before it
        self._late: set[str] = set()  # asks
        self._why: dict[str, list[str]] = defaultdict(list)  # ask → reasons
        self._since: dict[str, _Since] = {}
        self._quarters: dict[tuple[int, str, str, str], float] = defaultdict(float)

    @property
    def version(self) -> int:
        return self._day.version

    @property
    def aside(self) -> Aside:
        return Aside(unread=tuple(self.unread), notable=tuple(self._notable))

    @property
    def day(self) -> str:
        return self._day.day

    @property
    def runs(self) -> bool:
        """Time passes at a counter."""
        return any(one.state != "closed" for one in self._since.values())

    def take(self, one: Recorded) -> None:
        """The next event of the stream; one that the rules of today cannot take is passed over, and told."""
        try:
            self.add(one.event)
        except Exception as error:
            kind = str(type(one.event).__struct_config__.tag)
            unread = Unread(day=one.day, version=one.version, kind=kind, why=repr(error)[:_WHY_MAX])
            log.warning("%s %s, event %d (%s): no figures of it: %s", one.hall, *msgspec.structs.astuple(unread))
            self.unread.append(unread)
            self._day = replace(self._day, version=one.version)

    def add(self, event: e.AnyEvent) -> None:
        before, kind = self._day, type(event)
        after = evolve(before, event)  # first: what it cannot take leaves everything as it was
        if kind is e.ActionUndone or kind in UNDOABLE:
            self._remember(event)
        if (follow := _FOLLOWED.get(kind)) is not None:
            follow(self, before, event)
        self._day = after
        if kind not in _STILL:
            self._counters(before, event)

    def _remember(self, event: Any) -> None:
        """How a counter's turns were before this command, so that it can be undone."""
        counter = event.counter
        turns = self._turns.setdefault(counter, [])
        if isinstance(event, e.ActionUndone):
            command, many, last = self._before.pop(counter, ("", len(turns), turns[-1] if turns else None))
            if command == event.undone:
                del turns[many:]
                if last is not None:
                    turns[many - 1] = last
        elif self._before.get(counter, ("", 0, None))[0] != event.command:
            self._before[counter] = (event.command, len(turns), turns[-1] if turns else None)

    def _explaining(self, before: Day, event: Notable) -> None:
        if event.by != "hub":
            self._notable.append(event)

    def _taken(self, before: Day, event: e.TicketReserved) -> None:
        self._reserved[event.number] = event

    def _cancelled(self, before: Day, event: e.TicketCancelled) -> None:
        self._reasons[event.number] = event.reason
        self._left_from(before, event, before.tickets[event.number].counter)

    def _called(self, before: Day, event: e.TicketCalled) -> None:
        turns, ticket = self._turns.setdefault(event.counter, []), before.tickets[event.number]
        if turns and turns[-1].number == event.number and turns[-1].outcome == "open":  # again
            turns[-1] = replace(turns[-1], calls=event.calls)
            return
        waited = waited_s(ticket, event.at)
        turns.append(Turn(at=event.at, number=event.number, service=ticket.service, line=LINES[ticket.mark],
                          counter=event.counter, clerk=event.clerk, calls=event.calls, waited_s=waited,
                          idle_s=self._idle_s(event.counter, event.at)))  # fmt: skip

    def _idle_s(self, counter: str, now: datetime) -> float | None:
        """How long it was open with nobody at it until now."""
        since = self._since.get(counter)
        return (now - since.at).total_seconds() if since is not None and since.state == "idle" else None

    def _left(self, before: Day, event: Any) -> None:
        self._left_from(before, event, event.counter)

    def _left_from(self, before: Day, event: Any, counter: str) -> None:
        turns, ticket = self._turns.get(counter, []), before.tickets[event.number]
        if not (turns and turns[-1].number == event.number and turns[-1].outcome == "open"):
            return
        done = isinstance(event, e.ServiceEnded)
        turns[-1] = replace(
            turns[-1],
            outcome=_LEFT[type(event)],
            items=max(1, len(event.services)) if isinstance(event, e.ServiceEnded) else 0,
            walked_s=walked_s(ticket) if done else None,
            served_s=served_s(ticket, event.at) if done else None,
        )

    def _rated(self, before: Day, event: e.Rated) -> None:
        self._explained(before, event)
        if not ratings.in_time(before.asks[event.ask], event):
            self._late.add(event.ask)

    def _explained(self, before: Day, event: e.Rated | e.ReasonsGiven) -> None:
        self._why[event.ask] += event.reasons

    def _counters(self, before: Day, event: Any) -> None:
        """What counters are from now on, and how long they were something else."""
        counter = getattr(event, "counter", "")
        if counter:
            self._counter_is(counter, event.at)
        ticket = before.tickets.get(getattr(event, "number", ""))
        if ticket is not None and ticket.counter not in ("", counter):
            self._counter_is(ticket.counter, event.at)

    def _counter_is(self, counter: str, at: datetime) -> None:
        known, (state, clerk) = self._since.get(counter), _now(self._day, counter)
        if known is None or known.state != state or known.clerk != clerk:
            if known is not None and known.state != "closed":
                self._spend(self._quarters, counter, known, at)
            self._since[counter] = _Since(at, state, clerk)

    def _spend(
        self, quarters: dict[tuple[int, str, str, str], float], counter: str, one: _Since, until: datetime
    ) -> None:
        at, end = one.at.timestamp(), until.timestamp()
        while at < end:
            quarter = int(at // QUARTER_S)
            edge = min(end, (quarter + 1) * QUARTER_S)
            quarters[quarter, counter, one.clerk, one.state] += edge - at
            at = edge


_FOLLOWED: dict[type, Callable[[Folding, Day, Any], None]] = {
    e.TicketReserved: Folding._taken,
    e.TicketCalled: Folding._called,
    e.ServiceEnded: Folding._left,
    e.TicketMissed: Folding._left,
    e.TicketTransferred: Folding._left,
    e.TicketParked: Folding._left,
    e.TicketCancelled: Folding._cancelled,
    e.Rated: Folding._rated,
    e.ReasonsGiven: Folding._explained,
    e.SettingsChanged: Folding._explaining,
    e.ScreensChanged: Folding._explaining,
}


def _now(day: Day, counter: str) -> tuple[str, str]:
    """What it is, and whose."""
    here = day.counter(counter)
    if here.number:
        return "called" if day.tickets[here.number].phase == "called" else "serving", here.clerk
    return "closed" if not here.clerk else "paused" if here.paused else "idle", here.clerk
