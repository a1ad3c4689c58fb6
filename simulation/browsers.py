"""Those who ask a hub without a device: a clerk in a browser, and the staff at the reception desk.

Each asks again with the same id until there is an answer, as the pages do.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from hub.domain import commands as c
from hub.domain import projection
from hub.domain.moving import parked_at
from hub.domain.state import Day
from hub.domain.validation import InvalidCommandError
from hub.waiting import UnavailableError
from simulation.books import Answer
from simulation.hub import Hub
from simulation.world import World

_AGAIN_S = 3.0
_TRIES = 6
_SETTINGS: tuple[dict[str, Any], ...] = (
    {"policy.recall_gap_s": 2.0},
    {"policy.recall_gap_s": None},
    {"policy.priority_turns": 2},
    {"policy.calls_before_no_show": 2, "policy.rating_s": 20.0},
    {"policy.calling": "service-order"},
    {"policy.calling": "arrival"},
    {"policy.recall_gap_s": 2.0, "policy.no_such_thing": 1},
)


class Hall(Protocol):
    """What a person knows of the people."""

    busy: bool
    at_work: bool

    def is_there(self, counter: str, number: str) -> bool: ...

    def gone(self, counter: str) -> None: ...


class Asker:
    """`_wish(day)` says what is wanted next, as a kind of command and its fields."""

    def __init__(self, people: Hall, world: World, name: str, pause_s: tuple[float, float]) -> None:
        self._people, self._world, self._name, self._pause_s = people, world, name, pause_s
        self._chance = world.chance(name)
        self._count = 0

    def work(self) -> None:
        self._world.loop.outside(self._chance.uniform(*self._pause_s), self.work)
        hub = self._hub()
        if hub is None or hub.desk is None or not self._people.at_work:
            return
        wish = self._wish(hub.desk.today(self._world.hall.hall.id))
        if wish is not None:
            self._count += 1
            self._ask(*wish, f"{self._name}/{self._count}", _TRIES)

    def _wish(self, day: Day) -> tuple[type[c.Command], dict[str, Any]] | None:
        raise NotImplementedError

    def _hub(self) -> Hub | None:
        now = self._world.loop.time()
        up = [hub for hub in self._world.hubs if hub.desk is not None and hub.process.frozen_until <= now]
        return self._chance.choice(up) if up else None

    def _ask(self, kind: type[c.Command], fields: dict[str, Any], ident: str, tries: int) -> None:
        """Until it is answered; and once in a while when it is, as a browser that is reloaded."""
        if ident in self._world.books.answers and self._chance.random() > 0.1:
            return
        hub = self._hub()
        if hub is not None:
            hub.process.spawn(self._handle(hub, kind(id=ident, at=hub.clock.now(), by=self._name, **fields)))
        if tries:
            self._world.loop.outside(_AGAIN_S, self._ask, kind, fields, ident, tries - 1)

    async def _handle(self, hub: Hub, command: c.Command) -> None:
        assert hub.desk is not None
        try:
            outcome = await hub.desk.handle(self._world.hall.hall.id, command)
        except (UnavailableError, InvalidCommandError):
            return
        refused = outcome.refused
        self._world.books.answered(Answer(command.id, refused is None, refused.code if refused else "", ""))


class WebClerk(Asker):
    """At a counter without a keypad."""

    def __init__(self, people: Hall, world: World, counter: str) -> None:
        super().__init__(people, world, f"web-{counter}", (2.0, 6.0))
        self._counter = counter

    def _wish(self, day: Day) -> tuple[type[c.Command], dict[str, Any]] | None:
        kind = self._odd(day) if self._people.busy and self._chance.random() < 0.2 else self._next(day)
        if kind is None:
            return None
        fields = {"counter": self._counter}
        if kind is c.Transfer:
            fields |= self._chance.choice(({"service": "B"}, {"to": "1"}, {"service": "B", "to": "2"}))
        return kind, fields | ({"service": "B"} if kind is c.AddItem else {})

    def _next(self, day: Day) -> type[c.OnCounter] | None:
        counter = projection.counter_of(day.hall, self._counter)
        assert counter is not None
        now = projection.counter_now(day, counter)
        match now.phase:
            case "closed":
                return c.SignOn
            case "paused":
                return c.Resume
            case "idle":
                if now.waiting:
                    return c.CallNext
                return c.Return if parked_at(day, self._counter) else None
            case "called":
                if self._people.is_there(self._counter, now.number):
                    return self._chance.choice((c.Serve, c.End))
                return c.NoShow if now.calls >= day.hall.policy.calls_before_no_show else c.Recall
            case "serving":
                self._people.gone(self._counter)
                return c.End
        return None

    def _odd(self, day: Day) -> type[c.OnCounter]:
        return self._chance.choice(
            (c.Undo, c.Undo, c.Park, c.Return, c.Transfer, c.AddItem, c.CallNext, c.Pause, c.SignOff)
        )


class Reception(Asker):
    """Tickets for priority classes and appointments, corrections, and the hall's settings."""

    def __init__(self, people: Hall, world: World) -> None:
        super().__init__(people, world, "reception", (1.0, 10.0))

    def _wish(self, day: Day) -> tuple[type[c.Command], dict[str, Any]] | None:
        if not self._people.busy:
            return None
        make: Callable[[Day], tuple[type[c.Command], dict[str, Any]] | None] = self._chance.choice(
            (self._take, self._take, self._take, self._take, self._correct, self._rate, self._change)
        )
        return make(day)

    def _take(self, day: Day) -> tuple[type[c.Command], dict[str, Any]]:
        fields: dict[str, Any] = {"service": self._chance.choice("AAB")}
        kind = self._chance.random()
        if kind < 0.5:
            fields["priority"] = "elder"
        elif kind < 0.75:
            fields["slot_at"] = self._world.true.wall() + timedelta(seconds=self._chance.uniform(-60, 60))
        elif kind < 0.9:
            fields["person"] = f"p{self._chance.randint(1, 5)}"
        return c.TakeTicket, fields

    def _correct(self, day: Day) -> tuple[type[c.Command], dict[str, Any]] | None:
        numbers = sorted(number for number, ticket in day.tickets.items() if ticket.phase in ("waiting", "no_show"))
        if not numbers:
            return None
        number = self._chance.choice(numbers)
        if day.tickets[number].phase == "no_show":
            return c.Reinstate, {"number": number}
        if self._chance.random() < 0.2:
            return c.Cancel, {"number": number, "reason": "asked for"}
        return c.Amend, {"number": number, "reason": "asked for", "service": self._chance.choice("AB")}

    def _rate(self, day: Day) -> tuple[type[c.Command], dict[str, Any]] | None:
        """Later, from the phone."""
        if not day.asks:
            return None
        now = self._world.true.wall()
        return c.Rate, {"ask": self._chance.choice(sorted(day.asks)), "level": 4, "pressed_at": now}

    def _change(self, day: Day) -> tuple[type[c.Command], dict[str, Any]]:
        return c.ChangeSettings, {"changes": self._chance.choice(_SETTINGS)}
