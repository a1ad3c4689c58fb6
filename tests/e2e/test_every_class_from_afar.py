"""Care of every class from afar, over a real broker: identify, log, restart; late orders and second copies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from edge.runtime.device import classes
from edge.runtime.outbox import Entry
from hub.storage.health import Change
from hub.storage.orders import Ordered
from tests.e2e.test_every_self_test import PATIENCE_S, hall_of_every_class, seated
from tests.support.leds import led_folder
from tests.support.live import LiveHall, until
from wire import codec
from wire.messages import Presence
from wire.orders import LOG_BYTES, Identify, Order, Restart, SendLog


class Told(msgspec.Struct):
    """What came of one device's care."""

    position: str
    orders: dict[str, Ordered]
    kept: bool  # what was journaled before the restart was there after it
    boots: tuple[str, str]
    changes: list[Change] = []


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Told]]:
    directory = tmp_path_factory.mktemp("hall")
    led_folder(directory / "leds")
    hall = LiveHall(directory, hall_of_every_class())
    try:
        with ThreadPoolExecutor(len(classes())) as technicians:
            all_told = dict(technicians.map(lambda name: (name, cared_for(hall, name)), classes()))
        hall.observer.flush_changes()
        for one in all_told.values():
            one.changes = hall.history.changes("small", one.position)
        yield all_told
    finally:
        hall.close()


def cared_for(hall: LiveHall, name: str) -> Told:
    position = seated(hall, name)
    orders = {"identify": ordered(hall, position, "identify", lambda one: Identify(id=one.id, at=one.ordered_at))}
    late = lambda one: Identify(id=one.id, at=one.ordered_at - timedelta(seconds=60))  # noqa: E731
    orders["late"] = ordered(hall, position, "identify", late)
    orders["log"] = ordered(hall, position, "send-log", lambda one: SendLog(id=one.id, at=one.ordered_at))
    agent = hall.agents[position]
    first = boot(hall, position)
    agent._outbox.add(Entry("kept-1", "health", b"{}"))  # nobody answers it: it is there until somebody does
    orders["restart"] = ordered(hall, position, "restart", lambda one: Restart(id=one.id, at=one.ordered_at))
    until(lambda: not agent._thread.is_alive(), f"{position} ends its loop", PATIENCE_S)
    again = hall.agent(position, driver="simulated")
    kept = any(entry.id == "kept-1" for entry in again._outbox.pending())
    until(lambda: boot(hall, position) != first, f"{position} is there again", PATIENCE_S)
    return Told(position, orders, kept, (first, boot(hall, position)))


def boot(hall: LiveHall, position: str) -> str:
    seat = hall.roster.at("small", position)
    return "" if seat is None else seat.boot


def ordered(hall: LiveHall, position: str, what: str, make: Any) -> Ordered:
    """Sent twice, as QoS 1 may; answered."""
    seat = hall.roster.at("small", position)
    assert seat is not None
    now = hall.desk.now()
    one = hall.book.order(
        hall="small", position=position, device=seat.device, what=what, by="technician", at=now,
        expires_at=now + timedelta(seconds=30),
    )  # fmt: skip
    order: Order = make(one)

    async def send() -> bool:
        return hall.gateway.order(seat.device, order) and hall.gateway.order(seat.device, order)

    assert hall.run(send())

    def answered() -> Ordered | None:
        known = hall.book.at("small", position)
        return next((found for found in known if found.id == one.id and found.ended_at), None)

    found: Ordered = until(answered, f"{position} answers {what}", PATIENCE_S)
    return found


@pytest.mark.parametrize("name", classes())
def test_it_shows_where_it_is_and_says_by_what(told: dict[str, Told], name: str) -> None:
    identified = told[name].orders["identify"]
    assert identified.ok, identified.text
    assert "主板灯" in identified.text


@pytest.mark.parametrize("name", classes())
def test_an_order_that_comes_late_is_refused_in_words(told: dict[str, Told], name: str) -> None:
    late = told[name].orders["late"]
    assert (late.ok, "too late" in late.text) == (False, True)


@pytest.mark.parametrize("name", classes())
def test_it_sends_its_log(told: dict[str, Told], name: str) -> None:
    sent = told[name].orders["log"]
    assert sent.ok, sent.text
    assert "ordered: identify" in sent.log
    assert len(sent.log.encode()) <= LOG_BYTES


@pytest.mark.parametrize("name", classes())
def test_it_starts_anew_with_its_journal_and_says_that_it_does(told: dict[str, Told], name: str) -> None:
    one = told[name]
    assert one.orders["restart"].ok, one.orders["restart"].text
    assert one.kept
    assert len(set(one.boots)) == 2
    assert [(change.online, change.why) for change in one.changes] == [
        (True, "started"),
        (False, "restarts"),
        (True, "started"),
    ]


def test_a_presence_without_a_reason_is_what_it_was_before() -> None:
    assert codec.decode_presence(b'{"kind":"presence","online":false}') == Presence(online=False)
