"""`evolve(state, event) → state`: what an event does to the day. Never refuses: what is in the log has happened."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from hub.domain import (
    announcing,
    echoes,
    evolve_appointments,
    evolve_counters,
    evolve_tickets,
    paths,
    settings,
    undoing,
)
from hub.domain import appointment_events as ae
from hub.domain import events as e
from hub.domain.state import Day


def evolve(state: Day, event: e.AnyEvent) -> Day:
    after = _EFFECTS[type(event)](state, event)
    after = undoing.remember(state, after, event)
    after = announcing.heard(after, event)
    at = state.at if isinstance(event, e.Refused) else event.at
    return replace(after, version=state.version + 1, at=at)


def evolve_all(state: Day, happened: Iterable[e.AnyEvent]) -> Day:
    for event in happened:
        state = evolve(state, event)
    return state


def _changed(state: Day, event: e.SettingsChanged) -> Day:
    return settings.after(state, event.changes)


def _unchanged(state: Day, event: e.Event) -> Day:
    """The day is about tickets; what screens play is kept elsewhere."""
    return state


def _day_ended(state: Day, event: e.DayEnded) -> Day:
    return replace(state, ended=True)


def _refused(state: Day, event: e.Refused) -> Day:
    """A refusal changes nothing, but for the one that says which command a machine gave up on."""
    if event.code == "superseded":
        return replace(state, superseded=state.superseded | {event.detail})
    return state


_EFFECTS: dict[type[e.Event], Callable[[Day, Any], Day]] = {
    e.TicketReserved: evolve_tickets.reserved,
    e.TicketQueued: evolve_tickets.queued,
    e.TicketAdmitted: evolve_tickets.admitted,
    e.TicketCancelled: evolve_tickets.cancelled,
    e.TicketReinstated: evolve_tickets.reinstated,
    e.TicketAmended: evolve_tickets.amended,
    e.TicketCalled: evolve_counters.called,
    e.ServiceStarted: evolve_counters.started,
    e.ServiceEnded: evolve_counters.ended,
    e.ItemAdded: evolve_counters.item_added,
    e.TicketTransferred: evolve_counters.transferred,
    e.TicketParked: evolve_counters.parked,
    e.TicketMissed: evolve_counters.missed,
    e.RatingAsked: evolve_counters.asked,
    e.Rated: evolve_counters.rated,
    e.ReasonsGiven: evolve_counters.reasons_given,
    e.RatingLapsed: evolve_counters.lapsed,
    e.CounterOpened: evolve_counters.opened,
    e.CounterClosed: evolve_counters.closed,
    e.CounterPaused: evolve_counters.paused,
    e.CounterResumed: evolve_counters.resumed,
    e.ActionUndone: undoing.undone,
    e.SettingsChanged: _changed,
    e.ScreensChanged: _unchanged,
    e.DayEnded: _day_ended,
    e.Refused: _refused,
    e.HandheldHeard: echoes.remember,
    e.PathChosen: paths.remember,
    ae.AppointmentBooked: evolve_appointments.booked,
    ae.AppointmentPromoted: evolve_appointments.promoted,
    ae.AppointmentMoved: evolve_appointments.moved,
    ae.AppointmentCancelled: evolve_appointments.cancelled,
    ae.AppointmentKept: evolve_appointments.kept,
    ae.AppointmentReopened: evolve_appointments.reopened,
    ae.AppointmentMissed: evolve_appointments.missed,
}
