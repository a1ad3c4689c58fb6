"""A QoS 1 round trip over mutual TLS: gmqtt on uvloop, paho in its callback, paho bridged to asyncio; time and CPU."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import uvloop

from benchmarks.bare_broker import Sender, bare_broker, echo
from benchmarks.mqtt_echo import WAYS
from benchmarks.rounds import Figures, Ways, percentile

BASELINE = "paho"


@contextmanager
def ways(quick: bool) -> Iterator[Ways]:
    """One broker; a process for each way, all connected from beginning to end; and one that presses."""
    trips, burst = (100, 300) if quick else (800, 3000)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingxu-bench-")))
        broker = stack.enter_context(bare_broker(directory, WAYS))
        for way in WAYS:
            stack.enter_context(echo(way, broker.port, directory))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        sender = runner.run(_connected(broker.port, directory))
        stack.callback(lambda: runner.run(sender.close()))
        yield {way: partial(_turn, runner, sender, way, trips, burst) for way in WAYS}


def _turn(runner: asyncio.Runner, sender: Sender, way: str, trips: int, burst: int) -> Figures:
    async def measured() -> Figures:
        """The next trip begins when the last is over."""
        for _ in range(trips // 10):
            await sender.round_trip_s(way)  # warm
        times = [await sender.round_trip_s(way) for _ in range(trips)]
        return {
            "p50_us": percentile(times, 0.5) * 1e6,
            "p99_us": percentile(times, 0.99) * 1e6,
            "cpu_us_per_message": await sender.cpu_s(way, burst) / burst * 1e6,
        }

    return runner.run(measured())


async def _connected(port: int, directory: Path) -> Sender:
    sender = Sender(WAYS)
    await sender.connect(port, directory)
    return sender
