"""The link over a real Mosquitto: what it survives, what it says, and what it never does."""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from edge.runtime import link as link_module
from edge.runtime.identity import Identity
from edge.runtime.link import Link
from hub.enrolment.authority import Authority
from tests.edge.runtime.descriptors import taken
from tests.support.live import until
from wire import codec, topics
from wire.messages import BoardView, Health, Presence


class Ends:
    """A link with what it told: `ups`, and `arrived` as (topic, payload)."""

    def __init__(self, identity: Identity, broker: str) -> None:
        self.ups: list[bool] = []
        self.arrived: list[tuple[str, bytes]] = []
        self.link = Link(
            identity,
            broker,
            lambda online: Presence(online=online, boot="b0"),
            self.ups.append,
            lambda topic, payload: self.arrived.append((topic, payload)),
        )
        self.link.start()

    @property
    def is_up(self) -> bool:
        return bool(self.ups) and self.ups[-1]


@pytest.fixture
def link(site) -> Iterator[Callable[..., Ends]]:
    made: list[Ends] = []

    def make(identity: Identity | None = None, broker: str = "") -> Ends:
        made.append(Ends(identity or site.identity("caller-1"), broker or f"127.0.0.1:{site.port}"))
        return made[-1]

    yield make
    for one in made:
        one.link.stop()


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], object]) -> Iterator[tuple[str, threading.Event]]:
    """A port on which `answer` is done with every caller, who is then held; and whether there was one."""
    listening = socket.create_server(("127.0.0.1", 0))
    called = threading.Event()
    held = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                held.append(listening.accept()[0])
                called.set()
                with contextlib.suppress(OSError):
                    held.append(answer(held[-1]))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listening.getsockname()[1]}", called
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(20)


