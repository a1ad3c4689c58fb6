"""Changing a hall's settings while it is open: `policy.recall_gap_s`, `service.A.cap_day`, `counter.03.services`.

The same checks as for the file: a change that would not be a sound hall is refused whole, with each item named.
Only of alerts there can be more than the file says: `alert.ID.kind` makes a rule, with the usual values of its kind.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from halls.alerts import Alert
from halls.checks import checked
from halls.draft import id_key, read_document
from halls.items import Appointments, Hall, HallFileError, Policy
from halls.problem import nearest

PLAN: dict[str, frozenset[str]] = {
    "floor": frozenset({"size", "walls", "doors", "picture"}),
    "area": frozenset({"outline"}),
    "counter": frozenset({"at", "faces"}),
    "position": frozenset({"at"}),
}
"""What the floor plan is made of, in the order in which one needs the other."""
CHANGEABLE: dict[str, frozenset[str]] = {
    "hall": frozenset({"name", "english", "ticker"}),
    "policy": frozenset(Policy.__struct_fields__),
    "appointments": frozenset(Appointments.__struct_fields__),
    "floor": PLAN["floor"],
    "area": frozenset({"name", "english", "route", "voice", "announcer"}) | PLAN["area"],
    "service": frozenset(
        {"name", "english", "area", "hours", "cap_day", "service_min_median", "service_min_p90", "real_name"}
        | {"appointment", "slot_places", "overbook"}
    ),
    "counter": frozenset({"name", "area", "services"}) | PLAN["counter"],
    "clerk": frozenset({"name", "counter"}),
    "position": PLAN["position"],
    "alert": frozenset(Alert.__struct_fields__) - {"id", "kind"},
}
_SOURCE = "settings"


def changed(hall: Hall, changes: Mapping[str, Any]) -> Hall:
    """`hall` with other values at these paths, given as JSON has them; None: as it is.

    Raises HallFileError with every problem.
    """
    document = msgspec.json.decode(msgspec.json.encode(hall))
    problems = [problem for path, value in _in_order(changes) if (problem := _put(document, path, value))]
    if problems:
        raise HallFileError(problems)
    return checked(read_document(document), _SOURCE)


def fitting(hall: Hall, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the changes that this hall can take, in their order: it may have become another since they were made."""
    fit: dict[str, Any] = {}
    drawn = {path: value for path, value in changes.items() if is_of_plan(path)}
    others = {path: value for path, value in changes.items() if path not in drawn}
    for group in (others, drawn):  # counters that changed places fit only together
        fit = _with_what_fits(hall, fit, _in_order(group))
    return fit


def _with_what_fits(hall: Hall, fit: dict[str, Any], more: list[tuple[str, Any]]) -> dict[str, Any]:
    """All of them where they fit, else what fits of each half: a plan has hundreds, and few of them fit no more."""
    if not more or _fits(hall, fit | dict(more)):
        return fit | dict(more)
    if len(more) == 1:
        return fit
    half = len(more) // 2
    return _with_what_fits(hall, _with_what_fits(hall, fit, more[:half]), more[half:])


def _fits(hall: Hall, changes: Mapping[str, Any]) -> bool:
    try:
        changed(hall, changes)
    except HallFileError:
        return False
    return True


def values(hall: Hall) -> dict[str, Any]:
    """Every path that can be changed, with its value, as JSON has it, in the order of the file."""
    document = msgspec.json.decode(msgspec.json.encode(hall))
    found: dict[str, Any] = {}
    for table, keys in CHANGEABLE.items():
        for item in document[table] if isinstance(document[table], list) else [document[table]]:
            above = f"{table}.{item[id_key(table)]}" if isinstance(document[table], list) else table
            found |= {f"{above}.{key}": value for key, value in item.items() if key in keys}
    return found


def _in_order(changes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A rule is made before anything is said of it, a floor has a size before something stands on it."""
    order = list(PLAN)
    stage = {path: 1 + order.index(path.partition(".")[0]) if is_of_plan(path) else 0 for path in changes}
    return sorted(changes.items(), key=lambda one: (not is_new_rule(one[0]), stage[one[0]]))


def is_of_plan(path: str) -> bool:
    return path.rpartition(".")[2] in PLAN.get(path.partition(".")[0], ())


def is_new_rule(path: str) -> bool:
    return path.startswith("alert.") and path.endswith(".kind")


def _put(document: dict[str, Any], path: str, value: Any) -> str:
    """What is wrong with the path, or nothing."""
    table, _, rest = path.partition(".")
    ident, _, key = rest.rpartition(".")
    if is_new_rule(path):
        return _put_rule(document["alert"], ident, value)
    if table not in CHANGEABLE:
        return f"{_SOURCE}: {path}: only these can be changed while the hall is open: {', '.join(CHANGEABLE)}"
    if key not in CHANGEABLE[table]:
        return f"{_SOURCE}: {path}: {nearest(key, sorted(CHANGEABLE[table]))}"
    item = document[table]
    if isinstance(item, list):
        item = next((one for one in item if one[id_key(table)] == ident), None)
    elif path != f"{table}.{key}":
        item = None
    if item is None and table == "alert" and value is None:
        return ""  # with its rule
    if item is None:
        return f"{_SOURCE}: {path}: there is no {table} {ident!r}"
    if value is not None:
        item[key] = value
    return ""


def _put_rule(rules: list[dict[str, Any]], ident: str, kind: Any) -> str:
    """None: it is taken back. A rule of the file keeps its kind."""
    there = next((one for one in rules if one["id"] == ident), None)
    if there is None and kind is not None:
        rules.append({"id": ident, "kind": kind})
    if there is not None and kind not in (None, there["kind"]):
        return f"{_SOURCE}: alert.{ident}.kind: the hall's file has a rule {ident!r} of another kind; take another id"
    return ""
