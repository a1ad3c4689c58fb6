"""The rules of alerts as settings: each with what it looks at, what it sees now, and the open alerts of it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls import changes
from halls.alerts import Alert as Rule
from hub.alerts.alerts import Alerts
from hub.domain.alerts.facts import figures
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE, Authors
from hub.web.settings import row
from hub.web.site import Site, language, millis
from hub.web.texts import Texts

_SEEN_SHOWN = 5


def alert_rules(site: Site, known: Alerts) -> APIRouter:
    router = Router(prefix="/settings/{hall}/alerts", include_in_schema=False)
    authors = Authors(site.desk)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        texts, written = language(request), await authors.of(hall)
        today = site.desk.today(hall)
        by_file = changes.values(today.base)
        groups: dict[str, list[dict[str, Any]]] = {rule.id: [] for rule in here.alert}
        for path, value in changes.values(today.hall).items():
            if path.startswith("alert."):
                groups[path.split(".")[1]].append(row(texts, path, value, by_file[path], written.get(path)))
        data = {
            "api": f"/api/v1/halls/{hall}/settings",
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("settings"),
            "language": texts.language,
        }
        shown = [_group(texts, rule, groups[rule.id], known, hall) for rule in here.alert]
        return await site.page(request, "alert_rules.html", hall=here, groups=shown, page_data=data)

    return router


def _group(texts: Texts, rule: Rule, rows: list[dict[str, Any]], known: Alerts, hall: str) -> dict[str, Any]:
    seen = figures(rule, known.watcher.facts(hall))
    high = sorted(((figure, name) for name, figure in seen.items() if figure), reverse=True)[:_SEEN_SHOWN]
    kind = texts(f"alert.kind_{rule.kind}")
    return {
        "ident": rule.id,
        "title": kind if rule.id == rule.kind else f"{kind} · {rule.id}",
        "off": not rule.enabled,
        "looks_at": texts(f"alert.figure_{rule.kind}"),
        "now": ", ".join(f"{name} {round(figure, 1):g}" for figure, name in high),
        "rows": rows,
    }
