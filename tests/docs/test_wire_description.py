"""docs/asyncapi.json and docs/wire.md say what the structs of the wire say."""

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from wire import codec, topics
from wire.messages import DeviceView, UpMessage

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "asyncapi.json").read_text("utf-8"))


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("tingxu_docs_asyncapi", ROOT / "docs" / "asyncapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_both_files_are_in_step_with_the_structs() -> None:
    stale = [path.name for path, text in generator().written().items() if path.read_text("utf-8") != text]
    assert stale == [], "run scripts/asyncapi"


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT)):
        place: Any = DOCUMENT
        for step in reference.split("/"):
            assert step in place, reference
            place = place[step]


def test_every_kind_of_up_message_has_its_topic() -> None:
    up = DOCUMENT["channels"]["up"]
    kinds = [str(kind.__struct_config__.tag) for kind in get_args(UpMessage)]
    assert up["parameters"]["kind"]["enum"] == kinds
    for kind in kinds:
        address = up["address"].format(device="caller-1", kind=kind)
        assert topics.parse_up(address) == topics.UpTopic("caller-1", kind)


def test_every_view_is_a_message_of_the_view_channel() -> None:
    assert set(DOCUMENT["channels"]["view"]["messages"]) == {view.__name__ for view in get_args(DeviceView)}


def test_a_message_of_the_described_shape_is_understood_and_one_without_a_required_field_is_not() -> None:
    schema = DOCUMENT["components"]["schemas"]["Action"]
    message = {"kind": "action", "id": "b0-1", "verb": "call-next", "at": "2026-01-05T09:00:00+08:00"}
    assert set(schema["required"]) == set(message)
    assert codec.decode_up("action", json.dumps(message).encode()).id == "b0-1"
    for field in set(message) - {"kind"}:
        less = {key: value for key, value in message.items() if key != field}
        with pytest.raises(codec.BadMessageError, match=field):
            codec.decode_up("action", json.dumps(less).encode())
