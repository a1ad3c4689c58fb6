"""wire/device_settings.json says what the structs in edge/ say, and says it in both languages."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.device import classes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> Any:
    spec = importlib.util.spec_from_file_location("tingxu_docs_settings", ROOT / "docs" / "device_settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_document_is_in_step_with_the_classes(generator: Any) -> None:
    assert generator.DOCUMENT.read_text("utf-8") == generator.written(), "run scripts/settings"


@pytest.mark.parametrize("name", classes())
def test_every_item_is_explained_in_chinese_and_nothing_else_is(generator: Any, name: str) -> None:
    """What the names and comments of the structs say to a programmer is not enough for who stands before the board."""
    device = generator.device_class(name)
    written = json.loads(generator.DOCUMENT.read_text("utf-8"))[name]
    paths = set()
    for above, kind in generator._structs(device.settings, ""):
        table = written if not above else written["$defs"][kind.__name__]
        named = table["properties"]
        paths |= {f"{above}{field}" for field, about in named.items() if "$ref" not in about}
    assert set(generator.chinese_of(device)) == paths
