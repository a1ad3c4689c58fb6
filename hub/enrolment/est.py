"""Enrolment over Secure Transport (RFC 7030), server side: `cacerts`, `simpleenroll` and `simplereenroll`."""

import base64
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from halls.format import Hall
from hub.enrolment.attempts import Attempts
from hub.enrolment.authority import Authority
from hub.enrolment.reception import DOOR, EstError, Plan, Reception
from hub.storage.applicants import Applicant
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry
from wire import pairing

__all__ = ["BODY_MAX", "DOOR", "EstError", "Plan", "est_app", "problem"]

BODY_MAX = 16 * 1024  # bytes; a P-256 request is about 400, RSA 4096 about 2300
_CERTIFICATES = "application/pkcs7-mime; smime-type=certs-only"


def est_app(
    authority: Authority,
    registry: Registry,
    counts: RefusalCounts,
    halls: Iterable[Hall],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    attempts: Attempts | None = None,
    planned: Plan = lambda hall, hardware_serial: None,
    poll_s: int | None = None,
) -> FastAPI:
    """An application to be served over TLS by itself, or mounted at "/" of another, beside its own paths.

    `halls`: those whose positions devices may take; `planned`: where known hardware goes without anybody being asked;
    `poll_s`: how often boards that wait should ask, by default the less often the longer they do. Renewals need a
    server with `hub.enrolment.peers.PeerProtocol`. Refusals are problem documents (RFC 9457), counted in `counts`.
    """
    reception = Reception(authority, registry, counts, halls, now, attempts or Attempts(), planned)
    app = FastAPI(title="EST", openapi_url=None)

    @app.get("/.well-known/est/cacerts")
    async def cacerts(request: Request) -> Response:
        """RFC 7030 §4.1: whom to trust. Open: a device believes it only by its fingerprint, or over TLS that it trusts.

        A device that shows its new certificate here has it, and the hub need not keep to the old one.
        """
        peer, serial = _peer(request)
        if peer:
            await run_in_threadpool(reception.saw, peer, serial)
        return _pkcs7(authority.chain, "application/pkcs7-mime")

    @app.post("/.well-known/est/simpleenroll")
    async def simpleenroll(request: Request) -> Response:
        """RFC 7030 §4.2: a certificate for the key in the request, or 202 (§4.2.3) until somebody has decided."""
        address = _address(request)
        try:
            reception.hear(address)
            held = await run_in_threadpool(reception.claim, request.headers.get("authorization", ""))
            body = await _body(request)
            found = await run_in_threadpool(reception.enrol, held, body, address)
        except EstError as error:
            await run_in_threadpool(reception.refused, address, error)
            return problem(error)
        return _wait(found, poll_s or reception.retry_s(found)) if isinstance(found, Applicant) else _pkcs7([found])

    @app.post("/.well-known/est/simplereenroll")
    async def simplereenroll(request: Request) -> Response:
        """RFC 7030 §4.2.2: a new certificate for a new key, for the device whose certificate is shown."""
        address, (peer, serial) = _address(request), _peer(request)
        try:
            reception.hear(address)
            if not peer:
                text = "renewal is over mutual TLS: show the certificate that is to be renewed"
                raise EstError(HTTPStatus.FORBIDDEN, "no-certificate", text)
            body = await _body(request)
            certificate = await run_in_threadpool(reception.renew, peer, serial, body)
        except EstError as error:
            await run_in_threadpool(reception.refused, address, error)
            return problem(error)
        return _pkcs7([certificate])

    return app


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _peer(request: Request) -> tuple[str, str]:
    """(common name, serial) of the client's certificate; "" each where it showed none."""
    return getattr(request.state, "peer", ""), getattr(request.state, "peer_serial", "")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            text = f"the request is larger than {BODY_MAX} bytes"
            raise EstError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", text)
    return bytes(body)


def _pkcs7(found: list[x509.Certificate], media_type: str = _CERTIFICATES) -> Response:
    """One line of base64 and one LF: strongSwan fails on wrapped lines, libest without the LF."""
    bundle = base64.b64encode(pkcs7.serialize_certificates(found, Encoding.DER)) + b"\n"
    return Response(bundle, headers={"Content-Type": media_type, "Content-Transfer-Encoding": "base64"})


def _wait(applicant: Applicant, retry_s: int) -> Response:
    shown = pairing.shown(applicant.code)
    document = {"status": 202, "code": "waiting", "pairing": shown, "detail": f"{shown} waits for somebody to decide"}
    return JSONResponse(document, HTTPStatus.ACCEPTED, {"Retry-After": str(retry_s)})


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
