"""`evolve(state, event) → state`: what an event does to the day. Never refuses: what is in the log has happened."""

from bisect import insort
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from hub.domain import events as e
from hub.domain import numbering, settings, undoing
from hub.domain.state import CounterState, Day, OpenAsk, Ticket

_CALLS_KEPT = 300  # over all areas; a quiet one must not lose its last calls to a busy one
_DURATIONS_KEPT = 30


def evolve(state: Day, event: e.AnyEvent) -> Day:
    after = undoing.remember(state, _after(state, event), event)
    return replace(after, version=state.version + 1)


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
            return _cancelled(state, event)
        case e.TicketReinstated():
            return _reinstated(state, event)
        case e.TicketAmended():
            return _amended(state, event)
        case e.TicketCalled():
            return _called(state, event)
        case e.ServiceStarted():
            at = None if event.implied else event.at
            return _ticket(state, event.number, phase="serving", serving_at=at, clerk=event.clerk)
        case e.ServiceEnded():
            return _ended(state, event)
        case e.ItemAdded():
            return _ticket(state, event.number, more=(*state.tickets[event.number].more, event.service))
        case e.TicketTransferred():
            return _transferred(state, event)
        case e.TicketParked():
            state = _ticket(_left(state, event), event.number, phase="parked")
            return replace(state, parked=(*state.parked, event.number))
        case e.TicketMissed():
            return _left(_ticket(state, event.number, phase="no_show", ended_at=event.at), event)
        case e.RatingAsked():
            return _asked(state, event)
        case e.Rated():
            return _ticket(_answered(state, event.ask, "rated"), event.number, level=event.level)
        case e.RatingLapsed():
            return _answered(state, event.ask, "lapsed")
        case e.CounterOpened():
            return _counter(state, event.counter, clerk=event.clerk, paused=False, opened_at=event.at, free_at=event.at)
        case e.CounterClosed():
            return _closed(state, event)
        case e.CounterPaused():
            return _counter(state, event.counter, paused=True, paused_at=event.at)
        case e.CounterResumed():
            return _counter(state, event.counter, paused=False, paused_at=None, free_at=event.at)
        case e.ActionUndone():
            return _undone(state, event)
        case e.SettingsChanged():
            return settings.after(state, event.changes)
        case e.DayEnded():
            return replace(state, ended=True)
        case e.Refused():
            return _refused(state, event)


# Tickets come.


def _reserved(state: Day, event: e.TicketReserved) -> Day:
    ticket = Ticket(
        number=event.number,
        service=event.service,
        phase="reserved",
        taken_at=event.at,
        place_at=max(event.at, event.slot_at) if event.slot_at else event.at,
        by=event.by,
        more=event.more,
        priority=event.priority,
        slot_at=event.slot_at,
        person=event.person,
        period=event.period,
    )
    state = replace(
        state,
        tickets=state.tickets.set(event.number, ticket),
        reserved=state.reserved.set(event.number, event.at),
        issued=state.issued.set(event.service, numbering.ordinal(event.number)),
        taken=state.taken.set(event.command, event.number),
        tapped=state.tapped.set(event.by, event.number),
        people=state.people.set(f"{event.person}@{event.service}", event.number) if event.person else state.people,
    )
    return _given(state, ticket, 1)


def _given(state: Day, ticket: Ticket, more: int) -> Day:
    """Against the caps of its service; an appointment has its own."""
    if ticket.slot_at:
        return state
    given = state.given
    for key in (ticket.service, f"{ticket.service}@{ticket.period}"):
        given = given.set(key, given.get(key, 0) + more)
    return replace(state, given=given)


def _queued(state: Day, event: e.TicketQueued) -> Day:
    if state.tickets[event.number].phase != "reserved":  # it queued unconfirmed, and now the printer has spoken
        return _ticket(state, event.number, confirmed=event.confirmed)
    return _insert(_ticket(state, event.number, phase="waiting", confirmed=event.confirmed), event.number)


def _admitted(state: Day, event: e.TicketAdmitted) -> Day:
    ticket = Ticket(
        number=event.number,
        service=event.service,
        phase="waiting",
        taken_at=event.taken_at,
        place_at=event.taken_at,
        by=event.by,
    )
    state = _given(replace(state, tickets=state.tickets.set(event.number, ticket)), ticket, 1)
    return _insert(state, event.number)


def _cancelled(state: Day, event: e.TicketCancelled) -> Day:
    state = _given(_without(state, event.number), state.tickets[event.number], -1)
    return _ticket(state, event.number, phase="cancelled", ended_at=event.at)


def _reinstated(state: Day, event: e.TicketReinstated) -> Day:
    again = state.tickets[event.number].reinstated + 1
    state = _waiting_again(state, event.number, place_at=event.place_at, reinstated=again)
    return _insert(state, event.number)


def _amended(state: Day, event: e.TicketAmended) -> Day:
    state = _ticket(_without(state, event.number), event.number, service=event.service, priority=event.priority)
    return _insert(state, event.number)


# A counter and its ticket.


