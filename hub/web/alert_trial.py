"""A rule tried before it is saved: what other values would say now, and how often they would have raised; and saving
them. It works without a script."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from halls.alerts import KINDS
from halls.alerts import Alert as Rule
from halls.format import Hall
from hub.alerts.alerts import Alerts
from hub.alerts.trying import DAYS, LISTED, BadValuesError, Side, Trial, UnknownRuleError, edited
from hub.domain.alerts.words import name_of
from hub.domain.hours import local
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE, limits
from hub.web.site import Site, language
from hub.web.telling import spoken
from hub.web.texts import Texts

NUMBERS = ("raise_at", "clear_at", "raise_s", "clear_s")
_BETWEEN = re.compile(r"[^\w.-]+")  # names: commas of any kind, spaces
Change = Callable[[Request, str, str, dict[str, Any]], Awaitable[Response]]
"""(request, hall, key of the wish, path → value) → saved, and back to the rules."""


def alert_trial(site: Site, known: Alerts, change: Change) -> APIRouter:
    router = Router(prefix="/settings/{hall}/alerts/{rule}", include_in_schema=False)

    async def page(request: Request, hall: str, rule: str, form: Mapping[str, str], status: int = 200) -> Response:
        here, texts = site.hall(hall), language(request)
        now = _rule(here, rule)
        values, said, trial = _values(form), "", None
        try:
            tried = edited(site.desk.today(hall), rule, values)
            if "days" in form:
                trial = await known.trials.ask(hall, rule, values, _days(form))
        except BadValuesError as error:
            tried, status, said = now, 422, "; ".join(one.removeprefix("settings: ") for one in error.problems)
        return await site.page(
            request,
            "alert_trial.html",
            status=status,
            hall=here,
            rule=now,
            title=texts(f"alert.kind_{now.kind}"),
            looks_at=texts(f"alert.figure_{now.kind}"),
            numbers=[(name, form.get(name, f"{getattr(tried, name):g}"), _limits(texts, name)) for name in NUMBERS],
            pers=KINDS[now.kind].per,
            per=form.get("per", tried.per),
            of=KINDS[now.kind].only,
            only=form.get("only", ", ".join(tried.only)),
            open_only=tried.open_only,
            days=_days(form),
            days_there_are=DAYS,
            said=said,
            tried=trial and _told(texts, here, trial),
            key=secrets.token_hex(8),
        )

    @router.get("/try")
    async def show(request: Request, hall: str, rule: str) -> Response:
        site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        return await page(request, hall, rule, dict(request.query_params))

    @router.post("/try")
    async def save(request: Request, hall: str, rule: str) -> Response:
        """What was tried is in force from now on."""
        site.gate.own_site(request)
        here = site.hall(hall)
        await site.need(request, *MAY_CHANGE)
        now = _rule(here, rule)
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        values = _values(form)
        try:
            after = edited(site.desk.today(hall), rule, values)
        except BadValuesError:
            return await page(request, hall, rule, form, 422)
        wanted = {f"alert.{rule}.{key}": values[key] for key in values if getattr(after, key) != getattr(now, key)}
        if not wanted:  # it is so already
            return RedirectResponse(f"/settings/{hall}/alerts", 303)
        return await change(request, hall, form.get("key", "")[:40], wanted)

    return router


def _rule(hall: Hall, rule: str) -> Rule:
    found = next((one for one in hall.alert if one.id == rule), None)
    if found is None:
        raise ProblemError("unknown-alert-rule", str(UnknownRuleError(f"this hall has no rule {rule!r}")))
    return found


def _values(form: Mapping[str, str]) -> dict[str, Any]:
    """As a form has them; what is no number goes as it is, and is refused with its item."""
    values: dict[str, Any] = {name: _number(form[name]) for name in NUMBERS if name in form}
    if "per" in form:
        values["per"] = form["per"]
    if "only" in form:
        values["only"] = [one for one in _BETWEEN.split(form["only"][:8000]) if one]
    if "raise_at" in form:  # a box that is not ticked is not sent
        values["open_only"] = "open_only" in form
    return values


def _number(written: str) -> float | str:
    try:
        return float(written)
    except ValueError:
        return written[:40]


def _days(form: Mapping[str, str]) -> int:
    written = form.get("days", "")
    return int(written) if written.isascii() and written.isdigit() and int(written) in DAYS else DAYS[0]


def _limits(texts: Texts, name: str) -> str:
    bounds = limits(f"alert.x.{name}")
    return texts("settings.limits", low=f"{bounds.low:g}", high=f"{bounds.high:g}") if bounds else ""


def _told(texts: Texts, hall: Hall, trial: Trial) -> dict[str, Any]:
    sides = {"before": trial.before, "after": trial.after}
    days = sorted({day for side in sides.values() for day in side.days}, reverse=True)
    return {
        "trial": trial,
        "sides": {name: _side(texts, hall, side) for name, side in sides.items()},
        "days": [(day, trial.before.days.get(day, 0), trial.after.days.get(day, 0)) for day in days],
        "listed": LISTED,
    }


def _side(texts: Texts, hall: Hall, side: Side) -> dict[str, Any]:
    def named(subject: str) -> str:
        return spoken(texts, name_of(hall, side.rule.per, subject))

    return {
        "rule": side.rule,
        "count": side.count,
        "now": [(named(one.subject), _figure(one.figure), one.high) for one in side.now],
        "raised": [
            {
                "at": local(hall, one.at).strftime("%m-%d %H:%M:%S"),
                "until": local(hall, one.until).strftime("%H:%M:%S") if one.until else "",
                "about": named(one.subject),
                "figure": _figure(one.figure),
            }
            for one in side.raised
        ],
    }


def _figure(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0")
