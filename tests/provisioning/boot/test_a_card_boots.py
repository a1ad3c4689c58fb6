"""A card boots, enrols, prints, and survives a power cut: one start and one cut, where a machine can be started fast.

The whole of it, and without KVM, is `scripts/boot`: twenty cuts.
"""

import random
import shutil
from pathlib import Path

import pytest

from edge.runtime.version import VERSION
from provisioning.boot.course import Course
from provisioning.boot.machine import KINDS, accelerator
from provisioning.image import building, manifest

NEEDED = ("mmdebstrap", "mcopy", "mkfs.vfat", "mke2fs", "ssh", "qemu-system-x86_64")


@pytest.fixture
def image(tmp_path):
    """Of these sources, where the cache has it: building Debian's part takes minutes, and is not a test's business."""
    absent = [name for name in NEEDED if not shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")]
    if absent or not Path("/usr/share/ovmf/OVMF.fd").exists():
        pytest.skip(f"needs {', '.join(absent) or 'ovmf'}; `scripts/boot amd64` installs it")
    if not Path("/dev/kvm").exists():
        pytest.skip("no /dev/kvm: without it a start takes minutes; `scripts/boot amd64` does it")
    found = building.kept_before(KINDS["amd64"].arch, VERSION)
    if found is None:
        pytest.skip("no image of these sources is kept; `scripts/boot amd64` builds one")
    if accelerator(found, tmp_path) != "kvm":
        pytest.skip("/dev/kvm is there, and no kernel starts under it; `scripts/boot amd64` does without")
    return found


def test_a_seeded_card_boots_enrols_prints_and_comes_back_after_its_power_was_cut(image, tmp_path):
    course = Course("amd64", image, tmp_path, 1, random.Random(1), lambda text: None)
    course.outcome.image_sha256 = manifest.read(image).sha256
    outcome = course.run()
    assert outcome.is_good, outcome
