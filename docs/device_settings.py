"""`scripts/settings`: the settings of every device class as JSON Schema, for the hub, which does not know the classes.

From the structs themselves: limits and defaults, what the comments say, units by the end of the name; and from the
class's `settings.zh.toml` what they are in Chinese.
"""

import argparse
import ast
import inspect
import json
import re
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime.device import DeviceClass, classes, device_class

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "wire" / "device_settings.json"

_UNITS = {  # by the end of a name; the first that fits
    "_per_s_max": "1/s", "frames_s": "1/s", "px_s": "px/s", "dots_s": "dots/s", "kb_s": "kB/s", "_s": "s",
    "_s_max": "s", "_h": "h", "_mb_max": "MB", "_hz": "Hz", "baud": "Bd", "_wpm": "wpm", "volume": "%",
}  # fmt: skip


def main() -> int:
    top = argparse.ArgumentParser(prog="scripts/settings", description=__doc__)
    top.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the file is out of step")
    options = top.parse_args()
    text = written()
    stale = not DOCUMENT.exists() or DOCUMENT.read_text("utf-8") != text
    if stale and options.check:
        print(f"{DOCUMENT.name} is out of step with edge/: run scripts/settings", file=sys.stderr)
    elif stale:
        DOCUMENT.write_text(text, "utf-8")
    return int(options.check and stale)


def written() -> str:
    """What the file should say."""
    found = {name: schema(device_class(name)) for name in classes()}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def schema(device: DeviceClass) -> dict[str, Any]:
    """JSON Schema of one class. `x-unit`: of the number; `x-zh`: the description in Chinese."""
    (top,), parts = msgspec.json.schema_components([device.settings], ref_template="#/$defs/{name}")
    structs = {kind.__name__: (kind, above) for above, kind in _structs(device.settings, "")}
    chinese = chinese_of(device)
    for name, (kind, above) in structs.items():
        told = comments(kind)
        for field in msgspec.structs.fields(kind):
            about = parts[name]["properties"][field.encode_name]
            if field.default_factory is not msgspec.NODEFAULT:
                about["default"] = msgspec.to_builtins(field.default_factory())
            about |= _about(field.name, f"{above}{field.name}", told.get(field.name, ""), chinese)
    main = parts.pop(top["$ref"].rpartition("/")[2])
    main["properties"]["driver"] = {"enum": list(device.drivers), **main["properties"]["driver"]}
    main["properties"]["driver"].pop("type", None)
    for name in device.local:
        main["properties"][name]["readOnly"] = True
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **main, "$defs": parts}


def chinese_of(device: DeviceClass) -> dict[str, str]:
    """By path: "debounce_s", "digits.contrast"."""
    path = ROOT / "edge" / device.name / "settings.zh.toml"
    return dict(_flat(tomllib.loads(path.read_text("utf-8")), "")) if path.exists() else {}


def comments(kind: type) -> dict[str, str]:
    """What stands behind each field of a struct, or on the lines above it."""
    source = textwrap.dedent(inspect.getsource(kind))
    lines, found = source.splitlines(), dict[str, str]()
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own = [_comment(line) for line in lines[node.lineno - 1 : node.end_lineno]]
            above = []
            for line in reversed(lines[: node.lineno - 1]):
                if not line.strip().startswith("#"):
                    break
                above.insert(0, line.strip().lstrip("# "))
            found[node.target.id] = " ".join(part for part in (*own, *above) if part)
    return found


def _comment(line: str) -> str:
    match = re.search(r"  # (?!fmt|type|noqa)(.+)$", line)
    return match[1].strip() if match else ""


def _about(field: str, path: str, told: str, chinese: dict[str, str]) -> dict[str, str]:
    unit = next((unit for end, unit in _UNITS.items() if field.endswith(end)), "")
    found = {"description": told, "x-zh": chinese.get(path, ""), "x-unit": unit}
    return {name: text for name, text in found.items() if text}


def _structs(kind: type, above: str) -> list[tuple[str, type]]:
    """The struct and those in it, each with the path before its fields."""
    found = [(above, kind)]
    for field in msgspec.structs.fields(kind):
        for one in (field.type, *getattr(field.type, "__args__", ())):
            if isinstance(one, type) and issubclass(one, msgspec.Struct):
                found += _structs(one, f"{above}{field.encode_name}.")
    return found


def _flat(table: dict[str, Any], above: str) -> list[tuple[str, str]]:
    found = []
    for name, value in table.items():
        found += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(f"{above}{name}", value)]
    return found


if __name__ == "__main__":
    sys.exit(main())
