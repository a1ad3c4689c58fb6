"""What people with appointments are told on their phones, and when: rules over the day's state. Pure.

Each notice has an ident of the hall, the day and what it is about: whoever sends it does so once, however often and in
however many processes it is due. What it says holds when it is due: nothing is planned ahead, so that what was moved or
cancelled meanwhile is not reminded of.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from hub.domain import appointment_events as ae
from hub.domain import events as e
from hub.domain import hours, projection
from hub.domain.state import Appointment, Day, Ticket
from hub.domain.words import NOTICES

EVENING = "18:00"
"""Of the day before, by the hall's clock, people are reminded; after `NIGHT` nobody is disturbed any more."""
NIGHT = "21:00"
SOON = timedelta(hours=1)
FEW = 3
"""This many people before a ticket, or fewer: its citizen had better stay near."""
_WITH_SLIP = timedelta(seconds=30)  # who has just been given a number is reading it


class Notice(msgspec.Struct, frozen=True):
    """`person`: pseudonym of whom to tell. After `expires_at` it is of no use."""

    ident: str
    person: str
    text: str
    expires_at: datetime


def reminders(state: Day, at: datetime) -> Iterator[Notice]:
    """On the evening before, and an hour before. Who booked or moved since then knows it without us."""
    evening = hours.moment(state, EVENING) - timedelta(days=1)
    night = hours.moment(state, NIGHT) - timedelta(days=1)
    for one in state.appointments.values():
        if one.phase != "booked":
            continue
        if evening <= at < night and one.changed_at < evening:
            yield _about(state, one, "tomorrow", f"/{_clock(state, one)}", night)
        soon = one.slot_at - SOON
        if soon <= at < one.slot_at and one.changed_at < soon:
            yield _about(state, one, "soon", f"/{_clock(state, one)}", one.slot_at)


def nearly_called(state: Day, at: datetime) -> Iterator[Notice]:
    """Before whom few people are left, of those who came by appointment. Before its slot nobody is called by it."""
    for service in state.hall.service:
        for number in (*state.lines.get("Y" + service.letter, ()), *state.lines.get("V" + service.letter, ())):
            ticket = state.tickets[number]
            one = state.appointments.get(ticket.appointment)
            if one is None or ticket.is_early(at) or at - ticket.taken_at < _WITH_SLIP:
                continue
            if (ahead := projection.people_ahead(state, ticket)) <= FEW:
                yield _nearly(state, one, ticket, ahead, at)


def matters(event: e.AnyEvent) -> bool:
    """Whether `happened` or `knows` may have something to say of it."""
    if isinstance(event, e.TicketReserved):
        return bool(event.appointment)
    return isinstance(event, ae.AppointmentPromoted | ae.AppointmentCancelled)


def happened(state: Day, event: e.AnyEvent) -> Notice | None:
    """What the event means for somebody, if it still holds: `state` is the day as it is now."""
    one = state.appointments.get(getattr(event, "code", ""))
    if one is None:
        return None
    match event:
        case ae.AppointmentPromoted() if one.phase == "booked":
            return _about(state, one, "promoted", "", one.slot_at)
        case ae.AppointmentCancelled(reason="hall"):
            return _about(state, one, "cancelled-by-hall", "", one.slot_at)
        case ae.AppointmentCancelled(reason="no-place"):
            return _about(state, one, "in-vain", "", one.slot_at)
    return None


def knows(state: Day, event: e.AnyEvent) -> str:
    """The ident of a notice that is not needed: the slip said already that few are ahead. Empty: none."""
    if isinstance(event, e.TicketReserved) and event.appointment and event.ahead <= FEW:
        return _ident_of_ticket(state, event.number)
    return ""


def _about(state: Day, one: Appointment, code: str, mark: str, expires_at: datetime) -> Notice:
    day = datetime.fromisoformat(state.day)
    service = next((known for known in state.hall.service if known.letter == one.service), None)
    told = NOTICES[code].fill(
        date=f"{day.month}月{day.day}日",
        day=state.day,
        time=_clock(state, one),
        code=one.code,
        hall=state.hall.hall.name,
        hall_english=state.hall.hall.english,
        service=service.name if service else one.service,
        service_english=service.english if service else one.service,
        early=f"{state.hall.appointments.early_min:g}",
    )
    return Notice(f"{code}/{state.hall.hall.id}/{state.day}/{one.code}{mark}", one.person, told.both, expires_at)


def _nearly(state: Day, one: Appointment, ticket: Ticket, ahead: int, at: datetime) -> Notice:
    told = NOTICES["few-ahead"].fill(number=ticket.number, count=str(ahead))
    return Notice(_ident_of_ticket(state, ticket.number), one.person, told.both, at + timedelta(minutes=10))


def _ident_of_ticket(state: Day, number: str) -> str:
    return f"few-ahead/{state.hall.hall.id}/{state.day}/{number}"


def _clock(state: Day, one: Appointment) -> str:
    return hours.local(state.hall, one.slot_at).strftime("%H:%M")
