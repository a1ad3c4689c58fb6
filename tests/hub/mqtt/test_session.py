"""The session outlives whatever a broker does to it. The broker here is a few bytes of MQTT 5 on a TCP socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from hub.mqtt.session import Session
from tests.support.hub import run

_CONNACK = b"\x20\x03\x00%c\x00"  # flags, reason, no properties (MQTT 5.0 §3.2)
WELCOME, NOT_AUTHORIZED, BUSY = 0x00, 0x87, 0x89


@contextlib.asynccontextmanager
async def broker(*moods: int | None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers each connection in turn by that reason, or not at all; then hangs up, but on the last. Yields its port,
    and what came in."""
    heard: list[bytes] = []
    left = list(moods)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mood = left.pop(0)
        heard.append(await reader.read(4096))
        if mood is not None:
            writer.write(_CONNACK % mood)
            await writer.drain()
        if not left or mood is None:
            while await reader.read(4096):
                pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


@contextlib.asynccontextmanager
async def session(port: int) -> AsyncIterator[list[int]]:
    """Yields a list that grows with every connection that came about."""
    connected: list[int] = []

    async def arrived(topic: str, payload: bytes, mine: bool) -> None:
        raise AssertionError(topic)

    made = Session("hub-1", arrived, lambda: connected.append(len(connected)))
    running = asyncio.create_task(made.run("127.0.0.1", port, False))  # type: ignore[arg-type]
    try:
        yield connected
    finally:
        await made.close()
        running.cancel()
        await asyncio.wait([running])


async def grown(connected: list[int], to: int) -> None:
    while len(connected) < to:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("refusal", [NOT_AUTHORIZED, BUSY])
def test_a_broker_that_refuses_the_hub_for_a_while_has_it_back_afterwards(refusal):
    """Its access list is being written, say: the hub must not take that for an answer."""

    async def story():
        async with broker(WELCOME, refusal, refusal, WELCOME) as (port, _), session(port) as connected:
            await grown(connected, 2)

    run(story())


def test_a_broker_that_accepts_and_stays_mute_is_given_up_and_tried_again(monkeypatch):
    monkeypatch.setattr("hub.mqtt.session._CONNECT_S", 0.2)

    async def story():
        async with broker(None, WELCOME) as (port, _), session(port) as connected:
            await grown(connected, 1)

    run(story())


def test_every_connection_starts_clean(monkeypatch):
    """No message of an earlier one is sent again: the views are as they are now, and said anew."""

    async def story():
        async with broker(WELCOME, WELCOME, WELCOME) as (port, heard), session(port) as connected:
            await grown(connected, 3)
            clean_start = [packet[packet.index(b"MQTT") + 5] & 0x02 for packet in heard]
            assert clean_start == [0x02] * 3

    run(story())


def test_what_the_broker_does_not_acknowledge_is_bounded(monkeypatch):
    monkeypatch.setattr("hub.mqtt.session._UNACKNOWLEDGED_MAX", 50)

    async def story():
        async with broker(WELCOME) as (port, _):
            connected = asyncio.Event()

            async def arrived(topic: str, payload: bytes, mine: bool) -> None: ...

            made = Session("hub-1", arrived, connected.set)
            running = asyncio.create_task(made.run("127.0.0.1", port, False))
            await connected.wait()
            handed_over = sum(made.publish("tingxu/1/board/small/lobby", b"x") for _ in range(200))
            assert handed_over == 49  # and the hub's own presence
            await made.close()
            running.cancel()
            await asyncio.wait([running])

    run(story())
