"""A write of the queue: its Idempotency-Key becomes the command's id, so that the same wish twice happens once."""

import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.problems import ProblemError
from hub.storage.accounts import Identity
from hub.waiting import Outcome

_KEY = re.compile(r"[ -~]{1,100}\Z")


class Wish(msgspec.Struct, frozen=True):
    """What every command of one request carries, and who asked."""

    id: str
    at: datetime
    who: Identity

    @property
    def stamp(self) -> dict[str, Any]:
        return {"id": self.id, "at": self.at, "by": self.who.name, "source": "http"}


def wishes(desk: Desk, gate: Gate) -> Callable[..., Awaitable[Wish]]:
    """A dependency: the wish of somebody who works at counters."""

    async def wish(
        who: Annotated[Identity, Depends(gate.need(*AT_COUNTERS))],
        idempotency_key: Annotated[
            str | None,
            Header(description="1 to 100 printable ASCII characters; the same key again is the same wish, done once."),
        ] = None,
    ) -> Wish:
        key = uuid.uuid4().hex if idempotency_key is None else checked_key(idempotency_key)
        return Wish(f"http/{who.ident}/{key}", desk.now(), who)

    return wish


def checked_key(key: str) -> str:
    """An Idempotency-Key that can be one. Raises ProblemError."""
    if not _KEY.match(key):
        raise ProblemError("bad-idempotency-key", "an Idempotency-Key has 1 to 100 printable ASCII characters")
    return key


async def fulfil(desk: Desk, hall: str, command: c.Command) -> Outcome:
    """What the command led to, now or the first time. Raises ProblemError when its key was another request's."""
    outcome = await desk.handle(hall, command)
    if not leads_to(command, outcome.events) or not await _same_hall(desk, hall, command, outcome):
        key = command.id.split("/", 2)[2]
        raise ProblemError("idempotency-key-reused", f"the Idempotency-Key {key!r} was used for another request")
    return outcome


def leads_to(command: c.Command, events: tuple[e.AnyEvent, ...]) -> bool:
    """Whether a command such as this one led to these events, for its id alone does not say so.

    By the kinds of the first and the last event, by the reason of a call, and by every field that the command shares
    with its first event.
    """
    first, last = events[0], events[-1]
    if isinstance(last, e.Refused):
        return last.what == _kind(command) and last.counter == getattr(command, "counter", "")
    begins, ends = _LEADS_TO[type(command)]
    return isinstance(first, begins) and isinstance(last, ends) and _why(command, last) and _alike(command, first)


_Kinds = type[e.Event] | tuple[type[e.Event], ...]
_LEADS_TO: dict[type[c.Command], tuple[_Kinds, _Kinds]] = {
    c.TakeTicket: (e.TicketReserved, e.TicketQueued),
    c.Cancel: (e.TicketCancelled, e.TicketCancelled),
    c.Reinstate: (e.TicketReinstated, e.TicketReinstated),
    c.Amend: (e.TicketAmended, e.TicketAmended),
    c.ChangeSettings: (e.SettingsChanged, e.SettingsChanged),
    c.CallNext: (e.Event, e.TicketCalled),
    c.Call: (e.TicketCalled, e.TicketCalled),
    c.Recall: (e.TicketCalled, e.TicketCalled),
    c.Return: (e.TicketCalled, e.TicketCalled),
    c.Serve: (e.ServiceStarted, e.ServiceStarted),
    c.End: ((e.ServiceStarted, e.ServiceEnded), (e.RatingAsked, e.TicketTransferred)),
    c.NoShow: (e.TicketMissed, e.TicketMissed),
    c.Transfer: (e.TicketTransferred, e.TicketTransferred),
    c.AddItem: (e.ItemAdded, e.ItemAdded),
    c.Park: (e.TicketParked, e.TicketParked),
    c.Undo: (e.ActionUndone, e.ActionUndone),
    c.Pause: (e.CounterPaused, e.CounterPaused),
    c.Resume: (e.CounterResumed, e.CounterResumed),
    c.SignOn: (e.CounterOpened, e.CounterOpened),
    c.SignOff: (e.CounterClosed, e.CounterClosed),
}
_WHY: dict[type[c.Command], str] = {c.Call: "chosen", c.Return: "returned", c.Recall: ""}
_FOUND: dict[type[c.Command], str] = {c.SignOn: "clerk", c.Return: "number", c.Transfer: "service"}
"""Fields that may be left empty: the rules then find what is meant, and the event says it."""


def _why(command: c.Command, last: e.Event) -> bool:
    if not isinstance(last, e.TicketCalled):
        return True
    if isinstance(command, c.CallNext):
        return last.why not in _WHY.values()
    return last.why == _WHY[type(command)]


def _alike(command: c.Command, first: e.Event) -> bool:
    """None: the command leaves it as it is."""
    shared = set(command.__struct_fields__) & set(first.__struct_fields__) - set(c.Command.__struct_fields__)
    wanted = {name: getattr(command, name) for name in shared}
    if not wanted.get(found := _FOUND.get(type(command), "")):
        wanted.pop(found, None)
    return all(value is None or value == getattr(first, name) for name, value in wanted.items())


def _kind(command: c.Command) -> str:
    return str(command.__struct_config__.tag)


async def _same_hall(desk: Desk, hall: str, command: c.Command, outcome: Outcome) -> bool:
    """An outcome does not name its hall; only one that came from the log can be of another."""
    if outcome.events[0].at == command.at:
        return True
    recorded = await desk.since(outcome.position - 1)
    return recorded[0].hall == hall
