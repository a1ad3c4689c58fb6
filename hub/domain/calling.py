"""A counter and its ticket: call, call again, serve, end, no-show."""

from collections.abc import Iterable

from halls.format import Counter
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import ratings, routing
from hub.domain.counters import busy, not_ready
from hub.domain.decision import Decision, at_counter, event, is_over, refused
from hub.domain.state import Day, Ticket


def call_next(state: Day, command: c.CallNext) -> Decision:
    if refusal := not_ready(state, command):
        return refusal
    active = state.active(command.counter)
    if active is not None and active.phase == "called":
        return (refused(command, "ticket-called", active.number),)
    ended = _end_events(state, command, active) if active is not None else ()
    choice = routing.choose(state, _counter(state, command.counter).services)
    if choice is None:
        return *ended, refused(command, "nobody-waiting")
    return *ended, _called(state, command, choice.ticket, why=choice.why)


def call(state: Day, command: c.Call) -> Decision:
    if refusal := not_ready(state, command) or busy(state, command):
        return refusal
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (refused(command, "unknown-ticket", command.number),)
    if ticket.phase != "waiting":
        return (refused(command, "not-waiting", command.number),)
    if ticket.service not in _counter(state, command.counter).services:
        return (refused(command, "not-served-here", command.number),)
    return (_called(state, command, ticket, why="chosen", reason=command.reason),)


def recall(state: Day, command: c.Recall) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    if active.phase != "called":
        return (refused(command, "ticket-serving", active.number),)
    policy = state.hall.policy
    if active.calls > policy.recalls_max:
        return (refused(command, "recall-limit"),)
    assert active.called_at is not None
    if not is_over(active.called_at, policy.recall_gap_s, command.at):
        return (refused(command, "recall-too-soon"),)
    return (_called(state, command, active, calls=active.calls + 1),)


def serve(state: Day, command: c.Serve) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    if active.phase == "serving":
        return (refused(command, "ticket-serving", active.number),)
    return (at_counter(state, command, e.ServiceStarted, active),)


def end(state: Day, command: c.End) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    return _end_events(state, command, active)


def no_show(state: Day, command: c.NoShow) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (refused(command, "no-ticket"),)
    if active.phase == "serving":
        return (refused(command, "ticket-serving", active.number),)
    missing = state.hall.policy.calls_before_no_show - active.calls
    if missing > 0:
        return (refused(command, "call-again-first", str(missing)),)
    return (at_counter(state, command, e.TicketMissed, active),)


def _counter(state: Day, counter: str) -> Counter:
    return next(known for known in state.hall.counter if known.id == counter)


def _called(
    state: Day, command: c.OnCounter, ticket: Ticket, calls: int = 1, why: str = "", reason: str = ""
) -> e.TicketCalled:
    return event(
        command,
        e.TicketCalled,
        number=ticket.number,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk,
        calls=calls,
        why=why,
        reason=reason,
    )


def _end_events(state: Day, command: c.OnCounter, active: Ticket) -> Decision:
    """End, and ask for the rating. A ticket that nobody pressed "serve" for was served nevertheless."""
    started: Iterable[e.AnyEvent] = ()
    if active.phase == "called":
        clerk = state.counter(command.counter).clerk
        started = (
            event(command, e.ServiceStarted, implied=True, number=active.number, counter=command.counter, clerk=clerk),
        )
    return *started, at_counter(state, command, e.ServiceEnded, active), ratings.ask(state, command, active)
