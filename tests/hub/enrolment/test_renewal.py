"""Renewal over mutual TLS: who may have a new certificate, and that nobody is stranded between two."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment import certificates
from hub.enrolment.authority import Authority
from hub.storage.registry import Registry
from tests.hub.enrolment import asking
from tests.hub.enrolment.asking import Answer, basic, wire


class Pair(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def name(self) -> str:
        return str(self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:x}"


@pytest.fixture
def device(ask: Any, token: Callable[..., str], csr: Any) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    answer = ask("simpleenroll", wire(csr(key)), basic("claim", token(position="caller-01")))
    return Pair(answer.certificate, key)


@pytest.fixture
def renew(est: Any, authority: Authority, csr: Any, tmp_path: Path) -> Callable[..., Answer]:
    """renew(pair, key): over mutual TLS with that pair; `name`, `operation` as others than we would say them."""

    def ask(pair: Pair, key: Any = None, *, name: str | None = None, operation: str = "simplereenroll") -> Answer:
        file = tmp_path / f"{pair.serial}.pem"
        plain = certificates.key_pem(pair.key)
        file.write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM) + plain)
        tls = ssl.create_default_context(cadata=authority.ca_pem.decode())
        tls.load_cert_chain(file)
        body = None if key is None else wire(csr(key, name=name or pair.name))
        return asking.ask(est.url, tls, operation, body)

    return ask


def fresh() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_device_gets_a_new_certificate_for_a_new_key_under_the_same_name(
    renew: Any, device: Pair, registry: Registry
) -> None:
    key = fresh()
    answer = renew(device, key)
    assert answer.status == 200
    new = Pair(answer.certificate, key)
    assert (new.name, new.certificate.public_key()) == (device.name, key.public_key())
    kept = registry.device_at("small", "caller-01")
    assert kept is not None
    assert kept.serial == new.serial


def test_a_lost_answer_is_given_again_and_the_old_certificate_counts_until_the_new_one_was_seen(
    renew: Any, device: Pair, registry: Registry, clock: Any
) -> None:
    key = fresh()
    first = renew(device, key)
    clock.pass_(timedelta(hours=1))
    assert renew(device, key).certificate == first.certificate
    new = Pair(first.certificate, key)
    assert registry.superseded_serials(clock()) == []
    assert renew(new, operation="cacerts").status == 200
    assert registry.superseded_serials(clock()) == [device.serial]
    late = renew(device, fresh())
    assert (late.status, late.problem["code"]) == (403, "not-current")


def test_a_board_that_lost_its_next_key_as_well_may_ask_with_another(
    renew: Any, device: Pair, registry: Registry, clock: Any
) -> None:
    lost = renew(device, fresh())
    clock.pass_(timedelta(seconds=1))
    second = renew(device, fresh())
    assert second.status == 200
    assert registry.superseded_serials(clock()) == [f"{lost.certificate.serial_number:x}"]


def test_revocation_names_every_certificate_that_is_still_valid(
    renew: Any, device: Pair, registry: Registry, clock: Any
) -> None:
    key = fresh()
    clock.pass_(timedelta(days=1))
    new = Pair(renew(device, key).certificate, key)
    registry.revoke(device.name, at=clock(), by="tech", why="stolen")
    assert set(registry.revoked_serials(clock())) == {device.serial, new.serial}
    for pair in (device, new):
        answer = renew(pair, fresh())
        assert (answer.status, answer.problem["code"]) == (403, "revoked-device")


def test_a_renewal_needs_a_new_key_and_the_same_name(renew: Any, device: Pair) -> None:
    same, other = renew(device, device.key), renew(device, fresh(), name="caller-0123456789ab")
    assert (same.status, same.problem["code"]) == (400, "same-key")
    assert (other.status, other.problem["code"]) == (400, "other-name")


def test_nobody_renews_without_a_certificate_or_with_one_of_the_hubs_own(
    ask: Any, renew: Any, csr: Any, authority: Authority
) -> None:
    bare = ask("simplereenroll", wire(csr()))
    assert (bare.status, bare.problem["code"]) == (403, "no-certificate")
    pem, key = authority.issue_client("hub-1")
    loaded = serialization.load_pem_private_key(key, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    hub = renew(Pair(x509.load_pem_x509_certificate(pem), loaded), fresh())
    assert (hub.status, hub.problem["code"]) == (403, "not-current")


def test_a_device_that_renews_again_and_again_has_to_wait(renew: Any, device: Pair) -> None:
    answers = [renew(device, fresh()) for _ in range(11)]
    assert [one.status for one in answers] == [200] * 10 + [429]
