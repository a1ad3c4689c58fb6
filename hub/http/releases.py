"""Releases of the edge software: uploaded by who publishes, kept only if the publisher signed them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.media import BYTES, HASH, announced
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.releases import bundle
from hub.releases.rollouts import Rollouts
from hub.screens.files import FileRefusedError, Taken
from hub.storage import releases as stored
from hub.storage.accounts import Identity, Role

RELEASES = "/api/v1/releases"
_CODES = {"bad-media": "bad-release", "media-too-large": "bad-release"}
MAY_UPLOAD: tuple[Role, ...] = ("administrator",)
MAY_ROLL_OUT: tuple[Role, ...] = ("administrator", "technician")
MAY_LOOK: tuple[Role, ...] = ("administrator", "manager", "technician")


class Release(BaseModel):
    """`name`: the version; `signature`: the publisher's, base64."""

    sha256: str
    name: str
    size: int
    signature: str
    added_at: datetime
    added_by: str

    @classmethod
    def of(cls, one: stored.Release) -> "Release":
        return cls(**{name: getattr(one, name) for name in one.__struct_fields__})


def releases(desk: Desk, rollouts: Rollouts, keys: Sequence[Ed25519PublicKey], gate: Gate) -> APIRouter:
    """`keys`: of the publishers whose releases are kept here."""
    router = Router(prefix=RELEASES, tags=["releases"])
    uploads = gate.need(*MAY_UPLOAD)

    @router.get(
        "", operation_id="listReleases", responses=refusals(401, 403), dependencies=[Depends(gate.need(*MAY_LOOK))]
    )
    async def list_releases() -> list[Release]:
        """Everything that was uploaded, newest first."""
        return [Release.of(one) for one in await to_thread.run_sync(rollouts.releases.all)]

    @router.post(
        "",
        operation_id="addRelease",
        status_code=201,
        responses={
            200: {"model": Release, "description": "The same bytes are here already."},
            **refusals(400, 401, 403, 409, 413, 422, 503, 507),
        },
        openapi_extra={"requestBody": {"required": True, **BYTES}},
    )
    async def add_release(
        request: Request,
        response: Response,
        who: Annotated[Identity, Depends(uploads)],
        signature: Annotated[str, Query(min_length=1, max_length=120, description="What is in the .sig file.")],
    ) -> Release:
        """The body is the bundle that `tingxu release build` made."""
        if not keys:
            raise ProblemError("no-release-key", "start the hub with --release-key FILE, made by `tingxu release key`")
        try:
            taken = await rollouts.files.take(request.stream(), announced(request))
        except ClientDisconnect:
            raise ProblemError("bad-request", "the upload was cut: send the whole file again") from None
        except FileRefusedError as error:
            raise ProblemError(_CODES.get(error.code, error.code), str(error)) from None
        except OSError as error:
            raise ProblemError("disk-full", f"the hub cannot keep the file: {error.strerror}") from error
        try:
            kept, is_new = await to_thread.run_sync(_keep, desk, rollouts, taken, signature, keys, who)
        except (ProblemError, stored.ReleaseError):
            await to_thread.run_sync(_forget, rollouts, taken.sha256)
            raise
        if not is_new:
            response.status_code = 200
        return Release.of(kept)

    @router.delete(
        "/{sha256}", operation_id="deleteRelease", status_code=204, responses=refusals(401, 403, 404, 409, 422)
    )
    async def delete_release(
        sha256: Annotated[str, Path(pattern=HASH)], who: Annotated[Identity, Depends(uploads)]
    ) -> None:
        """Refused once it was rolled out: it stays, to go back to."""
        await to_thread.run_sync(lambda: rollouts.releases.drop(sha256, by=who.name, at=desk.now()))
        await to_thread.run_sync(rollouts.files.delete, sha256)

    return router


def _keep(
    desk: Desk, rollouts: Rollouts, taken: Taken, signature: str, keys: Sequence[Ed25519PublicKey], who: Identity
) -> tuple[stored.Release, bool]:
    signature = signature.strip()
    if not bundle.is_signed(taken.sha256, signature, keys):
        raise ProblemError("wrong-signature", "no key that this hub trusts made that signature of these bytes")
    one = stored.Release(
        sha256=taken.sha256,
        name=bundle.name(rollouts.files.path(taken.sha256)),
        size=taken.size,
        signature=signature,
        added_at=desk.now(),
        added_by=who.name,
    )
    return rollouts.releases.add(one)


def _forget(rollouts: Rollouts, sha256: str) -> None:
    """What was refused, unless the same bytes had been taken before."""
    if all(one.sha256 != sha256 for one in rollouts.releases.all()):
        rollouts.files.delete(sha256)
