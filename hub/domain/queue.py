"""`decide(state, command) → events`: which rule answers which command, and what is refused before any rule is asked."""

from collections.abc import Callable
from typing import Any

from hub.domain import calling, counters, numbering, ratings, tickets, time_passing
from hub.domain import commands as c
from hub.domain.decision import Decision, refused
from hub.domain.ratings import ask_id, day_of_ask
from hub.domain.state import Day

__all__ = ["Decision", "InvalidCommandError", "ask_id", "day_of_ask", "decide", "validate"]


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
    if isinstance(command, c.SignOn) and not counters.usual_clerk(state, command):
        raise InvalidCommandError("unknown-clerk", f"nobody usually sits at counter {command.counter}: give a number")
    if isinstance(command, c.Rate) and not 1 <= command.level <= 5:
        raise InvalidCommandError("bad-level", f"a rating is 1 to 5, not {command.level}")
    if isinstance(command, c.AdmitTicket) and not numbering.is_own_series(command.number, command.service):
        raise InvalidCommandError("bad-number", f"{command.number!r} is not of a machine's own series of its service")
    if isinstance(command, c.Call) and not command.reason.strip():
        raise InvalidCommandError("reason-missing", "calling a ticket out of turn needs a reason")


def decide(state: Day, command: c.Command) -> Decision:
    """What follows from a validated wish. A business refusal is an event too; nothing due is no event."""
    if state.ended and not isinstance(command, _AFTER_THE_END):
        return (refused(command, "day-ended"),)
    rule: Callable[[Day, Any], Decision] = _RULES[type(command)]
    return rule(state, command)


_AFTER_THE_END = (c.Rate, c.Settle, c.AdmitTicket)
_RULES: dict[type[c.Command], Callable[[Day, Any], Decision]] = {
    c.TakeTicket: tickets.take,
    c.ConfirmPrint: tickets.confirm_print,
    c.AdmitTicket: tickets.admit,
    c.CallNext: calling.call_next,
    c.Call: calling.call,
    c.Recall: calling.recall,
    c.Serve: calling.serve,
    c.End: calling.end,
    c.NoShow: calling.no_show,
    c.Pause: counters.pause,
    c.Resume: counters.resume,
    c.SignOn: counters.sign_on,
    c.SignOff: counters.sign_off,
    c.Rate: ratings.rate,
    c.RefuseLate: time_passing.refuse_late,
    c.Settle: time_passing.settle,
    c.EndDay: time_passing.end_day,
}
