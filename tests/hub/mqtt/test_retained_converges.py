"""Any number of processes, messages on their way in both directions, processes that die at any moment: in the end the
broker retains the truth, whoever is left."""

import random
from collections import deque

import pytest
from msgspec.structs import replace

from hub.mqtt.retained import Retained
from wire.messages import SignageView

TOPIC = "tingxu/1/down/signage-1/view"
STEP_S, ON_ITS_WAY_S = 0.05, 0.3  # the longest in one direction


def truth(version: int) -> SignageView:
    """Often the same again: most events change one view and leave another alone."""
    return SignageView(epoch=0, version=0, hall="small", area="lobby", ticker=str(version // 3 % 4))


class Process:
    def __init__(self, world: "World") -> None:
        self.world, self.knows = world, 0
        self.up: deque[tuple[float, SignageView]] = deque()  # on its way to the broker, since when
        self.down: deque[tuple[float, SignageView]] = deque()
        self.retained = Retained(lambda: world.now)

    def publish(self) -> None:
        view = truth(self.knows)
        if self.retained.lacks(TOPIC, view, (1, self.knows)):
            stamped = replace(view, epoch=1, version=self.knows)
            self.up.append((self.world.now, stamped))
            self.retained.published(TOPIC, stamped)

    def hear(self) -> None:
        if self.down:
            self.retained.heard(TOPIC, self.down.popleft()[1])


class World:
    def __init__(self, seed: int, size: int) -> None:
        self.chance, self.now, self.version = random.Random(seed), 0.0, 0
        self.at_broker: SignageView | None = None
        self.processes = [Process(self) for _ in range(size)]

    def take(self, process: Process) -> None:
        """The broker takes one message; not back to who sent it (MQTT 5.0 §3.8.3.1, No Local)."""
        if process.up:
            self.at_broker = process.up.popleft()[1]
            for other in self.processes:
                if other is not process:
                    other.down.append((self.now, self.at_broker))

    def step(self) -> None:
        """One thing happens somewhere, and a little time passes."""
        self.now += STEP_S
        process = self.chance.choice(self.processes)
        match self.chance.choices(["event", "learn", "publish", "take", "hear", "die"], [4, 4, 4, 4, 4, 0.2])[0]:
            case "event":  # its process commits it, and shows it at once
                self.version += 1
                process.knows = self.version
                process.publish()
            case "learn":
                process.knows = self.chance.randint(process.knows, self.version)
            case "publish":
                process.publish()
            case "take":
                self.take(process)
            case "hear":
                process.hear()
            case "die":
                self.die(process)
        for one in self.processes:
            while one.up and self.now - one.up[0][0] > ON_ITS_WAY_S:
                self.take(one)
            while one.down and self.now - one.down[0][0] > ON_ITS_WAY_S:
                one.hear()

    def die(self, process: Process) -> None:
        """The broker takes what had left it already; the last one lives."""
        if len(self.processes) > 1:
            while process.up and self.chance.random() < 0.5:
                self.take(process)
            self.processes.remove(process)

    def come_to_rest(self) -> None:
        """In half of the worlds only one process is left to see to it."""
        while self.chance.random() < 0.5 and len(self.processes) > 1:
            self.die(self.processes[0])
        for _ in range(20):
            self.now += 0.3
            for process in self.processes:
                process.knows = self.version
                for _ in range(len(process.up)):
                    self.take(process)
            for process in self.processes:
                while process.down:
                    process.hear()
                process.publish()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_broker_comes_to_retain_the_truth(size):
    for seed in range(2000):
        world = World(seed, size)
        for _ in range(world.chance.randint(5, 120)):
            world.step()
        world.come_to_rest()
        assert replace(world.at_broker, epoch=0, version=0) == truth(world.version), f"seed {seed}, {size} processes"
        assert not any(process.up for process in world.processes), f"seed {seed}: it never comes to rest"


def test_a_process_that_believes_what_crossed_its_own_is_found_out(monkeypatch):
    """The fault that these worlds are for: that they would see it."""
    monkeypatch.setattr("hub.mqtt.retained._CROSSING_S", 0.0)
    with pytest.raises(AssertionError, match="seed"):
        test_the_broker_comes_to_retain_the_truth(3)
