"""Appends to try a log with."""

from datetime import UTC, datetime

from hub.domain import commands as c
from hub.domain import events as e
from hub.storage.event_log import Append, EventLog, Recorded
from tests.support.day import Script

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
DAY = "2026-01-05"


def taken(script: Script, command: str, after: int) -> Append:
    """A ticket of service A, and whatever events that means."""
    events = script.do(c.TakeTicket, id=command, service="A")
    return Append("small", DAY, after, command, events, (script.state.tickets[events[0].number],))


def noted(stream: str, version: int, *, day: str = DAY, text: str = "") -> Append:
    """One event without a ticket: version `version` of the hall `stream`."""
    command = f"{stream}/{day}/{version}"
    event = e.CounterPaused(at=AT, by="t", source="test", command=command, counter="1", reason=text)
    return Append(stream, day, version - 1, command, (event,), ())


def positions(recorded: list[Recorded]) -> list[int]:
    return [one.position for one in recorded]


def everything(log: EventLog) -> list[Recorded]:
    return log.after(0, 1_000_000)
