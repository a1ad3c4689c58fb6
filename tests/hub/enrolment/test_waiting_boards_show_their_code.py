"""Boards that nobody knows, before a real EST server that says 202: the code is on paper, on the page, on the LEDs."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from edge.runtime.device import Driver, device_class, make_driver
from edge.runtime.identity import EnrolmentError, Identity, enrol
from edge.runtime.systemd import Supervisor
from edge.runtime.waiting import Waiting
from hub.storage.registry import Registry
from tests.support.live import until
from wire import pairing

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9


class Board:
    """One that enrols on a thread of its own; `driver` is what it shows the code with."""

    def __init__(self, card: Callable[[], Any], directory: Path, name: str, **device: Any) -> None:
        self.driver: Any = None
        self.came: list[Identity | EnrolmentError] = []
        directory.mkdir()
        kind = device_class(name)
        settings = convert({"driver": "simulated", **device}, kind.settings)

        def make() -> Driver:
            self.driver = make_driver(kind, settings, str(directory))
            return self.driver

        showing = Waiting(kind, settings, make, Supervisor({}))

        def begin() -> None:
            try:
                self.came.append(enrol(card(), directory / "state", showing))
            except EnrolmentError as error:
                self.came.append(error)

        threading.Thread(target=begin, daemon=True).start()


def test_a_machine_prints_its_code_once_shows_it_and_takes_up_its_work(
    card: Any, registry: Registry, clock: Any, tmp_path: Path
) -> None:
    board = Board(card, tmp_path / "board", "ticket_printer", panel=0, baud=115200)
    (one,) = until(lambda: registry.applicants.waiting("small"), "it waits")
    code = pairing.shown(one.code)
    until(lambda: board.driver and board.driver.panel.pairing == code, "its page shows the code")
    (slip,) = until(lambda: board.driver.printer.slips, "its slip comes")
    assert slip.qr == code
    assert any(code in line for line in slip.lines)
    registry.applicants.approve(
        one.code, hall="small", position="machine-1", device_class="ticket_printer", by="tech", at=clock()
    )
    (came,) = until(lambda: board.came, "it is let in")
    assert isinstance(came, Identity)
    assert len(board.driver.printer.slips) == 1
    again = make_driver(device_class("ticket_printer"), convert({"driver": "simulated"}, _settings()), str(tmp_path))
    again.start(lambda _: None)  # the port is free
    again.stop()


def test_a_window_lights_its_code_until_it_is_turned_down(
    card: Any, registry: Registry, clock: Any, tmp_path: Path
) -> None:
    board = Board(card, tmp_path / "board", "led_window")
    (one,) = until(lambda: registry.applicants.waiting("small"), "it waits")
    until(lambda: board.driver and board.driver.shown == "配对", "its LEDs begin")
    until(lambda: board.driver.shown == one.code[:4], "its LEDs show the code")
    registry.applicants.refuse(one.code, hall="small", by="tech", at=clock())
    (came,) = until(lambda: board.came, "it hears of it")
    assert isinstance(came, EnrolmentError)
    assert not any("#" in row for row in board.driver.model.lit())


def _settings() -> Any:
    return device_class("ticket_printer").settings