def test_a_restarted_broker_is_found_again(site, hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    site.broker.kill()
    until(lambda: not ends.is_up, "the link goes down")
    assert not ends.link.publish("health", b"{}")
    site.broker.start()
    until(lambda: ends.link.connects == 2, "the link connects again")
    until(lambda: topics.HUB in hub.online, "the hub is back")
    hub.listen(True)
    until(lambda: ends.is_up, "the link is up again")


def test_the_link_is_down_while_only_the_hub_is_away(hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    hub.listen(False)
    until(lambda: not ends.is_up, "the link goes down with the hub")
    assert not ends.link.publish("health", b"{}")
    hub.listen(True)
    until(lambda: ends.is_up, "the link is up with the hub")
    assert ends.link.connects == 1, "the session with the broker stood all the time"


def test_what_was_not_published_while_the_hub_was_away_does_not_come_later(hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    hub.listen(False)
    until(lambda: not ends.is_up, "the link goes down")
    assert not ends.link.publish("health", codec.encode(health("b0-1")))
    hub.listen(True)
    until(lambda: ends.link.publish("health", codec.encode(health("b0-2"))), "it publishes again")
    until(lambda: hub.heard, "the hub hears it")
    assert [message.id for message in hub.messages(Health)] == ["b0-2"]


def test_a_presence_that_is_no_presence_means_that_the_hub_is_away(hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    hub._client.publish(topics.presence(topics.HUB), b"", qos=1, retain=True)
    until(lambda: not ends.is_up, "the link goes down")


def test_who_stops_is_gone_for_everybody_at_once(hub, link):
    ends = link()
    until(lambda: hub.online.get("caller-1"), "the presence says online")
    ends.link.stop()
    until(lambda: hub.online["caller-1"] is False, "the presence says offline")


def test_what_is_followed_comes_and_comes_again_after_a_new_connection(site, hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    ends.link.follow(topics.board("small", "lobby"))
    hub.board(BoardView(epoch=1, version=1, hall="small", area="lobby", title="一", english="one"))
    until(lambda: len(ends.arrived) == 1, "the board comes")
    site.broker.kill()
    site.broker.start()
    until(lambda: ends.link.connects == 2, "the link connects again")
    until(hub._client.is_connected, "the hub is back")
    hub.board(BoardView(epoch=1, version=2, hall="small", area="lobby", title="二", english="two"))
    until(lambda: len(ends.arrived) == 2, "the board comes again")


def test_descriptors_above_1023_work(hub, link):
    with taken(1100):
        ends = link()
        until(lambda: ends.is_up, "the link comes up")
        assert ends.link._client.socket().fileno() > 1023
        assert ends.link.publish("health", codec.encode(health("b0-1")))
        until(lambda: hub.heard, "the hub hears it")
        hub.reply("caller-1", "b0-1")
        until(lambda: ends.arrived, "the answer comes")
        ends.link.stop()


@pytest.fixture
def hurried(monkeypatch):
    """A broker has a moment to answer, not ten seconds."""
    monkeypatch.setattr(link_module, "_ANSWER_S", 0.3)


def test_a_port_that_takes_the_connection_and_says_nothing_is_given_up_and_tried_again(site, link, hurried):
    callers = []
    with server(callers.append) as (address, _):
        ends = link(broker=address)
        until(lambda: len(callers) >= 2, "it tries again")
        until(lambda: "timed out" in ends.link.error, "it says why")
    assert ends.link.connects == 0


def test_a_broker_that_never_accepts_the_session_is_given_up_and_tried_again(site, link, hurried):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(site.directory / "broker" / "broker.pem", site.directory / "broker" / "broker-key.pem")
    greeted = []
    with server(lambda caller: greeted.append(tls.wrap_socket(caller, server_side=True))) as (address, _):
        ends = link(broker=address)
        until(lambda: len(greeted) >= 2, "it tries again")
        until(lambda: ends.link.error == "the broker does not answer", "it says why")
    assert ends.ups == []


def test_a_broker_that_talks_nonsense_ends_one_connection_and_not_the_link(site, link):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(site.directory / "broker" / "broker.pem", site.directory / "broker" / "broker-key.pem")
    greeted = []

    def babble(caller):
        greeted.append(tls.wrap_socket(caller, server_side=True))
        greeted[-1].sendall(bytes([(0x20, 0x90, 0x40, 0xE0, 0x30)[len(greeted) % 5]]) + b"\x03\x00\x87\xff")

    with server(babble) as (address, _):
        ends = link(broker=address)
        until(lambda: len(greeted) >= 3, "it tries again and again", 40)
    assert ends.link._thread.is_alive()


def test_who_is_stopped_while_it_connects_ends_and_never_says_hello(site, link):
    with server(lambda _: None) as (address, called):
        ends = link(broker=address)
        called.wait(20)
        stopping = threading.Thread(target=ends.link.stop)
        stopping.start()
    stopping.join(30)
    until(lambda: not ends.link._thread.is_alive(), "its thread ends")
    assert (ends.link.connects, ends.ups) == (0, [])


def test_after_its_end_a_link_writes_to_nobody_elses_descriptor(hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    number = ends.link._bell.fileno()
    ends.link.stop()
    others = []
    while number not in others:  # the kernel gives the lowest free number, so it is soon given again
        others.append(os.eventfd(0, os.EFD_NONBLOCK))
    ends.link.follow(topics.board("small", "lobby"))
    assert not ends.link.publish("health", b"{}")
    ends.link._bell.ring()
    ends.link.stop()
    with pytest.raises(BlockingIOError):
        os.eventfd_read(number)
    for other in others:
        os.close(other)


@pytest.mark.parametrize("host", ["no..such.host", "127.0.0.1"], ids=["no name", "nobody there"])
def test_an_address_that_leads_nowhere_is_tried_again_and_said(site, link, host):
    site.broker.kill()
    ends = link(broker=f"{host}:{site.port}")
    until(lambda: ends.link.error not in ("", "not started"), "it says why")
    site.broker.start()
    if host == "127.0.0.1":
        until(lambda: ends.link.connects == 1, "it connects once somebody is there")
    assert ends.link._thread.is_alive()


def test_a_certificate_that_the_broker_does_not_accept_is_said_in_its_words(site, hub, link, tmp_path):
    stranger = site.identity("caller-9", signer=Authority.create(tmp_path / "other"))
    ends = link(stranger)
    until(lambda: "alert" in ends.link.error.lower(), "the link says that the broker raised an alert")
    assert (ends.link.connects, ends.ups) == (0, [])


def test_a_broker_that_is_not_ours_is_not_spoken_to(site, link, tmp_path):
    who = site.identity("caller-1")
    (who.directory / "ca.pem").write_bytes(Authority.create(tmp_path / "other").ca_pem)
    ends = link(who)
    until(lambda: "certificate verify failed" in ends.link.error, "the link refuses the broker")
    assert ends.link.connects == 0


def test_two_with_one_name_do_not_hammer_the_broker(site, hub, link, monkeypatch):
    """A cloned card: each takes the session from the other. Only one that had held is tried again at once."""
    monkeypatch.setattr(link_module, "_BACKOFF_S", (0.0, 3600.0))
    who = site.identity("caller-1")
    first = link(who)
    until(lambda: first.is_up, "the first comes up")
    second = link(who)
    until(lambda: second.is_up and not first.is_up, "the second has the session")
    until(lambda: second.link.publish("health", codec.encode(health("b0-1"))) and hub.heard, "the second is heard")
    assert (first.link.connects, second.link.connects) == (1, 1)
    assert first.link.error


def health(ident: str) -> Health:
    return Health(id=ident, at="2026-01-05T01:00:00Z", uptime_s=1.0, agent="0")


def test_a_reply_reaches_the_right_ear(hub, link):
    ends = link()
    until(lambda: ends.is_up, "the link comes up")
    hub.reply("caller-2", "not-mine")
    hub.reply("caller-1", "mine")
    until(lambda: ends.arrived, "the reply comes")
    assert [codec.decode_reply(payload).to for _, payload in ends.arrived] == ["mine"]
