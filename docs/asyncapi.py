"""`scripts/asyncapi`: what goes over the wire, as AsyncAPI 3.0 and as tables, from the structs themselves."""

import argparse
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from wire import base, messages, topics
from wire.codec import MAX_BYTES
from wire.messages import BoardView, DeviceView, Presence, Reply, UpMessage
from wire.orders import Order
from wire.slip import Slip
from wire.upkeep import Release, Settings

HERE = Path(__file__).parent
DOCUMENT, PAGE = HERE / "asyncapi.json", HERE / "wire.md"
MARK = "<!-- From here on written by scripts/asyncapi. -->\n"

_UP: tuple[type, ...] = get_args(UpMessage)
_VIEWS: tuple[type, ...] = get_args(DeviceView)
_ORDERS: tuple[type, ...] = get_args(Order)
_PARTS = (Slip, messages.Ask, messages.MachineService, messages.BoardCall, messages.BoardWaiting,
          messages.Handheld, messages.Programme, messages.Playlist, messages.Daypart, messages.ContentItem,
          messages.Emergency, messages.Play)  # fmt: skip
_FIELD = re.compile(r"    (?P<name>\w+): .*?  # (?P<note>.+)$", re.MULTILINE)
_NAMED: dict[Any, str] = {base.Digest: "SHA-256 in hex", messages.DayTime: "HH:MM"}
_ALIASES = {name: getattr(messages, name) for name in ("Verb", "PrintOutcome", "CounterPhase", "PlayOutcome", "Zone")}


def main() -> int:
    top = argparse.ArgumentParser(prog="scripts/asyncapi", description=__doc__)
    top.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file is out of step")
    options = top.parse_args()
    stale = [path for path, text in written().items() if path.read_text("utf-8") != text]
    for path in stale:
        if options.check:
            print(f"{path.name} is out of step with wire/: run scripts/asyncapi", file=sys.stderr)
        else:
            path.write_text(written()[path], "utf-8")
    return int(options.check and bool(stale))


def written() -> dict[Path, str]:
    """What the files should say."""
    head = PAGE.read_text("utf-8").partition(MARK)[0]
    return {DOCUMENT: json.dumps(document(), ensure_ascii=False, indent=1) + "\n", PAGE: head + MARK + tables()}


def document() -> dict[str, Any]:
    channels = {
        "up": _channel(topics.up("device", "kind"), _UP, "From a device to the hub."),
        "view": _channel(
            topics.down("device", "view"), _VIEWS, "What a device should show; which one, its class says."
        ),
        "reply": _channel(topics.down("device", "reply"), (Reply,), "The hub's answer to one up message."),
        "order": _channel(topics.down("device", "order"), _ORDERS, "What a device is to do once, and soon."),
        "config": _channel(topics.down("device", "config"), (Settings,), "The settings that a device should have."),
        "release": _channel(topics.down("device", "release"), (Release,), "The software that a board should run."),
        "board": _channel(topics.board("hall", "area"), (BoardView,), "What anyone in the hall may show."),
        "presence": _channel(topics.presence("device"), (Presence,), "Who is there; `hub` is the hub itself."),
    }
    every = (*_UP, *_VIEWS, Reply, *_ORDERS, Settings, Release, BoardView, Presence)
    _, schemas = msgspec.json.schema_components(every, ref_template="#/components/schemas/{name}")
    for kind in (*every, *_PARTS):
        for name, note in notes(kind).items():
            schemas[kind.__name__]["properties"][name].setdefault("description", note)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tingxu 厅序: between hub and devices",
            "version": "1.0.0",
            "description": inspect.getdoc(messages),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}:8883",
                "protocol": "mqtts",
                "protocolVersion": "5.0",
                "description": "Mutual TLS. The certificate's common name is the user name and the client id.",
                "variables": {"host": {"default": "localhost"}},
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
            }
        },
        "channels": channels,
        "operations": _operations(),
        "components": {
            "messages": {one.__name__: _message(one) for one in every},
            "schemas": _plain(schemas),
            "securitySchemes": {"certificate": {"type": "X509", "description": "Of the hub's own authority, by EST."}},
        },
    }


