"""What the fields of the editor are called: one row for each thing that has a place on a floor."""

from typing import Any

from halls.format import Hall
from hub.web.plan.drawing import SYMBOLS
from hub.web.site import counter_name
from hub.web.texts import Texts


def naming(texts: Texts, hall: Hall, floor: str) -> list[dict[str, Any]]:
    """`item`: the path without its last part; `at_counter`: a device that is where its counter is."""
    areas = {area.id: texts.name(area) for area in hall.area if area.floor == floor}
    rows: list[dict[str, Any]] = [
        {"item": f"floor.{one.id}", "kind": "floor", "name": texts.name(one), "area": ""}
        for one in hall.floor
        if one.id == floor
    ]
    rows += [{"item": f"area.{ident}", "kind": "area", "name": name, "area": name} for ident, name in areas.items()]
    rows += [
        {"item": f"counter.{one.id}", "kind": "counter", "name": counter_name(texts, one), "area": areas[one.area]}
        for one in hall.counter
        if one.area in areas
    ]
    rows += [
        {
            "item": f"position.{one.id}",
            "kind": "device",
            "name": " ".join(part for part in (texts(f"kind.{one.kind}"), one.id, one.label) if part),
            "area": areas[one.area],
            "at_counter": bool(one.counter or one.spare) and not one.at,
            "symbol": SYMBOLS[one.kind],
        }
        for one in hall.position
        if one.area in areas
    ]
    return rows
