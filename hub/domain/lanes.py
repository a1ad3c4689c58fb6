"""Three lanes at every counter, called in turns: priority and whoever waited too long; appointments; the others.

A round is p, a and o calls of each (2, 1 and 1 by default); a lane in which nobody waits gives its turns away. Who has
waited `ageing_min` stands in the first lane as well as in their own, so that nobody passes them in either.

Nobody starves. The first lane is called by place, whatever the policy; who comes later stands behind. With k people
before somebody in it, k + 1 of its turns reach them, and between p of these there are at most a + o others: a counter
calls them at the latest as its n-th, n = (k + 1) + ceil((k + 1) / p) * (a + o). For somebody in the lane of the others,
while the policy is `arrival`: n = (k + 1) + ceil((k + 1) / o) * (p + a). Whom the staff puts before them (a transfer, a
return, a call out of turn) adds one each.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from halls.format import Counter
from hub.domain.state import MARKS, Day, Ticket

PRIORITY, APPOINTMENT, ORDINARY = range(3)
_FRONT = 5  # of each line: as many as a policy may choose among

Turns = tuple[int, int, int]


class Lanes(NamedTuple):
    """Who may be called at a counter: the front of each lane, by place; `early`: booked for later, yet here."""

    fronts: tuple[tuple[Ticket, ...], tuple[Ticket, ...], tuple[Ticket, ...]]
    early: tuple[Ticket, ...]


def at_counter(state: Day, counter: Counter, at: datetime) -> Lanes:
    fronts: tuple[list[Ticket], list[Ticket], list[Ticket]] = ([], [], [])
    early: list[Ticket] = []
    for service in counter.services:
        for mark in MARKS:
            there = _callable(state, mark + service, counter.id)
            if mark:  # else nobody there is booked, and nobody early: the line may be long, its front is enough
                held = list(there)
                early += islice((one for one in held if one.is_early(at)), 1)
                there = (one for one in held if not one.is_early(at))
            for ticket in islice(there, _FRONT):
                for lane in _lanes(state, ticket, at):
                    fronts[lane].append(ticket)
    by_place = [tuple(sorted(front, key=lambda ticket: ticket.place)) for front in fronts]
    return Lanes((by_place[0], by_place[1], by_place[2]), tuple(sorted(early, key=lambda ticket: ticket.place)))


def is_aged(state: Day, ticket: Ticket, at: datetime) -> bool:
    return at - ticket.place_at >= timedelta(minutes=state.hall.policy.ageing_min)


def turn(state: Day, counter: str, lanes: Lanes) -> tuple[int, Turns] | None:
    """Whose turn it is, and how the round stands after that call; None where nobody waits."""
    policy = state.hall.policy
    weights = (policy.priority_turns, policy.appointment_turns, policy.ordinary_turns)
    done = state.counter(counter).turns
    there = [lane for lane in (PRIORITY, APPOINTMENT, ORDINARY) if lanes.fronts[lane]]
    if not there:
        return None
    lane = next((lane for lane in there if done[lane] < weights[lane]), None)
    if lane is None:
        lane, done = there[0], (0, 0, 0)
    counted = [turns + (other == lane) for other, turns in enumerate(done)]
    return lane, (counted[0], counted[1], counted[2])


def _lanes(state: Day, ticket: Ticket, at: datetime) -> tuple[int, ...]:
    if ticket.priority:
        return (PRIORITY,)
    own = APPOINTMENT if ticket.slot_at else ORDINARY
    return (PRIORITY, own) if is_aged(state, ticket, at) else (own,)


def _callable(state: Day, line: str, counter: str) -> Iterator[Ticket]:
    """Those of a line whom this counter may call: not who was sent to another one that is open."""
    for number in state.lines.get(line, ()):
        ticket = state.tickets[number]
        if ticket.only_at in ("", counter) or not _calls_there(state, ticket):
            yield ticket


def _calls_there(state: Day, ticket: Ticket) -> bool:
    """Whether the counter that it was sent to can call it."""
    if not state.is_open(ticket.only_at):
        return False
    return any(known.id == ticket.only_at and ticket.service in known.services for known in state.hall.counter)
