"""Settings from the hub's API to a board and back: a real broker, hub and agent, whose process may be killed."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from provisioning.rehearsal.processes import Processes
from tests.edge.runtime.test_systemd import Systemd
from tests.support.live import until
from tests.support.process import ROOT, browser, claim, hub_at_work, seat

SETTLE_S, TRIAL_S = 0.3, 4.0


class Board:
    """A repeater's board: its hardware is a serial port, of which it has one. `port`: the path."""

    def __init__(self, directory: Path, hub: Processes, device_class: str, device: str, token: str) -> None:
        self._class, self._file, self.log = device_class, directory / "agent.toml", directory / "agent.log"
        self.state = directory / "state"
        self._notify = str(directory / "notify")
        self.systemd = Systemd(self._notify)
        self._file.write_text(
            f'[hub]\nest = "https://{hub.addresses.est}"\nbroker = "{hub.addresses.broker}"\n'
            f'ca_fingerprint = "{hub.ca_fingerprint}"\ntoken = "{token}"\n'
            f'[agent]\nstate_dir = "{self.state}"\nhealth_s = 1.0\nsettle_s = {SETTLE_S}\ntrial_s = {TRIAL_S}\n'
            f"[device]\n{device}",
            "utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "edge", self._class, "--config", str(self._file)]
        environment = {**os.environ, "NOTIFY_SOCKET": self._notify}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)

    def cut_power(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    @property
    def kept(self) -> dict[str, Any]:
        """What is on its disk."""
        path = self.state / "settings.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with hub_at_work(tmp_path_factory.mktemp("settings")) as hub:
        yield hub


@pytest.fixture(scope="module")
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


class Position:
    """What the API says of a position's settings, and what it takes."""

    def __init__(self, administrator: httpx.Client, name: str) -> None:
        self._administrator, self._name = administrator, name
        self._address = f"/api/v1/halls/small/devices/{name}/settings"

    def now(self) -> dict[str, Any]:
        answer = self._administrator.get(self._address)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, *, unchecked: bool = False, **device: Any) -> int:
        body = {"revision": self.now()["revision"], "device": device, "why": "a test", "unchecked": unchecked}
        answer = self._administrator.put(self._address, json=body)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["revision"])

    def becomes(self, revision: int, state: str) -> dict[str, Any]:
        """Once the device has said so of that revision."""

        def said() -> dict[str, Any] | None:
            now = self.now()
            return now if (now["revision"], now["state"]) == (revision, state) else None

        found: dict[str, Any] = until(said, f"revision {revision} is {state}", 40)
        return found

    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = seat(self._administrator, "small", self._name)["facts"]
        return found


@pytest.fixture
def board(
    hub: Processes, administrator: httpx.Client, tmp_path: Path
) -> Iterator[Callable[[str, str, str], tuple[Board, Position]]]:
    made: list[Board] = []

    def make(position: str, device_class: str, device: str) -> tuple[Board, Position]:
        there = tmp_path / position
        there.mkdir()
        made.append(Board(there, hub, device_class, device, claim(administrator, "small", position)))
        made[-1].start()
        return made[-1], Position(administrator, position)

    yield make
    for one in made:
        one.stop()


@contextlib.contextmanager
def serial_port() -> Iterator[str]:
    leader, follower = pty.openpty()
    tty.setraw(follower)
    try:
        yield os.ttyname(follower)
    finally:
        os.close(leader)
        os.close(follower)


def test_what_is_set_at_the_hub_is_shown_by_the_window_and_a_bad_item_leaves_the_others_in_force(board) -> None:
    """The window's own words are what people see of it."""
    one, window = board("window-1", "led_window", 'driver = "simulated"\n')
    until(lambda: window.facts().get("text"), "the window shows something")
    first = window.put(closed_text="今日不开")
    told = window.becomes(first, "applied")
    assert told["in_force"] == first
    assert (one.systemd.count("READY=1"), one.systemd.count("STOPPING=1")) == (2, 0), "systemd kills what says it stops"
    until(lambda: window.facts().get("text") == "今日不开", "the new words are on the LEDs")

    second = window.put(unchecked=True, closed_text="明日再来", blink_s=-3, contrst=9, dim_from="18:30")
    told = window.becomes(second, "partly")
    assert set(told["problems"]) == {"blink_s", "contrst", "dim_from"}
    assert "contrast?" in told["problems"]["contrst"]
    until(lambda: window.facts().get("text") == "明日再来", "what was good is in force")

    third = window.put(unchecked=True, closed_text=7)
    assert window.becomes(third, "refused")["in_force"] == second
    one.cut_power()
    one.start()
    until(lambda: window.facts().get("settings") == second, "after a power cut it is as before")


def test_a_setting_that_breaks_the_hardware_comes_back_by_itself_also_over_a_power_cut_and_a_killed_hub(
    board, hub: Processes
) -> None:
    with serial_port() as port:
        one, keypad = board("caller-1", "caller", f'keypad = "ff68"\n[device.ff68]\nport = "{port}"\n')
        until(lambda: keypad.facts().get("port") == "open", "the keypad's line is open")
        good = keypad.put(double_s=0.5, signals={})
        keypad.becomes(good, "applied")

        bad = keypad.put(double_s=0.6, signals={}, ff68={"port": "/dev/no-such-port"})
        until(lambda: one.kept.get("trial", {}).get("starts"), "the trial has begun")
        one.cut_power()
        one.start()
        hub.kill_hub()
        hub.start_hub()
        told = keypad.becomes(bad, "returned")
        assert told["in_force"] == good
        assert "port" in told["problems"]
        until(lambda: keypad.facts().get("port") == "open", "the line is open again")
        assert one.kept["good"]["device"] == {"double_s": 0.5, "signals": {}}

        better = keypad.put(double_s=0.7, signals={})
        assert keypad.becomes(better, "applied")["in_force"] == better
