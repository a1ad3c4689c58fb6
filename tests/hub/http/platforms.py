"""A city's platform at the open interface: its clock, its access token, and what it asks for."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from hub.appointments.bookings import Bookings
from hub.appointments.calendar import Calendar
from hub.appointments.series import Series
from hub.appointments.unfinished import Unfinished
from hub.http.appointments import appointments
from hub.http.clients import clients
from hub.http.identity import Gate
from hub.http.oauth import oauth
from hub.http.platform import platform
from hub.http.routes import attach
from hub.people.messages import MemoryMessenger
from hub.people.people import People
from hub.people.persons import check_character
from hub.pseudonyms import Pseudonyms
from hub.storage.appointments import Appointments
from hub.storage.clients import Clients
from hub.storage.hall_days import HallDays
from tests.hub.http.conftest import KEY
from tests.hub.http.visitors import program, visitor

CLIENTS, TOKEN = "/api/v1/clients", "/oauth2/token"
HALLS = "/api/v1/platform/halls"
MINE = f"{HALLS}/small/appointments"
TUESDAY, WEDNESDAY, THURSDAY = "2026-11-03", "2026-11-04", "2026-11-05"
GRANT = {"grant_type": "client_credentials"}


def number(place: int = 2) -> str:
    body = f"11010519491231{place:03d}"
    return body + check_character(body)


def somebody(place: int = 2, **more: str) -> dict[str, str]:
    return {"number": number(place), "name": "安然", "phone": "13812345678", **more}


class Fixed:
    """Monday, 2026-11-02, 09:00 in Beijing, until a test sets it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def set(self, day: int, hour: int, minute: int = 0) -> None:
        """In November, UTC."""
        self.at = datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def clock() -> Fixed:
    return Fixed()


@pytest.fixture
def people(engine, clock) -> People:
    return People(engine, Pseudonyms(KEY), bytes(32), MemoryMessenger(), clock, lambda *_: "")


@pytest.fixture
def app(app: FastAPI, desk, accounts, engine, people, counted) -> FastAPI:
    stored, days, gate = Appointments(engine), HallDays(engine), Gate(accounts, desk.now)
    bookings = Bookings(desk, stored, Calendar(days), Unfinished(desk, stored, days))
    kept = Clients(engine, accounts.forget)

    def count(door: str, code: str) -> None:
        counted[code] += 1

    routers = (
        clients(desk, kept, gate),
        oauth(kept, desk.now, count),
        platform(desk, bookings, Series(stored), people.vault, Pseudonyms(KEY), gate),
        appointments(desk, bookings, Pseudonyms(KEY), gate),
    )
    attach(app, routers)
    return app


async def made(administrator, ident: str = "city-app", halls: tuple[str, ...] = ("small",)) -> str:
    """The new client's secret."""
    answer = await administrator.post(CLIENTS, json={"id": ident, "name": "北京通", "halls": list(halls)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def asked(app: FastAPI, ident: str, secret: str) -> httpx.Response:
    async with visitor(app) as nobody:
        return await nobody.post(TOKEN, data=GRANT, auth=(ident, secret))


async def access(app: FastAPI, ident: str, secret: str) -> str:
    answer = await asked(app, ident, secret)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@pytest.fixture
async def city(app, administrator):
    """The city's platform, with an access token for the hall `small`."""
    token = await access(app, "city-app", await made(administrator))
    async with program(app, token) as client:
        yield client


async def book(client, key="k1", **more):
    wish = {"service": "A", "day": TUESDAY, "slot": "09:30", "person": somebody(), **more}
    return await client.post(MINE, json=wish, headers={"Idempotency-Key": key})


async def booked(client, key="k1", **more):
    answer = await book(client, key, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def move(client, one, key, day=WEDNESDAY, slot="11:00"):
    wish = {"day": day, "slot": slot}
    return await client.post(f"{MINE}/{one['id']}/move", json=wish, headers={"Idempotency-Key": key})


async def cancel(client, one, key, reason="ill"):
    headers = {"Idempotency-Key": key}
    return await client.post(f"{MINE}/{one['id']}/cancel", json={"reason": reason}, headers=headers)
