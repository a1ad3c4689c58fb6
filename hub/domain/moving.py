"""A counter's ticket goes elsewhere: to another service or counter, aside for a while, or on to what else is to do."""

from datetime import datetime

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.calling import called, kept_place
from hub.domain.corrections import BEHIND
from hub.domain.counters import busy, not_ready
from hub.domain.decision import Decision, at_counter, event, refused
from hub.domain.short_numbers import meant
from hub.domain.state import MARKS, Day, Ticket
from hub.domain.tickets import queued_number


def transfer(state: Day, command: c.Transfer) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    service = command.service or active.service
    if (service, command.to) in ((active.service, ""), (active.service, command.counter)):
        return (refused(command, "already-here", active.number),)
    if command.to and service not in state.place(command.to).services:
        return (refused(command, "not-served-there", command.to),)
    if other := queued_number(state, active.person, (service,), besides=active.number):
        return (refused(command, "has-other-ticket", other),)
    moved = event(
        command,
        e.TicketTransferred,
        number=active.number,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk,
        service=service,
        place_at=_place(state, active, service, command),
        to=command.to,
        more=tuple(letter for letter in active.more if letter != service),
    )
    return (moved,)


def _place(state: Day, ticket: Ticket, service: str, command: c.Transfer) -> datetime:
    """By policy: it keeps its arrival time, or comes next, before all who wait for that service."""
    if state.hall.policy.transfer_place == "arrival":
        return kept_place(ticket, command.at)
    lines = [state.lines.get(mark + service, ()) for mark in MARKS]
    first = min((state.tickets[line[0]].place_at for line in lines if line), default=command.at)
    return min(first - BEHIND, ticket.place_at)


def add_item(state: Day, command: c.AddItem) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    if command.service in active.items:
        return (refused(command, "has-item", command.service),)
    if len(active.more) + 1 >= state.hall.policy.items_max:
        return (refused(command, "items-limit", active.number),)
    if other := queued_number(state, active.person, (command.service,), besides=active.number):
        return (refused(command, "has-other-ticket", other),)
    clerk = state.counter(command.counter).clerk
    return (
        event(
            command, e.ItemAdded, number=active.number, counter=command.counter, clerk=clerk, service=command.service
        ),
    )


def park(state: Day, command: c.Park) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    if len(parked_at(state, command.counter)) >= state.hall.policy.parked_max:
        return (refused(command, "park-limit"),)
    return (at_counter(state, command, e.TicketParked, active),)


def return_(state: Day, command: c.Return) -> Decision:
    """Called as if anew; any counter that serves what it waits for may do it."""
    if refusal := not_ready(state, command) or busy(state, command):
        return refusal
    said = command.number or next(reversed(parked_at(state, command.counter)), "")
    number, *others = meant(state, command.counter, said, "parked")
    if others:
        return (refused(command, "which-ticket", "、".join((number, *others))),)
    ticket = state.tickets.get(number)
    if ticket is None:
        return (refused(command, "unknown-ticket" if number else "nothing-parked", number),)
    if ticket.phase != "parked":
        return (refused(command, "not-parked", number),)
    if ticket.service not in state.place(command.counter).services:
        return (refused(command, "not-served-here", number),)
    return (called(state, command, ticket, why="returned"),)


def parked_at(state: Day, counter: str) -> list[str]:
    """What that counter has put aside, the latest last."""
    return [number for number in state.parked if state.tickets[number].counter == counter]
