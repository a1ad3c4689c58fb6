"""The hall's certificate authority: one P-256 key that signs the broker, the hub's own sessions and every device.

While it is rolled over there are two (hub.enrolment.rollover): one that signs, and one beside it that is believed too.
"""

import ipaddress
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment import certificates
from hub.enrolment.certificates import Issuer, Validity
from hub.enrolment.csr import proven_key
from hub.enrolment.files import PRIVATE, PUBLIC, keep

CERTIFICATE, KEY, PASSPHRASE = "ca.pem", "ca-key.pem", "ca-passphrase"
DEVICE_DAYS = 365

_CA_LIFE = timedelta(days=20 * 365)
_OWN_LIFE = timedelta(days=5 * 365)  # the broker's, the hub's
_CRL_LIFE = timedelta(days=10 * 365)  # an expired CRL locks everyone out

# A board without a clock starts at the time its image was built, and must believe the hub's certificates even then;
# those of devices are only looked at by the broker, whose clock is right within a day.
_BEFORE_IMAGE, _BEFORE_CLOCK = timedelta(days=365), timedelta(days=2)

_COMMON_NAME = re.compile(r"[a-z0-9-]{1,64}\Z")  # one level of a topic: a `/` in it would escape the ACL
_HUB_NAME = re.compile(r"hub(-.*)?\Z")
_DNS_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME = re.compile(rf"(?=.{{1,253}}\Z){_DNS_LABEL}(\.{_DNS_LABEL})*\Z")


class AuthorityError(Exception):
    """The authority cannot do what was asked.

    AuthorityError
    ├── AuthorityExistsError   create: there is one already (also a FileExistsError)
    ├── NoAuthorityError       open: there is none (also a FileNotFoundError)
    ├── SealedError            its key does not open: passphrase absent, wrong, or readable by others (PermissionError)
    └── NameRefusedError       a name that no certificate may carry (also a ValueError)
    """


class AuthorityExistsError(AuthorityError, FileExistsError):
    pass


class NoAuthorityError(AuthorityError, FileNotFoundError):
    pass


class SealedError(AuthorityError, PermissionError):
    pass


class NameRefusedError(AuthorityError, ValueError):
    pass


def _utc() -> datetime:
    return datetime.now(UTC)


