"""A day of the log as rows: folded event by event, in order, and told at any time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from halls.format import Hall
from hub.domain.state import LINES, Ticket
from hub.history.asking import MINUTES
from hub.history.folding import QUARTER_S, Folding, Turn
from hub.history.relations import BookingRow, RatingRow, Relation, StretchRow, TicketRow, TurnRow
from hub.turns import Turns


class DayHistory(Folding):
    """Changes with each `add`. `hall`: as its file has it now, for settings are in the stream."""

    def __init__(self, hall: Hall, day: str) -> None:
        super().__init__(hall, day)
        self._zone = ZoneInfo(hall.hall.timezone)
        self._begins: dict[int, int] = {}  # quarter of an hour since 1970 → the minute of the day at which it begins

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
        quarter, rest_ms = divmod(at_ms, QUARTER_S * 1000)
        if (begins := self._begins.get(quarter)) is None:
            begins = self._begins[quarter] = self._minute(datetime.fromtimestamp(quarter * QUARTER_S, UTC))
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
            at = datetime.fromtimestamp(quarter * QUARTER_S, UTC)
            yield StretchRow(
                **self._when(at), **self._counter(counter), clerk=clerk, state=state, seconds=round(seconds, 3)
            )

    def _booking(self, one: Any) -> BookingRow:
        ahead = one.slot_at - one.made_at if one.slot_at > one.made_at else timedelta()
        return BookingRow(
            **self._when(one.slot_at), **self._service(one.service), state=one.phase, reason=one.reason,
            ahead_s=ahead.total_seconds(),
        )  # fmt: skip


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
