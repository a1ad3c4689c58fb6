"""A day of the log as rows: folded event by event, in order, and told at any time."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from halls.format import Hall
from hub.domain import events as e
from hub.domain import ratings
from hub.domain.evolve import evolve
from hub.domain.state import LINES, Day, Ticket, new_day
from hub.domain.times import served_s, waited_s, walked_s
from hub.domain.undoing import UNDOABLE
from hub.history.asking import MINUTES
from hub.history.relations import (
    Aside,
    BookingRow,
    Notable,
    RatingRow,
    Relation,
    StretchRow,
    TicketRow,
    TurnRow,
    Unread,
)
from hub.storage.event_log import Recorded
from hub.turns import Turns

_QUARTER_S = 900
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


class DayHistory:
    """Changes with each `add`. `hall`: as its file has it now, for settings are in the stream."""

    def __init__(self, hall: Hall, day: str) -> None:
        self.unread: list[Unread] = []
        self._notable: list[Notable] = []
        self._day = new_day(hall, day)
        self._zone = ZoneInfo(hall.hall.timezone)
        self._reserved: dict[str, e.TicketReserved] = {}
        self._reasons: dict[str, str] = {}  # of cancellations, by number
        self._turns: dict[str, list[Turn]] = {}  # by counter; the last may be open
        self._before: dict[str, tuple[str, int, Turn | None]] = {}  # counter → command, and its turns before it
        self._late: set[str] = set()  # asks
        self._why: dict[str, list[str]] = defaultdict(list)  # ask → reasons
        self._since: dict[str, _Since] = {}
        self._begins: dict[int, int] = {}  # quarter of an hour since 1970 → the minute of the day at which it begins
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
            quarter = int(at // _QUARTER_S)
            edge = min(end, (quarter + 1) * _QUARTER_S)
            quarters[quarter, counter, one.clerk, one.state] += edge - at
            at = edge

    # Telling.

    def rows(self, now: datetime, turns: Turns | None = None) -> dict[Relation, list[msgspec.Struct]]:
        """As things stand at `now`, which only open counters need; of a day that is over, as its last event left it."""
        if now.astimezone(self._zone).strftime("%Y-%m-%d") > self.day:
            now = self._day.at or now
        self._places()
        by_ticket = defaultdict[str, list[Turn]](list)
        for turn in sorted((turn for turns in self._turns.values() for turn in turns), key=lambda turn: turn.at):
            by_ticket[turn.number].append(turn)
        each = (turns or Turns()).each
        return {
            "tickets": [
                self._ticket(one, by_ticket.get(one.number, ())) for one in each(self._of("tickets", "taken_at"))
            ],
            "turns": [self._turn_row(one) for some in by_ticket.values() for one in each(some)],
            "ratings": list(each(self._ratings())),
            "stretches": list(each(self._stretches(now))),
            "bookings": [self._booking(one) for one in each(self._of("appointments", "slot_at"))],
        }

    def _of(self, what: str, moment: str) -> list[Any]:
        """By time: the same log has the same rows in the same order."""
        some = getattr(self._day, what).values()
        return sorted(
            some, key=lambda one: (getattr(one, moment), getattr(one, "number", ""), getattr(one, "code", ""))
        )

    def _when(self, at: datetime) -> dict[str, Any]:
        at_ms = round(at.timestamp() * 1000)
        quarter, rest_ms = divmod(at_ms, _QUARTER_S * 1000)
        if (begins := self._begins.get(quarter)) is None:
            begins = self._begins[quarter] = self._minute(datetime.fromtimestamp(quarter * _QUARTER_S, UTC))
        return {"day": self.day, "minute": min(begins + rest_ms // 60_000, MINUTES - 1), "at_ms": at_ms}

    def _minute(self, at: datetime) -> int:
        """A moment that its day does not know is at the day's nearer end."""
        local = at.astimezone(self._zone)
        day = local.strftime("%Y-%m-%d")
        return local.hour * 60 + local.minute if day == self.day else 0 if day < self.day else MINUTES - 1

    def _places(self) -> None:
        """Where services and counters are, by the hall as it is now: settings may have changed it."""
        hall = self._day.hall
        floors = {one.id: one.floor for one in hall.area}
        self._services = {
            one.letter: {
                "service": one.letter,
                "centre": one.centre,
                "floor": floors.get(one.area, ""),
                "area": one.area,
            }
            for one in hall.service
        }
        self._counter_places = {
            one.id: {"counter": one.id, "floor": floors.get(one.area, ""), "area": one.area} for one in hall.counter
        }

    def _service(self, letter: str) -> dict[str, Any]:
        return self._services.get(letter) or {"service": letter, "centre": "", "floor": "", "area": ""}

    def _counter(self, counter: str) -> dict[str, Any]:
        return self._counter_places.get(counter) or {"counter": counter, "floor": "", "area": ""}

    def _ticket(self, ticket: Ticket, turns: Sequence[Turn]) -> TicketRow:
        """One from a machine's own series may have been sent on since: its first turn knows what it was taken for."""
        reserved, reason = self._reserved.get(ticket.number), self._reasons.get(ticket.number, "")
        first = turns[0].service if turns else ticket.service
        return TicketRow(
            **self._when(ticket.taken_at),
            **self._service(reserved.service if reserved else first),
            number=ticket.number,
            line=LINES[ticket.mark],
            counter=turns[-1].counter if turns else "",
            clerk=turns[-1].clerk if turns else "",
            outcome=_outcome(ticket, reason),
            reason=reason,
            waited_s=turns[0].waited_s if turns else None,
            estimate_s=reserved.wait_s if reserved else None,
            estimate_low_s=reserved.wait_s_low if reserved else None,
            estimate_high_s=reserved.wait_s_high if reserved else None,
        )

    def _turn_row(self, turn: Turn) -> TurnRow:
        return TurnRow(
            **self._when(turn.at), **self._service(turn.service) | self._counter(turn.counter), number=turn.number,
            line=turn.line, clerk=turn.clerk, calls=turn.calls, outcome=turn.outcome, items=turn.items,
            waited_s=turn.waited_s, walked_s=turn.walked_s, served_s=turn.served_s, idle_s=turn.idle_s,
        )  # fmt: skip

    def _ratings(self) -> Iterable[RatingRow]:
        for ask in self._of("asks", "asked_at"):
            if ask.phase == "withdrawn" and not ask.rating:
                continue
            ticket = self._day.tickets[ask.number]
            where = {**self._service(ask.service), **self._counter(ask.counter)}
            yield RatingRow(
                **self._when(ask.asked_at), **where, number=ask.number, line=LINES[ticket.mark], clerk=ask.clerk,
                level=ticket.level or None, late=ask.id in self._late,
                reasons=",".join(dict.fromkeys(self._why.get(ask.id, ()))),
            )  # fmt: skip

    def _stretches(self, now: datetime) -> Iterable[StretchRow]:
        quarters = defaultdict(float, self._quarters)
        for counter, one in self._since.items():
            if one.state != "closed":
                self._spend(quarters, counter, one, now)
        for (quarter, counter, clerk, state), seconds in sorted(quarters.items()):
            at = datetime.fromtimestamp(quarter * _QUARTER_S, UTC)
            yield StretchRow(
                **self._when(at), **self._counter(counter), clerk=clerk, state=state, seconds=round(seconds, 3)
            )

    def _booking(self, one: Any) -> BookingRow:
        ahead = one.slot_at - one.made_at if one.slot_at > one.made_at else timedelta()
        return BookingRow(
            **self._when(one.slot_at), **self._service(one.service), state=one.phase, reason=one.reason,
            ahead_s=ahead.total_seconds(),
        )  # fmt: skip


