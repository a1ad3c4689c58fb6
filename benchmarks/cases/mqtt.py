"""A QoS 1 round trip over mutual TLS: gmqtt on uvloop, paho in its callback, paho bridged to asyncio; time and CPU."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gmqtt
import uvloop

from benchmarks.mqtt_echo import HOST, WAYS, down, session, tls, up
from benchmarks.rounds import Figures, Ways, percentile
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning.broker.process import Broker, free_port

BASELINE = "paho"

_LOAD = "load"  # the session that sends and hears
_PADDING = b"x" * 120  # an Action has 130 bytes
_ROOT = Path(__file__).parents[2]
_ANSWER_S, _WINDOW = 15.0, 100


@contextmanager
def ways(quick: bool) -> Iterator[Ways]:
    """One broker; a process for each way, all connected from beginning to end; and one that presses."""
    trips, burst = (100, 300) if quick else (800, 3000)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingxu-bench-")))
        broker = stack.enter_context(_broker(directory))
        for way in WAYS:
            stack.enter_context(_echo(way, broker.port, directory))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        load = runner.run(_connected(broker.port, directory))
        stack.callback(lambda: runner.run(load.close()))
        yield {way: partial(_turn, runner, load, way, trips, burst) for way in WAYS}


def _turn(runner: asyncio.Runner, load: "_Load", way: str, trips: int, burst: int) -> Figures:
    async def measured() -> Figures:
        await load.paced(way, trips // 10)  # warm
        times = await load.paced(way, trips)
        return {
            "p50_us": percentile(times, 0.5) * 1e6,
            "p99_us": percentile(times, 0.99) * 1e6,
            "cpu_us_per_message": await load.cpu_s(way, burst) / burst * 1e6,
        }

    return runner.run(measured())


class _Load:
    """Sends to one way at a time, and hears the answers in their order."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._client = gmqtt.Client(session(_LOAD))
        self._client.on_message = self._heard
        self._subscribed = asyncio.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    async def connect(self, port: int, directory: Path) -> None:
        await self._client.connect(HOST, port, ssl=tls(directory, _LOAD))
        self._client.subscribe([gmqtt.Subscription(down(way), qos=1) for way in WAYS])
        async with asyncio.timeout(_ANSWER_S):
            await self._subscribed.wait()

    async def close(self) -> None:
        await self._client.disconnect()

    async def paced(self, way: str, count: int) -> list[float]:
        """Seconds of each round trip; the next begins when the last is over."""
        times = []
        for _ in range(count):
            started = time.perf_counter()
            self._send(way)
            await self._answer()
            times.append(time.perf_counter() - started)
        return times

    async def cpu_s(self, way: str, count: int) -> float:
        """CPU seconds that the echo took for `count` messages, a window of them under way at any time."""
        self._send(way)
        before = await self._answer()
        used = before
        for n in range(count + _WINDOW):
            if n < count:
                self._send(way)
            if n >= _WINDOW:
                used = await self._answer()
        return used - before

    def _send(self, way: str) -> None:
        self._client.publish(up(way), _PADDING, qos=1)

    async def _answer(self) -> float:
        async with asyncio.timeout(_ANSWER_S):
            return float((await self._answers.get()).rpartition(b" ")[2])

    def _heard(self, _client: gmqtt.Client, _topic: str, payload: bytes, *_: Any) -> int:
        self._answers.put_nowait(bytes(payload))
        return 0


async def _connected(port: int, directory: Path) -> _Load:
    load = _Load()
    await load.connect(port, directory)
    return load


@contextmanager
def _broker(directory: Path) -> Iterator[Broker]:
    """A real Mosquitto that knows our sessions, and their certificates in `directory`."""
    authority = Authority.create(directory / "ca")
    names = [*WAYS, _LOAD]
    write_knowledge(directory, authority, [HOST], [session(name) for name in names])
    for name in names:
        certificate, key = authority.issue_client(session(name))
        (directory / f"{name}.pem").write_bytes(certificate)
        (directory / f"{name}-key.pem").write_bytes(key)
    with Broker(directory, free_port()) as broker:
        yield broker


@contextmanager
def _echo(way: str, port: int, directory: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.mqtt_echo", way, str(port), str(directory)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the {way} echo ended before it was ready")
            yield
        finally:
            process.kill()
