"""Mutual TLS: the broker lets in who holds a certificate of the hub's CA that is not revoked, and nobody else."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment import certificates
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_crl, write_knowledge
from provisioning.broker.process import Broker, free_port


def _without_certificate(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.ca_pem.decode())


def test_a_device_with_a_certificate_of_our_ca_connects(session: Callable[..., Any]) -> None:
    assert session("caller-a").connack is not None


def test_a_device_without_a_certificate_cannot_connect(
    broker: Broker, authority: Authority, new_session: Callable[..., Any]
) -> None:
    assert not new_session("caller-a", _without_certificate(authority)).connect(broker.port)


def test_a_certificate_of_another_ca_is_refused(
    broker: Broker, tls: Callable[..., ssl.SSLContext], new_session: Callable[..., Any], tmp_path: Path
) -> None:
    foreign = Authority.create(tmp_path / "foreign")
    assert not new_session("caller-a", tls("caller-a", foreign)).connect(broker.port)


def test_a_certificate_made_by_a_device_with_its_own_certificate_is_refused(
    broker: Broker, authority: Authority, new_session: Callable[..., Any], session: Callable[..., Any], tmp_path: Path
) -> None:
    """A device's certificate is no CA: what it signs counts for nothing, with the chain sent along too."""
    session("caller-a")
    chain, secret = next(tmp_path.glob("caller-a-*.pem")), next(tmp_path.glob("caller-a-*.key"))
    device = x509.load_pem_x509_certificate(chain.read_bytes())
    device_key = certificates.serialization.load_pem_private_key(secret.read_bytes(), None)
    assert isinstance(device_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    validity = certificates.Validity(device.not_valid_before_utc, device.not_valid_after_utc)
    forged = certificates.leaf(
        certificates.Issuer(device, device_key), "hub-1", key.public_key(), certificates.CLIENT, validity
    )
    (tmp_path / "forged.pem").write_bytes(certificates.pem(forged) + chain.read_bytes())
    (tmp_path / "forged.key").write_bytes(certificates.key_pem(key))
    context = _without_certificate(authority)
    context.load_cert_chain(tmp_path / "forged.pem", tmp_path / "forged.key")
    assert not new_session("hub-1", context).connect(broker.port)


def test_the_brokers_own_certificate_does_not_open_a_session(
    broker: Broker, authority: Authority, new_session: Callable[..., Any]
) -> None:
    """It is for servers only (extended key usage)."""
    context = _without_certificate(authority)
    context.load_cert_chain(broker.directory / "broker.pem", broker.directory / "broker-key.pem")
    assert not new_session("caller-a", context).connect(broker.port)


def test_a_plain_connection_gets_no_word_of_mqtt(broker: Broker) -> None:
    connect = bytes.fromhex("101000044d5154540502003c000003616263")
    with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as plain:
        plain.sendall(connect)
        try:
            answer = plain.recv(100)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20"), "a CONNACK without TLS"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(
    version: ssl.TLSVersion,
    broker: Broker,
    tls: Callable[..., ssl.SSLContext],
    new_session: Callable[..., Any],
) -> None:
    context = tls("caller-a")
    context.minimum_version = context.maximum_version = version
    assert new_session("caller-a", context).connect(broker.port)


def test_a_revoked_certificate_is_refused_once_the_broker_restarts_with_the_new_crl(
    authority: Authority,
    tls: Callable[..., ssl.SSLContext],
    new_session: Callable[..., Any],
    tmp_path: Path,
) -> None:
    directory = tmp_path / "broker"
    write_knowledge(directory, authority, ["127.0.0.1"], ["hub-1"])
    good, bad = tls("caller-good"), tls("caller-bad")
    chain = next(tmp_path.glob("caller-bad-*.pem"))
    serial = f"{x509.load_pem_x509_certificate(chain.read_bytes()).serial_number:x}"
    broker = Broker(directory, free_port())
    with broker:
        assert new_session("caller-bad", bad).connect(broker.port)
    write_crl(directory, authority, [serial])
    with broker:
        assert not new_session("caller-bad", bad).connect(broker.port)
        assert new_session("caller-good", good).connect(broker.port)


def test_a_stolen_client_id_evicts_nobody(session: Callable[..., Any]) -> None:
    """The certificate's name is the client id, whatever the client says."""
    owner, hub = session("caller-a"), session("hub-1")
    owner.subscribe("tingxu/1/down/caller-a/+")
    thief = session("caller-b", client_id="caller-a")
    thief.publish("tingxu/1/up/caller-b/sentinel")
    hub.publish("tingxu/1/down/caller-a/view", b"still here")
    assert owner.next() == ("tingxu/1/down/caller-a/view", b"still here")
    assert not owner.ended.is_set()


def test_two_hub_processes_with_names_of_their_own_live_side_by_side(session: Callable[..., Any]) -> None:
    first, second = session("hub-1"), session("hub-2")
    first.subscribe("tingxu/1/up/+/+")
    second.publish("tingxu/1/up/caller-a/x", b"1")
    assert first.next() == ("tingxu/1/up/caller-a/x", b"1")
    assert not first.ended.is_set()
