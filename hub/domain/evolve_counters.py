"""What becomes of the day when something happens at a counter: to its ticket, to itself, to the rating asked for."""

from typing import Any, Literal

from msgspec.structs import replace

from hub.domain import events as e
from hub.domain.places import change_counter, change_ticket, line_up_again, take_away
from hub.domain.state import CounterState, Day, OpenAsk

DURATIONS_KEPT = 30
_CALLS_KEPT = 300  # over all areas; a quiet one must not lose its last calls to a busy one


def called(state: Day, event: e.TicketCalled) -> Day:
    state = take_away(state, event.number)
    changes: dict[str, Any] = {}
    if event.why:  # a recall says nothing new
        changes = {"why": event.why, "because": event.because, "passed": event.passed}
    state = change_ticket(
        state,
        event.number,
        phase="called",
        counter=event.counter,
        clerk=event.clerk,
        calls=event.calls,
        called_at=event.at,
        serving_at=None,
        only_at="",
        **changes,
    )
    turns = event.turns or state.counter(event.counter).turns
    state = replace(state, calls=_with_latest(state.calls, event.number))
    return change_counter(state, event.counter, number=event.number, turns=turns)


def _with_latest(calls: tuple[str, ...], number: str) -> tuple[str, ...]:
    """Each number is there once."""
    if number in calls:
        at = calls.index(number)
        return (number, *calls[:at], *calls[at + 1 :])
    return (number, *calls[: _CALLS_KEPT - 1])


def started(state: Day, event: e.ServiceStarted) -> Day:
    serving_at = None if event.implied else event.at
    return change_ticket(state, event.number, phase="serving", serving_at=serving_at, clerk=event.clerk)


def ended(state: Day, event: e.ServiceEnded) -> Day:
    ticket = state.tickets[event.number]
    began = ticket.serving_at or ticket.called_at or event.at
    seconds = max(0.0, (event.at - began).total_seconds())
    latest = (*state.durations.get(ticket.service, ()), (event.number, seconds))[-DURATIONS_KEPT:]
    here = state.counter(event.counter)
    state = change_counter(
        replace(state, durations=state.durations.set(ticket.service, latest)),
        event.counter,
        number="",
        free_at=event.at,
        served=here.served + 1,
        work_s=here.work_s + seconds,
    )
    return change_ticket(state, event.number, phase="ended", ended_at=event.at)


def item_added(state: Day, event: e.ItemAdded) -> Day:
    return change_ticket(state, event.number, more=(*state.tickets[event.number].more, event.service))


def transferred(state: Day, event: e.TicketTransferred) -> Day:
    return line_up_again(
        _left(state, event),
        event.number,
        service=event.service,
        place_at=event.place_at,
        back_at=event.at,
        only_at=event.to,
        more=event.more,
    )


def parked(state: Day, event: e.TicketParked) -> Day:
    state = change_ticket(_left(state, event), event.number, phase="parked")
    return replace(state, parked=(*state.parked, event.number))


def missed(state: Day, event: e.TicketMissed) -> Day:
    return change_ticket(_left(state, event), event.number, phase="no_show", ended_at=event.at)


def _left(state: Day, event: e.TicketMissed | e.TicketParked | e.TicketTransferred) -> Day:
    return change_counter(state, event.counter, number="", free_at=event.at)


# The counter itself.


def opened(state: Day, event: e.CounterOpened) -> Day:
    return change_counter(state, event.counter, clerk=event.clerk, paused=False, opened_at=event.at, free_at=event.at)


def closed(state: Day, event: e.CounterClosed) -> Day:
    here = state.counter(event.counter)
    open_s = here.open_s + (max(0.0, (event.at - here.opened_at).total_seconds()) if here.opened_at else 0.0)
    after = CounterState(turns=here.turns, open_s=open_s, served=here.served, work_s=here.work_s)
    return replace(state, counters=state.counters.set(event.counter, after))


def paused(state: Day, event: e.CounterPaused) -> Day:
    return change_counter(state, event.counter, paused=True, paused_at=event.at, paused_why=event.reason)


def resumed(state: Day, event: e.CounterResumed) -> Day:
    return change_counter(state, event.counter, paused=False, paused_at=None, paused_why="", free_at=event.at)


# Ratings.


def asked(state: Day, event: e.RatingAsked) -> Day:
    """Perhaps anew, after an undo: what is known of reasons stays known."""
    before = state.asks.get(event.ask)
    ask = OpenAsk(
        id=event.ask,
        number=event.number,
        service=event.service,
        counter=event.counter,
        clerk=event.clerk,
        asked_at=event.at,
        until=event.until,
        explained=before.explained if before is not None else frozenset(),
    )
    return replace(
        state,
        asks=state.asks.set(event.ask, ask),
        asked=state.asked.set(event.counter, event.ask),
        open_asks=state.open_asks | {event.ask},
    )


def rated(state: Day, event: e.Rated) -> Day:
    state = answered(state, event.ask, "rated")
    asks = state.asks.set(event.ask, replace(state.asks[event.ask], rating=event.command))
    return change_ticket(replace(state, asks=asks), event.number, level=event.level)


def reasons_given(state: Day, event: e.ReasonsGiven) -> Day:
    ask = state.asks[event.ask]
    ask = replace(ask, explained=ask.explained | {event.rating})
    return replace(state, asks=state.asks.set(event.ask, ask))


def lapsed(state: Day, event: e.RatingLapsed) -> Day:
    return answered(state, event.ask, "lapsed")


def answered(state: Day, ask: str, phase: Literal["rated", "lapsed", "withdrawn"]) -> Day:
    return replace(
        state,
        asks=state.asks.set(ask, replace(state.asks[ask], phase=phase)),
        open_asks=state.open_asks - {ask},
    )
