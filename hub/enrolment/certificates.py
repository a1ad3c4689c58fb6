"""What our certificates and revocation lists look like (RFC 5280): pure, every time and key passed in."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.enrolment.csr import PublicKey

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


class Validity(NamedTuple):
    start: datetime
    end: datetime


class Issuer(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def self_signed(name: str, key: ec.EllipticCurvePrivateKey, validity: Validity) -> x509.Certificate:
    """An authority that may sign certificates and CRLs (§4.2.1.3), and has none below it but, one day, the link to its
    successor (§4.2.1.9)."""
    # Part of the name is random, so that two authorities of one hub are never taken for each other.
    subject = _name(f"{name} CA {secrets.token_hex(4)}")
    return (
        _builder(subject, subject, key.public_key(), validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def link(issuer: Issuer, other: x509.Certificate, validity: Validity) -> x509.Certificate:
    """Another authority's name and key, certified by this one."""
    key = other.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return (
        _builder(other.subject, issuer.certificate.subject, key, validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(_issuer_key(issuer), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def leaf(
    issuer: Issuer,
    cn: str,
    key: PublicKey,
    purpose: x509.ObjectIdentifier,
    validity: Validity,
    names: Iterable[x509.GeneralName] = (),
) -> x509.Certificate:
    """A certificate for one `purpose`, SERVER or CLIENT; never outlives its issuer."""
    authority = issuer.certificate
    within = Validity(
        max(validity.start, authority.not_valid_before_utc), min(validity.end, authority.not_valid_after_utc)
    )
    builder = (
        _builder(_name(cn), authority.subject, key, within)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(_issuer_key(issuer), critical=False)
    )
    alternatives = list(names)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def revocation_list(issuer: Issuer, serials: Iterable[str], at: datetime, validity: Validity) -> bytes:
    """PEM, with the certificates of these `serials` (hex), revoked `at`."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(validity.start)
        .next_update(validity.end)
        .add_extension(x509.CRLNumber(int(at.timestamp() * 1000)), critical=False)
        .add_extension(_issuer_key(issuer), critical=False)
    )
    for serial in sorted(set(serials)):
        entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(at)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def key_id(key: PublicKey) -> str:
    """What a key is known by in the certificates that it signs, hex."""
    return x509.SubjectKeyIdentifier.from_public_key(key).digest.hex()


def issuer_key(certificate: x509.Certificate) -> str:
    """The identifier of the key that signed it, hex: what an issuer is known by (RFC 5280 §4.2.1.1)."""
    found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return (found or b"").hex()


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> bytes:
    """PKCS#8, encrypted when there is a passphrase."""
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _builder(subject: x509.Name, issuer: x509.Name, key: PublicKey, validity: Validity) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(cn: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def _issuer_key(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
