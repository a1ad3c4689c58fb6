"""Whether settings are such as the class describes: each wrong item by its path, with what would be right."""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

from hub.device_settings.items import flat, items
from hub.domain.speech import Words

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,), "integer": (int,), "number": (int, float), "string": (str,), "null": (type(None),),
    "object": (dict,), "array": (list,),
}  # fmt: skip
_NAMES = {
    "boolean": Words("是或否", "yes or no"), "integer": Words("整数", "a whole number"),
    "number": Words("数", "a number"), "string": Words("文字", "text"), "null": Words("null", "null"),
    "object": Words("表", "a table"), "array": Words("列表", "a list"),
}  # fmt: skip
_SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")


def problems(device_class: str, device: Mapping[str, Any]) -> dict[str, Words]:
    """Item → what is wrong; empty where nothing is, and for a class that this hub does not know."""
    known = items(device_class)
    if not known:
        return {}
    found: dict[str, Words] = {}
    for path, value in flat(device_class, device).items():
        if path not in known:
            near = difflib.get_close_matches(path, known, 1)
            like = f": {near[0]}?" if near else ""
            found[path] = Words(f"没有此项{like}", f"there is no such item{like}")
        elif not fits(known[path].schema, value):
            wanted = right(known[path].schema)
            found[path] = Words(f"应为{wanted.zh}", f"set {wanted.en}")
    return found


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    """The part of JSON Schema (2020-12) that msgspec writes."""
    if "anyOf" in schema:
        return any(fits(one, value) for one in schema["anyOf"])
    if "enum" in schema:
        return any(type(one) is type(value) and one == value for one in schema["enum"])
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    match value:
        case bool():
            return True
        case int() | float():
            return _in_limits(schema, value)
        case str():
            return _in_length(schema, len(value), "Length") and re.search(schema.get("pattern", ""), value) is not None
        case list():
            return _in_length(schema, len(value), "Items") and all(fits(schema.get("items") or {}, v) for v in value)
        case dict():
            return _in_length(schema, len(value), "Properties") and _table_fits(schema, value)
    return True


def right(schema: Mapping[str, Any]) -> Words:
    """What may stand there, for people."""
    if "anyOf" in schema:
        told = [right(one) for one in schema["anyOf"]]
        return Words("或".join(one.zh for one in told), " or ".join(one.en for one in told))
    if "enum" in schema:
        said = " / ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
        return Words(said, said)
    name = _NAMES[schema["type"]]
    limits = [f"{sign} {schema[key]:g}" for key, sign in _SIGNS.items() if key in schema]
    limits += [f"{key} {schema[key]}" for key in _LENGTHS if key in schema]
    limits += [schema["pattern"]] if "pattern" in schema else []
    said = f" {', '.join(limits)}" if limits else ""
    return Words(name.zh + said, name.en + said)


def _in_limits(schema: Mapping[str, Any], value: float) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
    )


def _in_length(schema: Mapping[str, Any], many: int, of: str) -> bool:
    return bool(schema.get(f"min{of}", 0) <= many <= schema.get(f"max{of}", many))


def _table_fits(schema: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, inner in value.items():
        allowed = known.get(name, rest)
        if allowed is False or not fits(schema.get("propertyNames", {}), name):
            return False
        if isinstance(allowed, dict) and not fits(allowed, inner):
            return False
    return all(name in value for name in schema.get("required", ()))
