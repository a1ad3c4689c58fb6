"""Server-sent events over a real server and real sockets: resumable, bounded, and gone when the reader is."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from hub.domain import commands as c
from hub.http import events as events_module
from hub.http.api import application
from hub.http.identity import Gate
from hub.http.routes import attach
from tests.hub.http.visitors import TICKETS

pytestmark = pytest.mark.anyio
EVENTS = "/api/v1/events"
PATIENCE_S = 20


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The app on a real port of the loopback, in this event loop; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not met():
            await asyncio.sleep(0.01)


@pytest.fixture
def token(accounts, clock) -> str:
    return accounts.issue_token("reader", "manager", clock(), "admin")[1]


@pytest.fixture
async def client(app, token) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with served(app) as address, httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE_S) as one:
        yield one


class Message(dict[str, str]):
    """One message of a stream: its fields; comments under an empty name."""

    @property
    def body(self) -> Any:
        return json.loads(self["data"])


@contextlib.asynccontextmanager
async def reading(client: httpx.AsyncClient, path: str = EVENTS, after: int | None = None) -> AsyncIterator[Any]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with asyncio.timeout(PATIENCE_S), client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    message = Message()
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            message[name.rstrip(":")] = value
        else:
            yield message
            message = Message()


async def some(stream: AsyncIterator[Message], many: int) -> list[Message]:
    return [await anext(stream) for _ in range(many)]


async def take(client: httpx.AsyncClient, hall: str = "small") -> None:
    answer = await client.post(f"/api/v1/halls/{hall}/tickets", json={"service": "A"})
    assert answer.status_code == 201, answer.text


async def test_a_reader_hears_what_happens_from_now_on(client):
    await take(client)
    async with reading(client) as stream:
        start = await anext(stream)
        assert (start["event"], start.body) == ("start", {"epoch": 1, "position": 2})
        await take(client)
        first, second = await some(stream, 2)
    assert (first["id"], first.body["position"], first.body["hall"], first.body["version"]) == ("3", 3, "small", 3)
    assert (first.body["event"]["kind"], first.body["event"]["number"]) == ("ticket-reserved", "A002")
    assert (second["id"], second.body["event"]["kind"]) == ("4", "ticket-queued")


async def test_a_reader_that_comes_back_misses_nothing_and_hears_nothing_twice(client):
    heard: list[int] = []
    after = 0
    for _ in range(4):
        await take(client)
        async with reading(client, after=after) as stream:
            await anext(stream)
            await take(client)
            heard += [message.body["position"] for message in await some(stream, 3)]
        after = heard[-1]
    assert heard == list(range(1, 13))


async def test_what_was_before_this_process_is_read_from_the_log(client, desk):
    for _ in range(3):
        await take(client)
    desk._recent._held.clear()
    async with reading(client, after=1) as stream:
        await anext(stream)
        assert [message.body["position"] for message in await some(stream, 5)] == [2, 3, 4, 5, 6]


async def test_a_reader_of_one_hall_hears_of_no_other(client):
    async with reading(client, f"{EVENTS}?hall=other", after=0) as stream:
        await anext(stream)
        await take(client, "small")
        await take(client, "other")
        assert [message.body["hall"] for message in await some(stream, 2)] == ["other", "other"]


async def test_a_reader_from_the_future_starts_at_what_there_is(client):
    """As after a hub was restored from a backup."""
    await take(client)
    async with reading(client, after=999) as stream:
        assert (await anext(stream)).body == {"epoch": 1, "position": 2}
        await take(client)
        assert (await anext(stream))["id"] == "3"


async def test_what_cannot_be_read_is_refused(client, counted):
    for last in ("x", "-1", "1.5", "9" * 30):
        answer = await client.get(EVENTS, headers={"Last-Event-ID": last})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-position")
    answer = await client.get(f"{EVENTS}?hall=nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-hall")
    assert counted == {"bad-position": 4, "unknown-hall": 1}


@pytest.fixture
async def brisk(desk, accounts, counted, token) -> AsyncIterator[httpx.AsyncClient]:
    """A hub whose heart beats fast and that bears one reader."""

    def count(_door: str, code: str) -> None:
        counted[code] += 1

    app = application(count)
    attach(app, [events_module.events(desk, Gate(accounts, desk.now), count, readers_max=1, heartbeat_s=0.05)])
    headers = {"Authorization": f"Bearer {token}"}
    async with served(app) as address, httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE_S) as one:
        yield one


async def test_a_quiet_stream_has_a_heartbeat_that_moves_the_id(brisk, staff):
    async with reading(brisk, f"{EVENTS}?hall=other") as stream:
        await anext(stream)
        assert await anext(stream) == {"": "still here", "id": "0"}
        assert (await staff.post(TICKETS, json={"service": "A"})).status_code == 201
        async for message in stream:
            assert "data" not in message
            if message["id"] == "2":
                break


async def test_a_reader_that_went_is_noticed_and_makes_room(brisk):
    async with reading(brisk) as stream:
        await anext(stream)
        full = await brisk.get(EVENTS)
        assert (full.status_code, full.json()["code"]) == (503, "too-many-readers")
        assert int(full.headers["retry-after"]) > 0
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with brisk.stream("GET", EVENTS) as answer:
                if answer.status_code == 200:
                    return
            await asyncio.sleep(0.01)


async def test_a_stream_ends_when_its_token_is_revoked(brisk, accounts, counted):
    async with reading(brisk) as stream:
        await anext(stream)
        accounts.revoke(accounts.tokens()[0].id)
        async for _ in stream:
            pass
    assert counted == {"session-over": 1}


async def test_a_reader_that_does_not_read_makes_the_hub_wait_not_grow(desk, accounts, token, counted, monkeypatch):
    """A thousand long events for somebody whose window is shut: only what the sockets hold is ever made."""
    made = 0
    encode = events_module._json.encode

    class Counting:
        def encode(self, value: object) -> bytes:
            nonlocal made
            made += 1
            return encode(value) + b" " * 50_000

    monkeypatch.setattr(events_module, "_json", Counting())
    app = application(lambda door, code: None)
    attach(app, [events_module.events(desk, Gate(accounts, desk.now), lambda door, code: None)])
    await fill(desk, 1000)
    async with served(app) as address:
        reader = socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])))
        request = f"GET {EVENTS} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nLast-Event-ID: 0\r\n\r\n"
        reader.sendall(request.encode())
        await settled(lambda: made)
        stuck = made
        await fill(desk, 200)
        await settled(lambda: made)
        later = made
        reader.close()
    assert 0 < stuck < 700
    assert later == stuck
    assert made < 2000


async def fill(desk: Any, many: int) -> None:
    position = desk.position
    stamps = [{"id": f"fill/{position}/{n}", "at": desk.now(), "by": "test"} for n in range(many)]
    await asyncio.gather(*(desk.handle("small", c.TakeTicket(service="A", **stamp)) for stamp in stamps))


async def settled(value: Callable[[], int]) -> None:
    """Until the value has moved from 0 and then stood still for half a second."""
    await until(lambda: value() > 0)
    before = -1
    async with asyncio.timeout(PATIENCE_S):
        while before != value():
            before = value()
            await asyncio.sleep(0.5)
