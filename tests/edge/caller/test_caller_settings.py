"""What a caller's settings refuse, and in which words."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from edge.caller import DEVICE, logic
from edge.caller.settings import CallerSettings
from edge.runtime.config import Config, ConfigError, device_settings
from edge.runtime.device import Context, UnknownDeviceError, device_class, make_driver


def read(**device: Any) -> CallerSettings:
    config = {"hub": {"est": "", "ca_fingerprint": "", "broker": ""}, "agent": {"state_dir": "/"}, "device": device}
    return device_settings(msgspec.convert(config, Config), CallerSettings)


def test_the_runtime_finds_the_class_by_its_folder() -> None:
    assert device_class("caller") is DEVICE


def test_an_empty_table_is_the_usual_wiring() -> None:
    assert read() == CallerSettings()


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ({"keys": {"call-next": 17, "recall": 17}}, "GPIO 17 is given to keys.call-next and to keys.recall"),
        (
            {"keys": {"call-next": 17}, "signals": {"link": 17}},
            "GPIO 17 is given to keys.call-next and to signals.link",
        ),
        ({"keys": {"call-next": 28}}, r"<= 27.*\$\.keys"),
        ({"keys": {"jump": 5}}, "'jump'"),
        ({"keys": {}}, r"length >= 1.*\$\.keys"),
        ({"debounce_s": 3}, r"\$\.debounce_s"),
        ({"expires_s": 0}, r"\$\.expires_s"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"expires_s": 11}, r"<= 10.*\$\.expires_s"),
        ({"display": "digits"}, "GPIO 7 is given to keys.end and to digits.CE1"),
        ({"display": "oled", "keys": {"call-next": 3}}, "GPIO 3 is given to keys.call-next and to oled.SCL"),
        ({"display": "oled", "oled": {"bus": "spi"}, "keypad": "matrix", "signals": {"link": 22}}, "signals.link"),
        ({"keypad": "matrix", "matrix": {"rows": [4, 4], "columns": [5], "keys": [["1"], ["2"]]}}, "matrix.rows"),
        ({"keypad": "matrix", "matrix": {"rows": [4]}}, "1 rows of 5 names"),
        ({"matrix": {"rows": [4], "columns": [5, 6], "keys": [["1", "1"]]}}, "'1' is there twice"),
        ({"matrix": {"rows": [4], "columns": [5], "keys": [[""]]}}, "there is no key"),
        ({"keypad": "ff68", "ff68": {"address": 256}}, r"<= 255.*\$\.ff68\.address"),
        ({"keypad": "none"}, "neither a keypad nor a display"),
        ({"pause_reasons": {"0": "午休"}}, r"\$\.pause_reasons"),
        ({"oled": {"chip": "ssd1309"}}, "ssd1309"),
    ],
)
def test_bad_settings_are_refused_by_name(device: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(**device)


def test_tables_of_parts_that_are_not_fitted_take_no_pins() -> None:
    settings = read(keypad="ff68", display="none", keys={"call-next": 4}, matrix={"rows": [4, 5, 6, 12]})
    assert settings.signal_pins == {}
    assert settings.wired_keys == ()


@pytest.mark.parametrize("display", ["digits", "oled"])
@pytest.mark.parametrize("bus", ["i2c", "spi"])
def test_the_usual_matrix_leaves_the_pins_of_every_display_free(display: str, bus: str) -> None:
    assert len(read(keypad="matrix", display=display, oled={"bus": bus}).wired_keys) == 20


def test_a_driver_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownDeviceError, match="gpio, simulated"):
        make_driver(DEVICE, read(driver="spi"))


def test_class_and_logic_load_no_hardware_library() -> None:
    code = "import sys, edge.caller, edge.caller.logic; sys.exit('gpiozero' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("keypad", ["gpio", "matrix", "ff68"])
@pytest.mark.parametrize("display", ["none", "digits", "oled"])
def test_no_fact_of_the_hardware_hides_one_of_the_logic(keypad: str, display: str) -> None:
    """They lie side by side in one health report."""
    settings = read(driver="simulated", keypad=keypad, display=display, keys={"call-next": 4})
    driver = make_driver(DEVICE, settings)
    state = logic.start(Context("caller-1", "b0"), settings)
    assert set(driver.health()) & set(logic.facts(state)) == set()
    parts: Any = driver
    facts = [name for part in parts._parts.values() for name in part.health()]
    assert len(facts) == len(set(facts))
