"""What an evaluator's settings refuse, and in which words."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from edge.evaluator import DEVICE
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.config import Config, ConfigError, device_settings
from edge.runtime.device import UnknownDeviceError, device_class, make_driver


def read(**device: Any) -> EvaluatorSettings:
    config = {"hub": {"est": "", "ca_fingerprint": "", "broker": ""}, "agent": {"state_dir": "/"}, "device": device}
    return device_settings(msgspec.convert(config, Config), EvaluatorSettings)


def test_the_runtime_finds_the_class_by_its_folder() -> None:
    assert device_class("evaluator") is DEVICE


def test_an_empty_table_is_the_usual_wiring() -> None:
    assert read() == EvaluatorSettings()


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ({"keys": {"5": 17, "4": 17}, "lamps": {}}, "GPIO 17 is given to keys.5 and to keys.4"),
        ({"keys": {"5": 17}, "lamps": {"5": 17}}, "GPIO 17 is given to keys.5 and to lamps.5"),
        ({"keys": {"5": 17}, "lamps": {"4": 18}}, "lamps.4 has no key"),
        ({"keys": {"6": 17}}, "'6'"),
        ({"keys": {"5": 1}}, r">= 2.*\$\.keys"),
        ({"keys": {}}, r"length >= 1.*\$\.keys"),
        ({"debounce_s": 1}, r"\$\.debounce_s"),
        ({"thanks_s": 0}, r"\$\.thanks_s"),
        ({"lamp": {}}, "unknown field `lamp`"),
        ({"driver": "ff68", "ff68": {"address": 256}}, r"<= 255.*\$\.ff68\.address"),
        ({"driver": "ff68", "ff68": {"port": "COM3"}}, "set the path of a serial port"),
        ({"driver": "ff68", "ff68": {"baud": 96}}, r">= 300.*\$\.ff68\.baud"),
        ({"driver": "ff68", "ff68": {"stars": 6}}, r"<= 5.*\$\.ff68\.stars"),
        ({"page": {"port": 70000}}, r"<= 65535.*\$\.page\.port"),
        ({"page": {"reason": True}}, "unknown field `reason`"),
        ({"hold_s": 0}, r"\$\.hold_s"),
    ],
)
def test_bad_settings_are_refused_by_name(device: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(**device)


def test_a_driver_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownDeviceError, match="gpio, ff68, page, simulated"):
        make_driver(DEVICE, read(driver="touch"))


def test_class_and_logic_load_no_hardware_library() -> None:
    code = "import sys, edge.evaluator, edge.evaluator.logic; sys.exit('gpiozero' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("device", "loaded"),
    [
        ({"driver": "simulated"}, {"gpiozero"}),
        ({"driver": "ff68"}, {"serial"}),
        ({"driver": "page"}, {"edge.runtime.panel"}),
        ({"driver": "ff68", "page": {}}, {"serial", "edge.runtime.panel"}),
    ],
)
def test_a_board_loads_what_it_is_made_of_and_no_more(device: dict[str, Any], loaded: set[str]) -> None:
    code = f"""
import sys, msgspec
from edge.evaluator import DEVICE
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import make_driver
make_driver(DEVICE, msgspec.convert({device!r}, EvaluatorSettings))
print(*({{"gpiozero", "serial", "edge.runtime.panel", "PIL"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == loaded
