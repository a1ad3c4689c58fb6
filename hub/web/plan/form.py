"""The plan of a floor as fields of a form, and back: a field for each number, so that it needs no script."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from halls import changes
from halls.format import Hall

Fields: TypeAlias = dict[str, str]
_FACES, _PICTURE = "faces", "picture"
_LINES = ("walls", "doors")
_NUMBER_MAX = 12  # characters


class FieldError(ValueError):
    """What somebody wrote is no number or no point; `field` says where."""

    def __init__(self, field: str, written: str) -> None:
        self.field, self.written = field, written
        super().__init__(f"{field}: {written!r}")


def paths(hall: Hall, floor: str) -> list[str]:
    """Every setting of the floor's plan, in the order of the file."""
    areas = [area.id for area in hall.area if area.floor == floor]
    found = [f"floor.{floor}.{key}" for key in ("size", *_LINES, _PICTURE)]
    found += [f"area.{area}.outline" for area in areas]
    found += [f"counter.{one.id}.{key}" for one in hall.counter if one.area in areas for key in ("at", _FACES)]
    return found + [f"position.{one.id}.at" for one in hall.position if one.area in areas]


def values(hall: Hall, floor: str) -> dict[str, Any]:
    """As JSON has them."""
    known = changes.values(hall)
    return {path: known[path] for path in paths(hall, floor)}


def nothing(path: str) -> Any:
    """What is not said of a path that has no value."""
    return "" if path.endswith((f".{_FACES}", f".{_PICTURE}")) else []


def written(plan: Mapping[str, Any]) -> Fields:
    """`PATH.0`, `PATH.1` for two numbers; points as `0,0 4,2.5`, lines below each other."""
    fields: Fields = {}
    for path, value in plan.items():
        key = path.rpartition(".")[2]
        if key in ("size", "at"):
            pair = [_number(one) for one in value] or ["", ""]
            fields |= {f"{path}.0": pair[0], f"{path}.1": pair[1]}
        elif key == "outline":
            fields[path] = _points(value)
        elif key in _LINES:
            fields[path] = "\n".join(_points(line) for line in value)
        else:
            fields[path] = value
    return fields


def read(fields: Mapping[str, str], wanted: Sequence[str]) -> tuple[dict[str, Any], list[FieldError]]:
    """Values by path, and what could not be read. A field that was not sent leaves its path as it is."""
    plan: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for path in wanted:
        key = path.rpartition(".")[2]
        try:
            if key in ("size", "at"):
                if f"{path}.0" in fields or f"{path}.1" in fields:
                    plan[path] = _pair(path, fields.get(f"{path}.0", ""), fields.get(f"{path}.1", ""))
            elif path in fields:
                plan[path] = _read(path, key, fields[path])
        except FieldError as error:
            wrong.append(error)
    return plan, wrong


def _read(path: str, key: str, text: str) -> Any:
    if key in (_FACES, _PICTURE):
        return text
    if key in _LINES:
        return [_read_points(path, line) for line in text.splitlines() if line.strip()]
    return _read_points(path, text)


def _pair(path: str, first: str, second: str) -> list[float]:
    if not first.strip() and not second.strip():
        return []
    return [_read_number(path, first), _read_number(path, second)]


def _read_points(path: str, text: str) -> list[list[float]]:
    points = []
    for part in text.split():
        x, comma, y = part.partition(",")
        if not comma:
            raise FieldError(path, part[:40])
        points.append([_read_number(path, x), _read_number(path, y)])
    return points


def _read_number(path: str, text: str) -> float:
    try:
        if len(text) > _NUMBER_MAX:
            raise ValueError
        return round(float(text), 2) + 0.0  # no minus zero
    except ValueError:
        raise FieldError(path, text[:40]) from None


def _points(line: Any) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in line)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
