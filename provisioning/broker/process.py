"""A real Mosquitto as a child process, for the rehearsal and for tests."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from provisioning import child
from provisioning.broker.configuration import configuration

_START_S, _STOP_S = 20.0, 10.0
_LOOK_S = 0.2
_RESTART = "restart"  # of the hub's files the one that changes when the broker must start anew
_LISTENING = re.compile(rb"mosquitto version \S+ running")  # said once every listener is open


class BrokerError(RuntimeError):
    """The broker is not installed, or did not come up; the text holds the end of its log."""


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """`directory`: what the hub laid down (ca.pem, broker.pem, acl …); mosquitto.conf and the log are put beside it.

    Started anew when the hub says so, as `tingxu-broker-restart.path` does for a system's.
    """

    def __init__(self, directory: Path, port: int, listen_address: str = "127.0.0.1") -> None:
        self.directory, self.port = directory, port
        self.log = directory / "mosquitto.log"
        self._listen_address = listen_address
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.RLock()
        self._watching: threading.Event | None = None

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Returns once it listens. Raises BrokerError."""
        with self._starting:
            if self.pid is not None:
                raise BrokerError(f"the broker runs already, as process {self.pid}")
            self._watching = threading.Event()
            told = self._told()
            self._run()
            threading.Thread(target=self._watch, args=(self._watching, told), name="broker watch", daemon=True).start()

    def _run(self) -> None:
        program = _program()
        file = self.directory / "mosquitto.conf"
        file.write_text(configuration(self.directory, self.port, self._listen_address, self._user()), "utf-8")
        with self.log.open("ab") as log:
            said = log.tell()
            # A session of its own: Ctrl-C is for its parent, and a hang-up would make it reload, which harms 2.0.
            self._process = subprocess.Popen(  # noqa: S603
                [program, "-c", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_listening(said)

    def stop(self) -> None:
        """Orderly, and by force when that takes too long. Nothing happens when it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Without a warning, like a power cut."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _watch(self, over: threading.Event, told: bytes) -> None:
        """Restart, never reload: a session that is open survives a reload."""
        while not over.wait(_LOOK_S):
            with self._starting:
                process = self._process
                if not over.is_set() and process is not None and (now := self._told()) != told:
                    told = now
                    child.end(process, signal.SIGTERM, _STOP_S)
                    self._run()

    def _told(self) -> bytes:
        try:
            return (self.directory / _RESTART).read_bytes()
        except FileNotFoundError:
            return b""

    def _user(self) -> str | None:
        """Started by root, Mosquitto becomes another user, and must be able to read its key: so the key's owner."""
        if os.geteuid() != 0:
            return None
        return pwd.getpwuid((self.directory / "broker-key.pem").stat().st_uid).pw_name

    def _wait_until_listening(self, said: int) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        while not _LISTENING.search(self._log_since(said)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = self._log_since(said)[-2000:].decode("utf-8", "replace")
                raise BrokerError(f"mosquitto did not come up on port {self.port}:\n{tail}")
            time.sleep(0.02)

    def _log_since(self, offset: int) -> bytes:
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read()

    def _end(self, how: signal.Signals) -> None:
        with self._starting:
            if self._watching is not None:
                self._watching.set()
            if self._process is not None:
                child.end(self._process, how, _STOP_S)
                self._process = None


def _program() -> str:
    """Debian puts it where only root's PATH looks."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BrokerError("mosquitto is not installed: apt-get install mosquitto")
    return found
