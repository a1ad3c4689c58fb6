"""Content for devices, by its hash, over mutual TLS at the address of enrolment: who is not in service gets nothing."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from hub.enrolment.est import DOOR, EstError, problem
from hub.screens.files import Files
from hub.storage.devices import IN_SERVICE
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry

AT_ONCE = 4  # downloads: a press must not wait until two dozen screens have their films
_RETRY_S = 5
_HASH = re.compile(r"[0-9a-f]{64}\Z")


def deliveries(registry: Registry, counts: RefusalCounts, *shelves: Files, at_once: int = AT_ONCE) -> APIRouter:
    """`shelves`: where files are looked for: media, releases. Ranges are served (RFC 9110 §14).

    Needs a server with `hub.enrolment.peers.PeerProtocol`.
    """
    router = APIRouter()
    lanes = _Lanes(at_once)

    @router.get("/content/{sha256}")
    async def content(request: Request, sha256: str) -> Response:
        try:
            await run_in_threadpool(_check, registry, getattr(request.state, "peer", ""))
            path = await run_in_threadpool(_find, shelves, sha256)
            if path is None:
                raise EstError(HTTPStatus.NOT_FOUND, "unknown-media", "nothing has this hash (any more)")
            if lanes.busy >= lanes.count:
                text = f"{lanes.count} downloads are under way; try again"
                raise EstError(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-downloads", text, _RETRY_S)
        except EstError as error:
            if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
                await run_in_threadpool(counts.count, DOOR, error.code, datetime.now(UTC))
            return problem(error)
        return _Delivery(path, lanes)

    return router


class _Lanes:
    def __init__(self, count: int) -> None:
        self.count, self.busy = count, 0


class _Delivery(FileResponse):
    """Holds its lane from the first byte to the last, or until the other side hangs up."""

    def __init__(self, path: Path, lanes: _Lanes) -> None:
        super().__init__(path, media_type="application/octet-stream", headers={"X-Content-Type-Options": "nosniff"})
        self._lanes = lanes
        lanes.busy += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._lanes.busy -= 1


def _find(shelves: Iterable[Files], sha256: str) -> Path | None:
    places = [files.path(sha256) for files in shelves] if _HASH.match(sha256) else []
    return next((path for path in places if path.is_file()), None)


def _check(registry: Registry, peer: str) -> None:
    """Raises EstError unless this is a device in service."""
    if not peer:
        raise EstError(HTTPStatus.FORBIDDEN, "no-certificate", "show the certificate that enrolment gave you")
    device = registry.device(peer)
    if device is None or device.state != IN_SERVICE:
        raise EstError(HTTPStatus.FORBIDDEN, "not-in-service", f"{peer} is no device in service here")
