"""Boards, players on a real mpv without output, and waiting for a fact."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from edge.signage_player.driver import Player, simulated
from edge.signage_player.logic import ShowBoard
from edge.signage_player.settings import Settings
from wire.messages import BoardCall, BoardWaiting

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Waits for a condition, generously, and returns what it gave."""

    def wait(condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("it did not come to pass within 30 s")

    return wait


@pytest.fixture
def call() -> Callable[..., BoardCall]:
    def make(number: str, counter: str = "3", calls: int = 1, name: str = "") -> BoardCall:
        name = name or f"{int(counter):02}号窗口"
        return BoardCall(number=number, counter=counter, counter_name=name, calls=calls, at=AT)

    return make


@pytest.fixture
def screen(call: Callable[..., BoardCall]) -> Callable[..., ShowBoard]:
    """A board with the given numbers, newest first."""

    def make(*numbers: str, **changes: Any) -> ShowBoard:
        base: dict[str, Any] = {
            "board": True,
            "title": "二层等候区",
            "english": "Second floor",
            "calls": tuple(call(number, str(index + 1)) for index, number in enumerate(numbers)),
            "waiting": (
                BoardWaiting(name="社保中心", english="Social insurance", waiting=12),
                BoardWaiting(name="公服中心", english="Public HR services", waiting=3),
            ),
            "ticker": "请携带本人身份证件 Please have your ID card ready",
        }
        return ShowBoard(**{**base, **changes})

    return make


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        overlays = tmp_path / "overlays"
        overlays.mkdir(exist_ok=True)
        base: dict[str, Any] = {
            "driver": "simulated",
            "width": 960,
            "height": 540,
            "media_dir": str(tmp_path / "media"),
            "overlay_dir": str(overlays),
        }
        return Settings(**{**base, **changes})

    return make


@pytest.fixture
def player(settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Callable[..., Player]]:
    """Starts players on a real mpv; all are stopped at the end."""
    started: list[Player] = []

    def make(**changes: Any) -> Player:
        parts = simulated(settings(**changes), str(tmp_path / "state"), "https://127.0.0.1:9")
        fresh = cast(Player, parts["player"])
        started.append(fresh)
        fresh.start(lambda make_input: None)
        return fresh

    yield make
    for one in started:
        one.stop()
