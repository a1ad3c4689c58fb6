"""Pictures and films for the screens: streamed in, known by their hash, deleted when nothing shows them any more."""

import uuid
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.events import ScreensWhat
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.screens.screens import Screens
from hub.storage import content as stored
from hub.storage.accounts import Identity

MEDIA = "/api/v1/media"
LINE = r"^[^\x00-\x1f\x7f]*$"  # text without control characters
HASH = r"^[0-9a-f]{64}$"

BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


class Media(BaseModel):
    """`type`: as found in the file. `used_by`: names of the playlists that show it."""

    sha256: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    added_at: datetime
    added_by: str
    used_by: list[str]

    @classmethod
    def of(cls, one: stored.Media, used_by: list[str]) -> "Media":
        fields = {name: getattr(one, name) for name in one.__struct_fields__}
        return cls(**fields, used_by=used_by)


def media(desk: Desk, screens: Screens, gate: Gate) -> APIRouter:
    router = Router(prefix=MEDIA, tags=["screens"])
    changes = gate.need(*MAY_CHANGE)

    @router.get("", operation_id="listMedia", responses=refusals(401, 403), dependencies=[Depends(changes)])
    async def list_media() -> list[Media]:
        """Everything that was uploaded, newest first."""
        users = await to_thread.run_sync(screens.content.users)
        found = await to_thread.run_sync(screens.content.all_media)
        return [Media.of(one, users.get(one.sha256, [])) for one in found]

    @router.post(
        "",
        operation_id="addMedia",
        status_code=201,
        responses={
            200: {"model": Media, "description": "The same bytes are here already."},
            **refusals(400, 401, 403, 413, 422, 503, 507),
        },
        openapi_extra={"requestBody": {"required": True, **BYTES}},
    )
    async def add_media(
        request: Request,
        response: Response,
        who: Annotated[Identity, Depends(changes)],
        name: Annotated[str, Query(min_length=1, max_length=120, pattern=LINE, description="For people.")],
        sha256: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$", description="Checked, if it is given.")] = "",
    ) -> Media:
        """The body is the file: PNG, JPEG, WebP, MP4, WebM, Matroska or MPEG-TS, as is found in its bytes."""
        try:
            taken = await screens.files.take(request.stream(), announced(request), sha256)
        except ClientDisconnect:
            raise ProblemError("bad-request", "the upload was cut: send the whole file again") from None
        except OSError as error:
            raise ProblemError("disk-full", f"the hub cannot keep the file: {error.strerror}") from error
        one = stored.Media(
            sha256=taken.sha256,
            name=name,
            type=taken.kind.type,
            size=taken.size,
            width=taken.kind.width,
            height=taken.kind.height,
            added_at=desk.now(),
            added_by=who.name,
        )
        kept, is_new = await to_thread.run_sync(screens.content.add, one)
        if is_new:
            await _tell_halls(desk, who, "media-added", kept)
        else:
            response.status_code = 200
        users = await to_thread.run_sync(screens.content.users)
        return Media.of(kept, users.get(kept.sha256, []))

    @router.get(
        "/{sha256}",
        operation_id="readMedia",
        response_class=FileResponse,
        responses={200: {"content": {"*/*": {}}, "description": "The file."}, **refusals(401, 403, 404, 416, 422)},
        dependencies=[Depends(changes)],
    )
    async def read_media(sha256: Annotated[str, Path(pattern=HASH)]) -> Response:
        """The file itself, to look at."""
        one = await to_thread.run_sync(screens.content.media, sha256)
        path = screens.files.path(sha256)
        if not path.is_file():
            raise ProblemError("unknown-media", f"{one.name}: its file is missing on the hub; upload it again")
        return FileResponse(path, media_type=one.type, headers={"Cache-Control": "private, max-age=86400"})

    @router.delete(
        "/{sha256}", operation_id="deleteMedia", status_code=204, responses=refusals(401, 403, 404, 409, 422, 503)
    )
    async def delete_media(
        sha256: Annotated[str, Path(pattern=HASH)], who: Annotated[Identity, Depends(changes)]
    ) -> None:
        """Refused while a playlist, or an emergency that is not over, shows it."""
        gone = await to_thread.run_sync(screens.content.delete_media, sha256, desk.now())
        await to_thread.run_sync(screens.files.delete, sha256)
        await _tell_halls(desk, who, "media-deleted", gone)

    return router


def announced(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else None


async def _tell_halls(desk: Desk, who: Identity, what: ScreensWhat, one: stored.Media) -> None:
    """Media are the hub's, and every hall's log says who brought them or took them away."""
    wish = uuid.uuid4().hex
    for hall in desk.halls():
        ident = f"http/{who.ident}/{wish}/{hall}"
        told = c.RecordScreens(id=ident, at=desk.now(), by=who.name, what=what, ident=one.sha256, name=one.name)
        await desk.handle(hall, told)
