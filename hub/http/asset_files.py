"""The inventory as files: a template, a preview of what an import would change, the import, and the way out again."""

import hashlib
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from hub.desk import Desk
from hub.http.books import MAY_LOOK
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.inventory import sheets, writing
from hub.inventory.planning import Plan, plan
from hub.inventory.sheets import FILE_MAX, SheetRefusedError
from hub.storage.accounts import Identity
from hub.storage.assets import Assets

TAKES_FILES = r"/api/v1/halls/[^/]{1,64}/inventory/import"
_LINES_MAX = 200  # that a preview lists

Format = Literal["csv", "xlsx"]
Language = Literal["zh", "en"]
_BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"*/*": {}}, "description": "The file."}}


class Problem(BaseModel):
    """`column`: its letter in the sheet; `given`: what stands there."""

    row: int
    column: str
    heading: str
    given: str
    what_zh: str
    what_en: str


class Line(BaseModel):
    """A row that does something: a new asset, or which fields of a known one change."""

    row: int
    serial: str
    kind: str
    planned: str
    new: bool
    changed: list[str]


class Import(BaseModel):
    """`digest`: of what it would do; give it back with `apply`. `lines`: the first ones that change something."""

    new: int
    changed: int
    same: int
    problems: list[Problem]
    ignored: list[str]
    lines: list[Line]
    digest: str
    applied: bool

    @classmethod
    def of(cls, looked: Plan, *, applied: bool) -> "Import":
        active = [line for line in looked.lines if line.new or line.changed]
        new = sum(line.new for line in looked.lines)
        return cls(
            new=new,
            changed=len(active) - new,
            same=len(looked.lines) - len(active),
            problems=[
                Problem(
                    row=one.row,
                    column=one.column,
                    heading=one.heading,
                    given=one.given,
                    what_zh=one.what.zh,
                    what_en=one.what.en,
                )
                for one in looked.problems
            ],
            ignored=list(looked.ignored),
            lines=[
                Line(
                    row=line.row,
                    serial=line.serial,
                    kind=line.details.kind,
                    planned=line.details.planned,
                    new=line.new,
                    changed=list(line.changed),
                )
                for line in active[:_LINES_MAX]
            ],
            digest=_digest(looked),
            applied=applied,
        )


def asset_files(desk: Desk, assets: Assets, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/inventory", tags=["inventory"])
    looks = gate.need(*MAY_LOOK)

    @router.post(
        "/import",
        operation_id="importAssets",
        responses=refusals(400, 401, 403, 404, 409, 413, 422),
        openapi_extra={"requestBody": {"required": True, **_BYTES}},
    )
    async def import_assets(
        request: Request,
        hall: str,
        who: Annotated[Identity, Depends(looks)],
        apply: bool = False,
        digest: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$", description="Of the preview.")] = "",
    ) -> Import:
        """The body is the file, CSV or XLSX. Without `apply`: what it would do, and every problem. With it: all of it,
        or nothing."""
        desk.today(hall)
        body = await _body(request)
        looked = await to_thread.run_sync(_looked, desk, assets, hall, body)
        if not apply:
            return Import.of(looked, applied=False)
        if looked.problems:
            raise _refused(looked)
        if digest not in ("", _digest(looked)):
            raise ProblemError("asset-changed", "the inventory has changed since the preview: look at it once more")
        await to_thread.run_sync(assets.do_all, hall, looked.commands(hall, who.name, desk.now()))
        return Import.of(looked, applied=True)

    @router.get(
        "/export",
        operation_id="exportAssets",
        response_class=Response,
        responses=_FILE | refusals(401, 403, 404, 422),
        dependencies=[Depends(looks)],
    )
    async def export_assets(hall: str, format: Format = "xlsx", language: Language = "zh") -> Response:
        """All assets with what is written about them; the file can be imported again."""
        here = desk.today(hall).hall
        zone = ZoneInfo(here.hall.timezone)

        def write() -> bytes:
            rows = writing.exported(assets.all(hall), assets.seen(hall), zone, english=language == "en")
            return writing.as_csv(rows) if format == "csv" else writing.as_xlsx(rows)

        name = f"inventory-{hall}-{desk.now().astimezone(zone):%Y%m%d}"
        return _file(await to_thread.run_sync(write), name, format)

    @router.get(
        "/template",
        operation_id="getAssetTemplate",
        response_class=Response,
        responses=_FILE | refusals(401, 403, 404, 422),
        dependencies=[Depends(looks)],
    )
    async def get_template(hall: str, format: Format = "xlsx", language: Language = "zh") -> Response:
        """An empty file with the headings that an import knows."""
        desk.today(hall)
        write = writing.template_csv if format == "csv" else writing.template_xlsx
        return _file(await to_thread.run_sync(lambda: write(english=language == "en")), "inventory-template", format)

    return router


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > FILE_MAX:
                detail = f"the file is larger than {FILE_MAX // 1024 // 1024} MB: split it"
                raise ProblemError("body-too-large", detail, headers={"Connection": "close"})
    except ClientDisconnect:
        raise ProblemError("bad-request", "the upload was cut: send the whole file again") from None
    return bytes(body)


def _looked(desk: Desk, assets: Assets, hall: str, body: bytes) -> Plan:
    here = {one.serial: one for one in assets.all(hall)}
    elsewhere = [one.serial for other in desk.halls() if other != hall for one in assets.all(other)]
    try:
        return plan(sheets.read(body), desk.today(hall).hall, here, elsewhere)
    except SheetRefusedError as error:
        raise ProblemError("bad-sheet", str(error), told=error.told) from error


def _digest(looked: Plan) -> str:
    return hashlib.sha256(msgspec.json.encode(looked.lines)).hexdigest()


def _refused(looked: Plan) -> ProblemError:
    errors = [
        {"where": f"row {one.row}, column {one.column} {one.heading}".strip(), "what": one.what.en}
        for one in looked.problems
    ]
    text = f"{len(errors)} cells are wrong, nothing was imported: {errors[0]['where']}: {errors[0]['what']}"
    return ProblemError("bad-rows", text, errors=errors)


def _file(body: bytes, name: str, format: Format) -> Response:
    media_type = writing.CSV_TYPE if format == "csv" else writing.XLSX_TYPE
    return Response(
        body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    )
