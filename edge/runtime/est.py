"""What a board says to the hub's enrolment (EST, RFC 7030): whom to trust, a first certificate, a renewal."""

import base64
import email.utils
import hashlib
import http.client
import ssl
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_BODY_MAX = 64 * 1024
_LATER_S = 30.0  # Retry-After may also be a date (RFC 9110 §10.2.3), or missing
_LATER_S_MAX = 300.0


class EnrolmentError(RuntimeError):
    """The hub refused, or is not the hub that the configuration names. `status`: of its answer; 0 without one."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Hints(msgspec.Struct, frozen=True):
    """What a board says of itself in its request. The hub shows it to people, and looks for it in its plan."""

    device_class: str = ""
    hardware_serial: str = ""


class Trust(msgspec.Struct, frozen=True):
    """What `cacerts` answered. `at`: the hub's clock, seconds since 1970; None when it did not say."""

    body: bytes
    at: float | None
    whose: str = "the hub"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def certificates(self) -> "list[x509.Certificate]":
        return certificates(self.body, self.whose)

    def anchors(self) -> "list[x509.Certificate]":
        """Those that stand for themselves; others only link one to another (RFC 7030 §4.1.3). In a fixed order."""
        found = [one for one in self.certificates() if one.subject == one.issuer]
        return sorted(found, key=lambda one: (one.not_valid_before_utc, one.serial_number))

    def signs(self) -> "x509.Name | None":
        """The authority that certificates are from now: the only one, or of two the one that the other vouches for."""
        anchors, vouched = self.anchors(), {one.subject for one in self.certificates() if one.subject != one.issuer}
        named = [one.subject for one in anchors if len(anchors) == 1 or one.subject in vouched]
        return named[0] if len(named) == 1 else None


class Answer(msgspec.Struct, frozen=True):
    """A certificate; or None, and how long (s) to wait before asking again."""

    certificate: "x509.Certificate | None"
    later_s: float = 0.0


def cacerts(est: str, tls: ssl.SSLContext) -> Trust:
    """RFC 7030 §4.1. Raises EnrolmentError, OSError."""
    status, headers, body = _request(est, tls, "GET", "cacerts", None, {})
    if status != 200:
        raise EnrolmentError(f"{est} gave no CA certificate ({status})", status)
    date = email.utils.parsedate_tz(headers.get("date", ""))
    return Trust(body, email.utils.mktime_tz(date) if date else None, est)


def found_by_fingerprint(est: str, fingerprint: str) -> "x509.Certificate":
    """Fetched from a server that is not trusted yet, and believed by its fingerprint only (RFC 7030 §4.1.1)."""
    from cryptography.hazmat.primitives import serialization

    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    want = fingerprint.lower().replace(":", "")
    for certificate in cacerts(est, blind).certificates():
        if hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest() == want:
            return certificate
    raise EnrolmentError(f"{est} is not our hub: its CA certificate does not have the fingerprint {want[:16]}…")


def enroll(est: str, tls: ssl.SSLContext, csr: bytes, token: str = "") -> Answer:
    """RFC 7030 §4.2.1; without a token the hub asks a person. Raises EnrolmentError, OSError."""
    credentials = base64.b64encode(f"claim:{token}".encode()).decode()
    return _enroll(est, tls, "simpleenroll", csr, {"Authorization": f"Basic {credentials}"} if token else {})


def reenroll(est: str, tls: ssl.SSLContext, csr: bytes) -> Answer:
    """RFC 7030 §4.2.2: `tls` shows the certificate that is to be renewed. Raises EnrolmentError, OSError."""
    return _enroll(est, tls, "simplereenroll", csr, {})


def request(key: "ec.EllipticCurvePrivateKey", name: str, hints: Hints) -> bytes:
    """A PKCS#10 request as it goes over the wire: one line of base64."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    oid = x509.NameOID
    said = (
        (oid.COMMON_NAME, name),
        (oid.ORGANIZATIONAL_UNIT_NAME, hints.device_class),
        (oid.SERIAL_NUMBER, hints.hardware_serial),
    )
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in said if value])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.b64encode(csr.public_bytes(serialization.Encoding.DER)) + b"\n"


def certificates(body: bytes, whose: str) -> "list[x509.Certificate]":
    """RFC 7030 §4.1.3: a certs-only PKCS#7 message in base64; at least one certificate. Raises EnrolmentError."""
    from cryptography.hazmat.primitives.serialization import pkcs7

    try:
        found = pkcs7.load_der_pkcs7_certificates(base64.b64decode(body))
    except ValueError as error:
        raise EnrolmentError(f"{whose} answered with what is no certificate: {error}") from error
    if not found:
        raise EnrolmentError(f"{whose} answered with no certificate")
    return found


def hardware_serial(root: Path = Path("/")) -> str:
    """The board's own serial number: of a device tree (Raspberry Pi) or DMI (x86, as far as this user may read it)."""
    for place in ("proc/device-tree/serial-number", "sys/class/dmi/id/product_serial", "sys/class/dmi/id/board_serial"):
        try:
            found = (root / place).read_text("ascii").strip("\0 \n")
        except (OSError, UnicodeDecodeError):
            continue
        if found.strip("0") and found.lower() not in _NO_SERIALS:
            return found[:64]
    return ""


_NO_SERIALS = {"none", "not specified", "default string", "system serial number", "to be filled by o.e.m.", "123456789"}


def _enroll(est: str, tls: ssl.SSLContext, operation: str, csr: bytes, more: dict[str, str]) -> Answer:
    headers = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64", **more}
    status, said, body = _request(est, tls, "POST", operation, csr, headers)
    if status == 200:
        return Answer(certificates(body, est)[0])
    if status == 202:
        after = said.get("retry-after", "")
        return Answer(None, min(float(after), _LATER_S_MAX) if after.isdecimal() else _LATER_S)
    raise EnrolmentError(f"the hub refused the enrolment ({status}): {body.decode('utf-8', 'replace')[:300]}", status)


def _request(
    base: str, context: ssl.SSLContext, method: str, operation: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    url = urllib.parse.urlsplit(base)
    connection = http.client.HTTPSConnection(url.hostname or "", url.port or 443, timeout=30, context=context)
    try:
        connection.request(method, f"/.well-known/est/{operation}", body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(_BODY_MAX)
    except http.client.HTTPException as error:
        raise ConnectionError(f"{base} speaks no HTTP: {error!r}") from error
    finally:
        connection.close()
