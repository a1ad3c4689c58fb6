"""Three lanes at every counter, called in turns: priority and whoever waited too long; appointments; the others.

A round is so many calls of each (2, 1 and 1 by default); a lane in which nobody waits gives its turns away. With ageing
nobody starves: who has waited `ageing_min` is in the first lane, which is called by place, whatever the policy.
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

    def heads(self) -> list[Ticket]:
        """The first of each lane, by place."""
        return sorted((front[0] for front in self.fronts if front), key=lambda ticket: ticket.place)


def at_counter(state: Day, counter: Counter, at: datetime) -> Lanes:
    fronts: tuple[list[Ticket], list[Ticket], list[Ticket]] = ([], [], [])
    early: list[Ticket] = []
    for service in counter.services:
        for mark in MARKS:
            there = list(_callable(state, mark + service, counter.id))
            for ticket in islice((one for one in there if not one.is_early(at)), _FRONT):
                fronts[_lane(state, ticket, at)].append(ticket)
            early += islice((one for one in there if one.is_early(at)), 1)
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


def _lane(state: Day, ticket: Ticket, at: datetime) -> int:
    if ticket.priority or is_aged(state, ticket, at):
        return PRIORITY
    return APPOINTMENT if ticket.slot_at else ORDINARY


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
