"""Several processes of one hub on one PostgreSQL and one broker: started, killed on purpose, and always stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from provisioning.broker.process import Broker, free_port
from provisioning.child import hub_answers
from provisioning.rehearsal.processes import Addresses, StartError

_START_S, _STOP_S = 60.0, 20.0
OBSERVER = "hub-observer"  # may read everything at the broker, as a hub does, and is none


class Cluster:
    """`names`: hub-1, hub-2, …; `password`: of the administrator; `data`: what they share. `serve`: more arguments of
    `hub serve`."""

    def __init__(
        self, directory: Path, hall_file: Path, database_url: str, size: int = 3, serve: Sequence[str] = ()
    ) -> None:
        self._serve = list(serve)
        self.names = [f"hub-{number}" for number in range(1, size + 1)]
        self.broker_address = f"127.0.0.1:{free_port()}"
        self.addresses = {
            name: Addresses(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", self.broker_address)
            for name in self.names
        }
        self.data, self._directory = directory / "hub", directory
        self._shared = ["--data", str(self.data), "--hall", str(hall_file), "--database", database_url]
        self._hubs: dict[str, subprocess.Popen[bytes]] = {}
        self.broker = Broker(self.data / "broker", int(self.broker_address.rpartition(":")[2]))
        self.password = self.ca_fingerprint = ""

    def __enter__(self) -> "Cluster":
        try:
            self._initialise()
            self.broker.start()
            for name in self.names:
                self.start(name)
            for name in self.names:
                self.wait_until_up(name)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str) -> None:
        """Does not wait; `wait_until_up` does."""
        at = self.addresses[name]
        listening = ["--name", name, "--http", at.http, "--est", at.est, "--broker", at.broker]
        with self.log(name).open("ab") as log:
            self._hubs[name] = subprocess.Popen(
                [sys.executable, "-m", "hub", "serve", *self._shared, *listening, *self._serve],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_up(self, name: str) -> None:
        """Raises StartError."""
        deadline = time.monotonic() + _START_S
        while not hub_answers(self.addresses[name].pages):
            if self._hubs[name].poll() is not None or time.monotonic() > deadline:
                tail = self.log(name).read_bytes()[-3000:].decode("utf-8", "replace")
                raise StartError(f"{name} did not come up:\n{tail}")
            time.sleep(0.05)

    def kill(self, name: str) -> None:
        """SIGKILL: no warning, no last word."""
        self._hubs[name].send_signal(signal.SIGKILL)
        self._hubs[name].wait()

    def end(self, name: str) -> None:
        """SIGTERM, and wait."""
        self._hubs[name].terminate()
        self._hubs[name].wait(_STOP_S)

    def stop(self) -> None:
        for hub in self._hubs.values():
            hub.terminate()
        for hub in self._hubs.values():
            try:
                hub.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                hub.kill()
                hub.wait()
        self.broker.stop()

    def log(self, name: str) -> Path:
        """What that process said."""
        return self._directory / f"{name}.log"

    def _initialise(self) -> None:
        names = [word for name in (*self.names, OBSERVER) for word in ("--name", name)]
        said = subprocess.run(
            [sys.executable, "-m", "hub", "init", *self._shared, *names],
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if said.returncode:
            raise StartError(f"the hub could not be prepared:\n{said.stderr.strip()}")
        words = dict(line.split(" ", 1) for line in said.stdout.splitlines() if " " in line)
        self.password, self.ca_fingerprint = words.get("password", ""), words["ca-fingerprint"]
