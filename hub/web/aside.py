"""What lies beside a counter's ticket: those parked, those who missed their call, what an undo would take back."""

from datetime import datetime, timedelta
from typing import Any

from halls.format import Counter
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.queue import decide
from hub.domain.state import Day
from hub.web.site import millis
from hub.web.texts import Texts

_MISSED_SHOWN = 12


def parked(day: Day, counter: Counter) -> list[dict[str, Any]]:
    """Those that this counter can call back, its own and the latest first."""
    tickets = [day.tickets[number] for number in reversed(day.parked)]
    here = [ticket for ticket in tickets if ticket.service in counter.services]
    here.sort(key=lambda ticket: ticket.counter != counter.id)
    return [{"number": one.number, "service": one.service, "counter": one.counter} for one in here]


def missed(day: Day, counter: Counter) -> list[dict[str, Any]]:
    """Who missed a call for one of this counter's services, the latest first."""
    gone = (day.tickets[number] for number in day.calls)
    here = [one for one in gone if one.phase == "no_show" and one.service in counter.services][:_MISSED_SHOWN]
    return [{"number": one.number, "counter": one.counter, "at": millis(one.ended_at)} for one in here]


def undo(texts: Texts, day: Day, counter: str, at: datetime) -> dict[str, Any] | None:
    """What would be undone, and until when; None where the rules would refuse."""
    last = day.last_actions.get(counter)
    if last is None:
        return None
    first = decide(day, c.Undo(id="", at=at, by="", counter=counter))[0]
    if not isinstance(first, e.ActionUndone):
        return None
    number = first.numbers[-1] if first.numbers else ""
    until = last.at + timedelta(seconds=day.hall.policy.undo_s)
    return {"what": texts(f"undo.{last.what}", number=number), "until": millis(until)}


def elsewhere(day: Day, number: str) -> str:
    """A service that is not on that ticket: to ask the rules whether it could go there."""
    ticket = day.tickets.get(number)
    on_it = (ticket.service, *ticket.more) if ticket else ()
    return next((one.letter for one in day.hall.service if one.letter not in on_it), day.hall.service[0].letter)
