"""What becomes of the day when a place is booked, given up, or made use of."""

from immutables import Map
from msgspec.structs import replace

from hub.domain import appointment_events as ae
from hub.domain.places import with_person
from hub.domain.state import Appointment, Day


def booked(state: Day, event: ae.AppointmentBooked) -> Day:
    one = Appointment(
        code=event.code,
        service=event.service,
        slot_at=event.slot_at,
        minutes=event.minutes,
        phase="waiting" if event.waiting else "booked",
        person=event.person,
        principal=event.principal,
        via=event.via,
        client=event.client,
        made_at=event.at,
        changed_at=event.at,
        instead_of=event.instead_of,
    )
    visitors = state.visitors
    for person in dict.fromkeys(filter(None, (one.person, one.principal))):
        visitors = visitors.set(person, (*visitors.get(person, ()), one.code))
    state = replace(state, appointments=state.appointments.set(one.code, one), visitors=visitors)
    return _joined(state, one)


def promoted(state: Day, event: ae.AppointmentPromoted) -> Day:
    one = state.appointments[event.code]
    return _joined(_with(_left(state, one), replace(one, phase="booked", changed_at=event.at)), one, booked=True)


def moved(state: Day, event: ae.AppointmentMoved) -> Day:
    one = state.appointments[event.code]
    after = replace(one, slot_at=event.slot_at, minutes=event.minutes, changed_at=event.at)
    return _joined(_with(_left(state, one), after), after)


def cancelled(state: Day, event: ae.AppointmentCancelled) -> Day:
    one = state.appointments[event.code]
    after = replace(one, phase="cancelled", reason=event.reason, changed_at=event.at)
    return _with(_left(state, one), after)


def kept(state: Day, event: ae.AppointmentKept) -> Day:
    """A ticket that is there already becomes that of the appointment, and of whom that is for."""
    one = state.appointments[event.code]
    state = _with(state, replace(one, phase="kept", number=event.number, changed_at=event.at))
    ticket = state.tickets.get(event.number)
    if ticket is None:
        return state
    state = replace(state, people=with_person(state, ticket.number, "" if ticket.person else one.whose))
    bound = replace(ticket, appointment=one.code, person=one.whose)
    return replace(state, tickets=state.tickets.set(ticket.number, bound))


def reopened(state: Day, event: ae.AppointmentReopened) -> Day:
    one = state.appointments[event.code]
    return _with(state, replace(one, phase="booked", number="", changed_at=event.at))


def missed(state: Day, event: ae.AppointmentMissed) -> Day:
    return _with(state, replace(state.appointments[event.code], phase="missed", changed_at=event.at))


def _with(state: Day, one: Appointment) -> Day:
    return replace(state, appointments=state.appointments.set(one.code, one))


def _joined(state: Day, one: Appointment, *, booked: bool = False) -> Day:
    """At the end of those who have a place in its slot, or who wait for one."""
    if booked or one.phase == "booked":
        return replace(state, places=_added(state.places, one))
    return replace(state, wishes=_added(state.wishes, one))


def _left(state: Day, one: Appointment) -> Day:
    if one.phase == "waiting":
        return replace(state, wishes=_removed(state.wishes, one))
    return replace(state, places=_removed(state.places, one))


def _added(lines: Map[str, tuple[str, ...]], one: Appointment) -> Map[str, tuple[str, ...]]:
    return lines.set(one.place, (*lines.get(one.place, ()), one.code))


def _removed(lines: Map[str, tuple[str, ...]], one: Appointment) -> Map[str, tuple[str, ...]]:
    return lines.set(one.place, tuple(code for code in lines.get(one.place, ()) if code != one.code))
