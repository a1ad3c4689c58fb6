"""A device at its position: a board that loses power and gets it back, with the real agent on it."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.runtime.agent import Agent, make_tick
from edge.runtime.board import Board, Item
from edge.runtime.clock import Clock
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.device import device_class
from edge.runtime.identity import Identity
from edge.runtime.outbox import Outbox
from halls.format import Position
from simulation.agent_link import SimulatedLink
from simulation.broker import Broker
from simulation.clocks import BoardClock, TrueTime
from simulation.disk import SimulatedDisk
from simulation.hardware import AnyHardware
from simulation.loop import Process, VirtualLoop
from simulation.trace import Trace

_NOWHERE = Hub(est="https://hub:1", ca_fingerprint="", broker="hub:1")
_THOUGHT_S = 0.001  # how long an input waits for the agent's loop
_BOOT_S = (3.0, 20.0)


class Device:
    """`agent` and `hardware` are those of the present start, None while it has no power. `sent(kind, payload)`.

    `make` builds the hardware for a start; `heard(topic, payload)` sees what reaches the agent; `taken` is called when
    the agent has dealt with something.
    """

    def __init__(
        self,
        position: Position,
        loop: VirtualLoop,
        broker: Broker,
        true: TrueTime,
        trace: Trace,
        chance: random.Random,
        make: Callable[["Device"], AnyHardware],
        sent: Callable[["Device", str, bytes], None],
        heard: Callable[["Device", str, bytes], None],
        taken: Callable[["Device"], None],
    ) -> None:
        self.name, self.position = position.id, position
        self.loop, self._broker, self._true, self._trace, self.chance = loop, broker, true, trace, chance
        self._make, self._sent, self._heard, self._taken = make, sent, heard, taken
        self.disk = SimulatedDisk(chance)
        self._class = device_class(position.device_class)
        self._config = Config(hub=_NOWHERE, agent=AgentSettings(state_dir=self.name), device={"driver": "simulated"})
        self.process = Process(self.name, loop)
        self.agent: Agent | None = None
        self.hardware: AnyHardware = None
        self.on_power_cut: Callable[[], None] = lambda: None
        self.link: SimulatedLink | None = None
        self.outbox: Outbox | None = None
        self._wake: asyncio.TimerHandle | None = None

    def power_on(self, behind_s: float = 0.0) -> None:
        """`behind_s`: how wrong the board's wall clock is until the hub has put its agent right."""
        self._trace.note(self.name, f"starts, its clock behind by {behind_s:.0f} s")
        self.process = Process(self.name, self.loop)
        self.hardware = self._make(self)
        board = _Board(self, BoardClock(self._true, self.chance.uniform(-1e-4, 1e-4), behind_s))
        self.outbox = board.outbox
        self.agent = Agent(self._class, self._config, Identity(self.name, Path(self.name)), self.hardware, board)
        self.process.context.run(self.agent.begin)
        self._rearm()

    def power_off(self, off_s: float, behind_s: float) -> None:
        """Suddenly. It comes back by itself."""
        if self.agent is None:
            return
        self._trace.note(self.name, f"loses power for {off_s:.1f} s")
        self.process.kill()
        self.agent = self.hardware = None
        self.on_power_cut()
        self.disk.cut_power()
        if self.link is not None and self.link.connection is not None:
            self._broker.die(self.link.connection, quietly=True)
        self.loop.outside(off_s + self.chance.uniform(*_BOOT_S), self.power_on, behind_s)

    def make_link(
        self, presence: Any, arrived: Callable[[str, bytes], None], put: Callable[[Item], None]
    ) -> SimulatedLink:
        def heard(topic: str, payload: bytes) -> None:
            self._heard(self, topic, payload)
            arrived(topic, payload)

        self.link = SimulatedLink(self._broker, self.process, self.chance, self._told, self.name, presence, put, heard)
        return self.link

    def take(self, item: Item) -> None:
        if self.agent is not None:
            self.agent.take(item)
            self._taken(self)
            self._rearm()

    def _rearm(self) -> None:
        assert self.agent is not None
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self.process.later(self.agent.patience(), self.take, make_tick)

    def _told(self, kind: str, payload: bytes) -> None:
        self._sent(self, kind, payload)

    def has_journaled(self, ident: str) -> bool:
        return self.outbox is not None and any(entry.id == ident for entry in self.outbox.pending())


class _Inbox:
    def __init__(self, device: Device) -> None:
        self._device, self._process = device, device.process

    def put(self, item: Item, /) -> None:
        self._process.later(_THOUGHT_S, self._device.take, item)

    def get(self, block: bool = True, timeout: float | None = None) -> Item:
        raise NotImplementedError("what comes in is taken at once")


class _Board(Board):
    def __init__(self, device: Device, clock: BoardClock) -> None:
        self._device = device
        self.boot = device.chance.randbytes(4).hex()
        self.clock = Clock(clock.monotonic, clock.wall)
        self.outbox = Outbox(Path("outbox.journal"), device.disk)
        self.inbox = _Inbox(device)

    def link(self, presence: Any, arrived: Callable[[str, bytes], None]) -> SimulatedLink:
        return self._device.make_link(presence, arrived, self.inbox.put)
