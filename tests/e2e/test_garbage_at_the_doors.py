"""Bytes that mean nothing, at every port of a hall at work: nothing changes, and everything answers afterwards."""

import contextlib
import json
import random
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.runtime import config, identity
from edge.runtime.lives import Lives
from provisioning.rehearsal import technician
from provisioning.rehearsal.processes import Processes
from tests.support.day import small_hall
from tests.support.live import until
from tests.support.process import browser, claim, hub_at_work, stranger
from wire import topics

CHANCE = random.Random(5)
NOISE = [CHANCE.randbytes(size) for size in (1, 13, 512, 70_000)]
SESSION = b"POST /api/v1/session HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
AT_HTTP = [
    *NOISE,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + NOISE[2],  # a TLS hello
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET " + b"/a" * 100_000,
    b"GET / HTTP/1.1\r\nHost: hub\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
    SESSION + b"Content-Length: 99999999999999999999\r\n\r\n{",
    SESSION + b"Content-Length: -1\r\n\r\n{}",
    SESSION + b"Content-Length: 50\r\n\r\n{",  # and no more comes
    SESSION + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n{}\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + NOISE[1],
]
CONNECT = bytes.fromhex("101000044d5154540502003c00000368756200")  # MQTT 5, client id "hub"
AT_MQTT = [*NOISE, CONNECT, CONNECT * 3, b"\x10\xff\xff\xff\x7f", b"\x10\xff\xff\xff\xff\xff", b"\x30" + NOISE[2]]
BODIES = {
    "noise": NOISE[2],
    "not-utf-8": b'{"name": "\xff\xfe", "password": "x"}',
    "deep": b"[" * 60_000,
    "half": b'{"name": "admin"',
    "number": b"1e999",
    "surrogate": b'{"name": "\\ud800", "password": "x"}',
    "null": b'{"name": "a\\u0000b", "password": "x"}',
    "twice": b'{"name": "admin", "name": ["admin"], "password": {}}',
}


class Hall:
    """A hub, its broker, and the caller of counter 1."""

    def __init__(self, hub: Processes, administrator: httpx.Client, caller: Lives, intruder: identity.Identity) -> None:
        self.hub, self.administrator, self.caller, self.intruder = hub, administrator, caller, intruder

    def queue(self) -> dict[str, object]:
        answer: dict[str, object] = self.administrator.get("/api/v1/halls/small/queue").json()
        return answer

    def phase(self) -> str:
        counters = self.queue()["counters"]
        assert isinstance(counters, list)
        return str(counters[0]["phase"])

    def works(self) -> None:
        """A key pressed at the counter goes all the way, and comes back: there and back again."""
        for key, phase in (("pause", "paused"), ("resume", "idle")):
            self.caller.driver.press(key)  # type: ignore[attr-defined]
            until(lambda wanted=phase: self.phase() == wanted, f"the counter is {phase}")

    def bad_messages(self) -> int:
        """How many of the devices' messages were turned away as unreadable, as the monitor shows it."""
        with self.administrator.stream("GET", "/monitor/small/live") as stream:
            shown = next(line for line in stream.iter_lines() if line.startswith("data:") and '"refused"' in line)
        return sum(n for door in json.loads(shown[5:])["refused"] for code, n in door["codes"] if code == "bad-message")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    directory = tmp_path_factory.mktemp("garbage")
    with hub_at_work(directory) as hub, browser(hub) as administrator:
        small = small_hall()
        only = msgspec.structs.replace(small, position=[one for one in small.position if one.id == "caller-1"])
        office = technician.Hub(hub.addresses.pages, hub.password)
        agents: dict[str, Lives] = {}
        try:
            technician.equip(
                only, office, hub.addresses, hub.ca_fingerprint, directory / "devices", agents, lambda *_: None
            )
            intruder = enrolled(hub, claim(administrator, "small", "caller-2"), directory / "intruder")
            found = Hall(hub, administrator, agents["caller-1"], intruder)
            sign_on(found)
            found.works()
            yield found
        finally:
            for agent in agents.values():
                agent.stop()


def enrolled(hub: Processes, token: str, place: Path) -> identity.Identity:
    est = f"https://{hub.addresses.est}"
    card = config.Hub(est=est, ca_fingerprint=hub.ca_fingerprint, broker=hub.addresses.broker, token=token)
    return identity.enrol(card, place)


def sign_on(hall: Hall) -> None:
    """Again while the caller has no link yet: a press that the hub cannot hear is dropped."""

    def signed_on() -> bool:
        if hall.phase() == "closed":
            hall.caller.driver.press(*"1001", "sign-on")  # type: ignore[attr-defined]
        with contextlib.suppress(AssertionError):
            until(lambda: hall.phase() == "idle", "the counter opens", 2)
        return hall.phase() == "idle"

    until(signed_on, "the clerk signs on", 60)


