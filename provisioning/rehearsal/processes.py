"""The hub and the broker as child processes: started, killed on purpose, measured, and always stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from provisioning.broker.process import Broker, free_port
from provisioning.child import hub_answers

_START_S = 30.0


class StartError(RuntimeError):
    """A child did not come up; the text ends with what it said last."""


class Addresses(msgspec.Struct, frozen=True):
    """HOST:PORT of everything, all on loopback."""

    http: str
    est: str
    broker: str

    @classmethod
    def free(cls, http: str) -> "Addresses":
        return cls(http, f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")

    @property
    def pages(self) -> str:
        return f"http://{self.http}"


class Processes:
    """Broker and hub. `data`: the hub's own directory; `password`: of the administrator that the first start made.
    `hosts`: by what other names than loopback's devices reach them; `serve`: more arguments of `hub serve`."""

    def __init__(
        self,
        directory: Path,
        hall_file: Path,
        addresses: Addresses,
        hosts: Sequence[str] = (),
        serve: Sequence[str] = (),
    ) -> None:
        self.addresses = addresses
        self._serve = list(serve)
        self._hosts = [word for name in ("localhost", "127.0.0.1", *hosts) for word in ("--host", name)]
        self.data = directory / "hub"
        self._log = directory / "hub.log"
        self._shared = [
            "--data", str(self.data), "--hall", str(hall_file), "--http", addresses.http, "--est", addresses.est,
            "--broker", addresses.broker,
        ]  # fmt: skip
        self._hub: subprocess.Popen[bytes] | None = None
        self._broker = Broker(self.data / "broker", int(addresses.broker.rpartition(":")[2]))
        self.password = self.ca_fingerprint = ""
        self.rss_mb_peak = 0.0

    def start(self) -> None:
        """Returns once the hub answers. Raises StartError, provisioning.broker.process.BrokerError."""
        said = subprocess.run(
            [sys.executable, "-m", "hub", "init", *self._shared, *self._hosts],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for the rehearsal, which then stops its children in order
        )
        if said.returncode:
            why = said.stderr.strip() or f"it ended with {said.returncode}"  # negative: by that signal
            raise StartError(f"the hub could not be prepared:\n{why}")
        words = dict(line.split(" ", 1) for line in said.stdout.splitlines() if " " in line)
        self.password, self.ca_fingerprint = words.get("password", ""), words["ca-fingerprint"]
        self._broker.start()
        self.start_hub()

    def start_hub(self) -> None:
        if hub_answers(self.addresses.pages):
            raise StartError(f"another program answers at {self.addresses.pages} already: choose another port")
        with self._log.open("ab") as log:
            self._hub = subprocess.Popen(
                [sys.executable, "-m", "hub", "serve", *self._shared, *self._serve],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not hub_answers(self.addresses.pages):
            if self._hub.poll() is not None or time.monotonic() > deadline:
                tail = self._log.read_bytes()[-3000:].decode("utf-8", "replace")
                raise StartError(f"the hub did not come up:\n{tail}")
            time.sleep(0.05)

    def stop_broker(self) -> None:
        self._broker.stop()

    def start_broker(self) -> None:
        self._broker.start()

    def kill_hub(self) -> None:
        """SIGKILL: no warning, no last word."""
        assert self._hub is not None
        self._hub.send_signal(signal.SIGKILL)
        self._hub.wait()

    def restart_broker(self) -> None:
        """Killed, and started again: returns once it listens. Raises provisioning.broker.process.BrokerError."""
        self._broker.kill()
        self._broker.start()

    def stop(self) -> None:
        if self._hub is not None and self._hub.poll() is None:
            self._hub.terminate()
            try:
                self._hub.wait(10)
            except subprocess.TimeoutExpired:
                self._hub.kill()
                self._hub.wait()
        self._broker.stop()

    def measure(self) -> None:
        """Take the hub's resident memory (proc(5), VmRSS) into the peak."""
        if self._hub is None:
            return
        try:
            status = Path(f"/proc/{self._hub.pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmRSS:"):
                self.rss_mb_peak = max(self.rss_mb_peak, int(line.split()[1]) / 1024)


def memory_mb(pid: int | None = None) -> float:
    """Proportional share of memory (PSS) of a process and all its descendants."""
    total, todo = 0.0, [pid or os.getpid()]
    while todo:
        one = todo.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, StopIteration):
            continue
    return total
