"""Who comes to the hub's HTTP side in these tests, and the clock that it reads."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

PASSWORD = "correct horse 42"
HUB = "http://hub"
AT_1, AT_2 = "/api/v1/halls/small/counters/1", "/api/v1/halls/small/counters/2"
TICKETS = "/api/v1/halls/small/tickets"


class Clock:
    """The hub's clock; `pass_` lets time go by."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def at_noon(self) -> None:
        """In Beijing, of the day that it is there: what is told late in the evening is not told then."""
        now = datetime.now(ZoneInfo("Asia/Shanghai"))
        self._offset = now.replace(hour=12, minute=0) - now

    def pass_(self, **time: float) -> None:
        self._offset += timedelta(**time)


def visitor(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HUB, headers=headers)


def program(app: FastAPI, token: str) -> httpx.AsyncClient:
    return visitor(app, Authorization=f"Bearer {token}")


@contextlib.asynccontextmanager
async def logged_in(app: FastAPI, name: str, password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on one of the hub's own pages."""
    async with visitor(app, Origin=HUB) as browser:
        answer = await browser.post("/api/v1/session", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        yield browser
