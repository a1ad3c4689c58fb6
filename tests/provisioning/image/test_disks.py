"""Which disks are written to: by what the kernel tells of them, laid out here as files."""

import pytest

from provisioning.image import disks


@pytest.fixture
def kernel(tmp_path):
    """Makes a disk of a kernel that is not there."""
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "swaps").write_text("Filename Type Size Used Priority\n")
    (proc / "self/mounts").write_text("")

    def disk(name="sdb", *, bus="usb1", removable="0", size="62333952", ro="0", mounts="", swaps="", partition=False):
        place = tmp_path / "sys/devices" / bus / name
        (place / f"{name}1").mkdir(parents=True)
        (place / f"{name}1" / "partition").write_text("1")
        for file, text in (("size", size), ("ro", ro), ("removable", removable)):
            (place / file).write_text(text + "\n")
        if partition:
            (place / "partition").write_text("1")
        (proc / "self/mounts").write_text(mounts)
        (proc / "swaps").write_text("Filename Type Size Used Priority\n" + swaps)
        return disks.described(place, proc)

    return disk


def refused(disk, tmp_path, any_disk=False):
    try:
        disks.refuse(disk, tmp_path / "disk", any_disk=any_disk)
    except disks.RefusedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "told",
    [{"bus": "usb2"}, {"bus": "pci0000:00", "removable": "1"}, {"bus": "mmc0", "name": "mmcblk0"}],
)
def test_a_card_in_a_reader_is_written_to(kernel, tmp_path, told):
    assert refused(kernel(**told), tmp_path) == ""


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"mounts": "/dev/sdb1 / ext4 rw 0 0\n"}, "this machine's own /"),
        ({"mounts": "/dev/sdb1 /media/stick vfat rw 0 0\n"}, "is mounted at /media/stick: unmount"),
        ({"swaps": "/dev/sdb1 partition 1 0 -2\n"}, "is in use by sdb1"),
        ({"ro": "1"}, "little switch"),
        ({"size": "0"}, "has no card in it"),
        ({"partition": True}, "name the whole disk"),
        ({"bus": "pci0000:00"}, "add --any-disk"),
    ],
)
def test_others_are_refused_with_the_reason(kernel, tmp_path, told, words):
    assert words in refused(kernel(**told), tmp_path)


def test_a_built_in_disk_is_written_to_when_told_but_never_the_systems_own(kernel, tmp_path):
    assert refused(kernel(bus="pci0000:00"), tmp_path, any_disk=True) == ""
    own = kernel(name="sdc", bus="pci0000:00", mounts="/dev/sdc1 /boot/efi vfat rw 0 0\n")
    assert "this machine's own /boot/efi" in refused(own, tmp_path, any_disk=True)


def test_a_file_is_no_disk_and_a_terminal_is_neither(tmp_path):
    file = tmp_path / "card"
    file.write_bytes(b"")
    assert disks.look(file) is None
    with pytest.raises(disks.RefusedError, match="neither a disk nor a file"):
        disks.look(tmp_path)
