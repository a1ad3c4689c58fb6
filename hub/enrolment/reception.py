"""What stands behind EST: who is let in at once, who waits for a person, who is renewed, who is turned away."""

import base64
import binascii
import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeAlias

from cryptography import x509

from halls.format import Hall
from hub.enrolment import certificates, csr
from hub.enrolment.attempts import Attempts
from hub.enrolment.authority import Authority
from hub.storage.applicants import Applicant
from hub.storage.assets import Planned
from hub.storage.claims import Claim
from hub.storage.devices import Device
from hub.storage.issued import Certified
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.refused import (
    ExpiredTokenError,
    NotCurrentError,
    QueueFullError,
    RefusedError,
    RenewedTooOftenError,
    RevokedDeviceError,
    SameKeyError,
    TurnedDownError,
    UnknownTokenError,
    UsedTokenError,
)
from hub.storage.registry import Registry

DOOR = "est"

Plan: TypeAlias = Callable[[str | None, str], Planned | None]
"""(hall or None, the board's hardware serial) → where that is to go, if anybody has said so."""

_STATUS = {
    UnknownTokenError: HTTPStatus.UNAUTHORIZED,
    ExpiredTokenError: HTTPStatus.UNAUTHORIZED,
    UsedTokenError: HTTPStatus.UNAUTHORIZED,
    RevokedDeviceError: HTTPStatus.FORBIDDEN,
    TurnedDownError: HTTPStatus.FORBIDDEN,
    NotCurrentError: HTTPStatus.FORBIDDEN,
    SameKeyError: HTTPStatus.BAD_REQUEST,
    QueueFullError: HTTPStatus.SERVICE_UNAVAILABLE,
    RenewedTooOftenError: HTTPStatus.TOO_MANY_REQUESTS,
}
_LATER_S = 300  # when there is no room, or a device renews again and again

# A board asks often while somebody probably stands before it, and seldom when nobody comes.
_POLLS = ((timedelta(minutes=10), 5), (timedelta(hours=1), 15))
_POLL_S = 60


