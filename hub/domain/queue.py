"""`decide(state, command) → events`: the rules of tickets, counters and ratings."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from halls.format import Counter
from hub.domain import commands as c
from hub.domain import estimate, numbering, routing
from hub.domain import events as e
from hub.domain.state import Day, Ticket

Decision = tuple[e.AnyEvent, ...]
_E = TypeVar("_E", bound=e.Event)
_CLOCK_SLACK = timedelta(seconds=3)  # between an evaluator's clock and ours


class InvalidCommandError(ValueError):
    """A wish about something that the hall does not have: no business of the rules, refused at the door."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def validate(state: Day, command: c.Command) -> None:
    """Raises InvalidCommandError that says what, and what there is instead."""
    hall = state.hall
    service = getattr(command, "service", None)
    if service is not None and all(known.letter != service for known in hall.service):
        letters = ", ".join(known.letter for known in hall.service)
        raise InvalidCommandError("unknown-service", f"this hall has no service {service!r}; it has {letters}")
    if isinstance(command, c.OnCounter) and all(known.id != command.counter for known in hall.counter):
        raise InvalidCommandError("unknown-counter", f"this hall has no counter {command.counter!r}")
    if isinstance(command, c.SignOn) and command.clerk and all(k.number != command.clerk for k in hall.clerk):
        raise InvalidCommandError("unknown-clerk", f"this hall has no clerk with the work number {command.clerk!r}")
    if isinstance(command, c.SignOn) and not _usual_clerk(state, command):
        raise InvalidCommandError("unknown-clerk", f"nobody usually sits at counter {command.counter}: give a number")
    if isinstance(command, c.Rate) and not 1 <= command.level <= 5:
        raise InvalidCommandError("bad-level", f"a rating is 1 to 5, not {command.level}")
    if isinstance(command, c.AdmitTicket) and not numbering.is_own_series(command.number, command.service):
        raise InvalidCommandError("bad-number", f"{command.number!r} is not of a machine's own series of its service")
    if isinstance(command, c.Call) and not command.reason.strip():
        raise InvalidCommandError("reason-missing", "calling a ticket out of turn needs a reason")


def decide(state: Day, command: c.Command) -> Decision:
    """What follows from a validated wish. A business refusal is an event too; nothing due is no event."""
    if state.ended and not isinstance(command, c.Rate | c.Settle):
        return (_refused(command, "day-ended"),)
    rule: Callable[[Day, Any], Decision] = _RULES[type(command)]
    return rule(state, command)


# Tickets.


def _take(state: Day, command: c.TakeTicket) -> Decision:
    if command.id in state.superseded:
        return (_refused(command, "superseded", detail=command.id),)
    number = numbering.number(command.service, state.issued.get(command.service, 0) + 1)
    wait = estimate.wait(state, command.service)
    reserved = _event(
        command,
        e.TicketReserved,
        number=number,
        service=command.service,
        ahead=wait.ahead,
        wait_s_low=wait.low_s,
        wait_s_high=wait.high_s,
    )
    if command.printer:
        return (reserved,)
    return reserved, _event(command, e.TicketQueued, number=number)


def _confirm_print(state: Day, command: c.ConfirmPrint) -> Decision:
    ticket = state.tickets.get(command.number)
    if ticket is None or ticket.confirmed or ticket.phase in ("ended", "no_show", "cancelled"):
        return (_refused(command, "not-reserved", detail=command.number),)
    if command.outcome == "failed":
        if ticket.phase not in ("reserved", "waiting"):
            return (_refused(command, "not-reserved", detail=command.number),)
        reason = f"print failed: {command.reason}" if command.reason else "print failed"
        return (_event(command, e.TicketCancelled, number=command.number, reason=reason),)
    confirmed = command.outcome == "printed"
    if ticket.phase != "reserved" and not confirmed:
        return (_refused(command, "not-reserved", detail=command.number),)
    return (_event(command, e.TicketQueued, number=command.number, confirmed=confirmed),)


def _admit(state: Day, command: c.AdmitTicket) -> Decision:
    if command.number in state.tickets:
        return (_refused(command, "already-admitted", detail=command.number),)
    admitted = _event(
        command, e.TicketAdmitted, number=command.number, service=command.service, taken_at=command.taken_at
    )
    return *_give_up(state, command), admitted


def _give_up(state: Day, command: c.AdmitTicket) -> Decision:
    """The machine heard no answer to a wish and gave another ticket: that wish must not come true as well."""
    if not command.instead_of:
        return ()
    number = state.taken.get(command.instead_of)
    if number is None:
        return (_refused(command, "superseded", detail=command.instead_of),)
    if state.tickets[number].phase not in ("reserved", "waiting"):
        return ()
    return (_event(command, e.TicketCancelled, number=number, reason=f"replaced by {command.number}"),)


