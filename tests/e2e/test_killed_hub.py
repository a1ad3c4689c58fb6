"""The hub is killed again and again while tickets are taken: whatever it answered is in the log, once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from provisioning.rehearsal.processes import Processes
from tests.support.live import until
from tests.support.process import hub_at_work, program, read_events

SEED = 11
KILLS = 5
BETWEEN = (25, 60)  # answers between two kills
TICKETS = "/api/v1/halls/small/tickets"


class Taker(threading.Thread):
    """Takes tickets one after another; repeats each wish, with its key, until it is answered."""

    def __init__(self, hub: Processes, headers: httpx.Headers, name: str) -> None:
        super().__init__(name=name)
        self.answers: dict[str, dict[str, Any]] = {}  # Idempotency-Key → the ticket
        self.services: dict[str, str] = {}
        self.repeats = 0
        self.surprises: list[str] = []
        self.enough = threading.Event()
        self._chance = random.Random(f"{SEED} {name}")
        self._client = httpx.Client(base_url=hub.addresses.pages, headers=headers, timeout=10)

    def run(self) -> None:
        with self._client:
            while not self.enough.is_set():
                key = f"{self.name}-{len(self.services)}"
                self.services[key] = self._chance.choice("ABC")
                self._take(key)

    def _take(self, key: str) -> None:
        while key not in self.answers:
            try:
                answer = self._client.post(
                    TICKETS, json={"service": self.services[key]}, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                self.repeats += 1
                time.sleep(0.02)
                continue
            if answer.status_code == 201:
                self.answers[key] = answer.json()
            elif answer.status_code != 503:
                self.surprises.append(f"{answer.status_code} {answer.text}")
                return


class Day:
    """What the takers were told, and what the log says."""

    def __init__(self, takers: list[Taker], recorded: list[dict[str, Any]], repeated: dict[str, str]) -> None:
        self.takers, self.recorded, self.repeated = takers, recorded, repeated
        self.answers = {key: ticket for taker in takers for key, ticket in taker.answers.items()}
        self.reserved = [one for one in recorded if one["event"]["kind"] == "ticket-reserved"]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with hub_at_work(tmp_path_factory.mktemp("killed")) as hub, program(hub, "manager") as manager:
        takers = [Taker(hub, manager.headers, f"taker-{number}") for number in range(4)]
        for taker in takers:
            taker.start()
        try:
            kill_again_and_again(hub, takers)
        finally:
            for taker in takers:
                taker.enough.set()
        for taker in takers:
            taker.join(60)
            assert not taker.is_alive(), f"{taker.name} was never answered"
        asked_again = [key for taker in takers for key in list(taker.answers)[::10]]
        yield Day(
            takers, read_events(hub, manager.headers), {key: take_again(manager, takers, key) for key in asked_again}
        )


def kill_again_and_again(hub: Processes, takers: list[Taker]) -> None:
    """At moments between one answer and the next; every hub must answer before it is killed."""
    chance = random.Random(SEED)

    def answered() -> int:
        return sum(len(taker.answers) for taker in takers)

    def some_more() -> None:
        aim = answered() + chance.randint(*BETWEEN)
        until(lambda: answered() >= aim or not any(taker.is_alive() for taker in takers), "tickets are taken", 60)

    for _ in range(KILLS):
        some_more()
        time.sleep(chance.uniform(0, 0.03))
        hub.kill_hub()
        hub.start_hub()
    some_more()


def take_again(manager: httpx.Client, takers: list[Taker], key: str) -> str:
    """The number that this wish has now."""
    service = next(taker.services[key] for taker in takers if key in taker.services)
    answer = manager.post(TICKETS, json={"service": service}, headers={"Idempotency-Key": key})
    return str(answer.json()["number"]) if answer.status_code == 201 else answer.text


def test_every_wish_was_answered_with_a_ticket_in_the_end(day: Day) -> None:
    assert [taker.surprises for taker in day.takers] == [[], [], [], []]
    assert all(set(taker.answers) == set(taker.services) for taker in day.takers)
    assert len(day.answers) > KILLS * BETWEEN[0]


def test_the_kills_fell_into_the_work(day: Day) -> None:
    """Otherwise nothing here proves anything: wishes were under way at every kill."""
    assert sum(taker.repeats for taker in day.takers) >= KILLS


def test_no_two_answers_have_the_same_number(day: Day) -> None:
    given = Counter((ticket["taken_at"][:10], ticket["number"]) for ticket in day.answers.values())
    assert [number for number, times in given.items() if times > 1] == []


def test_every_answered_number_is_in_the_log_exactly_once_and_no_other_is(day: Day) -> None:
    """Not one ghost either: a wish whose answer was lost got, when repeated, the ticket that it had already made."""
    logged = Counter((one["day"], one["event"]["number"]) for one in day.reserved)
    answered = {(ticket["taken_at"][:10], ticket["number"]) for ticket in day.answers.values()}
    assert set(logged) == answered
    assert set(logged.values()) == {1}


def test_every_wish_is_in_the_log_exactly_once(day: Day) -> None:
    keys = Counter(one["event"]["command"].rsplit("/", 1)[1] for one in day.reserved)
    assert set(keys) == set(day.answers)
    assert set(keys.values()) == {1}


def test_numbers_of_a_service_leave_none_out(day: Day) -> None:
    """A killed hub burns no number."""
    by_service: dict[tuple[str, str], set[int]] = {}
    for one in day.reserved:
        number = one["event"]["number"]
        by_service.setdefault((one["day"], number[0]), set()).add(int(number[1:]))
    assert by_service
    for numbers in by_service.values():
        assert numbers == set(range(1, len(numbers) + 1))


def test_positions_rise_by_one_from_the_first(day: Day) -> None:
    assert [one["position"] for one in day.recorded] == list(range(1, len(day.recorded) + 1))


def test_versions_of_a_stream_rise_by_one(day: Day) -> None:
    versions: dict[tuple[str, str], list[int]] = {}
    for one in day.recorded:
        versions.setdefault((one["hall"], one["day"]), []).append(one["version"])
    for found in versions.values():
        assert found == list(range(1, len(found) + 1))


def test_the_same_key_still_means_the_same_ticket(day: Day) -> None:
    """After all the kills, of the first hub's wishes too."""
    assert day.repeated == {key: day.answers[key]["number"] for key in day.repeated}
    assert len(day.repeated) > KILLS


def test_nothing_but_tickets_was_made(day: Day) -> None:
    kinds = {one["event"]["kind"] for one in day.recorded}
    assert kinds <= {"ticket-reserved", "ticket-queued", "day-ended"}
