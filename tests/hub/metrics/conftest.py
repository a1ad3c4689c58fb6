"""A day in a log, and the servers that its points go to: started once for all who ask."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.metrics.influx import Target
from hub.storage.database import open_database, open_log
from hub.storage.event_log import Append, EventLog
from provisioning.stack.process import Influxd, VictoriaMetrics
from tests.support.day import Script
from tests.support.influx import Asked, Forwarder, another


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    server = Influxd(tmp_path_factory.mktemp("influxd"))
    with server:
        yield server


@pytest.fixture
def forwarder(influxd: Influxd) -> Iterator[Forwarder]:
    between = Forwarder(influxd.url)
    yield between
    between.close()


@pytest.fixture
def influx(influxd: Influxd, forwarder: Forwarder, request: pytest.FixtureRequest) -> Asked:
    """A database of the test's own; with INFLUX_URL in the environment, the bucket there."""
    if (other := another()) is not None:
        return other
    name = request.node.name
    made = httpx.post(f"{influxd.url}/query", data={"q": f'CREATE DATABASE "{name}"'})
    assert made.status_code == 200, made.text
    return Asked(influxd.url, Target(url=forwarder.url, org="hall", bucket=name, token="t"))


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    server = VictoriaMetrics(tmp_path / "victoria")
    with server:
        yield server


@pytest.fixture(scope="session")
def day() -> Script:
    """A short day in which each thing happens at least once."""
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    for number in range(12):
        script.wait(20)
        script.take(script.hall.service[number % len(script.hall.service)].letter)
    for turn in range(6):
        for counter in ("1", "2"):
            script.wait(30)
            (*_, called) = script.do(c.CallNext, counter=counter)
            if type(called).__name__ != "TicketCalled":
                continue
            script.wait(15)
            if turn == 1 and counter == "1":
                script.do(c.Undo, counter=counter)
                continue
            script.do(c.Serve, counter=counter)
            script.wait(120)
            script.do(c.End, counter=counter)
            if asked := script.state.asked.get(counter):
                ask = script.state.asks[asked]
                script.wait(5)
                script.do(c.Rate, ask=ask.id, level=5 - turn % 5, pressed_at=script.now)
    script.do(c.Pause, counter="1")
    for code, slot in (("YA234567", "14:00"), ("YB234567", "14:30"), ("YC234567", "15:00")):
        script.do(ac.Book, day=script.state.day, code=code, service="A", slot=slot, minutes=30, capacity=3,
                  person=f"p-{code}", via="phone")  # fmt: skip
    script.do(ac.CancelAppointment, day=script.state.day, code="YC234567")
    script.now += timedelta(hours=4)
    script.do(ac.CheckIn, code="YA234567")
    script.do(c.CallNext, counter="2")
    for _ in range(3):
        script.wait(30)
        script.do(c.Recall, counter="2")
    script.do(c.NoShow, counter="2")
    script.now += timedelta(hours=3)
    script.do(c.Settle)
    script.do(c.EndDay)
    return script


def append(log: EventLog, script: Script) -> None:
    """The day's events, as the desk would have stored them."""
    after = log.last_position()
    for command, events in groupby(script.events, lambda event: event.command):
        told = tuple(events)
        log.append([Append(script.hall.hall.id, script.state.day, after, command, told, ())])
        after += len(told)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "hub.db")
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine: Engine, tmp_path: Path, day: Script) -> Iterator[EventLog]:
    """With the day in it."""
    log = open_log(tmp_path / "hub.db")
    append(log, day)
    yield log
    log.close()
