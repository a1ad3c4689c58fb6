"""A real Mosquitto with the hub's knowledge, on loopback, and clients that hold certificates of its authority."""

import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment import certificates
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning.broker.process import Broker, free_port

PATIENCE_S = 20.0


class Session:
    """One MQTT 5 client; `inbox` holds (topic, payload) in the order of arrival."""

    def __init__(self, client_id: str, tls: ssl.SSLContext) -> None:
        self.inbox: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.connack: Any = None
        self.ended = threading.Event()
        self.hold = threading.Event()  # while cleared, the client reads nothing more
        self.hold.set()
        self._settled = threading.Event()
        self._acknowledged = threading.Event()
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        self.client.tls_set_context(tls)
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_subscribe = lambda *_: self._acknowledged.set()
        self.client.on_message = self._arrived

    def connect(self, port: int) -> bool:
        """Whether the broker let it in."""
        try:
            self.client.connect("127.0.0.1", port)
        except OSError:
            return False
        self.client.loop_start()
        assert self._settled.wait(PATIENCE_S), "the broker neither accepted nor refused"
        return self.connack is not None

    def publish(self, topic: str, payload: bytes = b"x", retain: bool = False) -> None:
        """Returns once the broker has acknowledged it, be it with a refusal."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def subscribe(self, *filters: str) -> None:
        self._acknowledged.clear()
        self.client.subscribe([(name, mqtt.SubscribeOptions(qos=1)) for name in filters])
        assert self._acknowledged.wait(PATIENCE_S)

    def next(self) -> tuple[str, bytes]:
        return self.inbox.get(timeout=PATIENCE_S)

    def drop(self) -> None:
        """As if its cable were cut: no DISCONNECT."""
        self.client.loop_stop()
        self.client.socket().close()

    def close(self) -> None:
        self.hold.set()
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, _client: object, _userdata: object, _flags: object, reason: Any, properties: Any) -> None:
        if not reason.is_failure:
            self.connack = properties
        self._settled.set()

    def _disconnected(self, *_: object) -> None:
        self.ended.set()
        self._settled.set()

    def _arrived(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self.hold.wait(PATIENCE_S)
        self.inbox.put((message.topic, message.payload))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def broker(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    directory = tmp_path_factory.mktemp("broker")
    write_knowledge(directory, authority, ["localhost", "127.0.0.1"], ["hub-1", "hub-2"])
    with Broker(directory, free_port()) as running:
        yield running


@pytest.fixture
def tls(authority: Authority, tmp_path: Path) -> Callable[..., ssl.SSLContext]:
    """tls(cn): a client context with a certificate of that name; tls(cn, other) has another authority sign it."""

    def make(cn: str, signer: Authority = authority) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=authority.ca_pem.decode())
        context.load_cert_chain(*_certified(signer, cn, tmp_path))
        return context

    return make


@pytest.fixture
def session(broker: Broker, tls: Callable[..., ssl.SSLContext]) -> Iterator[Callable[..., Session]]:
    """session(cn): a client that is connected; session(cn, connect=False): one that is not yet."""
    made: list[Session] = []

    def make(cn: str, *, client_id: str | None = None, connect: bool = True) -> Session:
        one = Session(client_id or cn, tls(cn))
        made.append(one)
        if connect:
            assert one.connect(broker.port), broker.log.read_text()[-1000:]
        return one

    yield make
    for one in made:
        one.close()


@pytest.fixture
def new_session() -> Iterator[Callable[[str, ssl.SSLContext], Session]]:
    """new_session(client_id, context): not connected, with whatever certificate is in the context."""
    made: list[Session] = []

    def make(client_id: str, context: ssl.SSLContext) -> Session:
        made.append(Session(client_id, context))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _certified(signer: Authority, cn: str, directory: Path) -> tuple[Path, Path]:
    """(certificate, key) as files, made once for a test."""
    chain, secret = directory / f"{cn}-{signer.fingerprint[:8]}.pem", directory / f"{cn}-{signer.fingerprint[:8]}.key"
    if chain.exists():
        return chain, secret
    if cn.startswith("hub"):
        certificate, key = signer.issue_client(cn)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(private, hashes.SHA256())
        certificate, key = certificates.pem(signer.issue_device(csr, cn)), certificates.key_pem(private)
    chain.write_bytes(certificate)
    secret.write_bytes(key)
    return chain, secret
