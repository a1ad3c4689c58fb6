"""Who may import whom: the real tree keeps every contract, and each contract notices its violation."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("wire", "halls", "edge", "hub", "provisioning")
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]

# contract → (module that is written, what it imports)
VIOLATIONS = [
    ("edge-and-hub", "edge/runtime/planted.py", "import hub.desk"),
    ("edge-and-hub", "hub/storage/planted.py", "from edge.runtime import config"),
    ("provisioning-and-hub", "provisioning/planted.py", "from hub.storage import event_log"),
    ("provisioning-and-hub", "hub/mqtt/planted.py", "import provisioning.broker"),
    ("wire", "wire/planted.py", "import halls.format"),
    ("wire", "wire/planted.py", "from hub.domain import words"),
    ("halls", "halls/planted.py", "import hub.domain.state"),
    ("halls", "halls/planted.py", "import edge.runtime.config"),
    ("edge", "edge/caller/planted.py", "from halls import format"),
    ("edge", "edge/runtime/planted.py", "import provisioning.broker"),
    ("hub-one-way", "hub/domain/planted.py", "from hub.storage import event_log"),
    ("hub-one-way", "hub/storage/planted.py", "import hub.desk"),
    ("hub-one-way", "hub/roster.py", "import hub.mqtt.gateway"),
    ("hub-one-way", "hub/mqtt/planted.py", "import hub.enrolment.est"),
    ("hub-one-way", "hub/planted.py", ""),  # a part of the hub that nobody gave a place
    ("pure", "hub/domain/planted.py", "import asyncio"),
    ("pure", "hub/domain/planted.py", "def now():\n    import time"),
    ("pure", "hub/domain/planted.py", "from sqlalchemy import select"),
    ("pure", "edge/caller/logic.py", "from random import random"),
    ("pure", "edge/caller/logic.py", "from edge.runtime import outbox"),  # which has a file
    ("pure", "edge/future/logic.py", "from PIL import Image"),  # a class that comes later
    ("device-classes", "edge/caller/planted.py", "import edge.evaluator"),
    ("device-classes", "edge/future/logic.py", "from edge.caller import keys"),
    ("runtime", "edge/runtime/planted.py", "from edge.caller import DEVICE"),
    ("runtime", "edge/protocols/planted.py", "import edge.repeater.handset"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages' Python files and the contracts, in another place."""
    place = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, place / package, ignore=_all_but_python)
    shutil.copy(ROOT / ".importlinter", place)
    return place


def test_the_tree_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_a_violation_is_found_and_named(copy: Path, contract: str, module: str, line: str) -> None:
    """The contract that it breaks is reported broken, with the module that breaks it."""
    with planted(copy / module, line):
        done = lint(copy)
    assert done.returncode == 1, done.stdout
    report = " ".join(done.stdout.split())
    assert f"{contracts()[contract]} BROKEN" in re.sub(r"\(\d+ ignored imports?\) ", "", report), done.stdout
    assert module.removesuffix(".py").replace("/", ".") in report


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(contracts())


class planted:  # noqa: N801 - reads as a verb
    """The module with `line` added, for as long as the context lasts."""

    def __init__(self, module: Path, line: str) -> None:
        self._module, self._line = module, line
        self._before = module.read_text("utf-8") if module.exists() else None
        self._new_folder = not module.parent.exists()

    def __enter__(self) -> None:
        if self._new_folder:
            self._module.parent.mkdir()
            (self._module.parent / "__init__.py").touch()
        self._module.write_text(f"{self._before or ''}\n{self._line}\n", "utf-8")

    def __exit__(self, *_: object) -> None:
        if self._new_folder:
            shutil.rmtree(self._module.parent)
        elif self._before is None:
            self._module.unlink()
        else:
            self._module.write_text(self._before, "utf-8")


def contracts() -> dict[str, str]:
    """Identifier → name."""
    file = configparser.ConfigParser()
    file.read(ROOT / ".importlinter", "utf-8")
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix): file[section]["name"] for section in file if section.startswith(prefix)}


def lint(place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=place, capture_output=True, text=True, timeout=120, check=False)


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    python = [name for name in names if name.endswith(".py") or Path(folder, name).is_dir()]
    return [name for name in names if name not in python or name == "__pycache__"]
