"""Boards that nobody knows, before a real EST server that says 202: the code is on paper, on the page, on the LEDs."""

import threading
from collections.abc import Callable, Iterable
from itertools import islice, tee
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from edge.runtime import equip, seed
from edge.runtime.board_led import BoardLed
from edge.runtime.device import Driver, device_class, make_driver
from edge.runtime.identity import EnrolmentError, Identity, enrol, stored
from edge.runtime.pairing import flashes
from edge.runtime.systemd import Supervisor
from edge.runtime.waiting import Waiting
from hub.storage.registry import Registry
from tests.support.leds import led_folder
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


class Led(BoardLed):
    """On plain files, in the place of /sys/class/leds; `rounds`: how each rhythm that was asked for begins."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.rounds: list[tuple[tuple[float, bool], ...]] = []

    def play(self, steps: Iterable[tuple[float, bool]]) -> bool:
        looked, played = tee(steps)
        self.rounds.append(tuple(islice(looked, 100)))
        return super().play(played)


def test_a_board_without_a_class_flashes_its_code_and_becomes_what_the_hub_says(
    card: Any, registry: Registry, clock: Any, tmp_path: Path
) -> None:
    hub, files = card(), led_folder(tmp_path / "leds")
    led, came = Led(files), list[str]()
    slot = seed.slot(
        f'est = "{hub.est}"\nca_fingerprint = "{hub.ca_fingerprint}"\nbroker = "{hub.broker}"\n'
        '[device]\nport = "/dev/ttyS1"\n'
    )
    threading.Thread(target=lambda: came.append(equip.Board(tmp_path / "data", led).take(slot)), daemon=True).start()
    (one,) = until(lambda: registry.applicants.waiting("small"), "it waits")
    assert (one.hall, one.device_class, one.reason) == (None, None, "no-token")
    until(lambda: (files / "ACT" / "brightness").read_text() == "1", "its LED begins")
    assert (files / "ACT" / "trigger").read_text() == "none"
    whole = flashes(pairing.shown(one.code))
    assert led.rounds[0][: len(whole)] == whole
    registry.applicants.approve(
        one.code, hall="small", position="machine-1", device_class="ticket_printer", by="tech", at=clock()
    )
    assert until(lambda: came, "it is let in") == ["ticket_printer"]
    assert len(led.rounds) == 1  # asking again does not begin the number anew
    assert (files / "ACT" / "brightness").read_text() == "0"
    assert (files / "ACT" / "trigger").read_text() == "mmc0"
    device = registry.device_at("small", "machine-1")
    assert device is not None
    place = tmp_path / "data" / "tingxu"
    assert stored(place / "ticket_printer") == Identity(device.id, place / "ticket_printer")
    assert sorted(path.name for path in place.iterdir()) == ["ticket_printer", "ticket_printer.toml"]


def _settings() -> Any:
    return device_class("ticket_printer").settings
