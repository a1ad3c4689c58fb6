"""The rules of alerts as settings: each with what it looks at, what it sees now, and the open alerts of it."""

import secrets
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls import changes
from halls.alerts import KINDS
from halls.alerts import Alert as Rule
from hub.alerts.alerts import Alerts
from hub.domain import commands as c
from hub.domain.alerts.facts import figures
from hub.domain.settings import problems
from hub.http.problems import refused
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE, Authors
from hub.http.wishes import fulfil
from hub.web.alert_trial import alert_trial
from hub.web.settings import row
from hub.web.site import Site, language, millis
from hub.web.texts import Texts

_SEEN_SHOWN = 5


def alert_rules(site: Site, known: Alerts) -> Sequence[APIRouter]:
    router = Router(prefix="/settings/{hall}/alerts", include_in_schema=False)
    authors = Authors(site.desk)

    async def shown(request: Request, hall: str, *, status: int = 200, said: str = "") -> Response:
        here, texts, written = site.hall(hall), language(request), await authors.of(hall)
        today = site.desk.today(hall)
        by_file = changes.values(today.base)
        groups: dict[str, list[dict[str, Any]]] = {rule.id: [] for rule in here.alert}
        for path, value in changes.values(today.hall).items():
            if path.startswith("alert."):
                one = row(texts, path, value, by_file.get(path), written.get(path))
                groups[path.split(".")[1]].append({**one, "of": ""})  # its group says so
        data = {
            "api": f"/api/v1/halls/{hall}/settings",
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("settings"),
            "language": texts.language,
        }
        filed = {rule.id for rule in today.base.alert}
        return await site.page(
            request,
            "alert_rules.html",
            status=status,
            hall=here,
            groups=[_group(texts, rule, groups[rule.id], known, hall) for rule in here.alert],
            own=[rule for rule in here.alert if rule.id not in filed],
            kinds=KINDS,
            key=secrets.token_hex(8),
            said=said,
            page_data=data,
        )

    async def change(request: Request, hall: str, key: str, wanted: dict[str, Any]) -> Response:
        who = await site.need(request, *MAY_CHANGE)
        if wrong := problems(site.desk.today(hall), wanted):
            return await shown(request, hall, status=422, said="; ".join(wrong))
        ident = f"desk/{who.name}/{key}"
        command = c.ChangeSettings(id=ident, at=site.desk.now(), by=who.name, source="http", changes=wanted)
        outcome = await fulfil(site.desk, hall, command)
        if outcome.refused and outcome.refused.code != "nothing-changed":
            raise refused(outcome.refused)
        return _back(hall)

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        return await shown(request, hall)

    @router.post("")
    async def add(
        request: Request,
        hall: str,
        rule: Annotated[str, Form(max_length=64)] = "",
        kind: Annotated[str, Form(max_length=20)] = "",
        key: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        """Another rule, with the usual values of its kind; they are changed like all others."""
        site.gate.own_site(request)
        today = site.desk.today(site.hall(hall).hall.id)
        if rule in {one.id for one in today.hall.alert}:
            await site.need(request, *MAY_CHANGE)
            return await shown(request, hall, status=409, said=language(request)("alert.rule_there", rule=rule))
        return await change(request, hall, key, {f"alert.{rule.strip()}.kind": kind})

    @router.post("/{rule}/remove")
    async def remove(request: Request, hall: str, rule: str, key: Annotated[str, Form(max_length=40)] = "") -> Response:
        """One that was made here, with all that was said of it."""
        site.gate.own_site(request)
        today = site.desk.today(site.hall(hall).hall.id)
        await site.need(request, *MAY_CHANGE)
        gone = {path: None for path in today.settings if path.startswith(f"alert.{rule}.")}
        return await change(request, hall, key, gone) if gone else _back(hall)

    return router, alert_trial(site, known, change)


def _back(hall: str) -> RedirectResponse:
    return RedirectResponse(f"/settings/{hall}/alerts", 303)


def _group(texts: Texts, rule: Rule, rows: list[dict[str, Any]], known: Alerts, hall: str) -> dict[str, Any]:
    seen = figures(rule, known.watcher.facts(hall))
    high = sorted(((figure, name) for name, figure in seen.items() if figure), reverse=True)[:_SEEN_SHOWN]
    kind = texts(f"alert.kind_{rule.kind}")
    pers = [(per, texts(f"alert.per_{per}")) for per in KINDS[rule.kind].per]
    rows = [{**one, "choices": pers} if one["path"].endswith(".per") else one for one in rows]
    return {
        "ident": rule.id,
        "title": kind if rule.id == rule.kind else f"{kind} · {rule.id}",
        "off": not rule.enabled,
        "looks_at": texts(f"alert.figure_{rule.kind}"),
        "now": ", ".join(f"{name} {round(figure, 1):g}" for figure, name in high),
        "rows": rows,
        "more": (f"/settings/{hall}/alerts/{rule.id}/try", texts("alert.try")),
    }