class EstError(Exception):
    """An answer that is not a certificate: `code` is counted, the text is for the person before the board."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, retry_s: int | None = None) -> None:
        self.status, self.code, self.detail, self.retry_s = status, code, detail, retry_s
        super().__init__(detail)


class Reception:
    """Blocks, so it is called in threads."""

    def __init__(
        self,
        authority: Authority,
        registry: Registry,
        counts: RefusalCounts,
        halls: Iterable[Hall],
        now: Callable[[], datetime],
        attempts: Attempts,
        planned: Plan,
    ) -> None:
        self._authority, self._registry, self._counts = authority, registry, counts
        self._now, self._attempts = now, attempts
        self._class_at = {(hall.hall.id, at.id): at.device_class for hall in halls for at in hall.position}
        self._halls = {hall for hall, _ in self._class_at}
        self._planned = planned

    def hear(self, address: str) -> None:
        wait = self._attempts.wait(address, self._now())
        if wait:
            seconds = math.ceil(wait.total_seconds())
            text = f"too many refused attempts from this address; wait {seconds} s"
            raise EstError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-attempts", text, seconds)

    def refused(self, address: str, error: EstError) -> None:
        """Counted, except while the address has to wait anyway: a flood must not keep the database's disk busy."""
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            return
        self._attempts.refused(address, self._now())
        self._counts.count(DOOR, error.code, self._now())

    def saw(self, peer: str, serial: str) -> None:
        """A device showed this certificate."""
        self._registry.saw(peer, serial, self._now())

    def claim(self, authorization: str) -> tuple[str, Claim] | None:
        """(token, what it allows); None without a token. Whether it still does is decided when it is redeemed."""
        token = _token(authorization)
        if not token:
            return None
        try:
            return token, self._registry.claim(token)
        except RefusedError as error:
            raise _refusal(error) from error

    def enrol(self, held: tuple[str, Claim] | None, body: bytes, address: str) -> x509.Certificate | Applicant:
        request, key = _request(body)
        hints = csr.hints(request)
        try:
            if held is not None and (place := self._place(held[1], hints)) is not None:
                certify = self._certify(request)
                position, device_class = place
                found: Device | Applicant = self._registry.redeem(
                    held[0],
                    key,
                    device_class=device_class,
                    now=self._now(),
                    certify=certify,
                    position=position,
                    hardware_serial=hints.hardware_serial,
                )
            else:
                found = self._registry.knock(
                    key,
                    address=address,
                    now=self._now(),
                    certify=self._certify(request),
                    claim=held[1] if held else None,
                    device_class=hints.device_class,
                    hardware_serial=hints.hardware_serial,
                )
        except RefusedError as error:
            raise _refusal(error) from error
        return found if isinstance(found, Applicant) else _certificate(found)

    def renew(self, peer: str, serial: str, body: bytes) -> x509.Certificate:
        """RFC 7030 §4.2.2: the name stays what the certificate shown says."""
        request, key = _request(body)
        if csr.common_name(request) != peer:
            text = f"a renewal is for the name in the certificate shown, which is {peer}"
            raise EstError(HTTPStatus.BAD_REQUEST, "other-name", text)
        try:
            device = self._registry.renew(peer, serial, key, now=self._now(), certify=self._certify(request))
        except RefusedError as error:
            raise _refusal(error) from error
        return _certificate(device)

    def retry_s(self, applicant: Applicant) -> int:
        waited = self._now() - applicant.first_at
        return next((seconds for until, seconds in _POLLS if waited < until), _POLL_S)

    def _certify(self, request: x509.CertificateSigningRequest) -> Callable[[str], Certified]:
        return lambda cn: _certified(self._authority.issue_device(request, cn))

    def _place(self, claim: Claim, hints: csr.Hints) -> tuple[str | None, str] | None:
        """(position, device class) by the claim or the plan; None when a person has to say."""
        if claim.hall not in self._halls:
            text = f"this token is for the hall {claim.hall}, not for ours"
            raise EstError(HTTPStatus.CONFLICT, "unknown-hall", text)
        if claim.is_placing:
            return claim.position, self._needed(claim.hall, claim.position, claim.device_class)
        planned = self._planned(claim.hall, hints.hardware_serial) if hints.hardware_serial else None
        if planned is None or planned.hall != claim.hall:
            return None
        return planned.position, self._needed(planned.hall, planned.position, planned.device_class)

    def _needed(self, hall: str, position: str | None, device_class: str | None) -> str:
        """What is needed at the position, or else what the claim itself says."""
        if position is None:
            assert device_class is not None, "a claim that places names one of the two"
            return device_class
        needed = self._class_at.get((hall, position))
        if needed is None:
            text = f"the hall {hall} has no position {position} (any more); ask for a new token"
            raise EstError(HTTPStatus.CONFLICT, "unknown-position", text)
        if device_class not in (None, needed):
            text = f"{position} needs a {needed}, and this token is for a {device_class}"
            raise EstError(HTTPStatus.CONFLICT, "other-class", text)
        return needed


def _request(body: bytes) -> tuple[x509.CertificateSigningRequest, str]:
    """The request, and the fingerprint of the key that its sender was proven to hold."""
    try:
        request = csr.decode(body)
        return request, csr.fingerprint(csr.proven_key(request))
    except csr.CsrError as error:
        raise EstError(HTTPStatus.BAD_REQUEST, "bad-csr", str(error)) from error


def _certified(certificate: x509.Certificate) -> Certified:
    text = certificates.pem(certificate).decode()
    issuer = certificates.issuer_key(certificate)
    return Certified(f"{certificate.serial_number:x}", text, certificate.not_valid_after_utc, issuer)


def _certificate(device: Device) -> x509.Certificate:
    return x509.load_pem_x509_certificate(device.certificate.encode())


def _refusal(error: RefusedError) -> EstError:
    status = _STATUS.get(type(error), HTTPStatus.CONFLICT)
    later = status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
    return EstError(status, error.code, str(error), _LATER_S if later else None)


def _token(authorization: str) -> str:
    """The password of `Basic claim:TOKEN` (RFC 7617); "" when there is none."""
    if not authorization:
        return ""
    scheme, _, credentials = authorization.partition(" ")
    try:
        user, colon, token = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = colon = token = ""
    if scheme.lower() != "basic" or user != "claim" or not colon:
        text = "enrolment takes the card's token: HTTP Basic, user 'claim', the token as password; or none at all"
        raise EstError(HTTPStatus.UNAUTHORIZED, "no-token", text)
    return token
