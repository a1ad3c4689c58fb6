"""The editor of the floor plan, for administrators: dragged where there is a script, typed where there is none.

What is saved are settings of the hall, like all others. Each save says what it found; where somebody else was faster,
it is refused, with what is there now, and nothing that was typed is lost.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls import changes
from halls.format import Hall
from halls.plan_lines import plan_lines
from hub.domain import commands as c
from hub.domain.settings import overtaken, problems
from hub.http.problems import ProblemError, refused
from hub.http.routes import Router
from hub.http.settings import MAY_DRAW, Authors
from hub.http.wishes import checked_key, fulfil
from hub.screens.screens import Screens
from hub.storage.accounts import Identity
from hub.storage.content import Media
from hub.web.hall_now import HallNow
from hub.web.plan import changing, form
from hub.web.plan.drawing import drawing
from hub.web.plan.naming import naming
from hub.web.plan.pages import pictures
from hub.web.site import Site, language, millis
from hub.web.texts import Texts

_FIELDS_MAX = 5000
_NAMES_MAX = 6
_Key = Annotated[str, Form(max_length=40)]
_Metres = Annotated[str, Form(max_length=12)]


class Shown:
    """What a page is shown with beyond the plan itself: what somebody typed, and what is to be said of it."""

    def __init__(
        self, said: str = "", wrong: Sequence[str] = (), fields: Mapping[str, str] | None = None, status: int = 200
    ) -> None:
        self.said, self.wrong, self.fields, self.status = said, wrong, fields or {}, status


def editor(site: Site, now: HallNow, screens: Screens) -> APIRouter:
    router = Router(prefix="/settings/{hall}/plan", include_in_schema=False)
    authors = Authors(site.desk)

    async def page(request: Request, hall: str, floor: str, shown: Shown) -> Response:
        here, texts, today = site.hall(hall), language(request), site.desk.today(hall)
        plan = next((one for one in now.plans.of(here)[0] if one.id == floor), None)
        seen = form.values(here, floor)
        look = await now.at(texts, hall)
        drawn = drawing(texts, here, [plan], look)[0] if plan else None
        there = form.written(seen)
        fields = there | dict(shown.fields)
        library = await to_thread.run_sync(pictures, screens)
        last = changing.last_saved(await site.desk.history(hall, today.day))
        data = {
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "language": texts.language,
            "texts": texts.section("planedit"),
            "size": list(plan.size) if plan else [],
            "was": {name: there.get(name, "") for name in shown.fields},
        }
        return await site.page(
            request,
            "plan_edit.html",
            status=shown.status,
            hall=here,
            floor=next(one for one in here.floor if one.id == floor),
            drawn=drawn,
            given=drawn is not None and not drawn["schematic"],
            rows=naming(texts, here, floor),
            fields=fields,
            pictures=_choices(library, seen[f"floor.{floor}.picture"]),
            seen=json.dumps({path: value for path, value in seen.items() if value}, ensure_ascii=False),
            said=shown.said,
            wrong=shown.wrong,
            last=last,
            last_names=_names(texts, here, last.after) if last else "",
            last_at=millis(last.at) if last else None,
            key=secrets.token_hex(8),
            page_data=data,
        )

    async def change(
        request: Request,
        hall: str,
        floor: str,
        key: str,
        wanted: dict[str, Any],
        found: dict[str, Any],
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        who, texts, today = await site.need(request, *MAY_DRAW), language(request), site.desk.today(hall)
        ident, kept = _command(who, key), changing.against_file(today, wanted)
        again = bool(await site.desk.known(ident))  # the same form once more: it is answered as it was the first time
        if not again and (moved := overtaken(today, found)):
            return await page(request, hall, floor, await told_of(texts, hall, moved, fields))
        if not again and (wrong := problems(today, kept)):
            told = Shown(texts("planedit.wrong", count=len(wrong)), _plain(wrong), fields, 422)
            return await page(request, hall, floor, told)
        at = site.desk.now()
        command = c.ChangeSettings(id=ident, at=at, by=who.name, source="http", changes=kept, found=found)
        outcome = await fulfil(site.desk, hall, command)
        if outcome.refused and outcome.refused.code == "settings-overtaken":
            moved = overtaken(site.desk.today(hall), found) or tuple(found)
            return await page(request, hall, floor, await told_of(texts, hall, moved, fields))
        if outcome.refused and outcome.refused.code != "nothing-changed":
            raise refused(outcome.refused)
        return _back(hall, floor)

    async def told_of(texts: Texts, hall: str, moved: Sequence[str], fields: Mapping[str, str] | None) -> Shown:
        known = await authors.of(hall)
        by = ", ".join(sorted({known[path][0] for path in moved if path in known})) or texts("planedit.somebody")
        names = _names(texts, site.hall(hall), moved)
        return Shown(texts("planedit.overtaken", by=by, names=names), fields=fields, status=409)

    @router.get("")
    async def show(request: Request, hall: str, floor: str = "") -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_DRAW)
        await site.book.open()
        return await page(request, hall, _floor(here, floor), Shown())

    @router.post("")
    async def save(request: Request, hall: str) -> Response:
        """All fields of a floor. Those that are as they were found stay as they are, whoever changed them since."""
        site.gate.own_site(request)
        here = site.hall(hall)
        await site.need(request, *MAY_DRAW)
        texts = language(request)
        async with request.form(max_fields=_FIELDS_MAX) as sent:
            fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        floor = _floor(here, fields.get("floor", ""))
        seen, before = _seen(fields.get("seen", ""), form.paths(here, floor))
        mine, unread = form.read(fields, list(seen))
        if unread:
            told = [
                texts("planedit.unread", where=_names(texts, here, [one.field]), written=one.written) for one in unread
            ]
            return await page(
                request, hall, floor, Shown(texts("planedit.wrong", count=len(unread)), told, fields, 422)
            )
        wanted = {path: value for path, value in mine.items() if value != before[path]}
        typed = {name: value for name, value in fields.items() if _path_of(name) in wanted}
        if not wanted:
            return _back(hall, floor)
        found = {path: seen[path] for path in wanted}
        return await change(request, hall, floor, fields.get("key", ""), wanted, found, typed)

    @router.post("/begin")
    async def begin(
        request: Request,
        hall: str,
        floor: Annotated[str, Form(max_length=64)] = "",
        width: _Metres = "",
        depth: _Metres = "",
        key: _Key = "",
    ) -> Response:
        """A floor gets its size, and the lay-out by rule in metres to begin with."""
        site.gate.own_site(request)
        here = site.hall(hall)
        await site.need(request, *MAY_DRAW)
        texts = language(request)
        floor = _floor(here, floor)
        size, unread = form.read({"floor.x.size.0": width, "floor.x.size.1": depth}, ["floor.x.size"])
        plan = next((one for one in now.plans.of(here)[0] if one.id == floor), None)
        if unread or not size["floor.x.size"]:
            typed = {"width": width, "depth": depth}
            told = Shown(texts("planedit.no_size"), fields=typed, status=422)
            return await page(request, hall, floor, told)
        if plan is None or not plan.schematic:
            return _back(hall, floor)
        wanted = changing.begun(here, plan, size["floor.x.size"])
        now_there = form.values(here, floor)
        found = {path: now_there[path] for path in wanted}
        return await change(request, hall, floor, key, wanted, found, {"width": width, "depth": depth})

    @router.post("/reset")
    async def reset(
        request: Request, hall: str, floor: Annotated[str, Form(max_length=64)] = "", key: _Key = ""
    ) -> Response:
        """Back to what the hall file says of this floor."""
        site.gate.own_site(request)
        here = site.hall(hall)
        await site.need(request, *MAY_DRAW)
        floor = _floor(here, floor)
        mine = set(form.paths(here, floor))
        today = site.desk.today(hall)
        gone = {path: form.values(today.base, floor)[path] for path in today.settings if path in mine}
        return await change(request, hall, floor, key, gone, {}) if gone else _back(hall, floor)

    @router.post("/undo")
    async def undo(
        request: Request,
        hall: str,
        floor: Annotated[str, Form(max_length=64)] = "",
        change_id: Annotated[str, Form(max_length=200)] = "",
        key: _Key = "",
    ) -> Response:
        """The last save is taken back, where nobody saved since."""
        site.gate.own_site(request)
        here = site.hall(hall)
        who = await site.need(request, *MAY_DRAW)
        floor = _floor(here, floor)
        if await site.desk.known(_command(who, key)):
            return _back(hall, floor)  # the same press once more
        today = site.desk.today(hall)
        last = changing.last_saved(await site.desk.history(hall, today.day))
        if last is None or last.command != change_id:
            told = language(request)("planedit.undo_overtaken")
            return await page(request, hall, floor, Shown(told, status=409))
        filed = changes.values(today.base)
        wanted = {path: filed[path] if value is None else value for path, value in last.before.items()}
        return await change(request, hall, floor, key, wanted, changing.seen_by(today, last))

    @router.get("/lines")
    async def lines(request: Request, hall: str) -> Response:
        """For the hall file."""
        here = site.hall(hall)
        await site.need(request, *MAY_DRAW)
        headers = {"Content-Disposition": f'attachment; filename="{here.hall.id}-plan.toml"'}
        return Response(plan_lines(here), media_type="text/plain; charset=utf-8", headers=headers)

    return router


def _command(who: Identity, key: str) -> str:
    """Of a form that carries this key. Raises ProblemError."""
    return f"desk/{who.name}/{checked_key(key)}"


def _floor(hall: Hall, asked: str) -> str:
    """Raises ProblemError."""
    known = [one.id for one in hall.floor]
    if not asked:
        return known[0]
    if asked not in known:
        raise ProblemError("not-found", f"hall {hall.hall.id} has no floor {asked!r}; it has {', '.join(known)}")
    return asked


def _seen(text: str, known: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was there when the page came, and the same as its fields had it, in centimetres. Raises ProblemError."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict):
            raise TypeError
        seen = {path: found.get(path, form.nothing(path)) for path in known}
        return seen, form.read(form.written(seen), known)[0]
    except (ValueError, TypeError, AttributeError, RecursionError):
        told = "the form does not say what it found; open the page again"
        raise ProblemError("bad-request", told) from None


def _path_of(field: str) -> str:
    return field[:-2] if field.endswith((".0", ".1")) else field


def _choices(library: Mapping[str, Media], chosen: str) -> list[tuple[str, str]]:
    """Pictures by hash and name; the chosen one as well where somebody took it from the media."""
    found = {sha256: one.name for sha256, one in library.items()}
    return [*found.items(), *([(chosen, chosen[:12])] if chosen and chosen not in found else [])]


def _plain(wrong: Sequence[str]) -> list[str]:
    return [one.removeprefix("settings: ") for one in wrong]


def _names(texts: Texts, hall: Hall, moved: Sequence[str] | Mapping[str, Any]) -> str:
    """Of the things that these paths are about, a few of them."""
    items = list(dict.fromkeys(".".join(path.split(".")[:2]) for path in moved))
    known = {row["item"]: row["name"] for floor in hall.floor for row in naming(texts, hall, floor.id)}
    told = [known.get(item, item) for item in items[:_NAMES_MAX]]
    return ", ".join(told) + (" …" if len(items) > _NAMES_MAX else "")


def _back(hall: str, floor: str) -> RedirectResponse:
    return RedirectResponse(f"/settings/{hall}/plan?floor={floor}", 303)
