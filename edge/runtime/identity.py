"""Who the device is: a P-256 key made here, the certificate that the hub gave for it, and whom it trusts.

`cert.pem` alone may hold the certificate and its key: so both change in one step. A first enrolment leaves the key in
`key.pem`, made before the certificate was asked for.
"""

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from edge.runtime import est
from edge.runtime.config import Hub
from edge.runtime.disk import write_whole
from edge.runtime.est import EnrolmentError, Hints, Trust
from wire import pairing

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["EnrolmentError", "Hints", "Identity", "Waiting", "enrol", "stored"]

_TRUST, _KEY, _CERTIFICATE, _NAME = "ca.pem", "key.pem", "cert.pem", "device"
_NEXT_KEY, _TRUST_DIGEST = "next-key.pem", "ca.sha256"
_MARK = b"PRIVATE KEY-----"
_AGAIN_S = 5.0

Write: TypeAlias = Callable[[Path, bytes], None]
Waiting: TypeAlias = Callable[[str | None], None]
"""Told the pairing code, as people see it, when the hub wants somebody to decide; None when that is over."""

log = logging.getLogger(__name__)


class Identity(msgspec.Struct, frozen=True):
    """`device` is the certificate's common name, given by the hub."""

    device: str
    directory: Path

    def tls(self) -> ssl.SSLContext:
        """A client context for mutual TLS: trusts the hub's CA and nothing else."""
        context = self.trust()
        certificate = self.directory / _CERTIFICATE
        context.load_cert_chain(certificate, self._key_file(certificate.read_bytes()))
        return context

    def trust(self) -> ssl.SSLContext:
        """The same without a certificate, for whoever has none that counts."""
        return ssl.create_default_context(cafile=str(self.directory / _TRUST))

    @property
    def certificate(self) -> Path:
        return self.directory / _CERTIFICATE

    def state(self) -> tuple[int, ...]:
        """Another one whenever the certificate or whom to trust was replaced."""
        files = [(self.directory / name).stat() for name in (_CERTIFICATE, _TRUST)]
        return tuple(figure for file in files for figure in (file.st_ino, file.st_mtime_ns))

    def _key_file(self, certificate: bytes) -> Path:
        return self.directory / (_CERTIFICATE if _MARK in certificate else _KEY)

    # What a renewal keeps. `write` puts a whole file on the disk, or nothing.

    def key(self) -> "ec.EllipticCurvePrivateKey":
        """Of the certificate in use."""
        return _load(self._key_file((self.directory / _CERTIFICATE).read_bytes()))

    def next_key(self, write: Write = write_whole) -> "ec.EllipticCurvePrivateKey":
        """For a renewal, on the disk before anybody hears of it: the same until `switch`, so that a retry is one."""
        return _made(self.directory / _NEXT_KEY, write)

    def switch(
        self, certificate: "x509.Certificate", key: "ec.EllipticCurvePrivateKey", write: Write = write_whole
    ) -> None:
        """From one pair to the next in a single step, whenever the power goes."""
        from cryptography.hazmat.primitives import serialization

        pem = certificate.public_bytes(serialization.Encoding.PEM)
        write(self.directory / _CERTIFICATE, pem + _pem(key))
        (self.directory / _NEXT_KEY).unlink(missing_ok=True)

    def trusts(self) -> str:
        """SHA-256 of the answer of `cacerts` that was taken in last; "" if none was."""
        path = self.directory / _TRUST_DIGEST
        return path.read_text("ascii") if path.exists() else ""

    def trust_also(self, trust: Trust, write: Write = write_whole) -> None:
        """Believe what the hub, believed already, names as its authorities, and nobody else."""
        bundle = _bundle(trust)
        if (self.directory / _TRUST).read_bytes() != bundle:
            write(self.directory / _TRUST, bundle)

    def settled(self, trust: Trust, write: Write = write_whole) -> None:
        """All that follows from this answer has been done."""
        write(self.directory / _TRUST_DIGEST, trust.sha256.encode())


def stored(directory: Path) -> Identity | None:
    """The identity of an earlier enrolment, if there is a whole one. Loads no cryptography: a start stays light."""
    if not all((directory / name).exists() for name in (_TRUST, _KEY, _CERTIFICATE, _NAME)):
        return None
    return Identity((directory / _NAME).read_text("ascii"), directory)


def enrol(
    hub: Hub,
    directory: Path,
    waiting: Waiting = lambda code: None,
    hints: Hints = Hints(),  # noqa: B008 - immutable
    sleep: Callable[[float], None] = time.sleep,
) -> Identity:
    """Make a key, have it certified, keep both. A retry after a lost reply uses the same key, so no token is burnt.

    Blocks while a person at the hub has yet to approve (202): then `waiting` gets the pairing code to show. Raises
    EnrolmentError when refused, OSError when the hub cannot be reached at first.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = est.found_by_fingerprint(hub.est, hub.ca_fingerprint).public_bytes(serialization.Encoding.PEM)
    tls = ssl.create_default_context(cadata=root.decode())
    key = _made(directory / _KEY, write_whole)
    csr = est.request(key, "tingxu-device", hints)  # the hub gives the real name
    certificate = _granted(hub, tls, csr, key, waiting, sleep)
    trust = est.cacerts(hub.est, tls)
    write_whole(directory / _TRUST, _bundle(trust))
    write_whole(directory / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    device = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    write_whole(directory / _TRUST_DIGEST, trust.sha256.encode())
    write_whole(directory / _NAME, device.encode("ascii"))
    return Identity(device, directory)


def code(key: "ec.EllipticCurvePrivateKey") -> str:
    """The pairing code of a key, as people see it."""
    import hashlib

    from cryptography.hazmat.primitives import serialization

    form = serialization.PublicFormat.SubjectPublicKeyInfo
    info = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return pairing.shown(pairing.code(hashlib.sha256(info).hexdigest()))


def _granted(
    hub: Hub,
    tls: ssl.SSLContext,
    csr: bytes,
    key: "ec.EllipticCurvePrivateKey",
    waiting: Waiting,
    sleep: Callable[[float], None],
) -> "x509.Certificate":
    """RFC 7030 §4.2.3: asks again as long as the answer is 202, and as the hub cannot be reached after the first."""
    answer = est.enroll(hub.est, tls, csr, hub.token)
    if answer.certificate is not None:
        return answer.certificate
    waiting(code(key))
    try:
        while answer.certificate is None:
            sleep(answer.later_s)
            try:
                answer = est.enroll(hub.est, tls, csr, hub.token)
            except OSError as error:
                log.warning("the hub cannot be asked whether we may come in: %s", error)
                answer = est.Answer(None, _AGAIN_S)
            except EnrolmentError as error:
                if error.status not in (429, 500, 502, 503):
                    raise
                answer = est.Answer(None, 6 * _AGAIN_S)
        return answer.certificate
    finally:
        waiting(None)


def _bundle(trust: Trust) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in trust.anchors())


def _made(path: Path, write: Write) -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    if not path.exists():
        write(path, _pem(ec.generate_private_key(ec.SECP256R1())))
    return _load(path)


def _load(path: Path) -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    text = path.read_bytes()
    key = serialization.load_pem_private_key(text[text.index(b"-----BEGIN PRIVATE") :], None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _pem(key: "ec.EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
