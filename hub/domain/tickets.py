"""Taking a ticket: reserved, printed, waiting; or given by a machine from its own series while we were away."""

from collections.abc import Iterable
from datetime import timedelta

from hub.domain import commands as c
from hub.domain import estimate, hours, numbering
from hub.domain import events as e
from hub.domain.appointment_events import AppointmentKept, AppointmentReopened
from hub.domain.decision import Decision, event, is_over, refused
from hub.domain.state import OPEN, Day, Ticket

_MACHINE_SLACK = timedelta(minutes=5)  # between a machine's clock and ours; what is meant to differ, differs by a night


def take(state: Day, command: c.TakeTicket) -> Decision:
    service = next(known for known in state.hall.service if known.letter == command.service)
    given = hours.giving(state, service, command.at)
    if refusal := _not_twice(state, command) or _nobody(state, command) or _not_given(command, given):
        return refusal
    number = numbering.number(command.service, state.issued.get(command.service, 0) + 1, _mark(command))
    wait = estimate.wait(state, command.service, command.at, _mark(command), command.slot_at)
    reserved = event(
        command,
        e.TicketReserved,
        number=number,
        service=command.service,
        ahead=wait.ahead,
        wait_s_low=wait.low_s,
        wait_s_high=wait.high_s,
        wait_s=wait.likely_s,
        more=command.more,
        priority=command.priority,
        slot_at=command.slot_at,
        person=command.person,
        voice=command.voice,
        appointment=command.appointment,
        period=given.period if isinstance(given, hours.Giving) else "",
        warnings=_warnings(state, command, given, wait.high_s),
    )
    if command.printer:
        return (reserved,)
    return reserved, event(command, e.TicketQueued, number=number)


def _mark(command: c.TakeTicket) -> numbering.Mark:
    return "V" if command.priority else "Y" if command.slot_at else ""


def _not_twice(state: Day, command: c.TakeTicket) -> Decision:
    """A refusal where the same wish, or the same person, has a ticket already."""
    if command.id in state.superseded:
        return (refused(command, "superseded", command.id),)
    if number := queued_number(state, command.person, (command.service, *command.more)):
        return (refused(command, "already-queued", number),)
    if command.printer and (number := _tapped_before(state, command)):
        return (refused(command, "double-tap", number),)
    return ()


def _nobody(state: Day, command: c.TakeTicket) -> Decision:
    """A refusal where the hall gives no ticket at a machine to somebody it does not know. Staff may, in any hall."""
    if not state.hall.policy.real_name_strict or not command.printer or command.person:
        return ()
    wanted = (command.service, *command.more)
    named = next((one for one in state.hall.service if one.real_name and one.letter in wanted), None)
    return (refused(command, "no-person", named.letter),) if named else ()


def _tapped_before(state: Day, command: c.TakeTicket) -> str:
    """The number that this machine was given for the same wish a moment ago, or empty."""
    before = state.tickets.get(state.tapped.get(command.by, ""))
    if before is None or not _is_in_queue(before) or _wish(before) != _wish(command):
        return ""
    return "" if is_over(before.taken_at, state.hall.policy.double_tap_s, command.at) else before.number


def _wish(wanted: Ticket | c.TakeTicket) -> tuple[object, ...]:
    return wanted.service, wanted.more, wanted.priority, wanted.slot_at, wanted.person


def _is_in_queue(ticket: Ticket) -> bool:
    """Not called yet: nobody has seen whether its citizen holds a slip."""
    return ticket.phase in ("reserved", "waiting") and not ticket.why


def queued_number(state: Day, person: str, services: Iterable[str], besides: str = "") -> str:
    """A number (other than `besides`) by which that person is here for one of the services, or empty."""
    for number in state.people.get(person, ()):
        ticket = state.tickets[number]
        if number != besides and ticket.phase in OPEN and not set(ticket.items).isdisjoint(services):
            return number
    return ""


def _not_given(command: c.TakeTicket, given: hours.Giving | hours.Closed) -> Decision:
    """An appointment has its own capacity: it is refused when the service is closed for the day, not by a cap."""
    if isinstance(given, hours.Giving) or (command.slot_at and given.code != "closed-today"):
        return ()
    return (refused(command, given.code, given.again),)


def _warnings(state: Day, command: c.TakeTicket, given: hours.Giving | hours.Closed, wait_s: float) -> tuple[str, ...]:
    """What the citizen is told besides: that few are left, or that it may not come to this ticket today."""
    if isinstance(given, hours.Closed) or command.slot_at:
        return ()
    few = given.left is not None and given.left <= state.hall.policy.warn_left
    late = command.at + timedelta(seconds=wait_s) > given.closes
    return tuple(code for code, holds in (("few-left", few), ("may-not-be-served", late)) if holds)


def confirm_print(state: Day, command: c.ConfirmPrint) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None or not _is_its_slip(ticket, command):
        return (refused(command, "not-reserved", command.number),)
    if command.outcome == "failed":
        reason = f"print failed: {command.reason}" if command.reason else "print failed"
        return event(command, e.TicketCancelled, number=command.number, reason=reason), *reopened(command, ticket)
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
            return not ticket.confirmed and ticket.phase in OPEN
        case "failed":
            return not ticket.confirmed and _is_in_queue(ticket)
        case "unknown":
            return ticket.phase == "reserved"


def admit(state: Day, command: c.AdmitTicket) -> Decision:
    if command.number in state.tickets:
        return (refused(command, "already-admitted", command.number),)
    is_today = hours.local(state.hall, command.taken_at).strftime("%Y-%m-%d") == state.day
    admitted = event(
        command,
        e.TicketAdmitted,
        number=command.number,
        service=command.service,
        taken_at=command.taken_at if is_today else command.at,  # else the board's clock was wrong when it gave it
    )
    if state.ended:  # the machine could not say so in time: nobody waits any more, but the ticket was taken
        return admitted, event(command, e.TicketCancelled, number=command.number, reason="day end")
    return *_give_up(state, command), admitted, *_taken_over(state, command)


def _give_up(state: Day, command: c.AdmitTicket) -> Decision:
    """The machine heard no answer to a wish and gave another ticket: that wish must not come true as well."""
    if not command.instead_of:
        return ()
    number = state.taken.get(command.instead_of)
    if number is None:
        return (refused(command, "superseded", command.instead_of),)
    if not _is_in_queue(state.tickets[number]):
        return ()
    return (event(command, e.TicketCancelled, number=number, reason=f"replaced by {command.number}"),)


def _taken_over(state: Day, command: c.AdmitTicket) -> Decision:
    """What the given up ticket was for, the other one is for now: its citizen came by appointment."""
    before = state.tickets.get(state.taken.get(command.instead_of, ""))
    if before is None or not before.appointment or not _is_in_queue(before):
        return ()
    return (event(command, AppointmentKept, code=before.appointment, number=command.number),)


def reopened(command: c.Command, ticket: Ticket) -> Decision:
    """Of a ticket whose slip its citizen never had: the appointment that it came from, if any, can be kept again."""
    return (event(command, AppointmentReopened, code=ticket.appointment),) if ticket.appointment else ()
