"""Every self-test of every class: offered to the hub, ordered over a real broker, done by the agent, answered."""

import base64
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from edge.runtime.device import classes, device_class
from halls.format import CLASS_OF, Hall, Position, Wireless
from hub.storage.orders import Ordered
from tests.support.day import small_hall
from tests.support.live import LiveHall, until
from wire.orders import SelfTest

ASKS_A_PERSON = {("caller", "keys"), ("evaluator", "screen")}  # who presses every key; who has the page open
AS_LONG_AS_ANOTHER = {("led_window", "text")}  # scrolls as long as the pattern lasts, and has tests of its own
TESTS = [
    (name, test)
    for name in classes()
    for test in device_class(name).tests
    if (name, test) not in ASKS_A_PERSON | AS_LONG_AS_ANOTHER
]
TABLES: dict[str, dict[str, Any]] = {
    "caller": {"display": "oled"},
    "ticket_printer": {"baud": 115200, "reader": "simulated"},
    "signage_player": {"width": 640, "height": 360},
}
PATIENCE_S = 60.0


def hall_of_every_class() -> Hall:
    hall = small_hall()
    wireless = Wireless(address=9, repeaters=("repeater-1",))
    return replace(
        hall,
        position=(
            *hall.position,
            Position(id="repeater-1", kind="repeater", area="lobby"),
            Position(id="handheld-1", kind="evaluator", area="lobby", counter="1", wireless=wireless),
        ),
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Ordered]]:
    """By class and test. One test after another at a device, and all classes at the same time."""
    hall = LiveHall(tmp_path_factory.mktemp("hall"), hall_of_every_class())
    try:
        with ThreadPoolExecutor(len(classes())) as technicians:
            of_classes = technicians.map(lambda name: (name, answers(hall, name, seated(hall, name))), classes())
            yield {(name, one.detail): one for name, done in of_classes for one in done}
    finally:
        hall.close()


def seated(hall: LiveHall, name: str) -> str:
    """The class's first position, with its agent running."""
    position = next(one.id for one in hall.hall.position if CLASS_OF[one.kind] == name)
    agent = hall.agent(position, **TABLES.get(name, {}))
    if name == "repeater":
        agent.driver.radio.evaluator(9)  # somebody puts its battery in
        until(lambda: 9 in agent.state.handsets, "the repeater knows its handheld", PATIENCE_S)
    return position


def answers(hall: LiveHall, name: str, position: str) -> list[Ordered]:
    return [done(hall, position, test) for of, test in TESTS if of == name]


def done(hall: LiveHall, position: str, test: str) -> Ordered:
    seat = hall.roster.at("small", position)
    assert seat is not None
    until(lambda: test in seat.tests, "the hub knows what is offered", PATIENCE_S)
    now = hall.desk.now()
    ordered = hall.book.order(
        hall="small", position=position, device=seat.device, what="self-test", detail=test, by="technician", at=now,
        expires_at=now + timedelta(seconds=30),
    )  # fmt: skip

    async def send() -> bool:
        return hall.gateway.order(seat.device, SelfTest(id=ordered.id, test=test, at=now))

    assert hall.run(send())

    def answered() -> Ordered | None:
        known = hall.book.at("small", position)
        return next((one for one in known if one.id == ordered.id and one.ended_at), None)

    found: Ordered = until(answered, f"{position} answers {test}", PATIENCE_S)
    return found


def test_every_class_has_a_test_to_offer() -> None:
    assert [name for name in classes() if not device_class(name).tests] == []


def test_what_is_offered_is_told_in_both_languages() -> None:
    for name in classes():
        for label in device_class(name).tests.values():
            assert re.search("[一-鿿]", label), label
            assert re.search("[A-Za-z]{3}", label), label


@pytest.mark.parametrize(("name", "test"), TESTS)
def test_it_is_done_and_what_was_seen_is_told(outcomes: dict[tuple[str, str], Ordered], name: str, test: str) -> None:
    outcome = outcomes[name, test]
    assert outcome.ok, outcome.text
    assert re.search("[一-鿿]", outcome.text), outcome.text
    if test == "screenshot":
        shot = Image.open(io.BytesIO(base64.b64decode(outcome.picture)))
        assert len(shot.getcolors(1 << 24) or []) > 1, "there is something on it"


def test_the_bench_checklist_names_every_class() -> None:
    checklist = Path(__file__).parents[2] / "docs" / "bench-checklist.md"
    for name in classes():
        assert f"bench/{name}.md" in checklist.read_text("utf-8")
