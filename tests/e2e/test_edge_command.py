"""`python -m edge CLASS --config FILE` as a technician meets it: against a real hub, and with everything that can be
wrong in its file."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from provisioning.rehearsal.processes import Processes
from tests.support.live import until
from tests.support.process import ROOT, browser, claim, hub_at_work, seat

FAR = "https://127.0.0.1:1"  # nobody is there: whoever asks it has not refused its file


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with hub_at_work(tmp_path_factory.mktemp("edge")) as hub:
        yield hub


@pytest.fixture(scope="module")
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


class Board:
    """A board with its card: a configuration file and a place for state."""

    def __init__(self, directory: Path, hub: Processes) -> None:
        self.state, self.file, self.log = directory / "state", directory / "agent.toml", directory / "agent.log"
        self.hub = {"est": f"https://{hub.addresses.est}", "broker": hub.addresses.broker}
        self.hub["ca_fingerprint"] = hub.ca_fingerprint
        self.device = '[device]\ndriver = "simulated"\n'

    def write(self, **changed: str) -> None:
        """The configuration file; `changed`: keys of its [hub]."""
        table = "".join(f'{key} = "{value}"\n' for key, value in (self.hub | changed).items())
        agent = f'[agent]\nstate_dir = "{self.state}"\nhealth_s = 1.0\n'
        self.file.write_text(f"[hub]\n{table}{agent}{self.device}", "utf-8")

    def command(self, *more: str, device_class: str = "caller") -> list[str]:
        return [sys.executable, "-m", "edge", device_class, "--config", str(self.file), *more]

    def attempt(self, *more: str, device_class: str = "caller") -> tuple[int, str]:
        """Exit code and what it said, of an agent that is expected to give up by itself."""
        command = self.command(*more, device_class=device_class)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr + done.stdout

    @contextlib.contextmanager
    def running(self, device_class: str = "caller", **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
        command = self.command(device_class=device_class)
        with self.log.open("ab") as log:
            agent = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            yield agent
        finally:
            if agent.poll() is None:
                agent.kill()
            agent.wait()


@pytest.fixture
def board(tmp_path: Path, hub: Processes) -> Board:
    return Board(tmp_path, hub)


def online(administrator: httpx.Client, position: str) -> dict[str, Any] | None:
    """The position, once a device there is online and has reported its health to the hub that runs now."""
    found = seat(administrator, "small", position)
    return found if found["online"] and found["facts"] else None


def test_a_boards_whole_life(board: Board, hub: Processes, administrator: httpx.Client) -> None:
    """Enrols with its token, outlives a killed hub, says goodbye at SIGTERM, and needs no token any more."""
    board.write(token=claim(administrator, "small", "caller-1"))
    with board.running() as agent:
        first = until(lambda: online(administrator, "caller-1"), "the caller comes online")
        assert first["device"].startswith("caller-")
        assert (board.state / "key.pem").stat().st_mode & 0o777 == 0o600

        hub.kill_hub()
        hub.start_hub()
        known = until(lambda: online(administrator, "caller-1"), "the new hub hears the caller")
        assert known["device"] == first["device"]
        assert agent.poll() is None, board.log.read_text()

        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 0, board.log.read_text()
    until(lambda: not seat(administrator, "small", "caller-1")["online"], "the caller is seen to be away")

    board.write()
    with board.running():
        again = until(lambda: online(administrator, "caller-1"), "the caller is back without a token")
    assert again["device"] == first["device"]


def test_a_wrong_token_is_refused_and_leaves_the_position_free(board: Board, administrator: httpx.Client) -> None:
    board.write(token="0" * 40)
    code, said = board.attempt()
    assert code == 2
    assert "the hub refused the enrolment (401)" in said
    assert "token" in said
    assert seat(administrator, "small", "caller-2")["device"] == ""


def test_without_a_token_a_board_says_its_code_and_waits_until_somebody_decides(
    board: Board, administrator: httpx.Client
) -> None:
    board.write()
    applicants = "/api/v1/halls/small/applicants"
    with board.running() as agent:
        (one,) = until(lambda: administrator.get(applicants).json()["applicants"], "it is among those who wait")
        assert (one["device_class"], one["reason"]) == ("caller", "no-token")
        until(lambda: one["shown"] in board.log.read_text(), "its log says the same code")
        assert administrator.delete(f"{applicants}/{one['code']}").status_code == 204
        assert agent.wait(60) == 2
    assert "turned-down" in board.log.read_text()


def test_a_token_lets_one_board_in_and_no_other(board: Board, hub: Processes, administrator: httpx.Client) -> None:
    """The second one is refused, and the first stays what it is."""
    token = claim(administrator, "small", "evaluator-1")
    board.write(token=token)
    other = Board(board.file.parent / "other", hub)
    other.file.parent.mkdir()
    other.write(token=token)
    with subprocess.Popen(board.command(device_class="evaluator"), cwd=ROOT, stderr=subprocess.DEVNULL) as agent:
        try:
            here = until(lambda: online(administrator, "evaluator-1"), "the evaluator comes online")
            code, said = other.attempt(device_class="evaluator")
        finally:
            agent.terminate()
    assert code == 2
    assert "refused the enrolment" in said
    assert "used" in said
    assert seat(administrator, "small", "evaluator-1")["device"] == here["device"]


def test_a_hub_with_another_ca_is_not_believed(board: Board, administrator: httpx.Client) -> None:
    """And never sees the token: it is still good for the right hub."""
    token = claim(administrator, "small", "caller-2")
    board.write(token=token, ca_fingerprint="ab" * 32)
    code, said = board.attempt()
    assert code == 2
    assert "is not our hub" in said
    assert "fingerprint" in said
    assert not (board.state / "cert.pem").exists()
    board.write(token=token)
    with board.running():
        until(lambda: online(administrator, "caller-2"), "the caller comes online with the same token")


def test_an_unknown_class_is_refused_with_those_that_there_are(board: Board) -> None:
    board.write()
    code, said = board.attempt(device_class="coffee_machine")
    assert code == 2
    assert "coffee_machine" in said
    assert "caller" in said
    assert "ticket_printer" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[hub\n", ["is not TOML", "line 1"]),
        ('[agent]\nstate_dir = "/tmp"\n', ["hub"]),
        (f'[hub]\nest = "{FAR}"\nbroker = "127.0.0.1:1"\n[agent]\nstate_dir = "x"\n', ["ca_fingerprint", "$.hub"]),
        (
            f'[hub]\nest = "{FAR}"\nbroker = "127.0.0.1:1"\nca_fingerprint = ""\ntokn = ""\n[agent]\nstate_dir = "x"\n',
            ["tokn", "$.hub"],
        ),
    ],
    ids=["no-toml", "no-hub", "missing-key", "misspelt-key"],
)
def test_a_bad_file_is_refused_by_file_and_key(board: Board, text: str, words: list[str]) -> None:
    board.file.write_text(text, "utf-8")
    code, said = board.attempt()
    assert code == 2
    assert str(board.file) in said
    assert [word for word in words if word not in said] == [], said


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ('driver = "simulated"\ndebounce = 0.1', ["debounce"]),
        ('driver = "simulated"\nstuck_s = -1', ["stuck_s"]),
        ('driver = "simulated"\n[device.keys]\ncall-next = 4\nrecall = 4', ["GPIO 4", "keys.call-next", "keys.recall"]),
    ],
    ids=["unknown-setting", "out-of-range", "pin-twice"],
)
def test_a_bad_setting_is_refused_by_name(board: Board, device: str, words: list[str]) -> None:
    """Before the agent starts, and before a token is used."""
    board.device = f"[device]\n{device}\n"
    board.write(est=FAR, token="unused")
    code, said = board.attempt()
    assert code == 2
    assert [word for word in words if word not in said] == [], said


def test_an_unknown_driver_is_refused_with_those_that_there_are(board: Board, administrator: httpx.Client) -> None:
    board.device = '[device]\ndriver = "telepathy"\n'
    board.write(token=claim(administrator, "small", "evaluator-2"))
    code, said = board.attempt(device_class="evaluator")
    assert code == 2
    assert [word for word in ("telepathy", "gpio", "simulated") if word not in said] == [], said


def test_a_missing_file_is_refused_by_name(board: Board) -> None:
    code, said = board.attempt()
    assert code == 2
    assert str(board.file) in said


def test_check_only_looks(board: Board) -> None:
    """A good file is said to be good, and nothing was asked of anybody."""
    board.write(est=FAR, token="unused")
    code, said = board.attempt("--check")
    assert (code, "good" in said) == (0, True), said
    assert not board.state.exists()


def test_a_board_that_nobody_knows_waits_is_let_in_and_is_started_anew_from_afar(
    board: Board, administrator: httpx.Client, tmp_path: Path
) -> None:
    """Its code is told to systemd; who let it in, and who had it restart, is in the audit."""
    at = "/api/v1/halls/small/devices/evaluator-2"
    board.write(token="")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.settimeout(30)
        with board.running(device_class="evaluator", NOTIFY_SOCKET=str(tmp_path / "notify")) as agent:
            told = ""
            while "pairing code" not in told:
                told = door.recv(2000).decode()
            code = told.partition("pairing code ")[2][:9]
            let_in = administrator.post(
                f"/api/v1/halls/small/applicants/{code}/approval", json={"position": "evaluator-2"}
            )
            assert let_in.status_code == 200, let_in.text
            until(lambda: online(administrator, "evaluator-2"), "it is in service", 40)
            restart = administrator.post(f"{at}/orders", json={"what": "restart"})
            assert restart.status_code == 202, restart.text
            until(lambda: changes(administrator, at)[:2] == ["started", "restarts"], "it restarts")
            assert agent.poll() is None, "the process is the same one"
            log = administrator.post(f"{at}/orders", json={"what": "send-log"}).json()["id"]
            lines = until(
                lambda: (got := administrator.get(f"{at}/orders/{log}/log")).is_success and got.text, "it sends"
            )
            assert "connected to" in lines
    notes = administrator.get(f"{at}/audit").json()["notes"]
    assert [(one["what"], one["who"]) for one in notes] == [
        ("send-log", "admin"),
        ("restart", "admin"),
        ("admitted", "admin"),
        ("applicant-approved", "admin"),
        ("claim-issued", "admin"),
    ]


def changes(administrator: httpx.Client, at: str) -> list[str]:
    """Why it came and went, the newest first."""
    return [one["why"] for one in administrator.get(f"{at}/history").json()["changes"]]
