"""What happened, in the past tense, never changed. The log is these as JSON; a new field needs a default."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from hub.domain import appointment_events as a
from hub.domain.event import Event as Event


class HandheldHeard(Event, frozen=True, kw_only=True, tag="handheld-heard"):
    """A repeater (`by`) passed on a handheld's words. `echo`: as another one had just done, so nothing came of it."""

    handheld: str
    said: str
    echo: bool = False
    said_at: datetime | None = None


class PathChosen(Event, frozen=True, kw_only=True, tag="path-chosen"):
    """From now on `repeater` speaks to the handheld at `position`. `reason`: gone, lost, better."""

    position: str
    counter: str
    repeater: str
    instead_of: str
    reason: str


class TicketReserved(Event, frozen=True, kw_only=True, tag="ticket-reserved"):
    """`period`: when the part of the day opened whose cap it counts against. `warnings`: codes of what the citizen was
    told, such as `few-left`."""

    number: str
    service: str
    ahead: int
    wait_s_low: float
    wait_s_high: float
    wait_s: float = 0.0  # the likeliest
    more: tuple[str, ...] = ()
    priority: str = ""
    slot_at: datetime | None = None
    person: str = ""
    period: str = ""
    voice: bool = False
    warnings: tuple[str, ...] = ()
    appointment: str = ""  # its code


class TicketQueued(Event, frozen=True, kw_only=True, tag="ticket-queued"):
    """It waits. `confirmed: false`: the printer never said that the slip came out."""

    number: str
    confirmed: bool = True


class TicketAdmitted(Event, frozen=True, kw_only=True, tag="ticket-admitted"):
    """It waits, and was taken at `taken_at` from a machine's own series."""

    number: str
    service: str
    taken_at: datetime


class TicketCancelled(Event, frozen=True, kw_only=True, tag="ticket-cancelled"):
    number: str
    reason: str


class TicketReinstated(Event, frozen=True, kw_only=True, tag="ticket-reinstated"):
    """It waits again, and queues by `place_at`."""

    number: str
    place_at: datetime


class TicketAmended(Event, frozen=True, kw_only=True, tag="ticket-amended"):
    """What it is now. `voice` None: as it was."""

    number: str
    service: str
    priority: str
    voice: bool | None = None
    reason: str


class TicketCalled(Event, frozen=True, kw_only=True, tag="ticket-called"):
    """`calls`: 1 for the first. Why this ticket: `why` is a code, `because` its values, `passed` who came earlier.

    `turns`: how the counter stands in its round after this call.
    """

    number: str
    counter: str
    clerk: str
    calls: int = 1
    why: str = ""
    because: dict[str, str] = msgspec.field(default_factory=dict)
    passed: tuple[str, ...] = ()
    turns: tuple[int, int, int] | None = None
    reason: str = ""


class ServiceStarted(Event, frozen=True, kw_only=True, tag="service-started"):
    """`implied`: nobody pressed for it; its time is no measurement."""

    number: str
    counter: str
    clerk: str
    implied: bool = False


class ServiceEnded(Event, frozen=True, kw_only=True, tag="service-ended"):
    """`services`: what was done here; the ticket goes on if there is more."""

    number: str
    counter: str
    clerk: str
    services: tuple[str, ...] = ()


class ItemAdded(Event, frozen=True, kw_only=True, tag="item-added"):
    number: str
    counter: str
    clerk: str
    service: str


class TicketTransferred(Event, frozen=True, kw_only=True, tag="ticket-transferred"):
    """From `counter` back into the queue: for `service`, by `place_at`, for the counter `to` alone if it names one.

    `more`: what is left to do after that service.
    """

    number: str
    counter: str
    clerk: str
    service: str
    place_at: datetime
    to: str = ""
    more: tuple[str, ...] = ()


class TicketParked(Event, frozen=True, kw_only=True, tag="ticket-parked"):
    number: str
    counter: str
    clerk: str


class TicketMissed(Event, frozen=True, kw_only=True, tag="ticket-missed"):
    """Called, and nobody came (过号)."""

    number: str
    counter: str
    clerk: str


class RatingAsked(Event, frozen=True, kw_only=True, tag="rating-asked"):
    ask: str
    number: str
    service: str
    counter: str
    clerk: str
    until: datetime


class Rated(Event, frozen=True, kw_only=True, tag="rated"):
    ask: str
    number: str
    service: str
    counter: str
    clerk: str
    level: int
    reasons: tuple[str, ...] = ()
    pressed_at: datetime


class ReasonsGiven(Event, frozen=True, kw_only=True, tag="reasons-given"):
    """Reasons for the rating that the command `rating` gave: they may come before it, and count only with it."""

    ask: str
    rating: str
    number: str
    counter: str
    clerk: str
    reasons: tuple[str, ...]


class RatingLapsed(Event, frozen=True, kw_only=True, tag="rating-lapsed"):
    """未评价: nobody pressed. Never counted as satisfied."""

    ask: str
    number: str
    counter: str
    clerk: str


class CounterOpened(Event, frozen=True, kw_only=True, tag="counter-opened"):
    counter: str
    clerk: str


class CounterClosed(Event, frozen=True, kw_only=True, tag="counter-closed"):
    counter: str
    clerk: str


class CounterPaused(Event, frozen=True, kw_only=True, tag="counter-paused"):
    counter: str
    reason: str = ""


class CounterResumed(Event, frozen=True, kw_only=True, tag="counter-resumed"):
    counter: str


class ActionUndone(Event, frozen=True, kw_only=True, tag="action-undone"):
    """The command `undone` never was, but for numbers that were given. `what`: the kind of its last event."""

    counter: str
    clerk: str
    undone: str
    what: str
    numbers: tuple[str, ...] = ()


class SettingsChanged(Event, frozen=True, kw_only=True, tag="settings-changed"):
    changes: dict[str, Any]


ScreensWhat: TypeAlias = Literal[
    "media-added", "media-deleted", "playlist-saved", "playlist-deleted", "emergency-begun", "emergency-withdrawn"
]


class ScreensChanged(Event, frozen=True, kw_only=True, tag="screens-changed"):
    """Who changed what screens play. What it is now stands in tables of its own; see hub.storage.content."""

    what: ScreensWhat
    ident: str  # SHA-256 of media, id of a playlist or an emergency
    name: str = ""


class DayEnded(Event, frozen=True, kw_only=True, tag="day-ended"):
    pass


class Refused(Event, frozen=True, kw_only=True, tag="refused"):
    """A wish that the rules forbid. It is an event so that a repeat of the command stays refused."""

    what: str  # the command's kind
    code: str
    counter: str = ""
    detail: str = ""


AnyEvent: TypeAlias = (
    TicketReserved | TicketQueued | TicketAdmitted | TicketCancelled | TicketReinstated | TicketAmended | TicketCalled
    | ServiceStarted | ServiceEnded | ItemAdded | TicketTransferred | TicketParked | TicketMissed
    | RatingAsked | Rated | ReasonsGiven | RatingLapsed | CounterOpened | CounterClosed | CounterPaused | CounterResumed
    | ActionUndone | SettingsChanged | ScreensChanged | DayEnded | Refused | HandheldHeard | PathChosen
    | a.AppointmentBooked | a.AppointmentPromoted | a.AppointmentMoved | a.AppointmentCancelled | a.AppointmentKept
    | a.AppointmentReopened | a.AppointmentMissed
)  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> bytes:
    return _encoder.encode(event)


def decode(body: bytes) -> AnyEvent:
    return _decoder.decode(body)
