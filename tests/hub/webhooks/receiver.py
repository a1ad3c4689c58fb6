"""A platform that hears webhooks, verifies them with the library of Standard Webhooks, and misbehaves as it is told."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks.webhooks
from standardwebhooks import Webhook, WebhookVerificationError

from hub.webhooks.addresses import Allowed
from hub.webhooks.hooks import Hooks
from hub.webhooks.sending import Sender
from tests.hub.appointments.booking import Office, open_office

HANG, CUT, DRIP = "hang", "cut the line", "a head that never ends"
KEY = bytes(range(32))


class Platform:
    """`plan(body)`: what it does to a request: None or a status, (status, headers), HANG, CUT, DRIP.

    `heard`: bodies of what it verified and took, as often as they came; `ids`: of all that came; `tried`: bodies too.
    """

    def __init__(
        self, plan: Callable[[dict[str, Any]], object] = lambda body: None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.plan, self.secret, self._tls = plan, "", tls
        self.heard: list[dict[str, Any]] = []
        self.tried: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0

    async def __aenter__(self) -> "Platform":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    def of(self, ident: str) -> list[str]:
        """What was told of that appointment."""
        return [one["type"].removeprefix("appointment.") for one in self.heard if one["data"]["id"] == ident]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
            body = await reader.readexactly(int(headers["content-length"]))
            await self._do(headers, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _do(self, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        self.raw.append((headers, body))
        try:
            said = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.refused += 1
            writer.write(b"HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n")
            return
        self.tried.append(said)
        self.ids.append(headers["webhook-id"])
        what = self.plan(said)
        if what == HANG:
            await asyncio.Event().wait()
        if what == CUT:
            writer.transport.abort()
            return
        while what == DRIP:
            writer.write(b"HTTP/1.1 200 ok\r\nX: x")
            await writer.drain()
            await asyncio.sleep(0.01)
        status, more = what if isinstance(what, tuple) else (what or 204, {})
        if 200 <= status < 300:
            self.heard.append(json.loads(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
        writer.write(f"HTTP/1.1 {status} x\r\n{lines}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()


class City:
    """A hall, and the hub's side of webhooks; `now` of the office is the clock of both sides."""

    def __init__(self, office: Office, **more: Any) -> None:
        self.office = office
        allowed = more.pop("allowed", Allowed(loopback=True))
        self.sender = Sender(allowed, **more)
        self.hooks = Hooks(office.engine, office.desk, KEY, self.sender)

    async def begin(self) -> "City":
        await self.hooks.reader.begin()
        return self

    async def listen(self, platform: Platform, client: str = "city") -> str:
        """Its id."""
        made, platform.secret = await asyncio.to_thread(self.hooks.make, "small", client, platform.url, "admin")
        return made.id

    async def book(self, person: str = "wang", **more: object) -> Any:
        return await self.office.book(person, via="platform", client="city", **more)

    async def read(self) -> None:
        """Takes in all that happened."""
        await self.hooks.reader.catch_up()

    async def tell(self) -> int:
        """Reads, and tries what is due until nothing is; how many tries that were."""
        await self.read()
        tries = 0
        while more := await self.hooks.courier.deliver():
            tries += more
        return tries

    async def later(self, **time: float) -> int:
        self.office.pass_(**time)
        return await self.tell()


@contextlib.asynccontextmanager
async def a_city(database, same_clock, **more):
    async with open_office(database) as office, Platform() as platform:
        same_clock(office)
        city = await City(office, **more).begin()
        city.ident = await city.listen(platform)
        yield city, platform
        await city.hooks.close()


@pytest.fixture
def same_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Office], None]:
    """From now on the library's clock is the office's."""

    def follow(office: Office) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return office.now.astimezone(tz or UTC)

        monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Clock)

    return follow
