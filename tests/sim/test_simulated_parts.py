"""The stand-ins behave as what they stand for: a loop, a disk that loses power, a broker that forgets."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.runtime.outbox import Entry, Outbox
from simulation.broker import Broker, matches
from simulation.disk import SimulatedDisk
from simulation.loop import Process, VirtualLoop
from simulation.network import Connection, Network, Weather
from simulation.trace import Trace


@pytest.fixture
def loop() -> VirtualLoop:
    return VirtualLoop()


def run(loop: VirtualLoop, seconds: float) -> None:
    loop.run(loop.time() + seconds, lambda: None)


def test_time_passes_from_one_thing_due_to_the_next(loop: VirtualLoop) -> None:
    seen: list[float] = []

    async def work() -> None:
        for _ in range(3):
            await asyncio.sleep(1000.0)
            seen.append(loop.time())

    loop.create_task(work())
    run(loop, 10_000)
    assert seen == [1000.0, 2000.0, 3000.0]
    assert loop.time() == 10_000


def test_a_killed_process_does_nothing_more(loop: VirtualLoop) -> None:
    process, done = Process("hub", loop), []

    async def work() -> None:
        await asyncio.sleep(1.0)
        done.append("one")
        await asyncio.get_running_loop().run_in_executor(None, done.append, "two")
        await asyncio.sleep(1.0)
        done.append("three")

    process.spawn(work())
    run(loop, 1.5)
    process.kill()
    run(loop, 10)
    assert done == ["one", "two"]


def test_a_frozen_process_goes_on_later(loop: VirtualLoop) -> None:
    process, at = Process("hub", loop), []
    process.later(1.0, lambda: at.append(loop.time()))
    process.freeze(30.0)
    run(loop, 100)
    assert at == [30.0]


@pytest.mark.parametrize("seed", range(20))
def test_a_power_cut_loses_nothing_that_was_synced_and_leaves_an_outbox_that_can_be_read(seed: int) -> None:
    disk, path = SimulatedDisk(random.Random(seed)), Path("outbox.journal")
    outbox = Outbox(path, disk)
    for number in range(4):
        outbox.add(Entry(f"b-{number}", "rating", b"{}"))
    outbox.done("b-0")
    disk.cut_power()
    left = [entry.id for entry in Outbox(path, disk).pending()]
    assert left in (["b-1", "b-2", "b-3"], ["b-0", "b-1", "b-2", "b-3"])


def test_a_full_disk_refuses_and_the_outbox_takes_again_when_there_is_room() -> None:
    disk, path = SimulatedDisk(random.Random(0)), Path("outbox.journal")
    outbox = Outbox(path, disk)
    disk.full = True
    with pytest.raises(OSError, match="No space left"):
        outbox.add(Entry("b-1", "rating", b"{}"))
    disk.full = False
    outbox.add(Entry("b-2", "rating", b"{}"))
    disk.cut_power()
    assert [entry.id for entry in Outbox(path, disk).pending()] == ["b-2"]


class Ear:
    """A client that only listens."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.process, self.heard_all, self.losses = Process("ear", loop), [], 0

    def heard(self, topic: str, payload: bytes, mine: bool) -> None:
        self.heard_all.append((topic, payload, mine))

    def lost(self) -> None:
        self.losses += 1


@pytest.fixture
def broker(loop: VirtualLoop) -> Broker:
    return Broker(loop, Network(loop, random.Random(1)), Trace(loop.time), random.Random(1))


@pytest.fixture
def join(loop: VirtualLoop, broker: Broker) -> Callable[..., tuple[Ear, Connection]]:
    def joined(name: str, *filters: str) -> tuple[Ear, Connection]:
        ear = Ear(loop)
        connection = broker.connect(name, ear, (f"presence/{name}", b"gone"))
        broker.subscribe(connection, list(filters))
        run(loop, 1)
        return ear, connection

    return joined


def test_what_is_retained_is_told_to_who_comes_later_until_the_broker_restarts(loop, broker, join) -> None:
    _, connection = join("one")
    broker.publish(connection, "down/two/view", b"shown", retain=True)
    run(loop, 1)
    assert join("two", "down/two/+")[0].heard_all == [("down/two/view", b"shown", False)]
    broker.restart(1.0)
    run(loop, 2)
    assert join("three", "down/two/+")[0].heard_all == []


def test_a_will_is_told_when_a_client_dies_and_late_when_it_dies_quietly(loop, broker, join) -> None:
    ear, _ = join("one", "presence/+")
    _, loud = join("two")
    _, quiet = join("three")
    broker.die(loud, quietly=False)
    broker.die(quiet, quietly=True)
    run(loop, 1)
    assert [topic for topic, _, _ in ear.heard_all] == ["presence/two"]
    run(loop, 60)
    assert [topic for topic, _, _ in ear.heard_all] == ["presence/two", "presence/three"]


def test_of_those_who_share_a_subscription_one_hears_each_message(loop, broker, join) -> None:
    ears = [join(name, "$share/hub/up/+/+")[0] for name in ("one", "two")]
    _, sender = join("three")
    for number in range(20):
        broker.publish(sender, f"up/three/{number}", b"", retain=False)
    run(loop, 1)
    heard = [topic for ear in ears for topic, _, _ in ear.heard_all]
    assert sorted(heard) == sorted(f"up/three/{number}" for number in range(20))
    assert all(ear.heard_all for ear in ears)
    assert all(mine for ear in ears for _, _, mine in ear.heard_all)


def test_what_is_lost_on_the_wire_comes_later_and_what_is_under_way_at_a_cut_never(loop, broker, join) -> None:
    ear, _ = join("one", "up/+/+")
    _, sender = join("two")
    broker._network.weather = Weather(lost=0.5)
    for number in range(20):
        broker.publish(sender, f"up/two/{number}", b"")
    run(loop, 60)
    assert len(ear.heard_all) == 20
    assert [topic for topic, _, _ in ear.heard_all] != [f"up/two/{number}" for number in range(20)]
    broker.publish(sender, "up/two/last", b"")
    broker.cut(sender)
    run(loop, 60)
    assert len(ear.heard_all) == 20


def test_a_filter_takes_one_level_for_a_plus() -> None:
    assert matches("up/+/action", "up/caller-1/action")
    assert not matches("up/+/action", "up/caller-1/rating")
    assert not matches("up/+", "up/caller-1/action")
