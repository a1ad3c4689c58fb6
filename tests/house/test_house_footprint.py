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
