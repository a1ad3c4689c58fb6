"""One asset: its page with its history, and the form that adds one or corrects what is written about it.

The form works without a script. What is wrong stands at its field, in the words of an import, and what was typed stays:
also where the log-in has run out meanwhile.
"""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from halls.format import Hall
from hub.domain import asset_life as life
from hub.domain.asset_life import AssetRefusedError
from hub.http.asset_shapes import AssetStory
from hub.http.books import MAY_LOOK, Books
from hub.http.routes import Router
from hub.inventory import form as forms
from hub.inventory.columns import KIND_WORDS, NEEDED, STATE_WORDS
from hub.storage.assets import AssetConflictError
from hub.web.inventory import Inventory, page_data
from hub.web.site import LogInFirstError, Site, language, millis

_OLD = ("kind", "planned", "model", "supplier", "price", "bought_on", "warranty_until", "life_years", "note")
_NEW = ("serial", "kind", "state", *_OLD[1:])
_MARKS: dict[str, dict[str, str]] = {
    "serial": {"autocapitalize": "characters", "spellcheck": "false"},
    "price": {"inputmode": "decimal"},
    "life_years": {"inputmode": "decimal"},
    "planned": {"list": "positions", "spellcheck": "false"},
}


class Typed(BaseModel):
    """The form's fields, whatever stands in them."""

    serial: str = ""
    kind: str = ""
    model: str = ""
    supplier: str = ""
    price: str = ""
    bought_on: str = ""
    warranty_until: str = ""
    life_years: str = ""
    planned: str = ""
    state: str = ""
    note: str = ""


def asset_pages(site: Site, known: Inventory) -> APIRouter:
    """After the inventory's other pages: a serial may be anything but their names."""
    router = Router(prefix="/monitor/{hall}/inventory", include_in_schema=False)
    books = known.books

    @router.get("/new")
    async def show_new(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_LOOK)
        return await _form_page(site, request, here, forms.empty(), new=True)

    @router.post("/new")
    async def add(request: Request, hall: str, typed: Annotated[Typed, Form()]) -> Response:
        here = site.hall(hall)
        site.gate.own_site(request)
        try:
            who = await site.need(request, *MAY_LOOK)
        except LogInFirstError:
            return await _log_in(site, request, here, typed, new=True)
        form = await to_thread.run_sync(lambda: _added(site, books, here, typed))
        return await _write(site, request, books, here, form, by=who.name, new=True)

    @router.get("/{serial}")
    async def show_one(request: Request, hall: str, serial: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_LOOK)
        story = await to_thread.run_sync(books.story, hall, serial)
        asset = await to_thread.run_sync(books.assets.asset, hall, story.serial)
        return await site.page(
            request,
            "asset.html",
            hall=here,
            one=story,
            history=[(line, millis(line.at)) for line in reversed(story.history)],
            needs_why=life.NEEDS_WHY,
            mends=story.state == "faulty" and bool(story.position),
            page_data=page_data(site, here, language(request)),
            **_fields(here, forms.of(asset), new=False),
        )

    @router.post("/{serial}")
    async def correct(request: Request, hall: str, serial: str, typed: Annotated[Typed, Form()]) -> Response:
        here = site.hall(hall)
        site.gate.own_site(request)
        try:
            who = await site.need(request, *MAY_LOOK)
        except LogInFirstError:
            return await _log_in(site, request, here, typed, new=False)
        story = await to_thread.run_sync(books.story, hall, serial)
        form = await to_thread.run_sync(lambda: _corrected(books, here, story, typed))
        return await _write(site, request, books, here, form, by=who.name, new=False)

    return router


def _added(site: Site, books: Books, hall: Hall, typed: Typed) -> forms.Form:
    here = {one.serial: one for one in books.assets.all(hall.hall.id)}
    others = [other for other in site.desk.halls() if other != hall.hall.id]
    elsewhere = [one.serial for other in others for one in books.assets.all(other)]
    return forms.added(typed.model_dump(), hall, here, elsewhere)


def _corrected(books: Books, hall: Hall, story: AssetStory, typed: Typed) -> forms.Form:
    here = {one.serial: one for one in books.assets.all(hall.hall.id)}
    return forms.corrected(typed.model_dump(), hall, here, here[story.serial])


async def _write(
    site: Site, request: Request, books: Books, hall: Hall, form: forms.Form, *, by: str, new: bool
) -> Response:
    if form.wrong:
        return await _form_page(site, request, hall, form, new=new, status=422)
    command = form.command(hall.hall.id, new=new, by=by, at=site.desk.now())
    try:
        await to_thread.run_sync(books.assets.do, hall.hall.id, form.serial, command)
    except (AssetRefusedError, AssetConflictError):  # somebody else was faster
        return await _form_page(site, request, hall, form, new=new, status=409, told="form_late")
    return RedirectResponse(f"/monitor/{hall.hall.id}/inventory/{form.serial}", 303)


async def _log_in(site: Site, request: Request, hall: Hall, typed: Typed, *, new: bool) -> Response:
    """Nothing of the inventory is told, only what was typed: to be sent again after logging in elsewhere."""
    form = forms.Form(typed=typed.model_dump(), serial="" if new else request.path_params["serial"])
    return await _form_page(site, request, hall, form, new=new, status=401, told="form_logged_out")


async def _form_page(
    site: Site,
    request: Request,
    hall: Hall,
    form: forms.Form,
    *,
    new: bool,
    status: int = 200,
    told: str = "",  # which text of the catalogue
) -> Response:
    return await site.page(
        request,
        "asset_form.html",
        status=status,
        hall=hall,
        told=told,
        log_in=status == 401,
        page_data=page_data(site, hall, language(request)),
        **_fields(hall, form, new=new) | ({"positions": []} if status == 401 else {}),
    )


def _fields(hall: Hall, form: forms.Form, *, new: bool) -> dict[str, Any]:
    """What the template of the fields needs."""
    names = _NEW if new else _OLD
    first = next((name for name in names if name in form.wrong), "serial" if new else "")
    return {
        "form": form,
        "new": new,
        "names": names,
        "needed": NEEDED if new else (),
        "choices": {
            "kind": [(kind, words) for kind, words in KIND_WORDS.items()],
            "state": [(state, STATE_WORDS[state]) for state in life.FIRST_STATES],
        },
        "marks": lambda name: _marks(name, form, usual_life=hall.inventory.life_years, focus=name == first),
        "positions": [position.id for position in hall.position],
    }


def _marks(name: str, form: forms.Form, *, usual_life: float, focus: bool) -> dict[str, str]:
    """Attributes of a field. A date that cannot be read is text: a field for dates would show nothing of it."""
    marks = dict(_MARKS.get(name, {}))
    if name in form.wrong:
        marks |= {"aria-invalid": "true", "aria-describedby": f"{name}-wrong"}
    elif name in ("bought_on", "warranty_until"):
        marks["type"] = "date"
    if name == "life_years":
        marks["placeholder"] = f"{usual_life:g}"
    return marks | ({"autofocus": ""} if focus else {})
