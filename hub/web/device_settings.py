"""What the device at a position is set to: a form made from the class's own description, and what became of it."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from hub.device_settings.items import Item, flat, items
from hub.http.device_settings import MAY_SET, Settings, SettingsNow
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Seat
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.texts import Texts
from hub.web.whereabouts import where


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `written`: as it stands in its field; `default` and `said`: for people; `wrong`: says the device."""

    path: str
    name: str
    about: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    limits: dict[str, Any]
    unit: str
    is_set: bool
    written: str
    usual: str
    default: str
    wrong: str


def device_settings(site: Site, settings: Settings) -> APIRouter:
    router = Router(prefix="/monitor/{hall}/devices/{position}/settings", include_in_schema=False)

    @router.get("")
    async def show(request: Request, hall: str, position: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        if site.roster.at(hall, position) is None:
            raise ProblemError("not-found", f"hall {hall} has no position {position!r}")
        seat = settings.seat(hall, position)
        texts, now = language(request), await settings.now(seat)
        api = f"/api/v1/halls/{hall}"
        data = {
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("configuration"),
            "language": texts.language,
            "api": f"{api}/devices/{position}/settings",
            "many": f"{api}/device-settings",
            "device_class": now.device_class,
            "settings": now.model_dump(mode="json"),
            "may_set": who.role in MAY_SET,
        }
        return await site.page(
            request,
            "device_settings.html",
            hall=here,
            seat=seat,
            place=where(texts, here, seat.position),
            groups=groups(texts, now),
            alike=_alike(site, seat),
            may_change=who.role in MAY_SET,
            page_data=data,
        )

    return router


def groups(texts: Texts, now: SettingsNow) -> list[tuple[str, list[Row]]]:
    """Rows under a heading: first what is in no table, then each table, last what this hub does not know."""
    known, values = items(now.device_class), flat(now.device_class, now.device)
    found: dict[str, list[Row]] = {}
    for item in known.values():
        found.setdefault(item.path.rpartition(".")[0], []).append(_row(texts, item, values, now.problems))
    strange = [_strange(path) for path in values if path not in known]
    titled = [(name or texts("configuration.general"), rows) for name, rows in found.items()]
    rest = [_row(texts, item, values, now.problems) for item in strange]
    return [*titled, (texts("configuration.others"), rest)] if rest else titled


def _row(texts: Texts, item: Item, values: dict[str, Any], problems: dict[str, str]) -> Row:
    is_set = item.path in values
    return Row(
        path=item.path,
        name=item.path.rpartition(".")[2],
        about=(item.zh or item.en) if texts.language == "zh" else item.en,
        kind=item.kind,
        choices=tuple(_choices(texts, item)),
        limits=_limits(item.schema),
        unit=item.unit,
        is_set=is_set,
        written=written(item.kind, values[item.path] if is_set else item.default),
        usual=written(item.kind, item.default),
        default=said(texts, item.default),
        wrong=problems.get(item.path, ""),
    )


def _strange(path: str) -> Item:
    return Item(path=path, kind="json", schema={}, default=None, choices=(), unit="", zh="", en="")


def _choices(texts: Texts, item: Item) -> Iterable[tuple[str, str]]:
    """As it stands in the field, and for people."""
    if item.kind == "yes-no":
        return [("true", texts("configuration.yes")), ("false", texts("configuration.no"))]
    return [(json.dumps(one, ensure_ascii=False), said(texts, one)) for one in item.choices]


def _limits(schema: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a field, as far as HTML knows such limits."""
    told = {"min": "minimum", "max": "maximum", "minlength": "minLength", "maxlength": "maxLength"}
    found = {name: schema[key] for name, key in told.items() if key in schema}
    if "exclusiveMinimum" in schema:
        found["min"] = schema["exclusiveMinimum"]
    return found | ({"pattern": schema["pattern"].strip("^$")} if "pattern" in schema else {})


def written(kind: str, value: Any) -> str:
    """As it stands in a field: text as it is, all else as JSON; 5 and not 5.0."""
    if kind == "text":
        return "" if value is None else str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def said(texts: Texts, value: Any) -> str:
    match value:
        case None | "":
            return texts("configuration.nothing")
        case bool():
            return texts("configuration.yes" if value else "configuration.no")
        case str():
            return value
    return written("json", value)


def _alike(site: Site, seat: Seat) -> int:
    """How many positions have a device of this class."""
    return sum(
        one.position.device_class == seat.position.device_class and one.position.wireless is None
        for one in site.roster.seats(seat.hall)
    )
