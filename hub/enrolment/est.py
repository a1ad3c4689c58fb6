"""Enrolment over Secure Transport (RFC 7030), server side: `cacerts` and `simpleenroll` with a token as password."""

import base64
import binascii
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from halls.format import Hall
from hub.enrolment import certificates, csr
from hub.enrolment.attempts import Attempts
from hub.enrolment.authority import Authority
from hub.storage.registry import (
    Certified,
    Claim,
    ExpiredTokenError,
    RefusedError,
    Registry,
    RevokedDeviceError,
    UnknownTokenError,
    UsedTokenError,
)

BODY_MAX = 16 * 1024  # bytes; a P-256 request is about 400, RSA 4096 about 2300
DOOR = "est"

_UNAUTHORISED = (UnknownTokenError, ExpiredTokenError, UsedTokenError)


class EstError(Exception):
    """An answer that is not a certificate: `code` is counted, the text is for the person before the board."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, retry_s: int | None = None) -> None:
        self.status, self.code, self.detail, self.retry_s = status, code, detail, retry_s
        super().__init__(detail)


def est_app(
    authority: Authority,
    registry: Registry,
    halls: Iterable[Hall],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    attempts: Attempts | None = None,
) -> FastAPI:
    """An application to be served over TLS by itself, or mounted at "/" of another, beside its own paths.

    `halls`: those whose positions devices may take. Refusals are problem documents (RFC 9457), counted in `registry`.
    """
    desk = _Desk(authority, registry, halls, now, attempts or Attempts())
    app = FastAPI(title="EST", openapi_url=None)

    @app.get("/.well-known/est/cacerts")
    async def cacerts() -> Response:
        """RFC 7030 §4.1: whom to trust. Open: a device believes it only by its fingerprint."""
        return _pkcs7(authority.certificate, "application/pkcs7-mime")

    @app.post("/.well-known/est/simpleenroll")
    async def simpleenroll(request: Request) -> Response:
        """RFC 7030 §4.2: a certificate for the key in the request."""
        address = request.client.host if request.client else ""
        try:
            desk.hear(address)
            claim = await run_in_threadpool(desk.claim, request.headers.get("authorization", ""))
            body = await _body(request)
            certificate = await run_in_threadpool(desk.enrol, claim, body)
        except EstError as error:
            await run_in_threadpool(desk.refused, address, error)
            return problem(error)
        return _pkcs7(certificate, "application/pkcs7-mime; smime-type=certs-only")

    return app


class _Desk:
    """What stands behind `simpleenroll`; blocks, so it is called in threads."""

    def __init__(
        self,
        authority: Authority,
        registry: Registry,
        halls: Iterable[Hall],
        now: Callable[[], datetime],
        attempts: Attempts,
    ) -> None:
        self._authority, self._registry, self._now, self._attempts = authority, registry, now, attempts
        self._class_at = {(hall.hall.id, at.id): at.device_class for hall in halls for at in hall.position}
        self._halls = {hall for hall, _ in self._class_at}

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
        self._registry.count_refusal(DOOR, error.code, self._now())

    def claim(self, authorization: str) -> tuple[str, Claim]:
        """(token, what it allows). Whether it still does is decided when it is redeemed."""
        token = _token(authorization)
        try:
            return token, self._registry.claim(token)
        except RefusedError as error:
            raise _refusal(error) from error

    def enrol(self, held: tuple[str, Claim], body: bytes) -> x509.Certificate:
        token, claim = held
        try:
            request = csr.decode(body)
            key = csr.proven_key(request)
        except csr.CsrError as error:
            raise EstError(HTTPStatus.BAD_REQUEST, "bad-csr", str(error)) from error
        try:
            device = self._registry.redeem(
                token,
                csr.fingerprint(key),
                device_class=self._device_class(claim),
                now=self._now(),
                certify=lambda cn: _certified(self._authority.issue_device(request, cn)),
            )
        except RefusedError as error:
            raise _refusal(error) from error
        return x509.load_pem_x509_certificate(device.certificate.encode())

    def _device_class(self, claim: Claim) -> str:
        """What is needed at the claim's position, or else what the claim itself says."""
        if claim.hall not in self._halls:
            raise EstError(
                HTTPStatus.CONFLICT, "unknown-hall", f"this token is for the hall {claim.hall}, not for ours"
            )
        if claim.position is None:
            assert claim.device_class is not None, "the registry makes no claim without either"
            return claim.device_class
        needed = self._class_at.get((claim.hall, claim.position))
        if needed is None:
            text = f"the hall {claim.hall} has no position {claim.position} (any more); ask for a new token"
            raise EstError(HTTPStatus.CONFLICT, "unknown-position", text)
        if claim.device_class not in (None, needed):
            text = f"{claim.position} needs a {needed}, and this token is for a {claim.device_class}"
            raise EstError(HTTPStatus.CONFLICT, "other-class", text)
        return needed


def _certified(certificate: x509.Certificate) -> Certified:
    text = certificates.pem(certificate).decode()
    return Certified(f"{certificate.serial_number:x}", text, certificate.not_valid_after_utc)


def _refusal(error: RefusedError) -> EstError:
    if isinstance(error, _UNAUTHORISED):
        status = HTTPStatus.UNAUTHORIZED
    elif isinstance(error, RevokedDeviceError):
        status = HTTPStatus.FORBIDDEN
    else:
        status = HTTPStatus.CONFLICT
    return EstError(status, error.code, str(error))


def _token(authorization: str) -> str:
    """The password of `Basic claim:TOKEN` (RFC 7617)."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        user, _, token = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = token = ""
    if scheme.lower() != "basic" or user != "claim" or not token:
        text = "enrolment needs the card's token: HTTP Basic, user 'claim', the token as password"
        raise EstError(HTTPStatus.UNAUTHORIZED, "no-token", text)
    return token


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            text = f"the request is larger than {BODY_MAX} bytes"
            raise EstError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", text)
    return bytes(body)


def _pkcs7(certificate: x509.Certificate, media_type: str) -> Response:
    """One line of base64 and one LF: strongSwan fails on wrapped lines, libest without the LF."""
    bundle = base64.b64encode(pkcs7.serialize_certificates([certificate], Encoding.DER)) + b"\n"
    return Response(bundle, headers={"Content-Type": media_type, "Content-Transfer-Encoding": "base64"})


def problem(error: EstError) -> Response:
    """RFC 9457, in one language: it is for technicians."""
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="tingxu enrolment", charset="UTF-8"'
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["Connection"] = "close"
    if error.retry_s is not None:
        headers["Retry-After"] = str(error.retry_s)
    document = {"title": error.status.phrase, "status": int(error.status), "detail": error.detail, "code": error.code}
    return JSONResponse(document, error.status, headers, "application/problem+json")