def tables() -> str:
    """Every message with its fields: what the page has below its mark."""
    parts = []
    for title, kinds in (
        ("Up", _UP),
        ("Down: answers", (Reply, Slip)),
        ("Down: orders", _ORDERS),
        ("Down: views", (*_VIEWS, BoardView)),
        ("Down: upkeep", (Settings, Release)),
        ("Presence", (Presence,)),
        ("Parts", tuple(one for one in _PARTS if one is not Slip)),
    ):
        parts.append(f"\n## {title}\n")
        parts += [_table(kind) for kind in kinds]
    parts.append("\n## Names\n\n| name | one of |\n|---|---|\n")
    parts += [f"| {name} | {_values(alias)} |\n" for name, alias in _ALIASES.items()]
    parts.append("| Fact | text, a number, `true`, `false`, `null` |\n| time | RFC 3339, with its zone |\n")
    parts.append(f"\nA message has {MAX_BYTES // 1024} KiB at the most.\n")
    return "".join(parts)


def notes(kind: type) -> dict[str, str]:
    """The comments behind the fields of a struct, and of those that it inherits from."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("wire."):
            found |= {match["name"]: match["note"] for match in _FIELD.finditer(inspect.getsource(one))}
    return found


def _table(kind: type) -> str:
    told, about = notes(kind), " ".join((inspect.getdoc(kind) or "").split())
    inherited = about == " ".join((inspect.getdoc(kind.__base__) or "").split())
    rows = [f"\n### `{_tag(kind)}` {kind.__name__}\n\n"]
    if about and not inherited:
        rows.append(f"{about}\n\n")
    rows.append("| field | type | default | |\n|---|---|---|---|\n")
    for field in msgspec.structs.fields(kind):
        default = "required" if field.required else f"`{_default(field)}`"
        rows.append(f"| `{field.encode_name}` | {_type(field.type)} | {default} | {told.get(field.name, '–')} |\n")
    return "".join(rows)


def _default(field: Any) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _type(kind: Any) -> str:
    """As a reader says it."""
    for name, alias in _ALIASES.items():
        if kind == alias:
            return name
    if kind == base.Moment:
        return "time"
    if kind == base.Fact:
        return "Fact"
    if kind in _NAMED:
        return _NAMED[kind]
    if hasattr(kind, "__metadata__"):  # limits; asyncapi.json has them
        return _type(kind.__origin__)
    told = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}
    if kind in told:
        return told[kind]
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    origin = getattr(kind, "__origin__", None)
    if origin is Literal:
        return _values(kind)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"object of {_type(inner[1])}"
    return " or ".join(_type(one) for one in inner) if inner else str(kind.__name__)


def _values(alias: Any) -> str:
    return ", ".join(f"`{value}`" for value in get_args(alias))


def _tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def _channel(topic: str, kinds: tuple[type, ...], about: str) -> dict[str, Any]:
    """`topic`: as wire.topics makes it from the names of its parameters."""
    parameters: dict[str, Any] = {}
    levels = []
    for level in topic.split("/"):
        named = level in ("device", "kind", "hall", "area")
        levels.append(f"{{{level}}}" if named else level)
        if named:
            parameters[level] = {"description": "One level: 1 to 64 of a-z, 0-9 and '-'."}
            if level == "kind":
                parameters[level] = {"description": "The message's own tag.", "enum": [_tag(one) for one in kinds]}
    return {
        "address": "/".join(levels),
        "description": about,
        "parameters": parameters,
        "messages": {one.__name__: {"$ref": f"#/components/messages/{one.__name__}"} for one in kinds},
    }


def _operations() -> dict[str, Any]:
    """As the hub sees it."""
    return {
        "hear": _operation("receive", "up", retain=False),
        "show": _operation("send", "view", retain=True),
        "answer": _operation("send", "reply", retain=False),
        "order": _operation("send", "order", retain=False),
        "configure": _operation("send", "config", retain=True),
        "release": _operation("send", "release", retain=True),
        "showBoard": _operation("send", "board", retain=True),
        "hearPresence": _operation("receive", "presence", retain=True),
        "tellPresence": _operation("send", "presence", retain=True),
    }


def _operation(action: str, channel: str, *, retain: bool) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}},
    }


def _message(kind: type) -> dict[str, Any]:
    return {
        "name": _tag(kind),
        "title": kind.__name__,
        "summary": " ".join((inspect.getdoc(kind) or "").split()),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _plain(schema: Any) -> Any:
    """JSON Schema as AsyncAPI has it: the discriminator is the property's name alone."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items()}
    match schema.get("discriminator"):
        case {"propertyName": str(name)}:
            plain["discriminator"] = name
    return plain


if __name__ == "__main__":
    sys.exit(main())
