"""Taking a ticket: reserved, printed, waiting; or given by a machine from its own series while we were away."""

from datetime import timedelta

from hub.domain import commands as c
from hub.domain import estimate, numbering
from hub.domain import events as e
from hub.domain.decision import Decision, event, refused
from hub.domain.state import Day, Ticket

_MACHINE_SLACK = timedelta(minutes=5)  # between a machine's clock and ours; what is meant to differ, differs by a night
_OPEN = ("reserved", "waiting")


def take(state: Day, command: c.TakeTicket) -> Decision:
    if command.id in state.superseded:
        return (refused(command, "superseded", command.id),)
    number = numbering.number(command.service, state.issued.get(command.service, 0) + 1)
    wait = estimate.wait(state, command.service)
    reserved = event(
        command,
        e.TicketReserved,
        number=number,
        service=command.service,
        ahead=wait.ahead,
        wait_s_low=wait.low_s,
        wait_s_high=wait.high_s,
    )
    if command.printer:
        return (reserved,)
    return reserved, event(command, e.TicketQueued, number=number)


def confirm_print(state: Day, command: c.ConfirmPrint) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None or not _is_its_slip(ticket, command):
        return (refused(command, "not-reserved", command.number),)
    if command.outcome == "failed":
        reason = f"print failed: {command.reason}" if command.reason else "print failed"
        return (event(command, e.TicketCancelled, number=command.number, reason=reason),)
    return (event(command, e.TicketQueued, number=command.number, confirmed=command.outcome == "printed"),)


def _is_its_slip(ticket: Ticket, command: c.ConfirmPrint) -> bool:
    """Whether the machine that gave the number speaks of this very ticket, and says something new of it.

    Numbers come again every day, and what a machine had to say may have waited over night: a slip that was printed
    before this ticket was taken is another's.
    """
    if ticket.by != command.by or command.printed_at < ticket.taken_at - _MACHINE_SLACK:
        return False
    match command.outcome:
        case "printed":
            return not ticket.confirmed and ticket.phase in (*_OPEN, "called", "serving")
        case "failed":
            return not ticket.confirmed and ticket.phase in _OPEN
        case "unknown":
            return ticket.phase == "reserved"


def admit(state: Day, command: c.AdmitTicket) -> Decision:
    if command.number in state.tickets:
        return (refused(command, "already-admitted", command.number),)
    admitted = event(
        command, e.TicketAdmitted, number=command.number, service=command.service, taken_at=command.taken_at
    )
    if state.ended:  # the machine could not say so in time: nobody waits any more, but the ticket was taken
        return admitted, event(command, e.TicketCancelled, number=command.number, reason="day end")
    return *_give_up(state, command), admitted


def _give_up(state: Day, command: c.AdmitTicket) -> Decision:
    """The machine heard no answer to a wish and gave another ticket: that wish must not come true as well."""
    if not command.instead_of:
        return ()
    number = state.taken.get(command.instead_of)
    if number is None:
        return (refused(command, "superseded", command.instead_of),)
    if state.tickets[number].phase not in _OPEN:
        return ()
    return (event(command, e.TicketCancelled, number=number, reason=f"replaced by {command.number}"),)
