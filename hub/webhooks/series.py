"""One appointment as a platform sees it: under one id, however often it moves to another day. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from hub.domain import appointment_events as ae

State: TypeAlias = Literal["waiting", "booked", "kept", "missed", "cancelled"]
AboutOne: TypeAlias = (
    ae.AppointmentBooked
    | ae.AppointmentPromoted
    | ae.AppointmentMoved
    | ae.AppointmentCancelled
    | ae.AppointmentKept
    | ae.AppointmentReopened
    | ae.AppointmentMissed
)
KINDS: tuple[type[AboutOne], ...] = get_args(AboutOne)

_OF_STATE: Mapping[State, str] = {
    "waiting": "waiting", "booked": "moved", "kept": "kept", "missed": "missed", "cancelled": "cancelled",
}  # fmt: skip


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One day's part of it. `before`: DAY/CODE of the place that it would be again if this one were given back."""

    slot_at: datetime
    minutes: int
    state: State
    number: str = ""
    reason: str = ""
    before: str = ""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """`places`: by DAY/CODE; `head`: the one that counts now; `sequence`: how many changes were told."""

    service: str
    head: str = ""
    sequence: int = 0
    places: dict[str, Place] = {}


def follow(series: Series, day: str, event: AboutOne) -> tuple[Series, str]:
    """After the event, and what is told of it: `booked`, `moved`, …; empty: nothing.

    A move over days is two events: the new place, and the old one given up for it. The first is told as the move, the
    second not at all; nor is what else becomes of a place that does not count any more. A place that is given back
    because the old one was not open after all makes the old one count again, and that is told as it stands.
    """
    key = f"{day}/{event.code}"
    place, what = _after(series, key, event)
    head = series.head
    if isinstance(event, ae.AppointmentBooked):
        head = key
    elif key != head:
        what = ""
    elif place.reason == ae.NOT_MOVED and (back := _back(series, place)):
        head, what = back, _OF_STATE[series.places[back].state]
    after = replace(
        series,
        head=head,
        places={**series.places, key: place},
        sequence=series.sequence + 1 if what else series.sequence,
    )
    return after, what


def name_of(series: str) -> str:
    """DAY/CODE of the first of a chain → its id for platforms, which is the code (hub.appointments.series)."""
    return series.partition("/")[2]


def body(series: Series, ident: str, hall: str, what: str, at: datetime, zone: ZoneInfo) -> bytes:
    """JSON. Nobody's name, number or pseudonym is in it."""
    place = series.places[series.head]
    day, _, code = series.head.partition("/")
    data: dict[str, Any] = {
        "hall": hall,
        "id": ident,
        "sequence": series.sequence,
        "code": code,
        "day": day,
        "service": series.service,
        "slot_at": place.slot_at.astimezone(zone).isoformat(),
        "minutes": place.minutes,
        "state": place.state,
        "number": place.number or None,
        "reason": place.reason,
    }
    stamp = at.astimezone(zone).isoformat()
    return msgspec.json.encode({"type": f"appointment.{what}", "timestamp": stamp, "data": data})


def _after(series: Series, key: str, event: AboutOne) -> tuple[Place, str]:
    """The place, and what would be told if it is the one that counts."""
    if isinstance(event, ae.AppointmentBooked):
        state: State = "waiting" if event.waiting else "booked"
        place = Place(slot_at=event.slot_at, minutes=event.minutes, state=state, before=series.head)
        return place, "moved" if series.head else state
    place = series.places[key]
    match event:
        case ae.AppointmentMoved():
            return replace(place, slot_at=event.slot_at, minutes=event.minutes), "moved"
        case ae.AppointmentCancelled():
            return replace(place, state="cancelled", reason=event.reason), "cancelled"
        case ae.AppointmentKept():
            return replace(place, state="kept", number=event.number), "kept"
        case ae.AppointmentMissed():
            return replace(place, state="missed"), "missed"
        case ae.AppointmentReopened():
            return replace(place, state="booked", number=""), "reopened"
        case _:
            return replace(place, state="booked"), "promoted"


def _back(series: Series, place: Place) -> str:
    """The last one before it that was not given back itself."""
    key = place.before
    while key in series.places and series.places[key].reason == ae.NOT_MOVED:
        key = series.places[key].before
    return key if key in series.places else ""
