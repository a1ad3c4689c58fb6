"""The lock files are in step with pyproject.toml, and a board's holds nothing of the hub's."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = {path.stem: path.read_text("utf-8") for path in (ROOT / "locks").glob("*.txt")}
CLASSES = sorted(path.parent.name for path in ROOT.glob("edge/*/logic.py"))
OF_THE_HUB = {"fastapi", "sqlalchemy", "uvicorn", "starlette", "alembic", "pydantic", "gmqtt", "jinja2"}


def requirements(extra: str) -> Iterator[Requirement]:
    """What installing `tingxu[extra]` asks for, other extras of ours followed."""
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]]:
        requirement = Requirement(text)
        if requirement.name == PROJECT["name"]:
            for other in requirement.extras:
                yield from requirements(other)
        else:
            yield requirement


def pinned(lock: str) -> dict[str, str]:
    """Package → version."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", LOCKS[lock], re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("extra", sorted(LOCKS))
def test_every_dependency_is_pinned_at_a_version_that_it_allows(extra: str) -> None:
    pins = pinned(extra)
    for requirement in requirements(extra):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"locks/{extra}.txt lacks {requirement}: run scripts/lock"
        assert requirement.specifier.contains(pins[name], prereleases=True), f"{requirement}: {pins[name]} is pinned"


@pytest.mark.parametrize("extra", sorted(LOCKS))
def test_every_pin_has_a_hash(extra: str) -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCKS[extra].strip())
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", CLASSES)
def test_a_board_gets_nothing_of_the_hub(name: str) -> None:
    assert set(pinned(name.replace("_", "-"))) & OF_THE_HUB == set()


def test_whatever_is_installed_alone_has_a_lock() -> None:
    """The hub, its other database, the technician's tools, development, and every device class."""
    assert {"hub", "postgresql", "tools", "dev"} | {name.replace("_", "-") for name in CLASSES} == set(LOCKS)
