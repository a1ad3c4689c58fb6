"""What becomes of the day when a ticket is taken, queues, is cancelled, comes back or is put right."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.domain import events as e
from hub.domain import numbering
from hub.domain.places import change_counter, change_ticket, line_up, line_up_again, take_away, with_person
from hub.domain.state import Day, Ticket, Told

_NEXT = timedelta(microseconds=1)
_LATEST_KEPT = 150


def reserved(state: Day, event: e.TicketReserved) -> Day:
    arrived_at = _arrival(state, event.at)
    ticket = Ticket(
        number=event.number,
        service=event.service,
        phase="reserved",
        taken_at=event.at,
        place_at=max(arrived_at, event.slot_at) if event.slot_at else arrived_at,
        by=event.by,
        more=event.more,
        priority=event.priority,
        slot_at=event.slot_at,
        person=event.person,
        period=event.period,
        voice=event.voice,
        appointment=event.appointment,
    )
    state = replace(
        state,
        tickets=state.tickets.set(event.number, ticket),
        reserved=state.reserved.set(event.number, event.at),
        arrived_at=arrived_at,
        issued=state.issued.set(event.service, numbering.ordinal(event.number)),
        taken=state.taken.set(event.command, event.number),
        tapped=state.tapped.set(event.by, event.number),
        latest=(*state.latest, event.number)[-_LATEST_KEPT:],
        told=state.told.set(ticket.line, _told(event)),
        people=with_person(state, ticket.number, ticket.person),
    )
    return _given(state, ticket, 1)


def _told(event: e.TicketReserved) -> Told:
    return Told(at=event.at, ahead=event.ahead, likely_s=event.wait_s, low_s=event.wait_s_low, high_s=event.wait_s_high)


def _arrival(state: Day, at: datetime) -> datetime:
    """Who comes later stands behind, also when our clock was put back in between."""
    last = state.arrived_at
    return at if last is None or last <= at else last + _NEXT


def _given(state: Day, ticket: Ticket, more: int) -> Day:
    """Against the caps of the service that it was taken for, which its number tells; an appointment has its own."""
    if ticket.slot_at:
        return state
    letter = numbering.service(ticket.number)
    given = state.given
    for key in (letter, f"{letter}@{ticket.period}") if ticket.period else (letter,):
        given = given.set(key, given.get(key, 0) + more)
    return replace(state, given=given)


def queued(state: Day, event: e.TicketQueued) -> Day:
    if state.tickets[event.number].phase != "reserved":  # it queued unconfirmed, and now the printer has spoken
        return change_ticket(state, event.number, confirmed=event.confirmed)
    return line_up(change_ticket(state, event.number, phase="waiting", confirmed=event.confirmed), event.number)


def admitted(state: Day, event: e.TicketAdmitted) -> Day:
    ticket = Ticket(
        number=event.number,
        service=event.service,
        phase="waiting",
        taken_at=event.taken_at,
        place_at=min(event.taken_at, event.at),
        by=event.by,
    )
    state = _given(replace(state, tickets=state.tickets.set(event.number, ticket)), ticket, 1)
    return line_up(state, event.number)


def cancelled(state: Day, event: e.TicketCancelled) -> Day:
    ticket = state.tickets[event.number]
    state = _given(take_away(state, event.number), ticket, -1)
    if ticket.phase == "called":
        state = change_counter(state, ticket.counter, free_at=event.at)
    return change_ticket(state, event.number, phase="cancelled", ended_at=event.at)


def reinstated(state: Day, event: e.TicketReinstated) -> Day:
    again = state.tickets[event.number].reinstated + 1
    return line_up_again(state, event.number, place_at=event.place_at, back_at=event.at, reinstated=again)


def amended(state: Day, event: e.TicketAmended) -> Day:
    """With another service it is bound to no counter any more."""
    ticket = state.tickets[event.number]
    after = replace(
        ticket,
        service=event.service,
        priority=event.priority,
        voice=ticket.voice if event.voice is None else event.voice,
        more=tuple(letter for letter in ticket.more if letter != event.service),
        only_at=ticket.only_at if event.service == ticket.service else "",
    )
    state = take_away(state, event.number)
    return line_up(replace(state, tickets=state.tickets.set(event.number, after)), event.number)
