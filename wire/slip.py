"""The slip of a ticket: in the answer to a machine that asked for one, and in an order to print it."""

from wire.base import Message, Moment


class Slip(Message, frozen=True, kw_only=True, tag="slip"):
    """What is printed for a citizen."""

    hall: str
    number: str
    service: str
    service_name: str
    ahead: int
    wait_s_low: float
    wait_s_high: float
    where: str  # waiting area
    route: str  # how to get there
    taken_at: Moment  # in the hall's own time zone
    name_masked: str = ""
    follow_url: str = ""  # printed as QR
    if_missed: str = ""
    more: tuple[str, ...] = ()  # names of what else is on the ticket
    warnings: tuple[str, ...] = ()  # what the citizen should know before waiting, in both languages
    slot_at: Moment | None = None  # of the appointment that it is for, in the hall's own time zone