# Counters.


def _call_next(state: Day, command: c.CallNext) -> Decision:
    if refusal := _not_ready(state, command):
        return refusal
    active = state.active(command.counter)
    if active is not None and active.phase == "called":
        return (_refused(command, "ticket-called", detail=active.number),)
    ended = _end_events(state, command, active) if active is not None else ()
    choice = routing.choose(state, _counter(state, command.counter).services)
    if choice is None:
        return *ended, _refused(command, "nobody-waiting")
    return *ended, _called(state, command, choice.ticket, why=choice.why)


def _call(state: Day, command: c.Call) -> Decision:
    if refusal := _not_ready(state, command) or _busy(state, command):
        return refusal
    ticket = state.tickets.get(command.number)
    if ticket is None:
        return (_refused(command, "unknown-ticket", detail=command.number),)
    if ticket.phase != "waiting":
        return (_refused(command, "not-waiting", detail=command.number),)
    if ticket.service not in _counter(state, command.counter).services:
        return (_refused(command, "not-served-here", detail=command.number),)
    return (_called(state, command, ticket, why="chosen", reason=command.reason),)


def _recall(state: Day, command: c.Recall) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (_refused(command, "no-ticket"),)
    if active.phase != "called":
        return (_refused(command, "ticket-serving", detail=active.number),)
    policy = state.hall.policy
    if active.calls > policy.recalls_max:
        return (_refused(command, "recall-limit"),)
    assert active.called_at is not None
    if command.at - active.called_at < timedelta(seconds=policy.recall_gap_s):
        return (_refused(command, "recall-too-soon"),)
    return (_called(state, command, active, calls=active.calls + 1),)


def _serve(state: Day, command: c.Serve) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (_refused(command, "no-ticket"),)
    if active.phase == "serving":
        return (_refused(command, "ticket-serving", detail=active.number),)
    return (_at_counter(state, command, e.ServiceStarted, active),)


def _end(state: Day, command: c.End) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (_refused(command, "no-ticket"),)
    return _end_events(state, command, active)


def _no_show(state: Day, command: c.NoShow) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return (_refused(command, "no-ticket"),)
    if active.phase == "serving":
        return (_refused(command, "ticket-serving", detail=active.number),)
    missing = state.hall.policy.calls_before_no_show - active.calls
    if missing > 0:
        return (_refused(command, "call-again-first", detail=str(missing)),)
    return (_at_counter(state, command, e.TicketMissed, active),)


def _pause(state: Day, command: c.Pause) -> Decision:
    if refusal := _not_ready(state, command) or _busy(state, command):
        return refusal
    return (_event(command, e.CounterPaused, counter=command.counter, reason=command.reason),)


def _resume(state: Day, command: c.Resume) -> Decision:
    if not state.counter(command.counter).paused:
        return (_refused(command, "not-paused"),)
    return (_event(command, e.CounterResumed, counter=command.counter),)


def _sign_on(state: Day, command: c.SignOn) -> Decision:
    clerk = _usual_clerk(state, command)
    here = state.counter(command.counter)
    if here.clerk:
        return (_refused(command, "counter-open", detail=here.clerk),)
    elsewhere = state.clerk_at(clerk)
    if elsewhere:
        return (_refused(command, "clerk-elsewhere", detail=elsewhere),)
    return (_event(command, e.CounterOpened, counter=command.counter, clerk=clerk),)


def _sign_off(state: Day, command: c.SignOff) -> Decision:
    here = state.counter(command.counter)
    if not here.clerk:
        return (_refused(command, "counter-closed"),)
    if refusal := _busy(state, command):
        return refusal
    return (_event(command, e.CounterClosed, counter=command.counter, clerk=here.clerk),)


# Ratings.


def _rate(state: Day, command: c.Rate) -> Decision:
    ask = state.asks.get(command.ask)
    if ask is None:
        return (_refused(command, "unknown-ask", detail=command.ask),)
    if ask.phase == "rated":
        return (_refused(command, "already-rated", detail=ask.number),)
    if not ask.asked_at - _CLOCK_SLACK <= command.pressed_at <= ask.until + _CLOCK_SLACK:
        return (_refused(command, "too-late", detail=ask.number),)
    rated = _event(
        command,
        e.Rated,
        ask=ask.id,
        number=ask.number,
        service=ask.service,
        counter=ask.counter,
        clerk=ask.clerk,
        level=command.level,
        reasons=command.reasons,
        pressed_at=command.pressed_at,
    )
    return (rated,)


# Time.


