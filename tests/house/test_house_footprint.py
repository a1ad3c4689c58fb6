"""A board of 512 MB carries only what its class needs: what a class imports is asked of a fresh interpreter."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from edge.runtime.device import classes
from tests.house.test_house_locks import pinned

ROOT = Path(__file__).parents[2]
EVERY_BOARD = {"msgspec", "paho-mqtt", "tingxu"}
TAKEN_WHERE_PRESENT = {"typing-extensions"}  # by msgspec, which does without it on a board

_TELL = """
import importlib, sys
before = set(sys.modules)
{code}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""
_AGENT = "import edge.runtime.agent, edge.runtime.config"
_LOGIC = f"{_AGENT}\nfrom edge.{{name}} import DEVICE\nimportlib.import_module(DEVICE.logic)"
_DRIVERS = f"{_LOGIC}\nfor where in DEVICE.drivers.values(): importlib.import_module(where.partition(':')[0])"


def imported(code: str) -> set[str]:
    """Names of the top-level modules that `code` brings in."""
    command = [sys.executable, "-c", _TELL.format(code=code)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def distributions(modules: set[str]) -> set[str]:
    """The installed packages that they come from; the standard library has none."""
    known = importlib.metadata.packages_distributions()
    return {canonicalize_name(known[module][0]) for module in modules if module in known} - TAKEN_WHERE_PRESENT


def test_the_runtime_alone_loads_two_libraries() -> None:
    assert distributions(imported(_AGENT)) <= EVERY_BOARD


@pytest.mark.parametrize("name", classes())
def test_the_logic_of_a_class_loads_no_library_more(name: str) -> None:
    modules = imported(_LOGIC.format(name=name))
    assert not modules & {"fastapi", "sqlalchemy", "PIL", "luma", "cryptography", "gpiozero", "serial"}
    assert distributions(modules) <= EVERY_BOARD


@pytest.mark.parametrize("name", classes())
def test_all_that_the_drivers_load_is_in_the_lock_of_the_class(name: str) -> None:
    """So a board without an LED window or a screen has no Pillow to load."""
    loaded = distributions(imported(_DRIVERS.format(name=name)))
    assert loaded - {"tingxu"} <= set(pinned(name.replace("_", "-")))


@pytest.mark.parametrize("name", classes())
def test_no_class_loads_a_part_of_the_hub(name: str) -> None:
    modules = imported(_DRIVERS.format(name=name))
    assert not modules & {"hub", "halls", "provisioning", "fastapi", "sqlalchemy", "pydantic", "asyncio"}


_BUILT = """
import msgspec
from edge.runtime import device
kind = device.device_class({name!r})
device.make_driver(kind, msgspec.convert({table!r}, kind.settings), {state_dir!r})
"""
# class, its [device] table → what is loaded beyond what every board carries
WIRINGS = [
    ("ticket_printer", {"driver": "serial"}, {"pyserial"}),
    ("ticket_printer", {"driver": "serial", "buttons": {"A": 5}}, {"pyserial", "gpiozero", "colorzero"}),
    ("caller", {}, {"gpiozero", "colorzero"}),
    ("caller", {"keypad": "matrix"}, {"gpiozero", "colorzero"}),
    ("caller", {"keypad": "ff68"}, {"pyserial"}),
    ("evaluator", {}, {"gpiozero", "colorzero"}),
    ("evaluator", {"driver": "ff68"}, {"pyserial"}),
    ("evaluator", {"driver": "page"}, set()),
    ("repeater", {}, {"pyserial"}),
    ("led_window", {"driver": "onbon-tcp", "card": {"host": "192.0.2.7"}}, set()),
    ("signage_player", {}, {"pillow"}),
]


@pytest.mark.parametrize(("name", "table", "libraries"), WIRINGS)
def test_a_board_loads_what_its_wiring_needs_and_nothing_else(
    name: str, table: dict[str, object], libraries: set[str], tmp_path: Path
) -> None:
    modules = imported(_BUILT.format(name=name, table=table, state_dir=str(tmp_path)))
    assert distributions(modules) - EVERY_BOARD == libraries
    assert not modules & {"asyncio", "sqlite3", "unittest", "multiprocessing", "concurrent", "numpy"}
    if table.get("driver") != "page":
        assert "socketserver" not in modules, "only a touch page is served"
