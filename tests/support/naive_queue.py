"""The queue's rules once more, as plainly as can be: lists, dicts and copies, made from events alone.

It knows nothing of `evolve`, lanes or lines; where the two disagree, one of them is wrong.
"""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from halls.format import Counter, Hall
from hub.domain import events as e

_TICK = timedelta(microseconds=1)


@dataclass
class Somebody:
    number: str
    service: str
    place: datetime
    priority: str = ""
    slot: datetime | None = None
    sent_to: str = ""
    reserved: bool = False
    waits: bool = False

    def rank(self) -> tuple[datetime, int, str]:
        return self.place, len(self.number), self.number


@dataclass
class Seat:
    works: bool = False
    done: list[int] = field(default_factory=lambda: [0, 0, 0])


class Call(NamedTuple):
    number: str
    why: str
    passed: tuple[str, ...]


class NaiveQueue:
    def __init__(self) -> None:
        self.people: dict[str, Somebody] = {}
        self.seats: dict[str, Seat] = {}
        self.last_came: datetime | None = None
        self._before: dict[str, tuple[dict[str, Somebody], dict[str, Seat]]] = {}  # each command

    def hear(self, event: e.AnyEvent) -> None:
        if event.command not in self._before:
            self._before[event.command] = copy.deepcopy((self.people, self.seats))
        one = self.people.get(getattr(event, "number", ""), Somebody("", "", event.at))
        seat = self.seats.setdefault(getattr(event, "counter", ""), Seat())
        match event:
            case e.TicketReserved():
                self._comes(event)
            case e.TicketAdmitted():
                place = min(event.taken_at, event.at)
                self.people[event.number] = Somebody(event.number, event.service, place, waits=True)
            case e.TicketQueued():
                one.waits, one.reserved = one.waits or one.reserved, False
            case e.TicketCancelled():
                one.waits = one.reserved = False
            case e.TicketReinstated(place_at=place):
                one.place, one.waits = place, True
            case e.TicketAmended(service=service, priority=priority):
                one.sent_to = one.sent_to if one.service == service else ""
                one.service, one.priority = service, priority
            case e.TicketTransferred(service=service, place_at=place, to=to):
                one.service, one.place, one.sent_to, one.waits = service, place, to, True
            case e.TicketCalled():
                one.waits, one.sent_to = False, ""
                seat.done = list(event.turns) if event.turns else seat.done
            case e.CounterOpened() | e.CounterResumed():
                seat.works = True
            case e.CounterClosed() | e.CounterPaused():
                seat.works = False
            case e.ActionUndone(undone=undone, numbers=numbers, counter=counter):
                people, seats = copy.deepcopy(self._before[undone])
                self.people |= {number: people[number] for number in numbers}
                self.seats[counter] = seats.get(counter, Seat())

    def _comes(self, event: e.TicketReserved) -> None:
        last = self.last_came
        self.last_came = event.at if last is None or event.at >= last else last + _TICK
        place = max(self.last_came, event.slot_at) if event.slot_at else self.last_came
        self.people[event.number] = Somebody(
            event.number, event.service, place, event.priority, event.slot_at, reserved=True
        )

    def next_at(self, hall: Hall, counter: Counter, at: datetime) -> Call | None:
        """Whom that counter must call then by the policy `arrival`, why, and past whom; None: nobody waits."""
        there = [one for one in self.people.values() if self._may_be_called(hall, counter, one)]
        early = [one for one in there if one.slot and at < one.slot <= one.place]
        ready = [one for one in there if one not in early]
        if not ready:
            return Call(min(early, key=Somebody.rank).number, "early", ()) if early else None
        old = timedelta(minutes=hall.policy.ageing_min)
        aged = [one for one in ready if not one.priority and at - one.place >= old]
        lanes = [
            [one for one in ready if one.priority] + aged,
            [one for one in ready if one.slot and not one.priority],
            [one for one in ready if not one.slot and not one.priority],
        ]
        lane = self._lane(hall, self.seats[counter.id].done, lanes)
        if lane == 0:
            chosen = min(lanes[0], key=Somebody.rank)
        else:
            chosen = min(lanes[lane], key=lambda one: (one.place, counter.services.index(one.service), one.rank()))
        passed = sorted((one for one in ready if one.place < chosen.place), key=Somebody.rank)
        return Call(chosen.number, _why(counter, lane, lanes, aged, chosen), tuple(one.number for one in passed[:5]))

    def _may_be_called(self, hall: Hall, counter: Counter, one: Somebody) -> bool:
        if not one.waits or one.service not in counter.services:
            return False
        other = next((known for known in hall.counter if known.id == one.sent_to), counter)
        return other is counter or not self.seats.get(other.id, Seat()).works or one.service not in other.services

    @staticmethod
    def _lane(hall: Hall, done: list[int], lanes: list[list[Somebody]]) -> int:
        weights = [hall.policy.priority_turns, hall.policy.appointment_turns, hall.policy.ordinary_turns]
        occupied = [lane for lane in range(3) if lanes[lane]]
        open_lanes = [lane for lane in occupied if done[lane] < weights[lane]]
        return (open_lanes or occupied)[0]


def _why(counter: Counter, lane: int, lanes: list[list[Somebody]], aged: list[Somebody], chosen: Somebody) -> str:
    if lane == 0:
        return "priority" if chosen.priority else "aged"
    if lane == 1:
        return "appointment"
    if lanes[1] or any(one.priority for one in lanes[0]):
        return "ordinary-turn"
    if lanes[0]:
        return "aged" if chosen in aged else "ordinary-turn"
    return "only-service" if len(counter.services) == 1 else "first-come"
