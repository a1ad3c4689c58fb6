"""A broker with mutual TLS, a hub's side, and agents as processes with certificates of their own."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.edge.hub_side import HubSide
from benchmarks.mqtt_echo import HOST
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning import child
from provisioning.broker.process import Broker, free_port

_ROOT = Path(__file__).parents[2]
_STOP_S, _PATIENCE_S = 15.0, 20.0


class Site:
    """`environment`: of the processes. Compiled modules are kept, as on a board; not in this tree."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._authority = Authority.create(directory / "ca")
        self.port = free_port()
        write_knowledge(directory / "broker", self._authority, ["localhost", HOST], ["hub-1"])
        self._broker = Broker(directory / "broker", self.port)
        self.environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self.environment |= {"PYTHONPYCACHEPREFIX": str(directory / "pyc"), "GPIOZERO_PIN_FACTORY": "mock"}

    def __enter__(self) -> "Site":
        self._broker.start()
        certificate, key = self._authority.issue_client("hub-1")
        (self.directory / "hub.pem").write_bytes(certificate + key)
        self.hub = HubSide(self.port, self.directory / "hub.pem", self.directory / "broker" / "ca.pem")
        return self

    def __exit__(self, *_: object) -> None:
        self.hub.close()
        self._broker.stop()

    def configuration(self, device: str, table: dict[str, Any]) -> Path:
        """The file of an enrolled board. `table`: its `[device]`."""
        place = self.directory / "boards" / device
        place.mkdir(parents=True, exist_ok=True)
        self._enrol(place, device)
        lines = [
            "[hub]",
            f'est = "https://localhost:1"\nbroker = "{HOST}:{self.port}"\nca_fingerprint = "{"ab" * 32}"',
            f'[agent]\nstate_dir = "{place}"',
            "[device]",
            *(f"{key} = {json.dumps(value)}" for key, value in table.items()),
        ]
        path = place / "agent.toml"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        tomllib.loads(path.read_text("utf-8"))
        return path

    @contextmanager
    def agent(self, kind: str, path: Path) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m edge`, as on a board."""
        with self._process(["edge", kind, "--config", str(path)]) as process:
            yield process

    @contextmanager
    def driven(self, kind: str, path: Path) -> Iterator["Driven"]:
        with self._process(["benchmarks.edge.board", kind, str(path)]) as process:
            yield Driven(process)

    @contextmanager
    def bare(self) -> Iterator[subprocess.Popen[bytes]]:
        """Python with the two libraries that no agent can be without, and a context for TLS."""
        code = "import ssl, paho.mqtt.client; ssl.create_default_context(); print('up', flush=True); input()"
        with self._process(["-c", code], module=False) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield process

    @contextmanager
    def _process(self, arguments: list[str], *, module: bool = True) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, *(["-m"] if module else []), *arguments]
        log = (self.directory / "processes.log").open("ab")
        process = subprocess.Popen(  # noqa: S603
            command, cwd=_ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        try:
            yield process
        finally:
            log.close()
            child.end(process, signal.SIGTERM, _STOP_S)

    def _enrol(self, place: Path, device: str) -> None:
        """What enrolment leaves on a board."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        certificate = self._authority.issue_device(request, device)
        plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
        (place / "ca.pem").write_bytes(self._authority.ca_pem)
        (place / "cert.pem").write_bytes(certificate.public_bytes(pem))
        (place / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        (place / "device").write_text(device)


class Driven:
    """A process of benchmarks.edge.board."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout

    def press(self) -> float:
        """Its moment."""
        self._say("press")
        return self._moment()

    def arm(self) -> None:
        self._say("arm")
        if self._line() != b"armed\n":
            raise RuntimeError("the agent's process ended")

    def moment(self) -> float:
        """When the next bytes went to the hardware. Blocks until they do."""
        return self._moment()

    def _say(self, line: str) -> None:
        self._in.write(f"{line}\n".encode())
        self._in.flush()

    def _moment(self) -> float:
        return float(self._line())

    def _line(self) -> bytes:
        if not select.select([self._out], [], [], _PATIENCE_S)[0]:
            raise TimeoutError(f"nothing went to the hardware in {_PATIENCE_S:g} s")
        return self._out.readline()


@contextmanager
def far_end() -> Iterator[str]:
    """A serial port with a device that is switched off: its path."""
    ours, theirs = pty.openpty()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def pss_mb(pid: int) -> float:
    """Its proportional share of memory (proc(5), smaps_rollup), in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/{pid}/smaps_rollup has no Pss")


def children(pid: int) -> list[int]:
    """Of all its threads."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for file in found for one in file.read_text().split()]
