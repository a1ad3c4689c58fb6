"""Putting a ticket right that is at no counter: cancel it, bring it back, give it another service."""

from datetime import datetime, timedelta

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, event, refused
from hub.domain.state import Day, Ticket
from hub.domain.tickets import queued_number

_CANCELLABLE = ("reserved", "waiting", "called", "parked", "no_show")
BEHIND = timedelta(microseconds=1)  # right after somebody, or right before


def cancel(state: Day, command: c.Cancel) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (refused(command, "unknown-ticket", command.number),)
    if ticket.phase == "serving":
        return (refused(command, "ticket-serving", command.number),)
    if ticket.phase not in _CANCELLABLE:
        return (refused(command, "not-open", command.number),)
    return (event(command, e.TicketCancelled, number=command.number, reason=command.reason),)


def reinstate(state: Day, command: c.Reinstate) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (refused(command, "unknown-ticket", command.number),)
    if ticket.phase != "no_show":
        return (refused(command, "not-missed", command.number),)
    if ticket.reinstated >= state.hall.policy.reinstates_max:
        return (refused(command, "reinstate-limit", command.number),)
    if other := queued_number(state, ticket.person, ticket.items):
        return (refused(command, "already-queued", other),)
    place_at = _behind(state, ticket, state.hall.policy.reinstate_behind, command.at)
    return (event(command, e.TicketReinstated, number=command.number, place_at=place_at),)


def _behind(state: Day, ticket: Ticket, people: int, at: datetime) -> datetime:
    """Right after so many of those who wait in its line, or after all of them; never before its own place."""
    line = [one for number in state.lines.get(ticket.line, ()) if not (one := state.tickets[number]).is_early(at)]
    before = line[:people]
    if people == 0 or ticket.is_early(at):
        return ticket.place_at
    return max(ticket.place_at, before[-1].place_at + BEHIND if before else at)


def amend(state: Day, command: c.Amend) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (refused(command, "unknown-ticket", command.number),)
    if ticket.phase != "waiting":
        return (refused(command, "not-waiting", command.number),)
    now = ticket.service, ticket.priority
    service = ticket.service if command.service is None else command.service
    priority = ticket.priority if command.priority is None else command.priority
    if (service, priority, command.voice) in ((*now, None), (*now, ticket.voice)):
        return (refused(command, "nothing-changed", command.number),)
    if other := queued_number(state, ticket.person, (service,), besides=ticket.number):
        return (refused(command, "has-other-ticket", other),)
    return (
        event(
            command,
            e.TicketAmended,
            number=command.number,
            service=service,
            priority=priority,
            voice=command.voice,
            reason=command.reason,
        ),
    )
