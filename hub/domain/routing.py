"""Which ticket is next at a counter, and why."""

from datetime import datetime
from typing import NamedTuple

from halls.format import Counter
from hub.domain import hours, lanes, policies
from hub.domain.lanes import Lanes, Turns
from hub.domain.policies import Leave, Pick
from hub.domain.state import Day, Ticket

_PASSED_SHOWN = 5


class Choice(NamedTuple):
    """`why`: a code of `hub.domain.words`; `because`: what fills it; `passed`: who came earlier and is not called."""

    ticket: Ticket
    why: str
    because: dict[str, str]
    passed: tuple[str, ...]
    turns: Turns


def choose(state: Day, counter: Counter, at: datetime) -> Choice | Leave:
    """Whose lane has its turn; in the first lane by place, in the others by the hall's policy."""
    there = lanes.at_counter(state, counter, at)
    turn = lanes.turn(state, counter.id, there)
    if turn is None:
        return _early(state, counter, there)
    lane, turns = turn
    if lane == lanes.PRIORITY:
        picked: Pick | Leave = _foremost(state, there.fronts[lanes.PRIORITY][0], at)
    else:
        picked = policies.of(state).pick(state, counter, there.fronts[lane], at)
        if isinstance(picked, Leave):
            return picked
        picked = _in_turn(state, counter, there, lane, picked, at)
    assert isinstance(picked, Pick)
    return Choice(*picked, _passed(there, picked.ticket), turns)


def passed(state: Day, counter: Counter, ticket: Ticket, at: datetime) -> tuple[str, ...]:
    """Who came earlier, may be called at that counter, and is not when `ticket` is."""
    return _passed(lanes.at_counter(state, counter, at), ticket)


def _early(state: Day, counter: Counter, there: Lanes) -> Choice | Leave:
    """Booked for later, but here, and nobody else is."""
    if not there.early:
        return Leave("nobody-waiting")
    return Choice(there.early[0], "early", _slot(state, there.early[0]), (), state.counter(counter.id).turns)


def _foremost(state: Day, ticket: Ticket, at: datetime) -> Pick:
    if ticket.priority:
        known = next((one for one in state.hall.priority if one.id == ticket.priority), None)
        names = {"name": known.name, "english": known.english} if known else {}
        return Pick(ticket, "priority", names)
    minutes = int((at - ticket.place_at).total_seconds() // 60)
    return Pick(ticket, "aged", {"minutes": str(minutes)})


def _in_turn(state: Day, counter: Counter, there: Lanes, lane: int, picked: Pick, at: datetime) -> Pick:
    """Where people of another lane wait as well, what counts is whose turn it is."""
    if lane == lanes.APPOINTMENT:
        return Pick(picked.ticket, "appointment", _slot(state, picked.ticket))
    first, booked, _ = there.fronts
    others = booked or any(ticket.priority for ticket in first)
    if not others and lanes.is_aged(state, picked.ticket, at):
        return _foremost(state, picked.ticket, at)
    if not others and not first:
        return picked
    done = state.counter(counter.id).turns
    return Pick(picked.ticket, "ordinary-turn", {"turns": str(done[0] + done[1])})


def _slot(state: Day, ticket: Ticket) -> dict[str, str]:
    assert ticket.slot_at is not None
    return {"slot": hours.local(state.hall, ticket.slot_at).strftime("%H:%M")}


def _passed(there: Lanes, chosen: Ticket) -> tuple[str, ...]:
    everybody = {ticket.number: ticket for front in there.fronts for ticket in front}.values()
    earlier = [ticket for ticket in everybody if ticket.place_at < chosen.place_at]
    return tuple(ticket.number for ticket in sorted(earlier, key=lambda ticket: ticket.place)[:_PASSED_SHOWN])
