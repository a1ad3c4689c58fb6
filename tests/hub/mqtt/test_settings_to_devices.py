"""Settings over a real broker: a position's device gets them and starts anew; two processes of the hub agree."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.runtime.agent import Agent
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.device import device_class
from edge.runtime.lives import Lives
from hub.roster import Seat
from hub.storage.position_settings import Wanted
from tests.hub.mqtt.test_two_gateways import Other
from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.upkeep import Settings


@pytest.fixture
def lives(hall: LiveHall) -> Iterator[Callable[..., Lives]]:
    """The position's agent, all its lives in this process."""
    made: list[Lives] = []

    def make(position: str, kind: str, **device: Any) -> Lives:
        who = hall.identity(position)
        agent = AgentSettings(state_dir=str(who.directory), health_s=1.0, settle_s=0.2, trial_s=3.0)
        config = Config(
            hub=Hub("", "", f"127.0.0.1:{hall.port}"), agent=agent, device={"driver": "simulated", **device}
        )
        chosen = device_class(kind)
        made.append(Lives(chosen, config, lambda now, keeper: Agent(chosen, now, who, keepers=[keeper])))
        made[-1].start()
        until(lambda: (seat := hall.roster.seat(who.device)) and seat.online, f"{position} comes online")
        return made[-1]

    yield make
    for one in made:
        one.stop()


def set_to(hall: LiveHall, position: str, expected: int, **device: Any) -> None:
    hall.settings.put("small", [Wanted(position, expected, device)], by="tech", at=datetime.now(UTC), why="")


def said(hall: LiveHall, position: str) -> list[tuple[int, str]]:
    return [(one.revision, one.outcome) for one in hall.settings.reports("small", position)]


def test_an_agent_in_this_process_starts_anew_with_them_and_who_watches_its_hardware_goes_on_watching(hall, lives):
    window = lives("window-1", "led_window")
    seen: list[Any] = []
    window.attach(seen.append)
    until(lambda: seen[0].shown, "the window shows something")
    set_to(hall, "window-1", 0, closed_text="今日不开")
    hall.run(hall.gateway.reload())
    until(lambda: said(hall, "window-1") == [(1, "applied")], "it has proved itself")
    assert len(seen) == 2
    until(lambda: seen[1].shown == "今日不开", "the new life's LEDs show it")


def test_settings_with_which_the_hardware_cannot_be_made_come_back(hall, lives, monkeypatch):
    """The driver itself raises: nothing that its settings could have told before."""
    window = lives("window-1", "led_window")
    wiring = type(window.driver).__init__

    def breaks(self: Any, settings: Any) -> None:
        if settings.contrast == 99:
            raise RuntimeError("no such chip")
        wiring(self, settings)

    monkeypatch.setattr(type(window.driver), "__init__", breaks)
    set_to(hall, "window-1", 0, contrast=99)
    hall.run(hall.gateway.reload())
    until(lambda: said(hall, "window-1") == [(1, "returned")], "the last good ones are back")
    assert "no such chip" in hall.settings.reports("small", "window-1")[0].problems["agent"]


def retained(device: Any) -> Settings | None:
    body = device.bodies.get(topics.down(device.name, "config"))
    return codec.decode_config(body) if body is not None else None


def test_a_position_without_settings_says_so_to_its_device(hall, device):
    """Or a board that was moved there would keep those of the place where it was."""
    caller = device("caller-1")
    assert until(lambda: retained(caller), "it is told").revision == 0


def test_whichever_process_changes_them_both_come_to_the_same(hall, device):
    other = Other(hall)
    try:
        until(lambda: other.gateway._session.is_up, "hub-2 is at the broker")
        caller = device("caller-1")
        until(lambda: retained(caller), "it is told something")
        for revision, gateway in enumerate((hall.gateway, other.gateway, hall.gateway), 1):
            set_to(hall, "caller-1", revision - 1, double_s=0.1 * revision)
            hall.run(gateway.reload())
            until(lambda n=revision: retained(caller).revision == n, f"revision {revision} is retained")
            until(lambda n=revision: known(hall, other) == {n}, "both processes know it")
        assert retained(caller).revision == 3
    finally:
        other.close()


def known(hall: LiveHall, other: Other) -> set[int]:
    """What each process would have that position be."""
    seats: list[Seat] = [roster.at("small", "caller-1") for roster in (hall.roster, other.roster)]
    keepers = [gateway._keepers[0] for gateway in (hall.gateway, other.gateway)]
    return {keeper.desired(seat).revision for keeper, seat in zip(keepers, seats, strict=True)}
