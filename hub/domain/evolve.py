"""`evolve(state, event) → state`: what an event does to the day. Never refuses: what is in the log has happened."""

from bisect import insort
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from hub.domain import events as e
from hub.domain import numbering
from hub.domain.state import CounterState, Day, OpenAsk, Ticket

_CALLS_KEPT = 300  # over all areas; a quiet one must not lose its last calls to a busy one


def evolve(state: Day, event: e.AnyEvent) -> Day:
    return replace(_after(state, event), version=state.version + 1)


def evolve_all(state: Day, happened: Iterable[e.AnyEvent]) -> Day:
    for event in happened:
        state = evolve(state, event)
    return state


def _after(state: Day, event: e.AnyEvent) -> Day:
    match event:
        case e.TicketReserved():
            return _reserved(state, event)
        case e.TicketQueued():
            return _queued(state, event)
        case e.TicketAdmitted():
            return _admitted(state, event)
        case e.TicketCancelled():
            return _without(_ticket(state, event.number, phase="cancelled", ended_at=event.at), event.number)
        case e.TicketCalled():
            return _called(state, event)
        case e.ServiceStarted():
            at = None if event.implied else event.at
            return _ticket(state, event.number, phase="serving", serving_at=at, clerk=event.clerk)
        case e.ServiceEnded():
            return _left(_ticket(state, event.number, phase="ended", ended_at=event.at), event.counter)
        case e.TicketMissed():
            return _left(_ticket(state, event.number, phase="no_show", ended_at=event.at), event.counter)
        case e.RatingAsked():
            return _asked(state, event)
        case e.Rated():
            return _ticket(_answered(state, event.ask, "rated"), event.number, level=event.level)
        case e.RatingLapsed():
            return _answered(state, event.ask, "lapsed")
        case e.CounterOpened():
            return _counter(state, event.counter, clerk=event.clerk, paused=False)
        case e.CounterClosed():
            return replace(state, counters=state.counters.set(event.counter, CounterState()))
        case e.CounterPaused():
            return _counter(state, event.counter, paused=True)
        case e.CounterResumed():
            return _counter(state, event.counter, paused=False)
        case e.DayEnded():
            return replace(state, ended=True)
        case e.Refused():
            return _refused(state, event)


def _reserved(state: Day, event: e.TicketReserved) -> Day:
    ticket = Ticket(number=event.number, service=event.service, phase="reserved", taken_at=event.at, by=event.by)
    return replace(
        state,
        tickets=state.tickets.set(event.number, ticket),
        reserved=state.reserved.set(event.number, event.at),
        issued=state.issued.set(event.service, numbering.ordinal(event.number)),
        taken=state.taken.set(event.command, event.number),
    )


def _queued(state: Day, event: e.TicketQueued) -> Day:
    if state.tickets[event.number].phase != "reserved":  # it queued unconfirmed, and now the printer has spoken
        return _ticket(state, event.number, confirmed=event.confirmed)
    return _insert(_ticket(state, event.number, phase="waiting", confirmed=event.confirmed), event.number)


def _admitted(state: Day, event: e.TicketAdmitted) -> Day:
    ticket = Ticket(number=event.number, service=event.service, phase="waiting", taken_at=event.taken_at, by=event.by)
    return _insert(replace(state, tickets=state.tickets.set(event.number, ticket)), event.number)


def _called(state: Day, event: e.TicketCalled) -> Day:
    state = _without(state, event.number)
    state = _ticket(
        state,
        event.number,
        phase="called",
        counter=event.counter,
        clerk=event.clerk,
        calls=event.calls,
        called_at=event.at,
        why=event.why or state.tickets[event.number].why,
    )
    earlier = tuple(number for number in state.calls if number != event.number)
    state = replace(state, calls=(event.number, *earlier)[:_CALLS_KEPT])
    return _counter(state, event.counter, number=event.number)


def _asked(state: Day, event: e.RatingAsked) -> Day:
    ask = OpenAsk(
        id=event.ask,
        number=event.number,
        service=event.service,
        counter=event.counter,
        clerk=event.clerk,
        asked_at=event.at,
        until=event.until,
    )
    return replace(
        state,
        asks=state.asks.set(event.ask, ask),
        asked=state.asked.set(event.counter, event.ask),
        open_asks=state.open_asks | {event.ask},
    )


def _answered(state: Day, ask: str, phase: Any) -> Day:
    return replace(
        state,
        asks=state.asks.set(ask, replace(state.asks[ask], phase=phase)),
        open_asks=state.open_asks - {ask},
    )


def _refused(state: Day, event: e.Refused) -> Day:
    """A refusal changes nothing, but for the one that says which command a machine gave up on."""
    if event.code == "superseded":
        return replace(state, superseded=state.superseded | {event.detail})
    return state


def _ticket(state: Day, number: str, **changes: Any) -> Day:
    return replace(state, tickets=state.tickets.set(number, replace(state.tickets[number], **changes)))


def _counter(state: Day, counter: str, **changes: Any) -> Day:
    return replace(state, counters=state.counters.set(counter, replace(state.counter(counter), **changes)))


def _left(state: Day, counter: str) -> Day:
    return _counter(state, counter, number="")


def _insert(state: Day, number: str) -> Day:
    """Into the queue of its service, by the time it was taken."""
    ticket = state.tickets[number]
    line = list(state.waiting.get(ticket.service, ()))
    insort(line, number, key=lambda other: (state.tickets[other].taken_at, other))
    return replace(
        state,
        waiting=state.waiting.set(ticket.service, tuple(line)),
        reserved=state.reserved.delete(number) if number in state.reserved else state.reserved,
    )


def _without(state: Day, number: str) -> Day:
    """Out of every line it may stand in."""
    service = state.tickets[number].service
    line = state.waiting.get(service, ())
    if number in line:
        state = replace(state, waiting=state.waiting.set(service, tuple(other for other in line if other != number)))
    if number in state.reserved:
        state = replace(state, reserved=state.reserved.delete(number))
    counter = state.tickets[number].counter
    if counter and state.counter(counter).number == number:
        state = _left(state, counter)
    return state
