"""The hall's settings while it is open, for administrators and managers: each with its limits and the file's value."""

import json
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls import changes
from halls.alerts import Severity
from halls.format import Hall
from hub.domain.policies import POLICIES
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE, Authors, limits
from hub.web.site import Site, language, millis
from hub.web.telling import spoken
from hub.web.texts import Texts

ALERTS = "alert."  # have a page of their own
_GROUPS = {
    "calling": (
        "calling", "priority_turns", "appointment_turns", "ordinary_turns", "ageing_min", "recalls_max", "recall_gap_s",
        "calls_before_no_show", "announcement_s", "reinstates_max", "reinstate_behind",
    ),
    "visit": ("transfer_place", "parked_max", "items_max", "undo_s"),
    "taking": ("opens", "closes", "real_name_strict", "double_tap_s", "print_wait_s", "if_missed"),
    "rating": ("rating_s", "rating_grace_s", "case_days", "case_four_eyes", "case_appeal_days"),
    "warning": ("warn_left", "warn_wait_min"),
}  # fmt: skip


def settings(site: Site) -> APIRouter:
    router = Router(prefix="/settings/{hall}", include_in_schema=False)
    authors = Authors(site.desk)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        texts, known = language(request), await authors.of(hall)
        today = site.desk.today(hall)
        by_file = changes.values(today.base)
        rows = {
            path: row(texts, path, value, by_file[path], known.get(path))
            for path, value in changes.values(today.hall).items()
            if not (path.startswith(ALERTS) or changes.is_of_plan(path))
        }
        data = {
            "api": f"/api/v1/halls/{hall}/settings",
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("settings"),
            "language": texts.language,
        }
        return await site.page(request, "settings.html", hall=here, groups=_groups(texts, here, rows), page_data=data)

    return router


def _groups(texts: Texts, hall: Hall, rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What belongs together, under a heading; policies first, then the hall, its services, counters and clerks."""
    groups = [
        {"title": texts(f"settings.group_{name}"), "rows": [rows[f"policy.{key}"] for key in keys]}
        for name, keys in _GROUPS.items()
    ]
    listed = {f"policy.{key}" for keys in _GROUPS.values() for key in keys}
    for table in changes.CHANGEABLE:
        rest = [row for path, row in rows.items() if path not in listed and path.partition(".")[0] == table]
        if rest:
            groups.append({"title": texts(f"settings.group_{table}"), "rows": rest})
    return groups


def row(texts: Texts, path: str, value: Any, file: Any, author: Any) -> dict[str, Any]:
    """One setting, as the page shows it. `author`: who changed it and when, or None."""
    rest = path.partition(".")[2]
    ident, _, key = rest.rpartition(".")
    bounds = limits(path)
    return {
        "path": path,
        "name": texts(f"settings.{key}"),
        "of": ident,
        "kind": _kind(value),
        "choices": _choices(texts, path),
        "value": _written(value),
        "file": _written(file),
        "limits": texts("settings.limits", low=f"{bounds.low:g}", high=f"{bounds.high:g}") if bounds else "",
        "changed": value != file,
        "by": author[0] if author else "",
        "at": millis(author[1]) if author else None,
    }


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "yes-no"
        case int() | float():
            return "number"
        case str():
            return "text"
    return "json"


def _written(value: Any) -> str:
    """As it stands in the field: text as it is, all else as JSON."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _choices(texts: Texts, path: str) -> list[tuple[str, str]]:
    """What there is to choose from, by value and name; nothing where anything may be written."""
    if path == "policy.calling":
        return [(ident, spoken(texts, policy.names)) for ident, policy in POLICIES.items()]
    if path == "policy.transfer_place":
        return [(place, texts(f"settings.place_{place}")) for place in ("arrival", "next")]
    if path.startswith(ALERTS) and path.endswith(".severity"):
        return [(one, texts(f"alert.severity_{one}")) for one in get_args(Severity)]
    return []
