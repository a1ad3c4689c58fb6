"""Whatever comes as settings: what an agent makes of it can be built, and nothing that fits is lost needlessly."""

import os
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime import settings_choice as choice
from edge.runtime.device import classes, device_class

FILE: dict[str, Any] = {"driver": "simulated"}
CALLER, WINDOW = device_class("caller"), device_class("led_window")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def table_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Tables with the class's names; in them what often fits, and what seldom does."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            fields[field.encode_name] = table_of(field.type) | anything
        else:
            usual = None if field.required else msgspec.to_builtins(field_default(field))
            near = st.sampled_from([usual, 0, 1, 4, 5, 0.5, 2.0, "", "18:30", "none", "simulated", True])
            fields[field.encode_name] = near | anything
    return st.fixed_dictionaries({}, optional=fields)


def field_default(field: Any) -> Any:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def built(device, device_table) -> str:
    return choice.built(device, choice.laid_over(device.settings, FILE, device_table))[1]


@st.composite
def case(draw: st.DrawFn) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """A class, settings that are good for it, and new ones."""
    device = device_class(draw(st.sampled_from(classes())))
    some = table_of(device.settings)
    first = choice.choose(device, FILE, {}, draw(some))
    assert first is not None
    return device, first.device, draw(some | st.dictionaries(st.text(max_size=12), anything, max_size=4))


@settings(max_examples=int(os.environ.get("TINGXU_SETTINGS", "60")), deadline=None)
@given(case())
def test_the_table_can_always_be_built_and_no_item_is_left_out_that_could_be_in_it(case) -> None:
    device, good, wanted = case
    assert built(device, good) == ""
    chosen = choice.choose(device, FILE, good, wanted)
    assert chosen is not None
    assert built(device, chosen.device) == ""
    kept, new = choice.items(device.settings, chosen.device), choice.items(device.settings, wanted)
    old = choice.items(device.settings, good)
    for path, value in new.items():
        if path not in chosen.problems:
            assert kept[path] == value
        elif not choice.wrong(device, path, value):
            assert built(device, choice.table(kept | {path: value})), f"{path} was left out needlessly"
    for path in chosen.problems:
        assert kept.get(path) == old.get(path), "what does not fit stays as it was"
    for path in kept.keys() - new.keys():
        assert path in chosen.problems, "what is not named any more is gone"


def test_a_bad_item_keeps_its_last_good_value_and_the_others_are_new() -> None:
    good = {"debounce_s": 0.05, "digits": {"contrast": 20}}
    wanted = {"debounce_s": 5, "digits": {"contrast": 30, "contrst": 1}, "stuck_s": 4.0}
    chosen = choice.choose(CALLER, FILE, good, wanted)
    assert chosen is not None
    assert chosen.device == {"debounce_s": 0.05, "digits": {"contrast": 30}, "stuck_s": 4.0}
    assert "≤ 0.2" in chosen.problems["debounce_s"]
    assert "contrast?" in chosen.problems["digits.contrst"]


def test_a_driver_that_the_class_does_not_have_is_left_out_and_those_that_it_has_are_named() -> None:
    chosen = choice.choose(CALLER, FILE, {}, {"driver": "telepathy", "stuck_s": 4.0})
    assert chosen is not None
    assert chosen.device == {"stuck_s": 4.0}
    assert '"gpio"' in chosen.problems["driver"]


def test_which_program_a_board_runs_is_not_the_hubs_to_say() -> None:
    chosen = choice.choose(device_class("signage_player"), FILE, {}, {"mpv": "/tmp/mine", "rows": 4})
    assert chosen is not None
    assert chosen.device == {"rows": 4}
    assert "own file" in chosen.problems["mpv"]


def test_of_items_that_contradict_each_other_the_fewest_are_left_out_and_the_rule_is_told() -> None:
    """The new time of one alone says nothing: it is the one that the rule names."""
    chosen = choice.choose(WINDOW, FILE, {}, {"dim_from": "18:30", "contrast": 90, "blink_s": 4.0})
    assert chosen is not None
    assert chosen.device == {"contrast": 90, "blink_s": 4.0}
    assert list(chosen.problems) == ["dim_from"]
    assert "set dim_until as well" in chosen.problems["dim_from"]


def test_what_is_taken_away_is_a_change_too_and_stays_where_others_need_it() -> None:
    """`dim_until` is not named any more, but without it `dim_from` could not be."""
    good = {"dim_from": "18:30", "dim_until": "06:00"}
    chosen = choice.choose(WINDOW, FILE, good, {"dim_from": "19:00"})
    assert chosen is not None
    assert chosen.device == {"dim_from": "19:00", "dim_until": "06:00"}
    assert list(chosen.problems) == ["dim_until"]


def test_settings_that_are_wholly_wrong_take_nothing() -> None:
    chosen = choice.choose(CALLER, FILE, {"stuck_s": 4.0}, {"stuck": 1, "debounce_s": "long"})
    assert chosen is not None
    assert not chosen.taken
    assert set(chosen.problems) == {"stuck", "debounce_s"}


def test_a_table_with_free_keys_is_one_item_and_replaces_the_whole() -> None:
    chosen = choice.choose(CALLER, {**FILE, "keys": {"call-next": 4, "recall": 5}}, {}, {"keys": {"call-next": 6}})
    assert chosen is not None
    made, _ = choice.built(CALLER, choice.laid_over(CALLER.settings, {**FILE, "keys": {"recall": 5}}, chosen.device))
    assert made.keys == {"call-next": 6}


def test_what_is_wrong_in_the_boards_own_file_can_be_put_right_from_the_hub() -> None:
    chosen = choice.choose(CALLER, {**FILE, "debounce_s": 9}, {}, {"debounce_s": 0.1})
    assert chosen is not None
    assert chosen.device == {"debounce_s": 0.1}


def test_a_file_that_cannot_be_used_and_is_not_put_right_gives_no_choice() -> None:
    assert choice.choose(CALLER, {**FILE, "debounce_s": 9}, {}, {"stuck_s": 4.0}) is None


@pytest.mark.parametrize("name", classes())
def test_facts_that_tell_of_hardware_are_told_by_the_class(name: str) -> None:
    """Without them new settings could break its hardware and be kept."""
    assert device_class(name).well
