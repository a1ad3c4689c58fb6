"""The other side of the proof: broker, hub and its API, a printer, and what a citizen and a technician do."""

import contextlib
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from edge.ticket_printer.fake_printer import FakePrinter
from provisioning.boot.machine import HOST
from provisioning.broker.process import free_port
from provisioning.rehearsal.processes import Addresses, Processes

ROOT = Path(__file__).parents[2]
_HALL_FILE = ROOT / "halls" / "small.toml"
PANEL = 8090


class ProofError(AssertionError):
    """What was to be shown did not happen; the text says what and when."""


def until(fact: Callable[[], Any], what: str, patience_s: float, alive: Callable[[], bool] = lambda: True) -> Any:
    """`fact()` once it is true. Raises ProofError after `patience_s`, or when the machine is gone."""
    deadline = time.monotonic() + patience_s
    while not (value := fact()):
        if time.monotonic() > deadline or not alive():
            raise ProofError(f"in {patience_s:g} s it did not happen that {what}")
        time.sleep(0.1)
    return value


class Hall:
    """A small hall with one ticket machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._processes = Processes(directory, _HALL_FILE, Addresses.free(f"127.0.0.1:{free_port()}"), [HOST])
        self.printer = FakePrinter(directory / "printer", baud=115200)
        self.ssh_port = free_port()
        self.name, self.position = "small", ""
        self._lost = False

    def start(self) -> None:
        self._processes.start()
        self.printer.start()
        base = self._processes.addresses.pages
        self._api = httpx.Client(base_url=base, timeout=30, headers={"Origin": base})
        self._ask("POST", "/api/v1/session", {"name": "admin", "password": self._processes.password})
        devices = self.devices()
        self.position = next(one["position"] for one in devices if one["device_class"] == "ticket_printer")
        key = self.directory / "ssh-key"
        run = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "technician", "-f", str(key)]
        subprocess.run(run, check=True, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        self.printer.stop()
        self._processes.stop()

    def seed(self, port: str, *, classless: bool = False) -> str:
        """For the ticket machine's board; `classless`: it has neither a token nor a word of what it is to be."""
        addresses = self._processes.addresses
        lines = {
            "est": f"https://{HOST}:{addresses.est.rpartition(':')[2]}",
            "broker": f"{HOST}:{addresses.broker.rpartition(':')[2]}",
            "ca_fingerprint": self._processes.ca_fingerprint,
            "ssh_key": (self.directory / "ssh-key.pub").read_text("ascii").strip(),
        }
        if not classless:
            claims = self._ask("POST", f"/api/v1/halls/{self.name}/claims", {"positions": [self.position]})["claims"]
            lines |= {"token": claims[0]["token"], "hall": self.name, "class": "ticket_printer"}
        top = "".join(f"{name} = {json.dumps(text)}\n" for name, text in lines.items())
        return f"{top}[device]\nport = {json.dumps(port)}\nbaud = 115200\npanel = {PANEL}\n"

    def waiting(self) -> list[str]:
        """Codes of the boards that ask to be let in, as they show them."""
        found = self._ask("GET", f"/api/v1/halls/{self.name}/applicants")["applicants"]
        return [one["shown"] for one in found]

    def approve(self, code: str) -> None:
        """For the ticket machine's place."""
        path = f"/api/v1/halls/{self.name}/applicants/{code}/approval"
        self._ask("POST", path, {"position": self.position})

    def devices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", f"/api/v1/halls/{self.name}/devices")["devices"]
        return found

    def machine(self) -> dict[str, Any]:
        """What the monitor knows of the ticket machine."""
        return next(one for one in self.devices() if one["position"] == self.position)

    def knows(self, number: str) -> bool:
        """Whether the hub has this ticket today."""
        return self._api.get(f"/api/v1/halls/{self.name}/tickets/{number}").status_code == 200

    def order_slip(self) -> None:
        order = {"what": "self-test", "test": "slip"}
        self._ask("POST", f"/api/v1/halls/{self.name}/devices/{self.position}/orders", order)

    def lose_broker(self) -> None:
        self._processes.stop_broker()
        self._lost = True

    def regain_broker(self) -> None:
        """Where it was lost."""
        if self._lost:
            self._processes.start_broker()
            self._lost = False

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._api.request(method, path, json=body)
        if answer.is_error:
            raise ProofError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()


class Finger:
    """A citizen's finger on the machine's touch page, which stands on its loopback: through SSH, by the seed's key."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._port = hall, free_port()
        self._ssh: subprocess.Popen[bytes] | None = None

    def reach(self, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not self._answers():
            if time.monotonic() > deadline:
                raise ProofError(f"in {patience_s:g} s the touch page could not be reached through SSH")
            if self._ssh is None or self._ssh.poll() is not None:
                self._ssh = subprocess.Popen(
                    ["ssh", *self._options(), "-N", "-L", f"{self._port}:127.0.0.1:{PANEL}", "root@127.0.0.1"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            time.sleep(0.3)

    def say(self, command: str) -> str:
        """A command in the machine, for what a technician would look at."""
        done = subprocess.run(
            ["ssh", *self._options(), "root@127.0.0.1", command],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        return done.stdout

    def choose(self, letter: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Host": f"127.0.0.1:{PANEL}", "Content-Type": "application/json"}
        connection.request("POST", "/touch", json.dumps({"do": "choose", "letter": letter}), headers)
        answer = connection.getresponse()
        if answer.status >= 300:
            raise ProofError(f"the touch page refused: {answer.status} {answer.read(300)!r}")
        connection.close()

    def leave(self) -> None:
        if self._ssh is not None:
            self._ssh.kill()
            self._ssh.wait()
            self._ssh = None

    def _answers(self) -> bool:
        if self._ssh is None:
            return False
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            socket.create_connection(("127.0.0.1", self._port), 5) as line,
        ):
            line.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{PANEL}\r\nConnection: close\r\n\r\n".encode())
            line.settimeout(10)
            return line.recv(12) == b"HTTP/1.1 200"
        return False

    def _options(self) -> list[str]:
        return [
            "-p", str(self._hall.ssh_port), "-i", str(self._hall.directory / "ssh-key"), "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=10", "-o", "ExitOnForwardFailure=yes", "-o", "IdentitiesOnly=yes",
        ]  # fmt: skip
