"""A hub that is killed with a citizen's press in its hands: the rating is in its log once, for its own ticket, and has
opened a case."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class
from provisioning.rehearsal.processes import Processes
from tests.support.live import until
from tests.support.process import browser, claim, hub_at_work, program, read_events

COUNTER = "/api/v1/halls/small/counters/1"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Processes]:
    with hub_at_work(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


@pytest.fixture
def evaluator(hub: Processes, administrator: httpx.Client, tmp_path: Path) -> Iterator[Agent]:
    where = config.Hub(
        est=f"https://{hub.addresses.est}",
        ca_fingerprint=hub.ca_fingerprint,
        broker=hub.addresses.broker,
        token=claim(administrator, "small", "evaluator-1"),
    )
    who = identity.enrol(where, tmp_path / "board")
    settings = config.Config(
        hub=where, agent=config.AgentSettings(state_dir=str(who.directory)), device={"driver": "simulated"}
    )
    agent = Agent(device_class("evaluator"), settings, who)
    agent.start()
    yield agent
    agent.stop()


def press(administrator: httpx.Client, key: str, **body: Any) -> None:
    answer = administrator.post(f"{COUNTER}/{key}", json=body, headers={"Idempotency-Key": f"{key}-{body}"})
    assert answer.is_success, answer.text


def test_a_hub_killed_between_press_and_delivery_has_the_rating_once(
    hub: Processes, administrator: httpx.Client, evaluator: Agent
) -> None:
    driver: Any = evaluator.driver
    taken = administrator.post("/api/v1/halls/small/tickets", json={"service": "A"}, headers={"Idempotency-Key": "t"})
    assert taken.status_code == 201, taken.text
    press(administrator, "sign-on")
    for key in ("call-next", "end"):
        press(administrator, key)
    until(lambda: len(driver.lamps.lit) == 5, "the evaluator asks")
    assert hub._hub is not None
    os.kill(hub._hub.pid, signal.SIGSTOP)  # it is there, and takes what comes in, but does nothing with it any more
    driver.press(2)
    until(lambda: driver.lamps.blinking == (2,), "the citizen is thanked")
    assert len(evaluator._outbox) == 1
    hub.kill_hub()
    assert len(evaluator._outbox) == 1, "nobody has answered"
    hub.start_hub()
    until(lambda: len(evaluator._outbox) == 0, "the new hub has answered")
    with program(hub, "manager") as manager:
        events = [one["event"] for one in read_events(hub, manager.headers)]
        cases = "/api/v1/halls/small/rating-cases"
        until(lambda: len(manager.get(cases).json()["cases"]) == 1, "it opened a case")
    rated = [(one["number"], one["level"]) for one in events if one["kind"] == "rated"]
    assert rated == [(taken.json()["number"], 2)]
