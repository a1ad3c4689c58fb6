"""Commands that waited, decided together: each against the day as the one before it left it."""

from collections.abc import Iterable, Mapping

import msgspec

from hub.domain.events import AnyEvent
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import Day
from hub.storage.event_log import Append
from hub.waiting import Wish


class Decided(msgspec.Struct, frozen=True):
    """`days`: as they are afterwards, by hall and day; `appends`: what is to be stored; `faulty`: those that made us
    fail, by their place among the wishes."""

    days: dict[tuple[str, str], Day]
    appends: list[Append]
    faulty: list[tuple[int, Exception]]


def decide_all(wishes: Iterable[Wish], before: Mapping[tuple[str, str], Day]) -> Decided:
    """A command that comes twice is decided once: one event, one outcome, two answers."""
    days: dict[tuple[str, str], Day] = {}
    appends: dict[str, Append] = {}
    faulty: list[tuple[int, Exception]] = []
    for index, wish in enumerate(wishes):
        place, ident = (wish.hall, wish.day), wish.command.id
        if ident in appends:
            continue
        day = days.get(place) or before[place]
        try:
            events = decide(day, wish.command)
            after = evolve_all(day, events)
        except Exception as error:
            faulty.append((index, error))
            continue
        if events:
            appends[ident] = _append(wish, day.version, events, after)
            days[place] = after
    return Decided(days, list(appends.values()), faulty)


def _append(wish: Wish, version: int, events: tuple[AnyEvent, ...], after: Day) -> Append:
    numbers = dict.fromkeys(number for event in events for number in _numbers(event))
    tickets = tuple(after.tickets[number] for number in numbers if number in after.tickets)
    codes = dict.fromkeys(getattr(event, "code", "") for event in events)
    booked = tuple(after.appointments[code] for code in codes if code in after.appointments)
    return Append(wish.hall, wish.day, version, wish.command.id, events, tickets, booked)


def _numbers(event: AnyEvent) -> tuple[str, ...]:
    """The tickets that it changes."""
    number = getattr(event, "number", "")
    return (number,) if number else getattr(event, "numbers", ())
