"""PKCS#10 requests (RFC 2986) as they come in by EST: decoded, and believed only after their signature is checked."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

RSA_BITS = range(2048, 4097)

_CLASS, _SERIAL = re.compile(r"[a-z][a-z_]{0,39}\Z"), re.compile(r"[0-9A-Za-z][0-9A-Za-z:._ -]{0,63}\Z")

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class CsrError(ValueError):
    """The request cannot be used; the text says why."""


class Hints(NamedTuple):
    """What a board says of itself. It is shown to people, and never believed for a name or a right."""

    device_class: str | None
    hardware_serial: str | None


def decode(body: bytes) -> x509.CertificateSigningRequest:
    """The request in an EST body: base64 of DER, in one line or wrapped (RFC 7030 §4.2.1). Raises CsrError."""
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise CsrError("the body is not base64: send a PKCS#10 request as base64 of its DER") from error
    try:
        return x509.load_der_x509_csr(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CsrError("the body is not a PKCS#10 request in DER") from error


def proven_key(csr: x509.CertificateSigningRequest) -> PublicKey:
    """The public key, once the request's own signature proves that its sender holds the private one.

    P-256, P-384 or RSA of 2048 to 4096 bits, signed with SHA-2. Raises CsrError.
    """
    try:
        key, digest = csr.public_key(), csr.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CsrError("the key of the request cannot be read") from error
    accepted = _key(key)
    if not isinstance(digest, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        raise CsrError("the request must be signed with SHA-256, SHA-384 or SHA-512")
    if not _signed(csr):
        raise CsrError("the signature of the request does not match its key")
    return accepted


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo (DER), hex: what a device is recognised by."""
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).hexdigest()


def hints(csr: x509.CertificateSigningRequest) -> Hints:
    """From OU and serialNumber of the subject; what makes no sense is as good as not there."""
    unit, serial = _attribute(csr, NameOID.ORGANIZATIONAL_UNIT_NAME), _attribute(csr, NameOID.SERIAL_NUMBER)
    return Hints(unit if _CLASS.match(unit) else None, serial if _SERIAL.match(serial) else None)


def common_name(csr: x509.CertificateSigningRequest) -> str:
    return _attribute(csr, NameOID.COMMON_NAME)


def _attribute(csr: x509.CertificateSigningRequest, kind: x509.ObjectIdentifier) -> str:
    try:
        found = csr.subject.get_attributes_for_oid(kind)
    except (ValueError, UnsupportedAlgorithm):
        return ""
    return str(found[0].value) if len(found) == 1 else ""


def _key(key: object) -> PublicKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
        return key
    raise CsrError("the key must be P-256, P-384 or RSA of 2048 to 4096 bits")


def _signed(csr: x509.CertificateSigningRequest) -> bool:
    try:
        return csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        return False
