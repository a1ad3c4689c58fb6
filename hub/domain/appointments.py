"""预约: booking a place in a slot, changing it, coming, and not coming. A place is never given twice."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import commands as c
from hub.domain import hours, numbering, tickets
from hub.domain.decision import Decision, event, refused
from hub.domain.state import Appointment, Day, Ticket, place_of


def book(state: Day, command: ac.Book) -> Decision:
    """The wish carries the slot's capacity, since calendar and settings of a day to come are not in its stream; what
    has a place already is."""
    slot_at = hours.moment(state, command.slot)
    if command.code in state.appointments:
        return (refused(command, "code-taken"),)
    if slot_at <= command.at:
        return (refused(command, "slot-over", command.slot),)
    if other := _booked(state, command.principal or command.person, command.service):
        return (refused(command, "booked-already", _clock(state, other.slot_at)),)
    full = not _has_room(state, command.service, slot_at, command.capacity)
    if full and not (command.or_wait and slot_at - command.at > _change(state)):
        return (refused(command, "slot-full", command.slot),)
    booked = event(
        command,
        ae.AppointmentBooked,
        code=command.code,
        service=command.service,
        slot_at=slot_at,
        minutes=command.minutes,
        person=command.person,
        principal=command.principal,
        via=command.via,
        client=command.client,
        instead_of=command.instead_of,
        waiting=full,
    )
    return (booked,)


def move(state: Day, command: ac.MoveAppointment) -> Decision:
    one = state.appointments.get(command.code)
    if one is None or one.phase != "booked":
        return (refused(command, "no-open-appointment", command.code),)
    slot_at = hours.moment(state, command.slot)
    if slot_at == one.slot_at:
        return (refused(command, "nothing-changed"),)
    if slot_at <= command.at:
        return (refused(command, "slot-over", command.slot),)
    if not command.staff and not _may_change(state, one, command.at):
        return (refused(command, "too-late-to-change", _clock(state, one.slot_at)),)
    if not _has_room(state, one.service, slot_at, command.capacity):
        return (refused(command, "slot-full", command.slot),)
    moved = event(command, ae.AppointmentMoved, code=one.code, slot_at=slot_at, minutes=command.minutes)
    return moved, *_promoted(state, command, one)


def cancel(state: Day, command: ac.CancelAppointment) -> Decision:
    one = state.appointments.get(command.code)
    if one is None or not one.is_open:
        return (refused(command, "no-open-appointment", command.code),)
    if one.phase == "booked" and not command.staff and not _may_change(state, one, command.at):
        return (refused(command, "too-late-to-change", _clock(state, one.slot_at)),)
    cancelled = event(command, ae.AppointmentCancelled, code=one.code, reason=command.reason)
    return cancelled, *(_promoted(state, command, one) if one.phase == "booked" else ())


def check_in(state: Day, command: ac.CheckIn) -> Decision:
    """A ticket directly. Too early and too late are told with the time, so that the citizen knows what to do."""
    one = _meant(state, command)
    if one is None or one.phase in ("waiting", "cancelled"):
        return (refused(command, "no-appointment"),)
    if one.phase == "kept":
        return (refused(command, "checked-in", one.number),)
    rules = state.hall.appointments
    if command.at < one.slot_at - timedelta(minutes=rules.early_min):
        opens = one.slot_at - timedelta(minutes=rules.early_min)
        return (refused(command, "too-early", _clock(state, opens)),)
    if one.phase == "missed" or _is_missed(state, one, command.at):
        return (refused(command, "appointment-over", _clock(state, one.slot_at)),)
    taking = c.TakeTicket(
        id=command.id,
        at=command.at,
        by=command.by,
        source=command.source,
        service=one.service,
        printer=command.printer,
        voice=command.voice,
    )
    return keep(state, one, taking)


def keep_with(state: Day, command: ac.KeepWith) -> Decision:
    """With a ticket that somebody holds already, who took it while check-in was possible at the latest. It stays in its
    line and its place. Also a miss is mended so: what a machine gave on its own may reach us late."""
    one = state.appointments.get(command.code)
    if one is None or one.phase in ("waiting", "cancelled"):
        return (refused(command, "no-appointment"),)
    if one.phase == "kept":
        return (refused(command, "checked-in", one.number),)
    opens = one.slot_at - timedelta(minutes=state.hall.appointments.early_min)
    if command.at < opens:
        return (refused(command, "too-early", _clock(state, opens)),)
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (refused(command, "unknown-ticket", command.number),)
    if why := _unfit(state, one, ticket):
        return (refused(command, why, ticket.number),)
    if other := tickets.queued_number(state, one.whose, (one.service,), besides=ticket.number):
        return (refused(command, "has-other-ticket", other),)
    return (event(command, ae.AppointmentKept, code=one.code, number=ticket.number),)


def _unfit(state: Day, one: Appointment, ticket: Ticket) -> str:
    """Why the ticket cannot be that of the appointment, or empty."""
    if ticket.phase in ("cancelled", "no_show"):
        return "not-open"
    if ticket.appointment:
        return "of-another-appointment"
    if ticket.person not in ("", one.whose):
        return "of-another-person"
    if one.service not in (*ticket.items, numbering.service(ticket.number)):
        return "of-another-service"
    return "taken-too-late" if _is_missed(state, one, ticket.taken_at) else ""


def keep(state: Day, one: Appointment, taking: c.TakeTicket) -> Decision:
    """The ticket of an appointment that can be checked in. It is of whom it is for: who comes for several people is
    called once for each of them."""
    taken = tickets.take(state, replace(taking, slot_at=one.slot_at, person=one.whose, appointment=one.code))
    number = getattr(taken[0], "number", "")
    return (event(taking, ae.AppointmentKept, code=one.code, number=number), *taken) if number else taken


def due(state: Day, command: c.TakeTicket) -> Appointment | None:
    """The appointment of somebody who wants a ticket for its service while it can be checked in; the earliest."""
    if not command.person or command.slot_at:
        return None
    early = timedelta(minutes=state.hall.appointments.early_min)
    mine = (state.appointments[code] for code in state.visitors.get(command.person, ()))
    wanted = (command.service, *command.more)
    now = [
        one
        for one in mine
        if one.phase == "booked" and one.service in wanted
        if command.at >= one.slot_at - early and not _is_missed(state, one, command.at)
    ]
    return min(now, key=lambda one: (one.slot_at, one.code), default=None)


def overdue(state: Day, command: c.Command) -> Decision:
    """Who did not come, and who waited for a place in vain. Every place of a slot is looked at once it is over."""
    happened: list[ae.AppointmentMissed | ae.AppointmentCancelled] = []
    for codes in state.places.values():
        if codes and _is_missed(state, state.appointments[codes[0]], command.at):  # they share a slot
            booked = [code for code in codes if state.appointments[code].phase == "booked"]
            happened += [event(command, ae.AppointmentMissed, code=code) for code in booked]
    for codes in state.wishes.values():
        if codes and not _may_change(state, state.appointments[codes[0]], command.at):
            happened += [event(command, ae.AppointmentCancelled, code=code, reason="no-place") for code in codes]
    return tuple(happened)


def left_open(state: Day, command: c.Command) -> Decision:
    """At the day's end nothing stays open. What was for a day on which no hub was there is nobody's miss."""

    def closed(one: Appointment) -> ae.AppointmentMissed | ae.AppointmentCancelled:
        if one.phase == "booked" and _was_attended(state):
            return event(command, ae.AppointmentMissed, code=one.code)
        reason = "hall" if one.phase == "booked" else "no-place"
        return event(command, ae.AppointmentCancelled, code=one.code, reason=reason)

    opened = (one for one in state.appointments.values() if one.is_open)
    return tuple(closed(one) for one in sorted(opened, key=lambda one: one.code))


def taken(state: Day, service: str, slot: str) -> int:
    """How many places of that slot are taken."""
    return len(state.places.get(place_of(service, hours.moment(state, slot)), ()))


def _has_room(state: Day, service: str, slot_at: datetime, capacity: int) -> bool:
    return len(state.places.get(place_of(service, slot_at), ())) < capacity


def _booked(state: Day, whose: str, service: str) -> Appointment | None:
    """What is open already for that person, service and day."""
    mine = (state.appointments[code] for code in state.visitors.get(whose, ()))
    return next((one for one in mine if one.is_open and one.whose == whose and one.service == service), None)


def _meant(state: Day, command: ac.CheckIn) -> Appointment | None:
    """By its code, or by the person: of several the one that is open and next."""
    if command.code:
        return state.appointments.get(command.code)
    mine = [state.appointments[code] for code in state.visitors.get(command.person, ())]
    order = {"booked": 0, "kept": 1, "missed": 2}
    known = [one for one in mine if one.phase in order]
    return min(known, key=lambda one: (order[one.phase], one.slot_at), default=None)


def _promoted(state: Day, command: c.Command, gone: Appointment) -> Decision:
    """The place goes to whoever waited longest for it, while they still have time to come."""
    waiting = state.wishes.get(gone.place, ())
    if not waiting or not _may_change(state, gone, command.at):
        return ()
    return (event(command, ae.AppointmentPromoted, code=waiting[0]),)


def _may_change(state: Day, one: Appointment, at: datetime) -> bool:
    return one.slot_at - at >= _change(state)


def _change(state: Day) -> timedelta:
    return timedelta(hours=state.hall.appointments.change_h)


def _is_missed(state: Day, one: Appointment, at: datetime) -> bool:
    return at > one.slot_at + timedelta(minutes=state.hall.appointments.late_min)


def _was_attended(state: Day) -> bool:
    """Whether the latest that happened to the day happened on it: a hub that is there tells of a miss at the latest."""
    return state.at is not None and hours.local(state.hall, state.at).strftime("%Y-%m-%d") == state.day


def _clock(state: Day, at: datetime) -> str:
    return hours.local(state.hall, at).strftime("%H:%M")
