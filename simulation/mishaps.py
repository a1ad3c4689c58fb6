"""What goes wrong, and when: drawn for each run from its seed, so that some have one kind of trouble and some all."""

from collections.abc import Callable, Sequence

from simulation.device import Device
from simulation.network import CALM, Weather
from simulation.world import World

_CLOCKS_BEHIND_S = (0.0, 0.0, 2.0, -3.0, 1800.0, 7 * 3600.0, 30 * 3600.0, 56 * 365 * 86400.0, -7 * 3600.0, -30 * 3600.0)


class Mishaps:
    """`begin(seconds)` plants them over that time; `heal` ends all that lasts."""

    def __init__(self, world: World) -> None:
        self._world, self._chance = world, world.chance("mishaps")
        self._on = False
        kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._kill_hub, 150.0),
            (self._kill_hub_at_an_append, 120.0),
            (self._freeze_hub, 100.0),
            (self._step_clock, 120.0),
            (self._refuse_storage, 250.0),
            (self._restart_broker, 300.0),
            (self._cut_off, 120.0),
            (self._cut_power, 40.0),
            (self._cut_power_of_all, 400.0),
            (self._fill_disk, 200.0),
            (self._trouble_printer, 120.0),
            (self._change_weather, 60.0),
        )
        share = self._chance.choice((0.25, 0.5, 1.0))
        self._kinds = [(kind, mean_s) for kind, mean_s in kinds if self._chance.random() < share]

    def begin(self) -> None:
        self._on = True
        for kind, mean_s in self._kinds:
            self._plan(kind, mean_s)

    def heal(self) -> None:
        self._on = False
        self._world.network.weather = CALM
        self._world.storage.refuses, self._world.storage.kill_at = "", None
        for paper in self._world.papers.values():
            paper.condition = "ready"
        for device in self._world.devices.values():
            device.disk.full = False

    def _plan(self, kind: Callable[[], None], mean_s: float) -> None:
        self._world.loop.outside(self._chance.expovariate(1 / mean_s), self._happen, kind, mean_s)

    def _happen(self, kind: Callable[[], None], mean_s: float) -> None:
        if self._on:
            kind()
            self._plan(kind, mean_s)

    def _for_a_while(self, seconds: float, end: Callable[[], None]) -> None:
        self._world.loop.outside(seconds, end)

    def _note(self, what: str) -> None:
        self._world.trace.note("mishap", what)

    # Of a hub.

    def _kill_hub(self) -> None:
        self._chance.choice(self._world.hubs).crash(self._chance.uniform(0.3, 8.0))

    def _kill_hub_at_an_append(self) -> None:
        self._world.storage.kill_at = self._chance.choice(("before", "after"))
        self._note(f"the hub dies {self._world.storage.kill_at} its next commit")

    def _freeze_hub(self) -> None:
        hub, seconds = self._chance.choice(self._world.hubs), self._chance.uniform(1.0, 25.0)
        self._note(f"{hub.name} is frozen for {seconds:.1f} s")
        hub.process.freeze(seconds)

    def _step_clock(self) -> None:
        hub = self._chance.choice(self._world.hubs)
        hub.clock.off_s = self._chance.uniform(-1.0, 1.0)
        self._note(f"{hub.name}'s clock is off by {hub.clock.off_s:.2f} s")

    def _refuse_storage(self) -> None:
        storage = self._world.storage
        storage.refuses = self._chance.choice(("database or disk is full", "database is locked"))
        self._note(storage.refuses)
        self._for_a_while(self._chance.uniform(0.5, 12.0), self._take_again)

    def _take_again(self) -> None:
        self._world.storage.refuses = ""

    # Of the wire.

    def _restart_broker(self) -> None:
        if self._world.broker.up:
            self._world.broker.restart(self._chance.uniform(0.3, 6.0))

    def _cut_off(self) -> None:
        sessions = self._world.broker.sessions
        if sessions:
            self._world.broker.cut(sessions[self._chance.choice(sorted(sessions))])

    def _change_weather(self) -> None:
        chance = self._chance
        shares: Sequence[float] = (0.0, 0.0, 0.03, 0.15)
        self._world.network.weather = Weather(
            delay_s=chance.choice((0.002, 0.02, 0.2)),
            lost=chance.choice(shares),
            repeated=chance.choice(shares),
            slow=chance.choice(shares),
        )
        self._note(f"{self._world.network.weather}")

    # Of devices.

    def _cut_power(self) -> None:
        """Rather where something is in the journal: that is when it matters."""
        behind_s = self._chance.choice(_CLOCKS_BEHIND_S)
        devices = self._world.devices.values()
        busy = [device for device in devices if device.outbox is not None and len(device.outbox)]
        device = self._chance.choice(busy) if busy and self._chance.random() < 0.8 else self._any_device()
        device.power_off(self._chance.choice((0.5, 5.0, 60.0)), behind_s)

    def _cut_power_of_all(self) -> None:
        """The hall is dark for a moment, and the broker with it; the hub stands elsewhere."""
        self._restart_broker()
        for device in self._world.devices.values():
            device.power_off(self._chance.uniform(0.5, 5.0), self._chance.choice(_CLOCKS_BEHIND_S))

    def _fill_disk(self) -> None:
        device = self._any_device()
        self._note(f"the disk of {device.name} is full")
        device.disk.full = True
        self._for_a_while(self._chance.uniform(5.0, 60.0), lambda: setattr(device.disk, "full", False))

    def _trouble_printer(self) -> None:
        name = self._chance.choice(sorted(self._world.papers))
        paper = self._world.papers[name]
        paper.condition = self._chance.choice(("paper out", "mute", "unplugged"))
        self._note(f"printer of {name}: {paper.condition}")
        self._for_a_while(self._chance.uniform(5.0, 90.0), lambda: setattr(paper, "condition", "ready"))

    def _any_device(self) -> Device:
        return self._world.devices[self._chance.choice(sorted(self._world.devices))]