def _called(state: Day, event: e.TicketCalled) -> Day:
    state = _without(state, event.number)
    changes: dict[str, Any] = {}
    if event.why:  # a recall says nothing new
        changes = {"why": event.why, "because": event.because, "passed": event.passed}
    state = _ticket(
        state,
        event.number,
        phase="called",
        counter=event.counter,
        clerk=event.clerk,
        calls=event.calls,
        called_at=event.at,
        only_at="",
        **changes,
    )
    earlier = tuple(number for number in state.calls if number != event.number)
    state = replace(state, calls=(event.number, *earlier)[:_CALLS_KEPT])
    turns = event.turns or state.counter(event.counter).turns
    return _counter(state, event.counter, number=event.number, turns=turns)


def _ended(state: Day, event: e.ServiceEnded) -> Day:
    ticket = state.tickets[event.number]
    began = ticket.serving_at or ticket.called_at or event.at
    seconds = max(0.0, (event.at - began).total_seconds())
    here = state.counter(event.counter)
    state = _counter(state, event.counter, served=here.served + 1, work_s=here.work_s + seconds)
    latest = (*state.durations.get(ticket.service, ()), (event.number, seconds))[-_DURATIONS_KEPT:]
    state = replace(state, durations=state.durations.set(ticket.service, latest))
    return _left(_ticket(state, event.number, phase="ended", ended_at=event.at), event)


def _transferred(state: Day, event: e.TicketTransferred) -> Day:
    state = _waiting_again(
        _left(state, event),
        event.number,
        service=event.service,
        place_at=event.place_at,
        only_at=event.to,
        more=event.more,
    )
    return _insert(state, event.number)


def _closed(state: Day, event: e.CounterClosed) -> Day:
    here = state.counter(event.counter)
    open_s = here.open_s + (event.at - here.opened_at).total_seconds() if here.opened_at else here.open_s
    closed = CounterState(turns=here.turns, open_s=open_s, served=here.served, work_s=here.work_s)
    return replace(state, counters=state.counters.set(event.counter, closed))


# Ratings.


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


# Corrections.


def _undone(state: Day, event: e.ActionUndone) -> Day:
    last = state.last_actions[event.counter]
    for ticket in last.before:
        state = _put_back(state, ticket)
    for ask in last.asks:
        state = _answered(state, ask, "withdrawn")
    return replace(
        state,
        counters=state.counters.set(event.counter, last.counter),
        asked=state.asked.set(event.counter, last.asked),
        last_actions=state.last_actions.delete(event.counter),
    )


def _put_back(state: Day, ticket: Ticket) -> Day:
    number = ticket.number
    kept = tuple(one for one in state.durations.get(ticket.service, ()) if one[0] != number)
    state = replace(
        _without(state, number),
        durations=state.durations.set(ticket.service, kept),
        calls=state.calls if ticket.calls else tuple(other for other in state.calls if other != number),
    )
    state = replace(state, tickets=state.tickets.set(number, ticket))
    if ticket.phase == "parked":
        return replace(state, parked=(*state.parked, number))
    return _insert(state, number) if ticket.phase == "waiting" else state


def _refused(state: Day, event: e.Refused) -> Day:
    """A refusal changes nothing, but for the one that says which command a machine gave up on."""
    if event.code == "superseded":
        return replace(state, superseded=state.superseded | {event.detail})
    return state


# The pieces.


def _ticket(state: Day, number: str, **changes: Any) -> Day:
    return replace(state, tickets=state.tickets.set(number, replace(state.tickets[number], **changes)))


def _waiting_again(state: Day, number: str, **changes: Any) -> Day:
    blank = {"counter": "", "clerk": "", "calls": 0, "called_at": None, "serving_at": None, "ended_at": None}
    return _ticket(state, number, phase="waiting", **{**blank, **changes})


def _counter(state: Day, counter: str, **changes: Any) -> Day:
    return replace(state, counters=state.counters.set(counter, replace(state.counter(counter), **changes)))


def _left(state: Day, event: e.ServiceEnded | e.TicketMissed | e.TicketParked | e.TicketTransferred) -> Day:
    return _counter(state, event.counter, number="", free_at=event.at)


def _insert(state: Day, number: str) -> Day:
    """Into its line, by its place."""
    ticket = state.tickets[number]
    line = list(state.lines.get(ticket.line, ()))
    insort(line, number, key=lambda other: state.tickets[other].place)
    return replace(
        state,
        lines=state.lines.set(ticket.line, tuple(line)),
        reserved=state.reserved.delete(number) if number in state.reserved else state.reserved,
    )


def _without(state: Day, number: str) -> Day:
    """Out of wherever it waits, and away from the counter where it is."""
    ticket = state.tickets[number]
    line = state.lines.get(ticket.line, ())
    if number in line:
        state = replace(state, lines=state.lines.set(ticket.line, tuple(other for other in line if other != number)))
    if number in state.reserved:
        state = replace(state, reserved=state.reserved.delete(number))
    if number in state.parked:
        state = replace(state, parked=tuple(other for other in state.parked if other != number))
    if ticket.counter and state.counter(ticket.counter).number == number:
        state = _counter(state, ticket.counter, number="")
    return state