class Authority:
    """`ca_pem`: whom to believe, PEM, the one that signs first. `fingerprint`: SHA-256 of that one's DER, hex; devices
    know the hub by it. `key_id`: what its certificates name it by, hex.

    `beside`: another authority that is believed as well; `links`: this one's key certified by that, or by the one
    before, so that who knows only that can believe this one.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        device_days: int = DEVICE_DAYS,
        now: Callable[[], datetime] = _utc,
        beside: Sequence["Authority"] = (),
        links: Sequence[x509.Certificate] = (),
    ) -> None:
        self.certificate, self.beside, self.links = certificate, tuple(beside), tuple(links)
        self.ca_pem = b"".join(certificates.pem(one) for one in self.anchors)
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        self.key_id = certificates.key_id(key.public_key())
        self.key, self._issuer = key, Issuer(certificate, key)
        self._device_life, self._now = timedelta(days=device_days), now

    @property
    def anchors(self) -> list[x509.Certificate]:
        return [self.certificate, *(one.certificate for one in self.beside)]

    @property
    def chain(self) -> list[x509.Certificate]:
        """What `cacerts` tells (RFC 7030 §4.1.3): whom to trust, and a link, whose subject is the one that signs.

        In no order: PKCS#7 has sets.
        """
        return [*self.anchors, *self.links]

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        passphrase_file: Path | None = None,
        name: str = "Tingxu",
        device_days: int = DEVICE_DAYS,
        now: Callable[[], datetime] = _utc,
    ) -> "Authority":
        """A new authority, kept in `directory`; its key is encrypted with the passphrase in `passphrase_file`.

        The default, `ca-passphrase` beside the key, is made here; a deployment may name a file from its secret store.
        Raises AuthorityExistsError, SealedError.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (directory / KEY).exists():
            raise AuthorityExistsError(f"{directory / KEY}: there is an authority here already")
        passphrase = _passphrase(passphrase_file or _made_passphrase(directory / PASSPHRASE))
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = certificates.self_signed(name, key, Validity(now() - _BEFORE_IMAGE, now() + _CA_LIFE))
        keep(directory / CERTIFICATE, certificates.pem(certificate), PUBLIC)
        keep(directory / KEY, certificates.key_pem(key, passphrase), PRIVATE)  # last: its presence means "whole"
        return cls(certificate, key, device_days, now)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        passphrase_file: Path | None = None,
        device_days: int = DEVICE_DAYS,
        now: Callable[[], datetime] = _utc,
    ) -> "Authority":
        """The authority kept in `directory`, alone (hub.enrolment.rollover opens what is beside it as well).

        Raises NoAuthorityError, SealedError.
        """
        if not (directory / KEY).exists() or not (directory / CERTIFICATE).exists():
            raise NoAuthorityError(f"{directory}: no certificate authority here; create one first")
        certificate = x509.load_pem_x509_certificate((directory / CERTIFICATE).read_bytes())
        passphrase = _passphrase(passphrase_file or directory / PASSPHRASE)
        try:
            key = serialization.load_pem_private_key((directory / KEY).read_bytes(), passphrase)
        except (ValueError, TypeError) as error:
            raise SealedError(f"{directory / KEY}: does not open with this passphrase") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise SealedError(f"{directory / KEY}: is not the key of {CERTIFICATE}")
        return cls(certificate, key, device_days, now)

    def issue_server(self, names: list[str]) -> tuple[bytes, bytes]:
        """(certificate, key), PEM, for the broker or the hub's HTTPS. `names`: DNS names and IP addresses.

        With it goes the link from the authority before, for boards that have not heard of this one. Raises
        NameRefusedError.
        """
        if not names:
            raise NameRefusedError("a server certificate needs at least one DNS name or IP address")
        alternatives = [_general_name(name) for name in names]
        key = ec.generate_private_key(ec.SECP256R1())
        cn = names[0] if len(names[0]) <= 64 else "tingxu"  # X.520's upper bound; nobody looks at it beside the SAN
        validity = self._validity(_BEFORE_IMAGE, _OWN_LIFE)
        certificate = certificates.leaf(self._issuer, cn, key.public_key(), certificates.SERVER, validity, alternatives)
        links = b"".join(map(certificates.pem, self.links))
        return certificates.pem(certificate) + links, certificates.key_pem(key)

    def issue_client(self, cn: str) -> tuple[bytes, bytes]:
        """(certificate, key), PEM, for one of the hub's own MQTT sessions: `hub-1`. Raises NameRefusedError."""
        if not _HUB_NAME.match(_common_name(cn)):
            raise NameRefusedError(f"{cn!r}: the hub's own sessions are called hub-1, hub-2, …")
        key = ec.generate_private_key(ec.SECP256R1())
        validity = self._validity(_BEFORE_CLOCK, _OWN_LIFE)
        certificate = certificates.leaf(self._issuer, cn, key.public_key(), certificates.CLIENT, validity)
        return certificates.pem(certificate), certificates.key_pem(key)

    def issue_device(self, csr: x509.CertificateSigningRequest, cn: str) -> x509.Certificate:
        """A certificate for the key in `csr`, whose subject and extensions are ignored: the name is ours to give.

        Raises CsrError, NameRefusedError.
        """
        if _HUB_NAME.match(_common_name(cn)):
            raise NameRefusedError(f"{cn!r} is a name of the hub's own")
        validity = self._validity(_BEFORE_CLOCK, self._device_life)
        return certificates.leaf(self._issuer, cn, proven_key(csr), certificates.CLIENT, validity)

    def crl(self, serials: Iterable[str] = ()) -> bytes:
        """The revocation list, PEM, of the certificates with these `serials` (hex); one from each authority."""
        named = list(serials)
        validity = self._validity(_BEFORE_CLOCK, _CRL_LIFE)
        own = certificates.revocation_list(self._issuer, named, self._now(), validity)
        return own + b"".join(one.crl(named) for one in self.beside)

    def vouch(self, other: "Authority") -> x509.Certificate:
        """The other one's key, certified by this: who believes this one may believe the other (RFC 4210 §4.4)."""
        within = Validity(other.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc)
        return certificates.link(self._issuer, other.certificate, within)

    def _validity(self, before: timedelta, life: timedelta) -> Validity:
        now = self._now()
        return Validity(now - before, now + life)


def _common_name(cn: str) -> str:
    if not _COMMON_NAME.match(cn):
        raise NameRefusedError(f"{cn!r} cannot be a common name: use 1 to 64 of a-z, 0-9 and '-'")
    return cn


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not _DNS_NAME.match(name):
        raise NameRefusedError(f"{name!r} is neither a DNS name nor an IP address")
    return x509.DNSName(name)


def _made_passphrase(path: Path) -> Path:
    if not path.exists():
        keep(path, secrets.token_urlsafe(32).encode() + b"\n", PRIVATE)
    return path


def _passphrase(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        passphrase = path.read_bytes().strip()
    except OSError as error:
        raise SealedError(f"{path}: the passphrase of the CA key cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise SealedError(f"{path}: others may read it (mode {mode:04o}); chmod 600 it")
    if not passphrase:
        raise SealedError(f"{path}: is empty; it must hold the passphrase of the CA key")
    return passphrase