def _settle(state: Day, command: c.Settle) -> Decision:
    policy = state.hall.policy
    unconfirmed = [
        _event(command, e.TicketQueued, number=number, confirmed=False)
        for number, at in sorted(state.reserved.items())
        if command.at - at >= timedelta(seconds=policy.print_wait_s)
    ]
    lapsed = [
        _event(command, e.RatingLapsed, ask=ask.id, number=ask.number, counter=ask.counter, clerk=ask.clerk)
        for ask in (state.asks[ident] for ident in sorted(state.open_asks))
        if command.at - ask.until >= timedelta(seconds=policy.rating_grace_s)
    ]
    return *unconfirmed, *lapsed


def _end_day(state: Day, command: c.EndDay) -> Decision:
    happened: list[e.AnyEvent] = []
    for ticket in sorted(state.tickets.values(), key=lambda t: t.number):
        if ticket.phase == "serving":
            happened.append(_at_counter(state, command, e.ServiceEnded, ticket))
        elif ticket.phase in ("reserved", "waiting", "called"):
            happened.append(_event(command, e.TicketCancelled, number=ticket.number, reason="day end"))
    for counter, at in sorted(state.counters.items()):
        if at.clerk:
            happened.append(_event(command, e.CounterClosed, counter=counter, clerk=at.clerk))
    return *happened, _event(command, e.DayEnded)


def _late(state: Day, command: c.RefuseLate) -> Decision:
    return (_event(command, e.Refused, what=command.what, code="expired"),)


# The pieces that rules are made of.


def _event(command: c.Command, kind: type[_E], **fields: Any) -> _E:
    return kind(at=command.at, by=command.by, source=command.source, command=command.id, **fields)


def _refused(command: c.Command, code: str, detail: str = "") -> e.Refused:
    what = str(command.__struct_config__.tag)
    return _event(command, e.Refused, what=what, code=code, counter=getattr(command, "counter", ""), detail=detail)


def _counter(state: Day, counter: str) -> Counter:
    return next(known for known in state.hall.counter if known.id == counter)


def _usual_clerk(state: Day, command: c.SignOn) -> str:
    return command.clerk or next((k.number for k in state.hall.clerk if k.counter == command.counter), "")


def _not_ready(state: Day, command: c.OnCounter) -> Decision:
    here = state.counter(command.counter)
    if not here.clerk:
        return (_refused(command, "counter-closed"),)
    if here.paused:
        return (_refused(command, "counter-paused"),)
    return ()


def _busy(state: Day, command: c.OnCounter) -> Decision:
    active = state.active(command.counter)
    if active is None:
        return ()
    return (_refused(command, f"ticket-{active.phase}", detail=active.number),)


def _called(state: Day, command: c.OnCounter, ticket: Ticket, calls: int = 1, why: str = "", reason: str = "") -> Any:
    clerk = state.counter(command.counter).clerk
    return _event(
        command,
        e.TicketCalled,
        number=ticket.number,
        counter=command.counter,
        clerk=clerk,
        calls=calls,
        why=why,
        reason=reason,
    )


def _at_counter(state: Day, command: c.Command, kind: type[_E], ticket: Ticket) -> _E:
    clerk = state.counter(ticket.counter).clerk
    return _event(command, kind, number=ticket.number, counter=ticket.counter, clerk=clerk)


def _end_events(state: Day, command: c.OnCounter, active: Ticket) -> Decision:
    """End, and ask for the rating. A ticket that nobody pressed "serve" for was served nevertheless."""
    clerk = state.counter(command.counter).clerk
    where = {"number": active.number, "counter": command.counter, "clerk": clerk}
    started: Iterable[e.AnyEvent] = ()
    if active.phase == "called":
        started = (_event(command, e.ServiceStarted, implied=True, **where),)
    asked = _event(
        command,
        e.RatingAsked,
        ask=ask_id(state.day, active.number),
        service=active.service,
        until=_until(command.at, state.hall.policy.rating_s),
        **where,
    )
    return *started, _event(command, e.ServiceEnded, **where), asked


def ask_id(day: str, number: str) -> str:
    """An ask's id says its day, so that a rating that comes after midnight finds it: 2026-11-22.A012."""
    return f"{day}.{number}"


def day_of_ask(ask: str) -> str:
    return ask.partition(".")[0]


def _until(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


_RULES: dict[type[c.Command], Callable[[Day, Any], Decision]] = {
    c.TakeTicket: _take,
    c.ConfirmPrint: _confirm_print,
    c.AdmitTicket: _admit,
    c.CallNext: _call_next,
    c.Call: _call,
    c.Recall: _recall,
    c.Serve: _serve,
    c.End: _end,
    c.NoShow: _no_show,
    c.Pause: _pause,
    c.Resume: _resume,
    c.SignOn: _sign_on,
    c.SignOff: _sign_off,
    c.Rate: _rate,
    c.RefuseLate: _late,
    c.Settle: _settle,
    c.EndDay: _end_day,
}
