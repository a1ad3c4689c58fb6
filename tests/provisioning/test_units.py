"""The services of a board: systemd finds no fault with them, and calls none of them exposed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.runtime import device
from provisioning.image import rootfs
from provisioning.image.checking import EXPOSURE_MAX, exposures

UNITS = Path(__file__).parents[2] / "provisioning" / "systemd"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """As on a board, an instance for each class; with programs that are here, too."""
    place = tmp_path_factory.mktemp("units")
    shutil.copytree(UNITS, place, dirs_exist_ok=True)
    for unit in [*place.glob("tingxu-*.service")]:
        text = unit.read_text("utf-8").replace("/opt/tingxu/venv/bin/python", sys.executable)
        unit.write_text(text.replace("/opt/tingxu/factory\n", "/\n"))
    for name in device.classes():
        shutil.copy(place / "tingxu-agent@.service", place / f"tingxu-agent@{name}.service")
    return place


@needs_systemd
def test_no_service_is_more_exposed_than_agreed(installed):
    units = [installed / f"tingxu-agent@{name}.service" for name in device.classes()]
    scores = exposures([*units, installed / "tingxu-board.service"])
    assert len(scores) == len(device.classes()) + 1
    assert {name: score for name, score in scores.items() if score > EXPOSURE_MAX} == {}


@needs_systemd
def test_systemd_finds_no_fault_with_any_of_them(installed):
    """But for the users and folders that are on a board alone."""
    names = [f"tingxu-agent@{name}.{kind}" for name in device.classes() for kind in ("service", "path")]
    for name in device.classes():
        shutil.copy(installed / "tingxu-agent@.path", installed / f"tingxu-agent@{name}.path")
    units = [installed / name for name in (*names, "tingxu-board.service")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "tingxu-" in line] == [], done.stderr


@pytest.mark.parametrize("name", device.classes())
def test_each_class_names_its_devices_and_its_groups_are_on_the_card(name):
    text = (UNITS / f"tingxu-agent@{name}.service.d" / "devices.conf").read_text("utf-8")
    groups = set(re.findall(r"^SupplementaryGroups=(.*)$", text, re.MULTILINE)[0].split())
    assert groups <= {"dialout", "video", "render", "audio", *rootfs.GROUPS}
    assert "DeviceAllow=char-" in text
    assert "DevicePolicy" not in text


def test_no_drop_in_is_left_of_a_class_that_is_gone():
    found = {path.name.removeprefix("tingxu-agent@").removesuffix(".service.d") for path in UNITS.glob("*.d")}
    assert found == set(device.classes())


def test_a_board_without_a_class_reaches_its_led_as_an_agent_does():
    """By the group of its udev rule and a writable /sys: access(2) does not ask for capabilities."""
    texts = [(UNITS / f"tingxu-{name}.service").read_text("utf-8") for name in ("board", "agent@")]
    for line in (r"SupplementaryGroups=.*\btingxu\b", r"ReadWritePaths=-/sys/devices/platform/leds", "ProcSubset=all"):
        assert [bool(re.search(rf"^{line}", text, re.MULTILINE)) for text in texts] == [True, True], line
