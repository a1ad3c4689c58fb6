"""What happened to appointments. They stand in the stream of the day that they are for, long before it begins."""

from datetime import datetime

from hub.domain.event import Event

NOT_MOVED = "not-moved"
"""The reason of a cancellation: the place that it was moved to is given back, since the old one was not open."""


class AppointmentBooked(Event, frozen=True, kw_only=True, tag="appointment-booked"):
    """See hub.domain.appointment_commands.Book. `waiting`: the slot is full, and it waits for a place in it."""

    code: str
    service: str
    slot_at: datetime
    minutes: int
    person: str
    principal: str = ""
    via: str
    client: str = ""
    instead_of: str = ""
    waiting: bool = False


class AppointmentPromoted(Event, frozen=True, kw_only=True, tag="appointment-promoted"):
    """A place came free, and this was the first that waited for one."""

    code: str


class AppointmentMoved(Event, frozen=True, kw_only=True, tag="appointment-moved"):
    code: str
    slot_at: datetime
    minutes: int


class AppointmentCancelled(Event, frozen=True, kw_only=True, tag="appointment-cancelled"):
    """`reason`: a code; "moved": to another day, "no-place": it waited in vain, "hall": the hall's doing."""

    code: str
    reason: str = ""


class AppointmentKept(Event, frozen=True, kw_only=True, tag="appointment-kept"):
    """The citizen is here and has the ticket `number`: one that is taken with this, or that was there before."""

    code: str
    number: str


class AppointmentReopened(Event, frozen=True, kw_only=True, tag="appointment-reopened"):
    """Its slip did not come out: the citizen may check in again."""

    code: str


class AppointmentMissed(Event, frozen=True, kw_only=True, tag="appointment-missed"):
    """爽约: nobody came in time."""

    code: str
