"""Many people race over HTTP for the last ten places of a slot, and the hub is killed in the middle: ten get one.

`TINGXU_RACERS=200 scripts/test tests/e2e/test_last_places.py` is the same with more people.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from provisioning.rehearsal.processes import Processes
from tests.support.day import SMALL
from tests.support.live import until
from tests.support.process import hub_at_work, program, read_events

RACERS = int(os.environ.get("TINGXU_RACERS", "60"))
PLACES = 10
SLOT = "10:00"
TWO_WISHES = 3  # every third person has two tabs open
MINE = "/api/v1/halls/small/appointments"


class Racer(threading.Thread):
    """One wish of one person, repeated with its key until it is answered."""

    def __init__(self, hub: Processes, headers: httpx.Headers, go: threading.Barrier, person: int, tab: int) -> None:
        super().__init__(name=f"{person}-{tab}", daemon=True)
        self.person = f"1101051990{person:08}"
        self.day = ""
        self.answer: httpx.Response | None = None
        self.repeats = 0
        self._go = go
        self._client = httpx.Client(base_url=hub.addresses.pages, headers=headers, timeout=30, verify=False)

    @property
    def wish(self) -> dict[str, Any]:
        return {"service": "A", "day": self.day, "slot": SLOT, "person": self.person}

    @property
    def key(self) -> str:
        return f"racer-{self.name}"

    def run(self) -> None:
        self._go.wait(60)
        with self._client:
            while self.answer is None:
                answer = self._ask()
                if answer is None or answer.status_code == 503:
                    self.repeats += 1
                    time.sleep(0.02)  # the hub is starting: not to keep it from that
                else:
                    self.answer = answer

    def _ask(self) -> httpx.Response | None:
        try:
            return self._client.post(MINE, json=self.wish, headers={"Idempotency-Key": self.key})
        except httpx.TransportError:
            return None


class Race:
    """What people were told, what they are told afterwards, and what the log says."""

    def __init__(self, hub: Processes, manager: httpx.Client, racers: list[Racer]) -> None:
        self.racers, self.day = racers, racers[0].day
        self.winners = [one for one in racers if one.answer is not None and one.answer.status_code == 201]
        self.again = {
            one.key: manager.post(MINE, json=one.wish, headers={"Idempotency-Key": one.key}) for one in self.winners
        }
        self.of_day = manager.get(MINE, params={"day": self.day}).json()["appointments"]
        self.logged = [
            one["event"] for one in read_events(hub, manager.headers) if one["event"]["kind"] == "appointment-booked"
        ]
        days = manager.get(f"{MINE}/offers", params={"service": "A"}).json()["days"]
        slots = next(one for one in days if one["day"] == self.day)["slots"]
        self.slot = next(one for one in slots if f"T{SLOT}" in one["at"])


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Race]:
    directory = tmp_path_factory.mktemp("race")
    with hub_at_work(directory, with_places(directory)) as hub, program(hub, "manager") as manager:
        wishes = [(person, tab) for person in range(RACERS) for tab in range(2 if person % TWO_WISHES == 0 else 1)]
        go = threading.Barrier(len(wishes) + 1)
        racers = [Racer(hub, manager.headers, go, person, tab) for person, tab in wishes]
        days = manager.get(f"{MINE}/offers", params={"service": "A"}).json()["days"]
        for racer in racers:
            racer.day = days[-1]["day"]
            racer.start()
        go.wait(60)
        kill_once_somebody_has_a_place(hub, racers)
        for racer in racers:
            racer.join(120)
            assert not racer.is_alive(), f"{racer.name} was never answered"
        yield Race(hub, manager, racers)


def with_places(directory: Path) -> Path:
    """A hall where half of twenty places in each slot of service A are for appointments."""
    text = SMALL.read_text("utf-8").replace('letter = "A"', f'letter = "A"\nslot_places = {2 * PLACES}', 1)
    file = directory / "hall.toml"
    file.write_text(text, "utf-8")
    return file


def kill_once_somebody_has_a_place(hub: Processes, racers: list[Racer]) -> None:
    until(lambda: any(racer.answer is not None for racer in racers), "somebody is answered", 60)
    hub.kill_hub()
    hub.start_hub()


def test_the_kill_fell_into_the_race(race: Race) -> None:
    """Otherwise nothing here proves anything."""
    assert sum(racer.repeats > 0 for racer in race.racers) > len(race.racers) // 2


def test_exactly_as_many_were_told_that_they_have_a_place_as_there_are(race: Race) -> None:
    assert len(race.winners) == PLACES
    others = Counter(one.answer.json()["code"] for one in race.racers if one not in race.winners)
    assert set(others) <= {"slot-full", "booked-already"}
    assert sum(others.values()) == len(race.racers) - PLACES


def test_the_log_has_exactly_those_and_nobody_twice(race: Race) -> None:
    assert Counter(event["code"] for event in race.logged) == Counter(one.answer.json()["code"] for one in race.winners)
    assert len({event["person"] for event in race.logged}) == PLACES
    assert len({one.person for one in race.winners}) == PLACES


def test_every_answer_that_was_given_holds(race: Race) -> None:
    now = {one["code"]: one for one in race.of_day}
    assert len(now) == PLACES
    for winner in race.winners:
        told = winner.answer.json()
        assert now[told["code"]] == told
        assert (race.again[winner.key].status_code, race.again[winner.key].json()) == (201, told)


def test_the_slot_has_no_place_left_and_none_too_few(race: Race) -> None:
    assert (race.slot["capacity"], race.slot["free"]) == (PLACES, 0)
