"""A board says what its root is, and whether what it keeps outlives a power cut."""

from pathlib import Path

import pytest

from edge.runtime.mounts import Mounts, facts

CARD = """overlayroot / overlay rw,relatime,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay 0 0
/dev/mmcblk0p2 /media/root-ro ext4 ro,relatime 0 0
/dev/mmcblk0p3 /data ext4 rw,noatime 0 0
"""
STATE = Path("/data/tingxu/caller")


@pytest.mark.parametrize(
    ("mounts", "said"),
    [
        (CARD, {"root": "overlay"}),
        (CARD.replace("/dev/mmcblk0p3 /data ext4 rw,noatime 0 0\n", ""), {"root": "overlay", "data": "in memory"}),
        ("/dev/mmcblk0p2 / ext4 rw,relatime 0 0\n", {"root": "writable"}),
        (
            "/dev/mmcblk0p2 / ext4 ro,relatime 0 0\ntmpfs /data tmpfs rw 0 0\n",
            {"root": "read-only", "data": "in memory"},
        ),
        ("rootfs / rootfs rw 0 0\n" + CARD, {"root": "overlay"}),
        ("", {}),
    ],
)
def test_facts_by_the_kernels_table(mounts, said):
    assert facts(mounts, STATE) == said


def test_where_the_table_cannot_be_read_nothing_is_claimed(tmp_path):
    assert Mounts(STATE, tmp_path / "absent").facts() == {}
    assert "root" in Mounts(STATE).facts()
