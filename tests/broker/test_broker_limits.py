"""The settings that decide whether messages get lost, and what happens when the broker does not come up."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.enrolment import broker as knowledge
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from provisioning.broker.configuration import KNOWLEDGE, configuration
from provisioning.broker.process import Broker, BrokerError, free_port

BURST = 5_000


def test_a_burst_is_queued_whole_for_a_reader_that_stands_still(session: Callable[..., Any]) -> None:
    """With the default of 1,000 queued messages most of these are dropped, though their publisher saw every PUBACK."""
    hub, device = session("hub-1"), session("caller-a")
    hub.subscribe("tingxu/1/up/+/+")
    hub.hold.clear()
    padding = b"." * 1000
    sent = [device.client.publish("tingxu/1/up/caller-a/x", b"%d %s" % (n, padding), qos=1) for n in range(BURST)]
    for one in sent:
        one.wait_for_publish(60)
    hub.hold.set()
    assert [int(hub.next()[1].split()[0]) for _ in range(BURST)] == list(range(BURST))


def test_the_hub_may_have_any_number_of_messages_in_flight(session: Callable[..., Any]) -> None:
    """MQTT 5 §3.2.2.3.3: no receive maximum in CONNACK means 65,535."""
    assert getattr(session("hub-1").connack, "ReceiveMaximum", 65_535) == 65_535


def test_packets_of_64_kib_and_more_are_taken(session: Callable[..., Any]) -> None:
    assert session("hub-1").connack.MaximumPacketSize > 64 * 1024


def test_the_configuration_points_at_exactly_the_files_that_the_hub_writes(tmp_path: Path) -> None:
    assert set(KNOWLEDGE) == {knowledge.CA, knowledge.CERTIFICATE, knowledge.KEY, knowledge.CRL, knowledge.ACL}
    text = configuration(tmp_path)
    assert all(f" {tmp_path / name}\n" in text for name in KNOWLEDGE)


@pytest.mark.parametrize("listen", ["0.0.0.0\nallow_anonymous true", "127.0.0.1 "])
def test_an_address_cannot_smuggle_a_setting_in(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in"):
        configuration(tmp_path, listen_address=listen)


def test_a_taken_port_is_said_with_the_end_of_the_log(authority: Authority, tmp_path: Path) -> None:
    write_knowledge(tmp_path, authority, ["127.0.0.1"], ["hub-1"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        broker = Broker(tmp_path, taken.getsockname()[1])
        with pytest.raises(BrokerError, match="Address already in use"):
            broker.start()
    assert broker.pid is None


def test_a_missing_acl_keeps_the_broker_from_starting_instead_of_opening_it(
    authority: Authority, tmp_path: Path
) -> None:
    write_knowledge(tmp_path, authority, ["127.0.0.1"], ["hub-1"])
    (tmp_path / knowledge.ACL).unlink()
    with pytest.raises(BrokerError, match="acl"):
        Broker(tmp_path, free_port()).start()


def test_a_broker_stops_and_starts_again_on_its_port(authority: Authority, tmp_path: Path) -> None:
    write_knowledge(tmp_path, authority, ["127.0.0.1"], ["hub-1"])
    broker = Broker(tmp_path, free_port())
    broker.start()
    first = broker.pid
    assert first is not None
    broker.kill()
    assert broker.pid is None
    broker.start()
    assert broker.pid not in (None, first)
    broker.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


@pytest.mark.parametrize("name", ["hub/1", "hub-1\ntopic readwrite #", "", "#"])
def test_a_hub_name_cannot_smuggle_a_line_into_the_acl(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user"):
        knowledge.acl([name])
