"""A write of the queue: its Idempotency-Key becomes the command's id, so that the same wish twice happens once."""

import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header

from hub.desk import Desk, Outcome
from hub.domain import commands as c
from hub.domain import events as e
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.problems import ProblemError
from hub.storage.accounts import Identity

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
        if idempotency_key is not None and not _KEY.match(idempotency_key):
            raise ProblemError("bad-idempotency-key", "an Idempotency-Key has 1 to 100 printable ASCII characters")
        return Wish(f"http/{who.ident}/{idempotency_key or uuid.uuid4().hex}", desk.now(), who)

    return wish


async def fulfil(desk: Desk, hall: str, command: c.Command) -> Outcome:
    """What the command led to, now or the first time. Raises ProblemError when its key was another request's."""
    outcome = await desk.handle(hall, command)
    if not leads_to(command, outcome.events) or not await _same_hall(desk, hall, command, outcome):
        key = command.id.split("/", 2)[2]
        raise ProblemError("idempotency-key-reused", f"the Idempotency-Key {key!r} was used for another request")
    return outcome


def leads_to(command: c.Command, events: tuple[e.AnyEvent, ...]) -> bool:
    """Whether a command such as this one led to these events, for its id alone does not say so."""
    match command, events[-1]:
        case _, e.Refused() as refused:
            return refused.what == _kind(command) and refused.counter == getattr(command, "counter", "")
        case c.TakeTicket(), e.TicketQueued():
            return isinstance(events[0], e.TicketReserved) and events[0].service == command.service
        case c.Call(), e.TicketCalled(why="chosen") as called:
            return _at(command, called) and (called.number, called.reason) == (command.number, command.reason)
        case c.CallNext(), e.TicketCalled(why=why) as called:
            return _at(command, called) and why not in ("", "chosen")
        case c.Recall(), e.TicketCalled(why="") as called:
            return _at(command, called)
        case c.Pause(), e.CounterPaused() as paused:
            return _at(command, paused) and paused.reason == command.reason
        case c.SignOn(), e.CounterOpened() as opened:
            return _at(command, opened) and command.clerk in ("", opened.clerk)
        case _, last:
            return isinstance(last, _LAST.get(type(command), ())) and _at(command, last)


_LAST: dict[type[c.Command], type[e.Event]] = {
    c.Serve: e.ServiceStarted,
    c.End: e.RatingAsked,
    c.NoShow: e.TicketMissed,
    c.Resume: e.CounterResumed,
    c.SignOff: e.CounterClosed,
}


def _at(command: c.Command, event: e.Event) -> bool:
    return getattr(command, "counter", None) == getattr(event, "counter", None)


def _kind(command: c.Command) -> str:
    return str(command.__struct_config__.tag)


async def _same_hall(desk: Desk, hall: str, command: c.Command, outcome: Outcome) -> bool:
    """An outcome does not name its hall; only one that came from the log can be of another."""
    if outcome.events[0].at == command.at:
        return True
    recorded = await desk.since(outcome.position - 1)
    return recorded[0].hall == hall
