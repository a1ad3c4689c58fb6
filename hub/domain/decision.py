"""What rules are made of: events that carry their command's marks, refusals, and whether a time is over."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.state import Day, Ticket

Decision: TypeAlias = tuple[e.AnyEvent, ...]
CLOCK_SLACK = timedelta(seconds=3)  # between a device's clock and ours
_PUT_BACK = timedelta(minutes=1)  # less is the difference between two hubs' clocks
_DETAIL_MAX = 200  # of what a device said: the log keeps it for ever
_E = TypeVar("_E", bound=e.Event)


def event(command: c.Command, kind: type[_E], **fields: Any) -> _E:
    return kind(at=command.at, by=command.by, source=command.source, command=command.id, **fields)


def refused(command: c.Command, code: str, detail: str = "") -> e.Refused:
    counter = getattr(command, "counter", "")
    what = str(command.__struct_config__.tag)
    return event(command, e.Refused, what=what, code=code, counter=counter, detail=detail[:_DETAIL_MAX])


def at_counter(state: Day, command: c.Command, kind: type[_E], ticket: Ticket) -> _E:
    clerk = state.counter(ticket.counter).clerk
    return event(command, kind, number=ticket.number, counter=ticket.counter, clerk=clerk)


def is_over(since: datetime, seconds: float, at: datetime) -> bool:
    """Also when our clock was put back: what began in the future would otherwise last until then."""
    return at - since >= timedelta(seconds=seconds) or since - at > _PUT_BACK
