"""What systemd hears of an agent: over a real socket, as sd_notify(3) has it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge.runtime.systemd import Supervisor
from tests.support.live import until

ROOT = Path(__file__).parents[3]


class Systemd:
    """The far end of $NOTIFY_SOCKET; `heard`: every line, in turn."""

    def __init__(self, address: str) -> None:
        self.heard: list[str] = []
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._door.bind("\0" + address[1:] if address.startswith("@") else address)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while data := self._door.recv(4096):
            self.heard += data.decode().splitlines()

    def count(self, line: str) -> int:
        return self.heard.count(line)


@pytest.fixture(params=["path", "abstract"])
def address(request, tmp_path):
    return str(tmp_path / "notify") if request.param == "path" else f"@tingxu-{tmp_path.name}-{os.getpid()}"


def test_without_a_socket_nothing_is_said_and_nothing_fails():
    silent = Supervisor({"WATCHDOG_USEC": "1000000"})
    assert silent.alive_s == float("inf")
    silent.ready()
    silent.alive()


def test_a_socket_that_nobody_listens_at_stops_nothing(tmp_path):
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


def test_the_lines_arrive_and_a_status_is_said_when_it_changes(address):
    systemd = Systemd(address)
    supervisor = Supervisor({"NOTIFY_SOCKET": address})
    supervisor.ready()
    for text in ("online", "online", "offline"):
        supervisor.status(text)
    supervisor.stopping()
    until(lambda: len(systemd.heard) == 4, "all is heard")
    assert systemd.heard == ["READY=1", "STATUS=online", "STATUS=offline", "STOPPING=1"]


@pytest.mark.parametrize(
    ("told", "alive_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, float("inf")),
        ({"WATCHDOG_USEC": "soon"}, float("inf")),
        ({}, float("inf")),
    ],
)
def test_the_watchdog_is_fed_three_times_within_its_limit(tmp_path, told, alive_s):
    assert Supervisor({"NOTIFY_SOCKET": str(tmp_path / "n"), **told}).alive_s == alive_s


def test_being_alive_is_said_no_oftener_than_needed(tmp_path):
    systemd, clock = Systemd(str(tmp_path / "n")), [0.0]
    told = {"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "30000000"}
    supervisor = Supervisor(told, lambda: clock[0])
    for clock[0] in (0.0, 1.0, 4.9, 5.0, 9.0, 10.0):
        supervisor.alive()
    supervisor.ready()
    until(lambda: "READY=1" in systemd.heard, "all is heard")
    assert systemd.count("WATCHDOG=1") == 3


def test_an_agents_process_says_when_it_is_ready_without_any_hub_that_it_lives_and_when_it_stops(site, tmp_path):
    who = site.identity("caller-1")
    site.broker.stop()
    systemd = Systemd(str(tmp_path / "notify"))
    config = tmp_path / "agent.toml"
    fingerprint = "ab" * 32
    config.write_text(
        f'[hub]\nest = "https://localhost:1"\nbroker = "localhost:{site.port}"\nca_fingerprint = "{fingerprint}"\n'
        f'[agent]\nstate_dir = "{who.directory}"\n[device]\ndriver = "simulated"\n'
    )
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    command = [sys.executable, "-m", "edge", "caller", "--config", str(config)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            until(lambda: "READY=1" in systemd.heard, "it is ready")
            until(lambda: systemd.count("WATCHDOG=1") >= 3, "it says that it lives, though nothing happens")
            until(lambda: any(line.startswith("STATUS=offline: ") for line in systemd.heard), "it says how it is")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert systemd.heard[-1] == "STOPPING=1"


def test_an_agent_that_is_stuck_says_no_longer_that_it_lives(agent, tmp_path):
    """Its hardware does not come back from a call: systemd then starts it anew. The one beside it is its clock."""

    def told(name):
        address = str(tmp_path / name)
        return Systemd(address), Supervisor({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "100000"})

    (systemd, supervisor), (beside, other) = told("stuck"), told("beside")
    caller = agent("caller-1", supervisor)
    agent("caller-2", other)
    until(lambda: systemd.count("WATCHDOG=1") >= 2, "it lives")
    stuck, free = threading.Event(), threading.Event()

    def hang(at):
        stuck.set()
        free.wait(30)
        raise AssertionError("let go")

    caller._inbox.put(hang)
    assert stuck.wait(20)
    supervisor.stopping()  # a mark: whatever was said before has been heard when this is
    until(lambda: "STOPPING=1" in systemd.heard, "the mark is heard")
    before, since = systemd.count("WATCHDOG=1"), beside.count("WATCHDOG=1")
    until(lambda: beside.count("WATCHDOG=1") >= since + 5, "the other one goes on")
    assert systemd.count("WATCHDOG=1") == before
    free.set()
    until(lambda: systemd.count("WATCHDOG=1") > before, "it lives again")
