"""Citizens and clerks: they take numbers, wait, come or leave, press what they should, and sometimes anything else."""

from typing import Any

from simulation.browsers import Reception, WebClerk
from simulation.world import World
from wire.messages import Slip

_SILLY = (
    "call-next", "recall", "serve", "end", "no-show", "pause", "resume", "sign-off", "sign-on", "ok", "clear", "7",
    "park", "return", "undo",
)  # fmt: skip


class People:
    """`busy`: citizens come and silly things are done; else clerks only finish what there is."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("people")
        self.busy = False
        self.at_work = False
        self._at: dict[str, str] = {}  # counter → the number of who stands there
        self._leaves: set[str] = set()
        world.on_slip, world.on_number = self._slip, self._number

    def open(self, tickets: int, over_s: float) -> None:
        self.busy = True
        for _ in range(tickets):
            self._later(self._chance.uniform(0, over_s), self._arrive)

    def start(self) -> None:
        """Clerks live for ever, one at each counter; the last has no keypad and works in a browser."""
        self.at_work = True
        callers = {
            device.position.counter: device
            for device in self._world.devices.values()
            if device.position.kind == "caller"
        }
        for counter in self._world.hall.counter:
            if counter.id in callers:
                _Clerk(self, self._world, callers[counter.id].name, counter.id).work()
            else:
                WebClerk(self, self._world, counter.id).work()
        Reception(self, self._world).work()
        for device in self._world.devices.values():
            if device.position.kind == "evaluator":
                self._later(1.0, self._rate, device.name)

    def is_there(self, counter: str, number: str) -> bool:
        return bool(number) and self._at.get(counter) == number

    def gone(self, counter: str) -> None:
        self._at.pop(counter, None)

    def _later(self, delay_s: float, callback: Any, *arguments: Any) -> None:
        self._world.loop.outside(delay_s, callback, *arguments)

    # Citizens.

    def _arrive(self, tries: int = 3) -> None:
        machine = self._chance.choice(sorted(self._world.papers))
        letter = self._chance.choice("AAB")
        self._tap(machine, letter)
        if self._chance.random() < 0.2:  # impatient
            self._later(self._chance.uniform(0.1, 1.5), self._tap, machine, letter)
        if self._chance.random() < 0.15 and tries:
            self._later(self._chance.uniform(5, 20), self._arrive, tries - 1)

    def _tap(self, machine: str, letter: str) -> None:
        hardware = self._world.devices[machine].hardware
        if hardware is not None:
            hardware.press(letter)

    def _slip(self, machine: str, slip: Slip) -> None:
        if self._chance.random() < 0.1:
            self._leaves.add(slip.number)

    def _number(self, counter: str, number: str) -> None:
        """A window shows a number: its citizen comes, or does not."""
        if number not in self._leaves:
            self._later(self._chance.uniform(1.0, 9.0), self._at.__setitem__, counter, number)

    def _rate(self, evaluator: str) -> None:
        self._later(self._chance.uniform(1.0, 6.0), self._rate, evaluator)
        hardware = self._world.devices[evaluator].hardware
        if hardware is None or not self.at_work:
            return
        asked = len(hardware.lamps.lit) > 1
        if self._chance.random() < (0.35 if asked else 0.02 if self.busy else 0.0):
            hardware.press(self._chance.randint(1, 5))
            if self._chance.random() < 0.2:
                self._later(self._chance.uniform(0.1, 4.0), self._rate_again, evaluator)

    def _rate_again(self, evaluator: str) -> None:
        hardware = self._world.devices[evaluator].hardware
        if hardware is not None:
            hardware.press(self._chance.randint(1, 5))


class _Clerk:
    """At a keypad. `_since`: when the present ticket was first seen there."""

    def __init__(self, people: People, world: World, caller: str, counter: str) -> None:
        self._people, self._world, self._caller, self._counter = people, world, caller, counter
        self._chance = world.chance(f"clerk {counter}")
        self._seen = ("", "")
        self._since = 0.0
        self._calls = 0

    def work(self) -> None:
        pause_s = self._chance.uniform(1.0, 5.0)
        if self._chance.random() < 0.3:  # as others do, on the stroke of the clock: presses at the same moment
            pause_s = 5.0 - self._world.loop.time() % 5.0
        self._world.loop.outside(pause_s, self.work)
        device = self._world.devices[self._caller]
        if device.agent is None or not self._people.at_work:
            return
        view = device.agent.state.view
        keys = self._keys(view.phase, view.number, view.waiting) if view is not None else ()
        if self._people.busy and self._chance.random() < 0.08:
            keys = (self._chance.choice(_SILLY),)
        if keys:
            device.hardware.press(*keys)
            if self._chance.random() < 0.1:
                self._world.loop.outside(self._chance.uniform(0.2, 1.0), self._again, keys[-1])

    def _again(self, key: str) -> None:
        hardware = self._world.devices[self._caller].hardware
        if hardware is not None:
            hardware.press(key)

    def _keys(self, phase: str, number: str, waiting: int) -> tuple[str, ...]:
        if (phase, number) != self._seen:
            self._seen, self._since, self._calls = (phase, number), self._world.loop.time(), 1
        here_s = self._world.loop.time() - self._since
        match phase:
            case "closed":
                return (*f"100{self._counter}", "ok")
            case "paused":
                return ("resume",)
            case "idle":
                return ("call-next",) if waiting else self._chance.choice((("call-next",), ("return",), (), ()))
            case "called":
                return self._called(number, here_s)
            case "serving" if here_s > self._chance.uniform(2.0, 25.0):
                self._people.gone(self._counter)
                return (self._chance.choice(("end", "end", "call-next")),)
        return ()

    def _called(self, number: str, here_s: float) -> tuple[str, ...]:
        if self._people.is_there(self._counter, number):
            return (self._chance.choice(("serve", "serve", "end")),)
        if here_s < 6.0 * self._calls:
            return ()
        self._calls += 1
        return ("no-show",) if self._calls > 3 and self._calls % 2 else ("recall",)  # a recall may have been lost
