"""A device's report → a point."""

from collections.abc import Mapping

from halls.format import Hall
from hub.metrics.points import Point, Value
from hub.storage.health import Sample

_S = 1_000_000_000  # ns
_FIGURES = ("memory_mb", "disk_free_mb", "cpu_c", "offset_ms")


def point(halls: Mapping[str, Hall], sample: Sample) -> Point | None:
    """None: the hall has no such position any more. Of one position and second there is one report."""
    hall = halls.get(sample.hall)
    place = next((one for one in hall.position if one.id == sample.position), None) if hall else None
    if place is None:
        return None
    fields: dict[str, Value] = {name: float(value) for name in _FIGURES if (value := getattr(sample, name)) is not None}
    fields["outbox"] = sample.outbox
    if sample.connects is not None:
        fields["connects"] = sample.connects
    if sample.paper is not None:
        fields["paper"] = sample.paper
    tags = {"hall": sample.hall, "area": place.area, "position": place.id, "kind": place.kind}
    return Point("device", tags, fields, sample.at * _S)
