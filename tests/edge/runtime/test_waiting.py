"""A board that nobody knows: what it shows while it waits, whatever its hardware does."""

import socket
from typing import Any

import msgspec
import pytest

from edge.runtime.board_led import BoardLed
from edge.runtime.device import DeviceClass, Input, device_class
from edge.runtime.pairing import OnPress, Rhythm
from edge.runtime.systemd import Supervisor
from edge.runtime.waiting import Waiting, effects_of
from tests.support.leds import led_folder
from tests.support.live import until

CODE = "7K3M-0QXA"


class Pressed(Input, frozen=True, kw_only=True):
    pass


EFFECTS: dict[str, tuple[Any, ...]] = {}


def shows(code_shown: str, settings: str) -> tuple[Any, ...]:
    return EFFECTS[settings]


class Hardware:
    def __init__(self, fails: bool = False) -> None:
        self.done: list[Any] = []
        self.fails, self.stopped = fails, False
        self.emit: Any = None

    def start(self, emit: Any) -> None:
        self.emit = emit

    def perform(self, effect: Any) -> None:
        self.done.append(effect)
        if self.fails:
            raise RuntimeError("no such display")

    def health(self) -> dict[str, Any]:
        return {}

    def stop(self) -> None:
        self.stopped = True


def waiting(hardware: Any, effects: tuple[Any, ...], **more: Any) -> Waiting:
    EFFECTS["x"] = effects
    kind = DeviceClass(name="x", settings=Pressed, logic="", drivers={}, pairing=f"{__name__}:shows")

    def make() -> Any:
        if hardware is None:
            raise OSError("no such port")
        return hardware

    return Waiting(kind, "x", make, more.pop("supervisor", Supervisor({})), **more)


def test_the_code_is_shown_and_the_driver_let_go_of_when_that_is_over():
    hardware = Hardware()
    one = waiting(hardware, ("code",))
    one(CODE)
    until(lambda: hardware.done == ["code"], "it is shown")
    one(CODE)
    one(None)
    assert hardware.stopped
    assert hardware.done == ["code"]


def test_a_rhythm_goes_round_and_round():
    hardware = Hardware()
    one = waiting(hardware, (Rhythm(((0.01, "lit"), (0.01, "dark"))),))
    one(CODE)
    until(lambda: hardware.done[:4] == ["lit", "dark", "lit", "dark"], "it goes round")
    one.stop()


def test_what_is_done_on_a_press_is_done_once_by_itself_and_again_when_asked(monkeypatch):
    monkeypatch.setattr("edge.runtime.waiting._PRESSES_S", 0.0)
    hardware = Hardware()
    one = waiting(hardware, (OnPress("slip", lambda event: isinstance(event, Pressed)),))
    one(CODE)
    until(lambda: hardware.done == ["slip"], "a slip comes")
    hardware.emit(lambda at: Input(at=at))
    hardware.emit(lambda at: Pressed(at=at))
    until(lambda: hardware.done == ["slip", "slip"], "another comes")
    one.stop()


def test_two_presses_in_a_moment_are_one():
    hardware = Hardware()
    one = waiting(hardware, ("code", OnPress("slip", lambda event: True)))
    one(CODE)
    until(lambda: len(hardware.done) == 2, "it is shown")
    hardware.emit(lambda at: Pressed(at=at))
    one.stop()
    assert hardware.done.count("slip") == 1


@pytest.mark.parametrize("hardware", [None, Hardware(fails=True)], ids=["does not start", "fails at each effect"])
def test_hardware_that_fails_never_stops_the_enrolment(hardware, tmp_path):
    root = led_folder(tmp_path)
    one = waiting(hardware, ("code",), led=BoardLed(root))
    one(CODE)
    until(lambda: (root / "ACT" / "brightness").read_text() == "1", "the board's LED begins")
    one.stop()
    assert (root / "ACT" / "trigger").read_text() == "mmc0"


def test_systemd_hears_the_code_and_its_number(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        one = waiting(Hardware(), (), supervisor=Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")}))
        one(CODE)
        told = door.recv(1000).decode()
        one.stop()
    assert told.startswith(f"STATUS=waits for approval at the hub: pairing code {CODE}, by lamp ")


@pytest.mark.parametrize("name", ["led_window", "ticket_printer", "caller", "evaluator", "signage_player"])
def test_every_class_with_something_to_show_shows_the_code(name):
    kind = device_class(name)
    assert effects_of(kind, CODE, msgspec.convert({"driver": "simulated"}, kind.settings))


def test_a_repeater_has_only_its_boards_led():
    kind = device_class("repeater")
    assert effects_of(kind, CODE, kind.settings()) == ()
