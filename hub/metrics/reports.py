"""A report that waited → a point."""

from collections.abc import Mapping

from halls.format import Hall, Position
from hub.metrics.points import Point, Value, nanoseconds
from hub.storage.health import Change, Sample, Signal
from hub.storage.metrics_reports import Figures, Report

_S = 1_000_000_000  # ns
_FIGURES = ("memory_mb", "disk_free_mb", "cpu_c", "offset_ms")
_PAPER = {"ok": 0, "low": 1, "out": 2}


def point(halls: Mapping[str, Hall], report: Report) -> Point | None:
    """None: the hall has no such position any more. Of one position and second there is one report."""
    if isinstance(report, Figures):
        return Point(report.name, report.tags, dict(report.values), nanoseconds(report.at, 0))
    hall = halls.get(report.hall)
    places = {one.id: one for one in hall.position} if hall else {}
    place = places.get(report.position)
    if place is None:
        return None
    match report:
        case Sample():
            return Point("device", _tags(report.hall, place), _health(report), report.at * _S)
        case Change():
            fields: dict[str, Value] = {"online": int(report.online), "why": report.why, "device": report.device}
            return Point("presence", _tags(report.hall, place), fields, nanoseconds(report.at, 0))
        case Signal():
            if place.wireless is None or report.repeater not in place.wireless.repeaters:
                return None
            tags = {**_tags(report.hall, place), "repeater": report.repeater}
            return Point("signal", tags, _signal(report), report.at * _S)


def _tags(hall: str, place: Position) -> dict[str, str]:
    return {"hall": hall, "area": place.area, "position": place.id, "kind": place.kind}


def _health(sample: Sample) -> dict[str, Value]:
    fields: dict[str, Value] = {name: float(value) for name in _FIGURES if (value := getattr(sample, name)) is not None}
    fields["outbox"] = sample.outbox
    if sample.connects is not None:
        fields["connects"] = sample.connects
    if sample.paper in _PAPER:
        fields |= {"paper": sample.paper, "paper_state": _PAPER[sample.paper]}
    return fields


def _signal(signal: Signal) -> dict[str, Value]:
    fields: dict[str, Value] = {"misses": signal.misses}
    for name in ("rssi_dbm", "loss"):
        if (value := getattr(signal, name)) is not None:
            fields[name] = float(value)
    return fields
