"""A rehearsal whose first child dies: by Ctrl-C, which a terminal sends to the whole group, or for a reason of its own.

A child is in its parent's group until it has a session, so that a Ctrl-C in that moment hits it as well.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from halls.format import parse
from provisioning.rehearsal.performance import Performance, Plan, StoppedError
from provisioning.rehearsal.processes import Addresses, Processes, StartError
from tests.support.day import SMALL


async def _start(directory: Path, stopped: bool) -> None:
    plan = Plan(hall=parse(SMALL.read_text("utf-8"), str(SMALL)), hall_file=SMALL, directory=directory)
    processes = Processes(directory, SMALL, Addresses("127.0.0.1:9", "127.0.0.1:9", "127.0.0.1:9"))
    performance = Performance(plan, processes, lambda text: None)
    if stopped:
        performance.stop()
    try:
        await performance.run(lambda: None)
    finally:
        await performance.close()


@pytest.fixture
def hit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each child that is started dies of SIGINT before it has said a word."""
    child = tmp_path / "python"
    child.write_text("#!/bin/sh\nkill -INT $$\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    return tmp_path


def test_a_child_that_ctrl_c_has_hit_is_no_fault_to_tell_of(hit: Path) -> None:
    with pytest.raises(StoppedError):
        asyncio.run(_start(hit, stopped=True))


def test_a_child_that_died_without_a_word_is_told_by_how_it_ended(hit: Path) -> None:
    with pytest.raises(StartError, match="could not be prepared:\nit ended with -2"):
        asyncio.run(_start(hit, stopped=False))