_FOLLOWED: dict[type, Callable[[DayHistory, Day, Any], None]] = {
    e.TicketReserved: DayHistory._taken,
    e.TicketCalled: DayHistory._called,
    e.ServiceEnded: DayHistory._left,
    e.TicketMissed: DayHistory._left,
    e.TicketTransferred: DayHistory._left,
    e.TicketParked: DayHistory._left,
    e.TicketCancelled: DayHistory._cancelled,
    e.Rated: DayHistory._rated,
    e.ReasonsGiven: DayHistory._explained,
    e.SettingsChanged: DayHistory._explaining,
    e.ScreensChanged: DayHistory._explaining,
}


def _now(day: Day, counter: str) -> tuple[str, str]:
    """What it is, and whose."""
    here = day.counter(counter)
    if here.number:
        return "called" if day.tickets[here.number].phase == "called" else "serving", here.clerk
    return "closed" if not here.clerk else "paused" if here.paused else "idle", here.clerk


def _outcome(ticket: Ticket, reason: str) -> str:
    if ticket.phase in ("ended", "no_show"):
        return ticket.phase
    if ticket.phase != "cancelled":
        return "open"
    if reason.startswith("print failed"):
        return "unprinted"
    if reason.startswith("replaced by"):
        return "replaced"
    return "unserved" if reason == "day end" else "cancelled"
