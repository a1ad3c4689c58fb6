"""The settings of a device class, one by one: read from the document that `scripts/settings` writes from the classes.

The hub checks by it before it sends, so that a slip of the finger is told at once. The agent has the last word: it
knows rules over several items, and its software may be another version.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

import wire

Kind: TypeAlias = Literal["yes-no", "whole", "number", "text", "choice", "json"]
_DOCUMENT = Path(wire.__file__).parent / "device_settings.json"
_KINDS: dict[str, Kind] = {"boolean": "yes-no", "integer": "whole", "number": "number", "string": "text"}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`schema`: JSON Schema of its value, without references. `default`: None also where there is none."""

    path: str
    kind: Kind
    schema: dict[str, Any]
    default: Any
    choices: tuple[Any, ...]
    unit: str
    zh: str
    en: str


@cache
def document() -> dict[str, dict[str, Any]]:
    """JSON Schema by device class."""
    found: dict[str, dict[str, Any]] = json.loads(_DOCUMENT.read_text("utf-8"))
    return found


@cache
def items(device_class: str) -> dict[str, Item]:
    """By path, in the class's order; none for a class that this hub does not know."""
    schema = document().get(device_class)
    return {item.path: item for item in _items(schema, schema["$defs"], "", {})} if schema else {}


def flat(device_class: str, device: Mapping[str, Any]) -> dict[str, Any]:
    """Items of a `[device]` table by path; what is unknown comes as it is."""
    return dict(_flat(_tables(device_class), device, ""))


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The `[device]` table of items by path."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        *above, name = path.split(".")
        place = made
        for step in above:
            if not isinstance(place.get(step), dict):
                place[step] = {}
            place = place[step]
        place[name] = value
    return made


def _items(table: dict[str, Any], parts: dict[str, Any], above: str, defaults: Mapping[str, Any]) -> list[Item]:
    found: list[Item] = []
    for name, about in table["properties"].items():
        if about.get("readOnly"):
            continue  # for the board's own file alone
        default = defaults.get(name, about.get("default"))
        part = _part(about, parts)
        if part is not None:
            found += _items(part, parts, f"{above}{name}.", default or {})
            continue
        schema = _whole(about, parts)
        found.append(
            Item(
                path=f"{above}{name}",
                kind=_kind(schema),
                schema=schema,
                default=default,
                choices=tuple(schema.get("enum", ())),
                unit=about.get("x-unit", ""),
                zh=about.get("x-zh", ""),
                en=about.get("description", ""),
            )
        )
    return found


def _part(about: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The struct that stands there, where one always does."""
    found: dict[str, Any] | None = parts[about["$ref"].rpartition("/")[2]] if "$ref" in about else None
    return found


def _whole(schema: Any, parts: Mapping[str, Any]) -> Any:
    """With what it refers to in place of references."""
    if isinstance(schema, list):
        return [_whole(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _whole(value, parts) for name, value in schema.items()}


def _kind(schema: Mapping[str, Any]) -> Kind:
    return "choice" if "enum" in schema else _KINDS.get(schema.get("type", ""), "json")


@cache
def _tables(device_class: str) -> frozenset[str]:
    """Paths of tables that have items of their own."""
    steps = [path.split(".")[:-1] for path in items(device_class)]
    return frozenset(".".join(above[:many]) for above in steps for many in range(1, len(above) + 1))


def _flat(tables: frozenset[str], device: Mapping[str, Any], above: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in device.items():
        path = f"{above}{name.replace('.', '·')}"  # what is unknown must not look like a table
        if path in tables and isinstance(value, Mapping):
            found += _flat(tables, value, f"{path}.")
        else:
            found.append((path, value))
    return found
