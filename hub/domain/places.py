"""Where a ticket is: in a line, reserved, parked or at a counter. Events move and change tickets by these alone."""

from bisect import insort
from typing import Any

from immutables import Map
from msgspec.structs import replace

from hub.domain.state import Day


def change_ticket(state: Day, number: str, **changes: Any) -> Day:
    return replace(state, tickets=state.tickets.set(number, replace(state.tickets[number], **changes)))


def change_counter(state: Day, counter: str, **changes: Any) -> Day:
    return replace(state, counters=state.counters.set(counter, replace(state.counter(counter), **changes)))


def line_up(state: Day, number: str) -> Day:
    """Into its line, by its place."""
    ticket = state.tickets[number]
    line = list(state.lines.get(ticket.line, ()))
    if not line or state.tickets[line[-1]].place < ticket.place:  # almost always: who comes last stands last
        line.append(number)
    else:
        insort(line, number, key=lambda other: state.tickets[other].place)
    lines = state.lines.set(ticket.line, tuple(line))
    if number in state.reserved:
        return replace(state, lines=lines, reserved=state.reserved.delete(number))
    return replace(state, lines=lines)


def line_up_again(state: Day, number: str, **changes: Any) -> Day:
    """As if it had never been called."""
    blank = {"counter": "", "clerk": "", "calls": 0, "called_at": None, "serving_at": None, "ended_at": None}
    return line_up(change_ticket(state, number, phase="waiting", **{**blank, **changes}), number)


def take_away(state: Day, number: str) -> Day:
    """Out of wherever it waits, and away from the counter where it is."""
    ticket = state.tickets[number]
    match ticket.phase:
        case "waiting":
            line = state.lines[ticket.line]
            at = line.index(number)
            return replace(state, lines=state.lines.set(ticket.line, line[:at] + line[at + 1 :]))
        case "reserved":
            return replace(state, reserved=state.reserved.delete(number))
        case "parked":
            return replace(state, parked=tuple(other for other in state.parked if other != number))
        case "called" | "serving":
            return change_counter(state, ticket.counter, number="")
    return state


def with_person(state: Day, number: str, person: str) -> Map[str, tuple[str, ...]]:
    """Persons' numbers, with this one where it is somebody's."""
    if not person:
        return state.people
    return state.people.set(person, (*state.people.get(person, ()), number))
