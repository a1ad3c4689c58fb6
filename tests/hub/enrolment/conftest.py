"""A hub's enrolment as devices meet it: EST on a real TLS port, a real database, a hall of a few positions."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from edge.runtime.config import Hub
from halls.format import Hall
from halls.items import About, Position
from hub.enrolment.attempts import Attempts
from hub.enrolment.authority import Authority
from hub.enrolment.est import est_app
from hub.enrolment.peers import PeerProtocol
from hub.storage.assets import Planned
from hub.storage.database import open_database
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry
from tests.hub.enrolment import asking
from tests.hub.enrolment.asking import Answer

POLL_S = 1  # how often a board that waits is told to ask


class Clock:
    """Time as the hub sees it; it moves when told to."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, time: timedelta) -> None:
        self.time += time


class Est:
    """Uvicorn with TLS on a free port of the loopback interface, in a thread. `peers`: whose certificates it takes."""

    def __init__(self, app: Any, certificate: Path, key: Path, peers: Path) -> None:
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            ssl_ca_certs=str(peers),
            ssl_cert_reqs=ssl.CERT_OPTIONAL,
            http=PeerProtocol,
            log_level="warning",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "EST did not start"
            assert time.monotonic() < deadline, "EST did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hall() -> Hall:
    places = (
        Position(id="caller-01", kind="caller", area="a", counter="01"),
        Position(id="caller-02", kind="caller", area="a", counter="02"),
        Position(id="machine-1", kind="ticket-machine", area="a", series="A"),
    )
    about = About(id="small", name="小厅", english="Small hall")
    return Hall(format=1, hall=about, centre=(), floor=(), area=(), service=(), counter=(), position=places)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(tmp_path / "hub.db")
    yield opened
    opened.dispose()


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine)


@pytest.fixture
def counts(engine: Engine) -> RefusalCounts:
    return RefusalCounts(engine)


@pytest.fixture
def authority(tmp_path: Path, clock: Clock) -> Authority:
    return Authority.create(tmp_path / "ca", now=clock)


@pytest.fixture
def attempts() -> Attempts:
    return Attempts(refusals_max=5)


class Plan(dict[str, Planned]):
    """Hardware serial → where it is to go."""

    def get(self, hall: str | None, hardware_serial: str) -> Planned | None:  # type: ignore[override]
        return super().get(hardware_serial)


@pytest.fixture
def plan() -> Plan:
    return Plan()


@pytest.fixture
def est(
    authority: Authority,
    registry: Registry,
    counts: RefusalCounts,
    hall: Hall,
    clock: Clock,
    attempts: Attempts,
    plan: Plan,
    tmp_path: Path,
) -> Iterator[Est]:
    certificate, key = authority.issue_server(["localhost", "127.0.0.1"])
    (tmp_path / "est.pem").write_bytes(certificate)
    (tmp_path / "est.key").write_bytes(key)
    (tmp_path / "peers.pem").write_bytes(authority.ca_pem)
    app = est_app(authority, registry, counts, [hall], now=clock, attempts=attempts, planned=plan.get, poll_s=POLL_S)
    server = Est(app, tmp_path / "est.pem", tmp_path / "est.key", tmp_path / "peers.pem")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def token(registry: Registry, clock: Clock) -> Callable[..., str]:
    """token(position=…, device_class=…, uses=…, hours=…): a fresh one, for the small hall."""

    def make(hours: float = 1, hall: str = "small", **allows: Any) -> str:
        expires_at = clock() + timedelta(hours=hours)
        return registry.create_claim(hall=hall, expires_at=expires_at, now=clock(), by="admin", **allows)

    return make


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    """A strict client of EST that trusts the hub's CA."""
    context = ssl.create_default_context(cadata=authority.ca_pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.fixture
def csr() -> Callable[..., x509.CertificateSigningRequest]:
    """csr(key=…, digest=…, name=…, serial=…): a request that calls itself hub-1 and asks for a CA's powers."""

    def make(
        key: Any = None, digest: hashes.HashAlgorithm | None = None, name: str = "hub-1", serial: str = ""
    ) -> x509.CertificateSigningRequest:
        parts = [(x509.NameOID.COMMON_NAME, name), (x509.NameOID.SERIAL_NUMBER, serial)]
        claimed = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts if value])
        return (
            x509.CertificateSigningRequestBuilder()
            .subject_name(claimed)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("hub.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key or ec.generate_private_key(ec.SECP256R1()), digest or hashes.SHA256())
        )

    return make


@pytest.fixture
def ask(est: Est, trust: ssl.SSLContext) -> Callable[..., Answer]:
    """ask(operation, body, authorization): one request of a client that trusts the hub's CA."""
    return partial(asking.ask, est.url, trust)


@pytest.fixture
def card(est: Est, authority: Authority) -> Callable[..., Hub]:
    """card(token): what a board's configuration says about the hub."""

    def make(token: str = "", fingerprint: str = authority.fingerprint) -> Hub:
        return Hub(est.url, fingerprint, "127.0.0.1:8883", token)

    return make
