"""The certificate authority: what it signs, for whom, and that its key stays shut."""

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.verification import PolicyBuilder, Store

from hub.enrolment import authority as module
from hub.enrolment.authority import Authority, AuthorityExistsError, NameRefusedError, NoAuthorityError, SealedError
from hub.enrolment.csr import CsrError, decode

Requests = Callable[..., x509.CertificateSigningRequest]


def _cn(certificate: x509.Certificate) -> list[str]:
    return [str(one.value) for one in certificate.subject]


def test_what_was_created_opens_again_as_the_same_authority(
    authority: Authority, tmp_path: Path, csr: Requests
) -> None:
    again = Authority.open(tmp_path / "ca")
    assert (again.fingerprint, again.ca_pem) == (authority.fingerprint, authority.ca_pem)
    again.issue_device(csr(), "caller-1").verify_directly_issued_by(authority.certificate)


def test_the_key_is_encrypted_at_rest_and_both_secrets_are_for_their_owner_only(
    authority: Authority, tmp_path: Path
) -> None:
    for name in (module.KEY, module.PASSPHRASE):
        assert stat.S_IMODE((tmp_path / "ca" / name).stat().st_mode) == 0o600
    with pytest.raises(TypeError, match="encrypted"):
        serialization.load_pem_private_key((tmp_path / "ca" / module.KEY).read_bytes(), None)


def test_a_second_authority_is_not_laid_over_the_first(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(AuthorityExistsError):
        Authority.create(tmp_path / "ca")
    assert Authority.open(tmp_path / "ca").fingerprint == authority.fingerprint


def test_an_empty_directory_holds_no_authority(tmp_path: Path) -> None:
    with pytest.raises(NoAuthorityError, match="create one first"):
        Authority.open(tmp_path)


def test_a_passphrase_that_others_can_read_is_refused(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca" / module.PASSPHRASE).chmod(0o640)
    with pytest.raises(SealedError, match="chmod 600"):
        Authority.open(tmp_path / "ca")


@pytest.mark.parametrize("words", [b"another passphrase", b"", None])
def test_without_the_right_passphrase_the_key_stays_shut(
    authority: Authority, tmp_path: Path, words: bytes | None
) -> None:
    file = tmp_path / "ca" / module.PASSPHRASE
    if words is None:
        file.unlink()
    else:
        file.write_bytes(words)
    with pytest.raises(SealedError, match="passphrase"):
        Authority.open(tmp_path / "ca")


def test_the_passphrase_may_live_in_a_secret_store(tmp_path: Path) -> None:
    elsewhere = tmp_path / "secret"
    elsewhere.touch(0o600)
    elsewhere.write_text("from the store")
    made = Authority.create(tmp_path / "ca", passphrase_file=elsewhere)
    assert not (tmp_path / "ca" / module.PASSPHRASE).exists()
    assert Authority.open(tmp_path / "ca", passphrase_file=elsewhere).fingerprint == made.fingerprint


def test_the_ca_certificate_signs_certificates_and_lists_and_has_none_below_it_but_its_successors_link(
    authority: Authority,
) -> None:
    extensions = authority.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 1)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.crl_sign) == (True, True, True)
    assert not usage.value.digital_signature


