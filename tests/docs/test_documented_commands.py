"""Every command in READMEs and manual can be given: scripts, modules and their options are there."""

import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANUALS = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "operations.md"]
READMES = MANUALS[:2]

_FENCED = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_MODULE = re.compile(r"python[0-9.]* -m (?P<module>[a-z][a-z_.]*)(?P<rest>[^\n]*)")
_OURS = ("edge", "hub", "halls", "provisioning")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(manual: Path) -> list[str]:
    """Lines of shell examples, continued ones joined, and what stands in backticks."""
    text = manual.read_text("utf-8")
    blocks = [line for block in _FENCED.findall(text) for line in re.sub(r"\\\n\s*", "", block).splitlines()]
    return [*blocks, *_INLINE.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<!\S)--[a-z][a-z-]+", text))


@cache
def known_options(*command: str) -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-m", *command, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(re.findall(r"--[a-z][a-z-]+", done.stdout))


@pytest.mark.parametrize("manual", MANUALS, ids=name)
def test_every_script_that_is_named_is_there_and_can_be_run(manual: Path) -> None:
    named = {ROOT / found for line in commands(manual) for found in re.findall(r"(?<![\w/])scripts/[a-z]+", line)}
    absent = {name(script) for script in named if not os.access(script, os.X_OK)}
    assert absent - _announced(manual) == set()


def _announced(manual: Path) -> set[str]:
    """Scripts of which the manual itself says that they are to come."""
    told = (line for line in manual.read_text("utf-8").splitlines() if "to come" in line)
    return {found for line in told for found in re.findall(r"scripts/[a-z]+", line)}


@pytest.mark.parametrize("manual", MANUALS, ids=name)
def test_every_module_of_ours_is_there_and_knows_the_options_that_are_given_to_it(manual: Path) -> None:
    checked = 0
    for line in commands(manual):
        match = _MODULE.search(line)
        if match is None or match["module"].partition(".")[0] not in _OURS:
            continue
        assert importlib.util.find_spec(match["module"]) is not None, line
        given = options(match["rest"])
        if given:
            verbs = ("init", "serve", "ca", "backup", "restore", "status", "roll-over", "revoke")
            verb = verbs if match["module"] == "hub" else ()
            command = (match["module"], *(word for word in match["rest"].split() if word in verb))
            assert given <= known_options(*command), line
            checked += 1
    assert checked or manual.name == "CONTRIBUTING.md"


@pytest.mark.parametrize("manual", READMES, ids=name)
def test_every_option_of_the_demo_is_told_and_every_one_told_is_known(manual: Path) -> None:
    text = manual.read_text("utf-8")
    section = text[text.index("### `scripts/demo`") : text.index("### `scripts/test`")]
    assert options(section.replace("`", " ")) == known_options("provisioning.rehearsal") - {"--help"}


@pytest.mark.parametrize("manual", MANUALS, ids=name)
def test_every_lock_that_is_named_is_there(manual: Path) -> None:
    named = set(re.findall(r"locks/[a-z-]+\.txt", manual.read_text("utf-8")))
    assert [lock for lock in named if not (ROOT / lock).exists()] == []
