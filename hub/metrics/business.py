"""Business metrics: (what the days were, an event) → points. Pure, so that a repeat says the same again."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from halls.format import Hall
from hub.domain import appointment_events as ae
from hub.domain import events as e
from hub.domain.evolve import evolve
from hub.domain.state import LINES, Day, Ticket
from hub.domain.times import served_s, waited_s, walked_s
from hub.metrics.points import Point, Value, nanoseconds
from hub.metrics.schema import NEGATIVE_MAX
from hub.storage.event_log import Recorded

_CHANGES: dict[type, str] = {
    ae.AppointmentBooked: "booked", ae.AppointmentPromoted: "promoted", ae.AppointmentMoved: "moved",
    ae.AppointmentCancelled: "cancelled", ae.AppointmentKept: "kept", ae.AppointmentReopened: "reopened",
    ae.AppointmentMissed: "missed",
}  # fmt: skip


class Folded(msgspec.Struct, frozen=True):
    """A day so far; `done`: counter → the latest command there and its points, which an undo takes back."""

    day: Day
    done: dict[str, tuple[str, tuple[Point, ...]]] = {}


def fold(before: Folded, recorded: Recorded) -> tuple[Folded, list[Point]]:
    """What the day is afterwards, and what is to be written of the event."""
    event = recorded.event
    at_ns = nanoseconds(event.at, recorded.position)
    day = evolve(before.day, event)
    own = [Point(name, tags, fields, at_ns) for name, tags, fields in _told(before.day, day, event)]
    done, again = before.done, list[Point]()
    counter = str(getattr(event, "counter", ""))
    if isinstance(event, e.ActionUndone):
        command, points = done.get(counter, ("", ()))
        if command == event.undone:
            again = [replace(one, fields=one.fields | {"undone": True}) for one in points]
    elif takes_back := _can_be_undone(event, own):
        command, points = done.get(counter, ("", ()))
        done = {**done, counter: (event.command, (*points, *takes_back) if command == event.command else takes_back)}
    return Folded(day, done), [*again, *own]


def _can_be_undone(event: Any, own: list[Point]) -> tuple[Point, ...]:
    """A citizen's rating is none of the clerk's steps, and nothing takes it back."""
    return () if isinstance(event, e.Rated) else tuple(one for one in own if "undone" in one.fields)


_Told = tuple[str, dict[str, str], dict[str, Value]]


def _told(before: Day, after: Day, event: Any) -> Iterator[_Told]:
    yield from _of_ticket(before, after, event)
    if change := _CHANGES.get(type(event)):
        made = after.appointments[event.code]
        ahead_s = (made.slot_at - event.at).total_seconds()
        yield "appointment", {**_service(after.hall, made.service), "change": change}, {"ahead_s": ahead_s}
    yield from _radio(after.hall, event)
    yield from _waiting(before, after, event)
    yield from _counter(before, after, event)


def _of_ticket(before: Day, after: Day, event: Any) -> Iterator[_Told]:
    hall = after.hall
    match event:
        case e.TicketReserved():
            fields: dict[str, Value] = {"number": event.number, "ahead": event.ahead, "estimate_s": float(event.wait_s)}
            yield "ticket_taken", _line(hall, after.tickets[event.number]), fields
        case e.TicketAdmitted():
            yield "ticket_taken", _line(hall, after.tickets[event.number]), {"number": event.number}
        case e.TicketCancelled():
            fields = {"number": event.number, "reason": event.reason}
            yield "ticket_cancelled", _line(hall, before.tickets[event.number]), fields
        case e.TicketCalled():
            fields = {**_who(event), "calls": event.calls, "undone": False}
            if (waited := waited_s(before.tickets[event.number], event.at)) is not None:
                fields["waiting_s"] = waited
            yield "ticket_called", _at_counter(before, event), fields
        case e.ServiceEnded():
            yield "ticket_served", _at_counter(before, event), {**_who(event), **_times(before, event), "undone": False}
        case e.TicketMissed():
            yield "ticket_missed", _at_counter(before, event), {**_who(event), "undone": False}
        case e.TicketTransferred():
            fields = {**_who(event), "to_service": event.service, "undone": False}
            yield "ticket_transferred", _at_counter(before, event), fields
        case e.RatingAsked():
            tags = _at_counter(before, event) | _service(hall, event.service)
            yield "rating", tags, {**_who(event), "asked": 1, "rated": 0, "undone": False}
        case e.Rated():
            tags = _at_counter(before, event) | _service(hall, event.service)
            good = int(event.level > NEGATIVE_MAX)
            yield "ticket_rated", tags, {**_who(event), "level": event.level, "good": good}
            yield "rating", tags, {**_who(event), "asked": 0, "rated": 1, "undone": False}


def _times(before: Day, event: e.ServiceEnded) -> dict[str, Value]:
    """Of services whose start somebody pressed; the others were not measured."""
    ticket = before.tickets[event.number]
    served, walked = served_s(ticket, event.at), walked_s(ticket)
    return {} if served is None or walked is None else {"service_s": served, "walk_s": walked}


def _radio(hall: Hall, event: Any) -> Iterator[_Told]:
    match event:
        case e.HandheldHeard():
            yield "handheld", _place(hall, event.handheld), {"echo": int(event.echo), "by": event.by}
        case e.PathChosen():
            tags = {**_place(hall, event.position), "repeater": event.repeater, "reason": event.reason}
            yield "path", tags, {"instead_of": event.instead_of}


def _waiting(before: Day, after: Day, event: Any) -> Iterator[_Told]:
    """Of the services whose lines the event changed."""
    if before.lines is after.lines:
        return
    numbers = {getattr(event, "number", ""), *getattr(event, "numbers", ())} - {""}
    tickets = [day.tickets.get(number) for day in (before, after) for number in numbers]
    for service in sorted({ticket.service for ticket in tickets if ticket is not None}):
        people = after.count_waiting(service)
        if people != before.count_waiting(service):
            yield "waiting", _service(after.hall, service), {"people": people}


def _counter(before: Day, after: Day, event: Any) -> Iterator[_Told]:
    places = [getattr(event, "counter", "")]
    if number := getattr(event, "number", ""):  # a called ticket that is cancelled frees its counter
        places += [before.tickets[number].counter] if number in before.tickets else []
    for counter in dict.fromkeys(places):
        if counter and (now := _state(after, counter)) != _state(before, counter):
            area = next((one.area for one in after.hall.counter if one.id == counter), "")
            yield "counter", {"hall": after.hall.hall.id, "area": area, "counter": counter}, now


def _state(day: Day, counter: str) -> dict[str, Value]:
    here = day.counter(counter)
    return {"open": int(bool(here.clerk)), "paused": int(here.paused), "busy": int(bool(here.number)),
            "clerk": here.clerk}  # fmt: skip


def _who(event: Any) -> dict[str, Value]:
    return {"number": event.number, "clerk": event.clerk}


def _at_counter(before: Day, event: Any) -> dict[str, str]:
    return {**_line(before.hall, before.tickets[event.number]), "counter": event.counter}


def _place(hall: Hall, ident: str) -> dict[str, str]:
    place = next(one for one in hall.position if one.id == ident)
    return {"hall": hall.hall.id, "area": place.area, "position": ident, "kind": place.kind}


def _line(hall: Hall, ticket: Ticket) -> dict[str, str]:
    return {**_service(hall, ticket.service), "line": LINES[ticket.mark]}


def _service(hall: Hall, letter: str) -> dict[str, str]:
    service = next(one for one in hall.service if one.letter == letter)
    return {"hall": hall.hall.id, "centre": service.centre, "area": service.area, "service": letter}