def test_a_server_certificate_names_hosts_and_addresses_and_stands_up_to_a_strict_check(authority: Authority) -> None:
    pem, _ = authority.issue_server(["hub.example", "192.0.2.7", "::1"])
    certificate = x509.load_pem_x509_certificate(pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["hub.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7", "::1"]
    policy = PolicyBuilder().store(Store([authority.certificate]))
    policy.build_server_verifier(x509.DNSName("hub.example")).verify(certificate, [])


@pytest.mark.parametrize("names", [[], [""], ["*.example"], ["a b"], ["hub.example", "-x"], ["hub\n"]])
def test_a_server_name_that_is_none_is_refused(authority: Authority, names: list[str]) -> None:
    with pytest.raises(NameRefusedError):
        authority.issue_server(names)


def test_a_device_gets_the_name_we_give_and_nothing_it_asked_for(authority: Authority, csr: Requests) -> None:
    request = csr()
    certificate = authority.issue_device(request, "caller-3f9a1b2c4d5e")
    assert _cn(certificate) == ["caller-3f9a1b2c4d5e"]
    assert certificate.public_key() == request.public_key()
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_a_board_whose_clock_is_behind_believes_its_certificate_already(
    authority: Authority, clock: Any, csr: Requests
) -> None:
    """More than a day for a device's own, about a year (the age of an image) for the servers it has to believe."""
    device = authority.issue_device(csr(), "caller-1")
    server = x509.load_pem_x509_certificate(authority.issue_server(["hub"])[0])
    assert device.not_valid_before_utc <= clock() - timedelta(days=1)
    assert max(server.not_valid_before_utc, authority.certificate.not_valid_before_utc) <= clock() - timedelta(days=300)


def test_the_life_of_a_devices_certificate_is_a_setting_within_the_cas_own(
    authority: Authority, tmp_path: Path, clock: Any, csr: Requests
) -> None:
    assert authority.issue_device(csr(), "caller-1").not_valid_after_utc == clock() + timedelta(days=365)
    brief = Authority.open(tmp_path / "ca", device_days=30, now=clock)
    assert brief.issue_device(csr(), "caller-1").not_valid_after_utc == clock() + timedelta(days=30)
    endless = Authority.open(tmp_path / "ca", device_days=40_000, now=clock)
    last = endless.issue_device(csr(), "caller-1").not_valid_after_utc
    assert last == authority.certificate.not_valid_after_utc


@pytest.mark.parametrize("cn", ["", "a/b", "caller-1\n", "Caller", "#", "+", "a" * 65, "窗口", "hub", "hub-1", "hub-x"])
def test_a_name_that_would_escape_its_topics_or_pass_for_the_hub_is_never_signed(
    authority: Authority, csr: Requests, cn: str
) -> None:
    with pytest.raises(NameRefusedError):
        authority.issue_device(csr(), cn)


@pytest.mark.parametrize("cn", ["caller-1", "hub/1", "hubs", ""])
def test_a_session_of_the_hub_carries_a_name_of_the_hub(authority: Authority, cn: str) -> None:
    with pytest.raises(NameRefusedError):
        authority.issue_client(cn)
    assert _cn(x509.load_pem_x509_certificate(authority.issue_client("hub-1")[0])) == ["hub-1"]


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-384", "RSA 2048"],
)
def test_other_good_keys_are_taken(authority: Authority, csr: Requests, key: Any) -> None:
    assert authority.issue_device(csr(key), "caller-1").public_key() == key.public_key()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP192R1()),
        ec.generate_private_key(ec.SECP521R1()),
    ],
    ids=["RSA 1024", "P-192", "P-521"],
)
def test_weak_and_unusual_keys_are_refused(authority: Authority, csr: Requests, key: Any) -> None:
    with pytest.raises(CsrError, match="must be P-256, P-384 or RSA"):
        authority.issue_device(csr(key), "caller-1")


def test_an_edwards_key_is_refused(authority: Authority) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, None)
    with pytest.raises(CsrError, match="must be P-256"):
        authority.issue_device(request, "caller-1")


def test_a_key_is_not_certified_for_someone_who_does_not_hold_it(authority: Authority, csr: Requests) -> None:
    """The last byte of the signature is changed: proof of possession fails."""
    der = bytearray(csr().public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    with pytest.raises(CsrError, match="does not match its key"):
        authority.issue_device(x509.load_der_x509_csr(bytes(der)), "caller-1")


@pytest.mark.parametrize("body", [b"", b"!!!!", b"AAAA", b"MIIB", b"\xff\xfe", "厅".encode()])
def test_garbage_is_no_request(body: bytes) -> None:
    with pytest.raises(CsrError):
        decode(body)


def test_the_revocation_list_names_what_is_revoked_and_lasts(authority: Authority, clock: Any, csr: Requests) -> None:
    device = authority.issue_device(csr(), "caller-1")
    empty = x509.load_pem_x509_crl(authority.crl())
    named = x509.load_pem_x509_crl(authority.crl([f"{device.serial_number:x}"]))
    assert empty.get_revoked_certificate_by_serial_number(device.serial_number) is None
    assert named.get_revoked_certificate_by_serial_number(device.serial_number) is not None
    assert named.is_signature_valid(authority.certificate.public_key())  # type: ignore[arg-type]
    assert named.next_update_utc is not None
    assert named.next_update_utc > clock() + timedelta(days=3 * 365)


def test_two_authorities_are_never_taken_for_each_other(authority: Authority, tmp_path: Path, csr: Requests) -> None:
    other = Authority.create(tmp_path / "other")
    assert other.certificate.subject != authority.certificate.subject
    with pytest.raises((InvalidSignature, ValueError)):
        other.issue_device(csr(), "caller-1").verify_directly_issued_by(authority.certificate)
