"""A Mosquitto with mutual TLS and nothing behind it but echoes (benchmarks.mqtt_echo), and one who sends and hears."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gmqtt

from benchmarks.mqtt_echo import HOST, down, session, tls, up
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning.broker.process import Broker, free_port

_LOAD = "load"  # the session that sends and hears
_PADDING = b"x" * 120  # an Action has 130 bytes
_ROOT = Path(__file__).parents[1]
_ANSWER_S, _WINDOW = 15.0, 100


@contextmanager
def bare_broker(directory: Path, ways: Iterable[str]) -> Iterator[Broker]:
    """It knows the sessions of these ways of echoing and the sender's; their certificates are in `directory`."""
    authority = Authority.create(directory / "ca")
    names = [*ways, _LOAD]
    write_knowledge(directory, authority, [HOST], [session(name) for name in names])
    for name in names:
        certificate, key = authority.issue_client(session(name))
        (directory / f"{name}.pem").write_bytes(certificate)
        (directory / f"{name}-key.pem").write_bytes(key)
    with Broker(directory, free_port()) as broker:
        yield broker


@contextmanager
def echo(way: str, port: int, directory: Path) -> Iterator[None]:
    """A process that answers, from its "ready" on."""
    command = [sys.executable, "-m", "benchmarks.mqtt_echo", way, str(port), str(directory)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the {way} echo ended before it was ready")
            yield
        finally:
            process.kill()


class Sender:
    """Sends to one way at a time, and hears the answers in their order."""

    def __init__(self, ways: Iterable[str]) -> None:
        self._ways = list(ways)
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._client = gmqtt.Client(session(_LOAD))
        self._client.on_message = self._heard
        self._subscribed = asyncio.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    async def connect(self, port: int, directory: Path) -> None:
        await self._client.connect(HOST, port, ssl=tls(directory, _LOAD))
        self._client.subscribe([gmqtt.Subscription(down(way), qos=1) for way in self._ways])
        async with asyncio.timeout(_ANSWER_S):
            await self._subscribed.wait()

    async def close(self) -> None:
        await self._client.disconnect()

    async def round_trip_s(self, way: str) -> float:
        started = time.perf_counter()
        self._send(way)
        await self._answer()
        return time.perf_counter() - started

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
