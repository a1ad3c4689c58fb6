"""What a dashboard's script needs of a hall: names for keys, figures in words, and what can be chosen."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import QueryParams

from halls.format import Hall
from hub.domain.rating_measures import COUNTS, MEASURES
from hub.history.figures import DEVICES, FIGURES
from hub.web.dashboards.panel import Dashboard, Panel, Variable
from hub.web.site import counter_name
from hub.web.texts import Texts

_WEEKDAYS = "1234567"


def labels(texts: Texts, hall: Hall) -> dict[str, dict[str, str]]:
    """Dimension → value → its name."""
    return {
        "centre": {one.id: texts.name(one) for one in hall.centre},
        "floor": {one.id: texts.name(one) for one in hall.floor},
        "area": {one.id: texts.name(one) for one in hall.area},
        "service": {one.letter: f"{one.letter} {texts.name(one)}" for one in hall.service},
        "counter": {one.id: counter_name(texts, one) for one in hall.counter},
        "clerk": {one.number: f"{one.number} {one.name}" for one in hall.clerk},
        "line": {one: texts(f"dash.line_{one}") for one in ("walk-in", "appointment", "priority")},
        "weekday": {one: texts(f"dash.weekday_{one}") for one in _WEEKDAYS},
        "kind": {one.kind: texts(f"kind.{one.kind}") for one in hall.position},
        "position": {one.id: " ".join(part for part in (one.id, one.label) if part) for one in hall.position},
    }


def choices(texts: Texts, hall: Hall, dashboard: Dashboard) -> dict[Variable, dict[str, str]]:
    """What each variable of the dashboard can be."""
    names = labels(texts, hall)
    return {one: names["kind" if one == "device" else one] for one in dashboard.variables}


def grouped(texts: Texts, hall: Hall) -> dict[str, dict[str, str]]:
    """Positions by the kind of their devices, in words: there are too many for one list."""
    names, found = labels(texts, hall), dict[str, dict[str, str]]()
    for one in hall.position:
        found.setdefault(names["kind"][one.kind], {})[one.id] = names["position"][one.id]
    return found


def chosen(asked: QueryParams, possible: Mapping[Variable, Mapping[str, str]]) -> dict[str, list[str]]:
    """What the address narrows it to; values that the hall does not have are left out."""
    found = {name: [one for one in asked.getlist(name) if one in values] for name, values in possible.items()}
    return {str(name): values for name, values in found.items() if values}


def figures(texts: Texts) -> dict[str, dict[str, str]]:
    """Every figure in words: of the past by its ident, of devices as `device:IDENT`, of cases as `cases:IDENT`,
    of now as `now:IDENT`."""
    told = {
        one.ident: _told(texts, one.zh, one.en, one.unit, one.formula_zh, one.formula_en, one.good, one.relation)
        for one in FIGURES
    }
    for ident, figure in DEVICES.items():
        told[f"device:{ident}"] = _told(
            texts, figure.zh, figure.en, figure.unit, figure.formula_zh, figure.formula_en, figure.good, "devices"
        )
    for measure in MEASURES:
        (zh, en), (how_zh, how_en) = measure.name, measure.formula
        told[f"cases:{measure.code}"] = _told(texts, zh, en, "share", how_zh, how_en, measure.good, "cases")
    for count in COUNTS:
        (zh, en), (how_zh, how_en) = count.name, count.formula
        how_zh, how_en = texts("dash.cases_now", how=how_zh), texts("dash.cases_now", how=how_en)
        told[f"cases:{count.code}"] = _told(texts, zh, en, "tickets", how_zh, how_en, "down", "cases")
    for ident, unit in _NOW.items():
        name, formula = texts(f"now.{ident}"), texts(f"now.{ident}_formula")
        told[f"now:{ident}"] = _told(texts, name, name, unit, formula, formula, "", "now")
    return told


_NOW = {
    "waiting": "people",
    "serving": "tickets",
    "longest": "s",
    "counters_open": "",
    "taken": "tickets",
    "ended": "tickets",
    "online": "",
    "installed": "share",
    "events": "",
    "unread": "",
    "readers": "",
    "turned_away": "",
    "epoch": "",
}


def panels(texts: Texts, dashboard: Dashboard) -> list[dict[str, Any]]:
    return [
        {
            "ident": one.ident,
            "kind": one.kind,
            "source": one.source,
            "figures": one.figures,
            "by": one.by,
            "most": one.most,
        }
        for one in dashboard.panels
    ]


def title(texts: Texts, panel: Panel) -> str:
    if len(panel.figures) != 1 or f"panel.{panel.ident}" in texts.entries:
        return texts(f"panel.{panel.ident}")
    prefix = {"devices": "device:", "cases": "cases:", "now": "now:", "past": ""}[panel.source]
    return figures(texts)[prefix + panel.figures[0]]["name"]


def _told(
    texts: Texts, zh: str, en: str, unit: str, formula_zh: str, formula_en: str, good: str, relation: str
) -> dict[str, str]:
    chinese = texts.language == "zh"
    return {
        "name": zh if chinese else en,
        "unit": unit,
        "formula": formula_zh if chinese else formula_en,
        "good": good,
        "relation": relation,
        "source": texts(f"relation.{relation}"),
    }
