"""What the hub checks before it sends, held against the classes themselves: it never refuses what a device takes."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime import settings_choice as choice
from edge.runtime.device import classes, device_class
from hub.device_settings import checks, items
from tests.edge.runtime.test_settings_choice import table_of


def test_the_hub_knows_every_class_and_its_items_as_the_class_does() -> None:
    for name in classes():
        device = device_class(name)
        paths = [path for path in choice._paths(device.settings) if path not in device.local]
        assert list(items.items(name)) == paths


def test_every_default_fits_and_is_the_classs_own() -> None:
    for name in classes():
        device, known = device_class(name), items.items(name)
        usual = {path: item.default for path, item in known.items() if item.default is not None}
        assert checks.problems(name, items.nested(usual)) == {}
        built, error = choice.built(device, items.nested(usual | {"driver": "simulated"}))
        plain, _ = choice.built(device, {"driver": "simulated"})
        assert (built, error) == (plain, "")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(classes()).flatmap(lambda name: st.tuples(st.just(name), table_of(device_class(name).settings))))
def test_what_a_device_takes_item_by_item_the_hub_does_not_refuse(case: tuple[str, dict[str, Any]]) -> None:
    name, table = case[0], msgspec.json.decode(msgspec.json.encode(case[1]))  # as it comes
    device, refused = device_class(name), checks.problems(name, table)
    for path, value in choice.items(device.settings, table).items():
        if not choice.wrong(device, path, value):
            assert path not in refused, refused[path].en


def test_items_and_tables_are_each_others_way_back() -> None:
    table = {"double_s": 0.5, "digits": {"contrast": 20}, "keys": {"recall": 5}, "oled": {"reset": None}}
    assert items.nested(items.flat("caller", table)) == table
