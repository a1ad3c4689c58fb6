"""A hub as it is run: a data directory, Mosquitto with mutual TLS, hub processes; boards enrolled, programs let in."""

import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from halls.format import CLASS_OF, Hall
from hub.enrolment.authority import Authority
from hub.storage.accounts import Accounts
from hub.storage.database import Where, open_database
from hub.storage.issued import Certified
from hub.storage.registry import Registry
from provisioning.broker.process import Broker, free_port
from provisioning.child import hub_answers

HOST = "127.0.0.1"
_ROOT = Path(__file__).parents[2]
_START_S = 60.0


class StartError(RuntimeError):
    """A hub did not come up; the text ends with what it said last."""


class Enrolled(msgspec.Struct, frozen=True):
    """A device with its certificate. `name`: common name, and what the log calls it."""

    name: str
    position: str
    certificate: Path
    key: Path


class Hub:
    """One hub process. `arguments`: what `python -m hub` is told; `log`: what it says."""

    def __init__(self, arguments: list[str], http: str, log: Path) -> None:
        self._arguments, self.http, self.log = arguments, http, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "hub", "serve", *self._arguments],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it answers. Raises StartError."""
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        while not hub_answers(f"http://{self.http}"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"the hub did not come up:\n{self.log.read_text('utf-8', 'replace')[-3000:]}")
            time.sleep(0.02)

    def start(self) -> None:
        self.spawn()
        self.wait()

    def kill(self) -> None:
        """SIGKILL: no warning, no last word."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is None or not self.runs:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def rss_kb(self) -> int:
        """Resident memory (proc(5), VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


class Site:
    """Prepared by `python -m hub init`. `data`: where else than under `directory` (a disk of its own); `url`: of a
    PostgreSQL database, which `processes` hubs may share; `serve`: more arguments of `hub serve`."""

    def __init__(
        self,
        directory: Path,
        hall_file: Path,
        hall: Hall,
        *,
        data: Path | None = None,
        url: str = "",
        processes: int = 1,
        serve: Sequence[str] = (),
    ) -> None:
        self.directory, self.hall, self.name = directory, hall, hall.hall.id
        self.data = data or directory / "hub"
        self.database: Where = url or self.data / "hub.db"
        names = [f"hub-{n + 1}" for n in range(processes)]
        self.broker_port = free_port()
        self._shared = ["--data", str(self.data), "--hall", str(hall_file), "--broker", f"{HOST}:{self.broker_port}"]
        self._shared += ["--database", url] if url else []
        self._serve = list(serve)
        self._init(names)
        self._authority = Authority.open(self.data / "ca")
        self.broker = Broker(self.data / "broker", self.broker_port)
        self.hubs = [self._hub(name) for name in names]

    def start(self) -> None:
        self.broker.start()
        for hub in self.hubs:
            hub.spawn()
        for hub in self.hubs:
            hub.wait()

    def stop(self) -> None:
        for hub in self.hubs:
            hub.stop()
        self.broker.stop()

    def __enter__(self) -> "Site":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def enrol(self, positions: list[str]) -> dict[str, Enrolled]:
        """A device for each position, straight into the registry: enrolment is not what is put under load."""
        engine = open_database(self.database)
        try:
            return {position: self._enrolled(Registry(engine), position) for position in positions}
        finally:
            engine.dispose()

    def token(self, name: str) -> tuple[str, str]:
        """(what the log calls a program with a manager's rights, its secret)."""
        engine = open_database(self.database)
        try:
            token, secret = Accounts(engine).issue_token(name, "manager", datetime.now(UTC), "load")
        finally:
            engine.dispose()
        return f"token:{token.id}", secret

    def device_tls(self, device: Enrolled) -> ssl.SSLContext:
        return self._tls(device.certificate, device.key)

    def _init(self, names: list[str]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        known = [argument for name in names for argument in ("--name", name)]
        command = [sys.executable, "-m", "hub", "init", *self._shared, *known]
        said = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if said.returncode:
            raise StartError(f"the hub could not be prepared:\n{said.stderr.strip()}")

    def _hub(self, name: str) -> Hub:
        http, est = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
        own = ["--name", name, "--http", http, "--est", est]
        return Hub([*self._shared, *own, *self._serve], http, self.directory / f"{name}.log")

    def _enrolled(self, registry: Registry, position: str) -> Enrolled:
        now = datetime.now(UTC)
        place = next(one for one in self.hall.position if one.id == position)
        kind = CLASS_OF[place.kind]
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())

        def certify(name: str) -> Certified:
            issued = self._authority.issue_device(request, name)
            pem = issued.public_bytes(serialization.Encoding.PEM).decode()
            return Certified(f"{issued.serial_number:x}", pem, issued.not_valid_after_utc)

        form, no_passphrase = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.NoEncryption()
        digest = hashes.Hash(hashes.SHA256())
        digest.update(key.public_key().public_bytes(serialization.Encoding.DER, form))
        token = registry.create_claim(
            hall=self.name, position=position, expires_at=now + timedelta(hours=1), now=now, by="load"
        )
        device = registry.redeem(token, digest.finalize().hex(), device_class=kind, now=now, certify=certify)
        plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_passphrase)
        return Enrolled(device.id, position, *self._keep(device.id, device.certificate.encode(), plain))

    def _keep(self, name: str, certificate: bytes, key: bytes) -> tuple[Path, Path]:
        place = self.directory / "boards"
        place.mkdir(exist_ok=True)
        files = place / f"{name}.pem", place / f"{name}-key.pem"
        for file, content in zip(files, (certificate, key), strict=True):
            file.write_bytes(content)
        return files

    def _tls(self, certificate: Path, key: Path) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.data / "broker" / "ca.pem"))
        context.load_cert_chain(certificate, key)
        return context