def send(address: str, data: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """What comes back until the other side ends it, or has nothing to say for a moment."""
    host, _, port = address.rpartition(":")
    heard = b""
    with (
        contextlib.suppress(OSError),
        socket.create_connection((host, int(port)), timeout=10) as plain,
        tls.wrap_socket(plain, server_hostname=host) if tls else contextlib.nullcontext(plain) as line,
    ):
        line.sendall(data)
        line.settimeout(0.5)
        if tls is None:
            line.shutdown(socket.SHUT_WR)
        while chunk := line.recv(65536):
            heard += chunk
    return heard


def anonymous_tls() -> ssl.SSLContext:
    """Asks for nothing, shows nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def idle_connections(address: str, many: int) -> Iterator[None]:
    """Connections of somebody who never says a word."""
    host, _, port = address.rpartition(":")
    with contextlib.ExitStack() as held:
        for _ in range(many):
            held.enter_context(socket.create_connection((host, int(port)), timeout=10))
        yield


def test_garbage_at_the_http_port(hall: Hall) -> None:
    """A refusal or a closed line for each; the pages answer beside 100 silent connections, and after them."""
    before = hall.queue()
    for noise in AT_HTTP:
        heard = send(hall.hub.addresses.http, noise)
        assert not re.match(rb"HTTP/1.1 5", heard), heard[:200]
    with idle_connections(hall.hub.addresses.http, 100), stranger(hall.hub) as visitor:
        assert visitor.get("/board/small/lobby").status_code == 200
    assert hall.queue() == before
    hall.works()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "path", ["session", "halls/small/tickets", "halls/small/claims", "halls/small/counters/1/call"]
)
def test_a_body_of_garbage_is_refused_as_such(hall: Hall, path: str, body: bytes) -> None:
    """By a problem document that says what is wrong: never an error of the hub's own."""
    before = hall.queue()
    headers = {"Content-Type": "application/json"}
    answer = hall.administrator.post(f"/api/v1/{path}", content=body, headers=headers)
    assert answer.status_code in (400, 401, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10
    assert hall.queue() == before


@pytest.mark.parametrize(
    "path", ["/%ff%fe", "/board/%00/%0a", "/board/" + "x" * 5000, "/login?next=" + "%e2%80%ae" * 500]
)
def test_an_address_of_garbage_is_answered(hall: Hall, path: str) -> None:
    with stranger(hall.hub, Accept="text/html", Cookie="tingxu=%00%ff; language=\x7f; =;;=") as visitor:
        assert visitor.get(path).status_code in (200, 400, 404)


def test_garbage_at_the_enrolment_port(hall: Hall, tmp_path: Path) -> None:
    """Outside TLS, inside TLS, and as a request with a good token: which is not burnt by it, and lets a board in."""
    token, address = claim(hall.administrator, "small", "evaluator-1"), hall.hub.addresses.est
    for noise in AT_HTTP:
        send(address, noise)
        send(address, noise, anonymous_tls())
    with httpx.Client(base_url=f"https://{address}", verify=False, timeout=30, auth=("claim", token)) as board:
        for noise in (*NOISE, b"TUlJ\n", b"", b"=" * 400):
            answer = board.post("/.well-known/est/simpleenroll", content=noise)
            assert answer.status_code in (400, 413), answer.text
            assert len(answer.json()["detail"]) > 10
    with idle_connections(address, 100):
        assert enrolled(hall.hub, token, tmp_path / "board").device.startswith("evaluator-")
    hall.works()


def test_garbage_at_the_brokers_port(hall: Hall) -> None:
    """From anybody, and from a device with a good certificate that speaks no MQTT: the hall goes on working."""
    before, address = hall.queue(), hall.hub.addresses.broker
    for noise in AT_MQTT:
        send(address, noise)
        assert send(address, noise, anonymous_tls()) == b"", "no certificate, no word"
        send(address, noise, hall.intruder.tls())
    with idle_connections(address, 100):
        assert hall.queue() == before
        hall.works()
    hall.works()


def test_garbage_in_a_devices_messages(hall: Hall) -> None:
    """On its own topics, where it may write: all of it is counted, and none of it does anything."""
    before, counted = hall.queue(), hall.bad_messages()
    me = hall.intruder.device
    junk = [
        *NOISE[:3],
        b"",
        b"null",
        b"{}",
        b"[" * 10_000,
        b'{"id": 1}',
        b'{"id": "x", "verb": "call-next"',
        "取号".encode(),
    ]
    kinds = ("action", "take-ticket", "rating", "health", "no-such-kind")
    wrong = [(topics.up(me, kind), body) for kind in kinds for body in junk]
    wrong += [(topics.presence(me), body) for body in junk if body]  # an empty one only takes back what was retained
    publish(hall, wrong)
    until(lambda: hall.bad_messages() == counted + len(wrong), "every one of them is counted")
    assert hall.queue() == before
    hall.works()


def publish(hall: Hall, messages: list[tuple[str, bytes]]) -> None:
    """As the intruder; returns once the broker has taken them all."""
    host, _, port = hall.hub.addresses.broker.rpartition(":")
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=hall.intruder.device, protocol=mqtt.MQTTv5)
    client.tls_set_context(hall.intruder.tls())
    client.connect(host, int(port))
    client.loop_start()
    try:
        until(client.is_connected, "the broker lets the intruder in")
        sent = [client.publish(topic, body, qos=1) for topic, body in messages]
        for one in sent:
            one.wait_for_publish(30)
            assert one.is_published()
    finally:
        client.disconnect()
        client.loop_stop()
