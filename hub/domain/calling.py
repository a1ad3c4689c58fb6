"""A counter and its ticket: call, call again, serve, end, no-show."""

from datetime import datetime

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import ratings, routing
from hub.domain.counters import busy, not_ready
from hub.domain.decision import Decision, at_counter, event, is_over, refused
from hub.domain.policies import Leave
from hub.domain.short_numbers import meant
from hub.domain.state import Day, Ticket


def call_next(state: Day, command: c.CallNext) -> Decision:
    if refusal := not_ready(state, command):
        return refusal
    active = state.active(command.counter)
    if active is not None and active.phase == "called":
        return (refused(command, "ticket-called", active.number),)
    ended = ending(state, command, active) if active is not None else ()
    choice = routing.choose(state, state.place(command.counter), command.at)
    if isinstance(choice, Leave):
        return *ended, refused(command, choice.code, choice.detail)
    because = choice.because
    return *ended, called(
        state, command, choice.ticket, why=choice.why, because=because, passed=choice.passed, turns=choice.turns
    )


def call(state: Day, command: c.Call) -> Decision:
    if refusal := not_ready(state, command) or busy(state, command):
        return refusal
    number, *others = meant(state, command.counter, command.number, "waiting")
    if others:
        return (refused(command, "which-ticket", "、".join((number, *others))),)
    ticket = state.tickets.get(number)
    if ticket is None:
        return (refused(command, "unknown-ticket", number),)
    if ticket.phase != "waiting":
        return (refused(command, "not-waiting", number),)
    if ticket.service not in state.place(command.counter).services:
        return (refused(command, "not-served-here", number),)
    passed = routing.passed(state, state.place(command.counter), ticket, command.at)
    because = {"reason": command.reason}
    return (called(state, command, ticket, why="chosen", because=because, passed=passed, reason=command.reason),)


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
    return (called(state, command, active, calls=active.calls + 1),)


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
    return ending(state, command, active)


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


def called(
    state: Day,
    command: c.OnCounter,
    ticket: Ticket,
    *,
    calls: int = 1,
    why: str = "",
    because: dict[str, str] | None = None,
    passed: tuple[str, ...] = (),
    turns: tuple[int, int, int] | None = None,
    reason: str = "",
) -> e.TicketCalled:
    return event(
        command,
        e.TicketCalled,
        number=ticket.number,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk,
        calls=calls,
        why=why,
        because=because or {},
        passed=passed,
        turns=turns,
        reason=reason,
    )


def ending(state: Day, command: c.OnCounter, active: Ticket) -> Decision:
    """End; then on to what else is to be done, or, when all is, the question for a rating.

    A ticket that nobody pressed "serve" for was served nevertheless.
    """
    clerk = state.counter(command.counter).clerk
    at = {"number": active.number, "counter": command.counter, "clerk": clerk}
    started: Decision = ()
    if active.phase == "called":
        started = (event(command, e.ServiceStarted, implied=True, **at),)
    done, left = _after_here(active, state.place(command.counter).services)
    ended = event(command, e.ServiceEnded, services=done, **at)
    if left:
        place = {"service": left[0], "more": left[1:], "place_at": kept_place(active, command.at)}
        return *started, ended, event(command, e.TicketTransferred, **at, **place)
    return *started, ended, *ratings.ask(state, command, active)


def kept_place(ticket: Ticket, at: datetime) -> datetime:
    """Who goes on keeps the place; who was called before the slot began waits for it no more."""
    return at if ticket.is_early(at) else ticket.place_at


def _after_here(ticket: Ticket, services: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of what is to be done: what this counter does in one go, and what is left for others."""
    done = (ticket.service, *(letter for letter in ticket.more if letter in services))
    return done, tuple(letter for letter in ticket.more if letter not in done)
