"""What somebody wants of the appointments of a day, which may be days ahead."""

from typing import Literal, TypeAlias

from hub.domain.commands import Command

Via: TypeAlias = Literal["phone", "desk", "platform"]
"""Where it was booked: on the citizen's phone, at a desk of the hall, through the city's platform."""


class OfDay(Command, frozen=True, kw_only=True, tag="of-day"):
    """`day`: YYYY-MM-DD by the hall's calendar, today or one to come."""

    day: str


class Book(OfDay, frozen=True, kw_only=True, tag="book"):
    """A place in the slot that begins at `slot` (HH:MM) and lasts `minutes`; `capacity`: its places for appointments.

    `code`: what the citizen is known by at the hall, hard to guess and never given twice. `person`: pseudonym of who
    will come; `principal`: of whom it is done for (代办), empty: for themselves. `instead_of`: DAY/CODE of the
    appointment that is given up for this one. `or_wait`: a full slot is waited for. `client`: whose program booked it,
    empty: nobody's.
    """

    code: str
    service: str
    slot: str
    minutes: int
    capacity: int
    person: str
    principal: str = ""
    via: Via
    client: str = ""
    instead_of: str = ""
    or_wait: bool = False


class MoveAppointment(OfDay, frozen=True, kw_only=True, tag="move-appointment"):
    """To another slot of the same day. `staff`: not held to the time limit for changes."""

    code: str
    slot: str
    minutes: int
    capacity: int
    staff: bool = False


class CancelAppointment(OfDay, frozen=True, kw_only=True, tag="cancel-appointment"):
    """Give up a place, or the wait for one. `reason`: a code; "hall": the hall's doing, which is nobody's miss."""

    code: str
    reason: str = ""
    staff: bool = False


class KeepWith(Command, frozen=True, kw_only=True, tag="keep-with"):
    """The citizen is here already, by the ticket `number`, which was taken without a word of the appointment."""

    code: str
    number: str


class CheckIn(Command, frozen=True, kw_only=True, tag="check-in"):
    """签到: the citizen is here, with the code or as a person; gets a ticket. `printer`: as of TakeTicket."""

    code: str = ""
    person: str = ""
    printer: bool = False
    voice: bool = False
