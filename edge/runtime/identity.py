"""Who the device is: a P-256 key made here, and the certificate that the hub gave for it by EST (RFC 7030)."""

import base64
import hashlib
import http.client
import ssl
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge.runtime.config import Hub
from edge.runtime.disk import write_whole

if TYPE_CHECKING:
    from cryptography import x509

_TRUST, _KEY, _CERTIFICATE, _NAME = "ca.pem", "key.pem", "cert.pem", "device"


class EnrolmentError(RuntimeError):
    """The hub refused, or is not the hub that the configuration names."""


class Identity(msgspec.Struct, frozen=True):
    """`device` is the certificate's common name, given by the hub."""

    device: str
    directory: Path

    def tls(self) -> ssl.SSLContext:
        """A client context for mutual TLS: trusts the hub's CA and nothing else."""
        context = ssl.create_default_context(cafile=str(self.directory / _TRUST))
        context.load_cert_chain(self.directory / _CERTIFICATE, self.directory / _KEY)
        return context


def stored(directory: Path) -> Identity | None:
    """The identity of an earlier enrolment, if there is a whole one. Loads no cryptography: a start stays light."""
    if not all((directory / name).exists() for name in (_TRUST, _KEY, _CERTIFICATE, _NAME)):
        return None
    return Identity((directory / _NAME).read_text("ascii"), directory)


def enrol(hub: Hub, directory: Path) -> Identity:
    """Make a key, have it certified, keep both. A retry after a lost reply uses the same key, so no token is burnt.

    Blocks while a person at the hub has yet to approve (202). Raises EnrolmentError when refused, OSError when the hub
    cannot be reached.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    trust = _cacerts(hub)
    key_path = directory / _KEY
    if not key_path.exists():
        fresh = ec.generate_private_key(ec.SECP256R1())
        pem = fresh.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_whole(key_path, pem)
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tingxu-device")])  # the hub gives the real one
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    body = base64.b64encode(csr.public_bytes(serialization.Encoding.DER)) + b"\n"
    context = ssl.create_default_context(cadata=trust.public_bytes(serialization.Encoding.PEM).decode())
    answer = _simpleenroll(hub, context, body)
    certificate = _certificates(hub, answer)[0]
    write_whole(directory / _TRUST, trust.public_bytes(serialization.Encoding.PEM))
    write_whole(directory / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    device = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    write_whole(directory / _NAME, device.encode("ascii"))
    return Identity(device, directory)


def _simpleenroll(hub: Hub, context: ssl.SSLContext, csr: bytes) -> bytes:
    """RFC 7030 §4.2: POST the PKCS#10 request, wait as long as the answer is 202 (§4.2.3)."""
    credentials = base64.b64encode(f"claim:{hub.token}".encode()).decode()
    headers = {
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/pkcs10",
        "Content-Transfer-Encoding": "base64",
    }
    while True:
        status, reply_headers, body = _request(hub.est, context, "POST", "simpleenroll", csr, headers)
        if status == 200:
            return body
        if status != 202:
            raise EnrolmentError(f"the hub refused the enrolment ({status}): {body.decode('utf-8', 'replace')[:300]}")
        after = reply_headers.get("retry-after", "")
        time.sleep(min(float(after), 300.0) if after.isdecimal() else 30.0)  # it may also be a date (RFC 9110 §10.2.3)


def _cacerts(hub: Hub) -> "x509.Certificate":
    """RFC 7030 §4.1: fetch the CA certificate from a server not yet trusted, and believe it only by its fingerprint."""
    from cryptography.hazmat.primitives import serialization

    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    status, _, body = _request(hub.est, blind, "GET", "cacerts", None, {})
    if status != 200:
        raise EnrolmentError(f"{hub.est} gave no CA certificate ({status})")
    want = hub.ca_fingerprint.lower().replace(":", "")
    for certificate in _certificates(hub, body):
        if hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest() == want:
            return certificate
    raise EnrolmentError(f"{hub.est} is not our hub: its CA certificate does not have the fingerprint {want[:16]}…")


def _certificates(hub: Hub, body: bytes) -> "list[x509.Certificate]":
    """RFC 7030 §4.1.3: a certs-only PKCS#7 message in base64; at least one certificate."""
    from cryptography.hazmat.primitives.serialization import pkcs7

    try:
        found = pkcs7.load_der_pkcs7_certificates(base64.b64decode(body))
    except ValueError as error:
        raise EnrolmentError(f"{hub.est} answered with what is no certificate: {error}") from error
    if not found:
        raise EnrolmentError(f"{hub.est} answered with no certificate")
    return found


def _request(
    base: str, context: ssl.SSLContext, method: str, operation: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    url = urllib.parse.urlsplit(base)
    connection = http.client.HTTPSConnection(url.hostname or "", url.port or 443, timeout=30, context=context)
    try:
        connection.request(method, f"/.well-known/est/{operation}", body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(65536)
    except http.client.HTTPException as error:
        raise ConnectionError(f"{base} speaks no HTTP: {error!r}") from error
    finally:
        connection.close()
