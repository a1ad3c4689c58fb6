"""A hub's HTTP side on a real desk and a real SQLite file, with two halls: `small`, and `other`, which is alike."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from halls.format import parse
from hub.desk import Desk
from hub.http.api import api, application
from hub.http.routes import attach
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Accounts
from hub.storage.database import open_database, open_log
from tests.hub.http.visitors import HUB, Clock, logged_in, program, visitor

KEY = b"a key of a hub in tests, 32 bytes"
SMALL = Path(__file__).parents[3] / "halls" / "small.toml"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "hub.db")
    yield engine
    engine.dispose()


@pytest.fixture
def accounts(engine: Engine) -> Accounts:
    return Accounts(engine)


@pytest.fixture
async def desk(engine: Engine, tmp_path: Path, clock: Clock) -> AsyncIterator[Desk]:
    log = open_log(tmp_path / "hub.db")
    small = SMALL.read_text("utf-8")
    halls = [parse(small), parse(small.replace('id = "small"', 'id = "other"', 1))]
    desk = Desk(halls, log, clock)
    await desk.open()
    yield desk
    await desk.close()
    log.close()


@pytest.fixture
def counted() -> Counter[str]:
    """How often what was refused, by code."""
    return Counter()


@pytest.fixture
def app(desk: Desk, accounts: Accounts, counted: Counter[str]) -> FastAPI:
    def count(door: str, code: str) -> None:
        assert door == "http"
        counted[code] += 1

    app = application(count)
    attach(app, api(desk, accounts, Pseudonyms(KEY), count))
    return app


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on one of the hub's own pages; nobody is logged in."""
    async with visitor(app, Origin=HUB) as client:
        yield client


@pytest.fixture
async def staff(app: FastAPI, accounts: Accounts, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a manager's token."""
    _, secret = accounts.issue_token("desk-7", "manager", clock(), "admin")
    async with program(app, secret) as client:
        yield client


@pytest.fixture
async def administrator(app: FastAPI, accounts: Accounts, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which the first administrator is logged in."""
    password = accounts.first_administrator(clock())
    assert password is not None
    async with logged_in(app, "admin", password) as client:
        yield client
