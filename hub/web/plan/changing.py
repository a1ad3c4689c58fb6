"""Changes of a floor plan: of the fields that somebody sent, of a first lay-out, and back again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from halls.changes import is_of_plan
from halls.changes import values as values_of
from halls.format import Hall
from halls.plan import FloorPlan
from hub.domain import events as e
from hub.domain.state import Day
from hub.storage.event_log import Recorded


class Saved(msgspec.Struct, frozen=True):
    """The last change of the plan today. `before`, `after`: by path; None: what the file says."""

    command: str
    by: str
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]


def against_file(day: Day, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """As the settings keep it: what the file says anyway is None."""
    filed = values_of(day.base)
    return {path: None if filed.get(path) == value else value for path, value in wanted.items()}


def begun(hall: Hall, plan: FloorPlan, size: Sequence[float]) -> dict[str, Any]:
    """The lay-out by rule as measures of a floor of that size, for somebody to put right."""
    across, down = size[0] / plan.size[0], size[1] / plan.size[1]

    def scaled(point: Sequence[float]) -> list[float]:
        return [round(point[0] * across, 2), round(point[1] * down, 2)]

    wanted: dict[str, Any] = {f"floor.{plan.id}.size": [round(one, 2) for one in size]}
    for area in plan.areas:
        wanted[f"area.{area.id}.outline"] = [scaled(area.outline[0]), scaled(area.outline[2])]
    for counter in plan.counters:
        wanted[f"counter.{counter.id}.at"] = scaled(counter.at)
        wanted[f"counter.{counter.id}.faces"] = counter.faces
    wanted |= {f"position.{one.id}.at": scaled(one.at) for one in plan.devices if not one.counter}
    now = values_of(hall)
    return {path: value for path, value in wanted.items() if now[path] != value}


def last_saved(history: Sequence[Recorded]) -> Saved | None:
    """Of a day's events. What was carried over from the day before is nobody's change."""
    settings: dict[str, Any] = {}
    last: Saved | None = None
    for recorded in history:
        event = recorded.event
        if not isinstance(event, e.SettingsChanged):
            continue
        drawn = {path: value for path, value in event.changes.items() if is_of_plan(path)}
        if drawn and event.by != "hub":
            before = {path: settings.get(path) for path in drawn}
            last = Saved(event.command, event.by, event.at, before, drawn)
        settings |= event.changes
    return last


def seen_by(day: Day, saved: Saved) -> dict[str, Any]:
    """Path → value that stands there if nobody changed it since."""
    filed = values_of(day.base)
    return {path: filed.get(path) if value is None else value for path, value in saved.after.items()}
