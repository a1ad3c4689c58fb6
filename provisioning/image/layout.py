"""Where things lie on a card: an MBR with three partitions, and the slot of the seed in the first.

MBR and not GPT: the boot ROM of a Raspberry Pi 3 reads nothing else, UEFI and BIOS boot from it too, and growing the
last partition changes one sector, which a power cut cannot tear.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from edge.runtime import seed

SECTOR = 512
MIB = 1024 * 1024
DISK_ID = 0x54584931
"""Of every card of ours ("TXI1"); partitions are found by it (PARTUUID=54584931-03)."""

BOOT_START = 4 * MIB
BOOT_BYTES = 192 * MIB
DATA_BYTES = 64 * MIB
_TYPES = (0xEF, 0x83, 0x83)  # EFI system partition, Linux, Linux


class LayoutError(ValueError):
    """This is no card or image of ours; the text says what was found."""


class Extent(msgspec.Struct, frozen=True):
    """Bytes on a card."""

    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


class Layout(msgspec.Struct, frozen=True):
    boot: Extent
    root: Extent
    data: Extent

    @classmethod
    def of_root(cls, root_bytes: int) -> "Layout":
        """That of an image whose root file system has this size."""
        boot = Extent(BOOT_START, BOOT_BYTES)
        root = Extent(boot.end, -(-root_bytes // MIB) * MIB)
        return cls(boot, root, Extent(root.end, DATA_BYTES))


def mbr(layout: Layout) -> bytes:
    """The first sector, without boot code."""
    sector = bytearray(SECTOR)
    struct.pack_into("<I", sector, 440, DISK_ID)
    for index, (part, kind) in enumerate(zip((layout.boot, layout.root, layout.data), _TYPES, strict=True)):
        entry = 446 + 16 * index
        active = 0x80 if index == 0 else 0
        beyond = b"\xfe\xff\xff"  # cylinders, heads, sectors: "look at the block numbers"
        struct.pack_into("<B3sB3s", sector, entry, active, beyond, kind, beyond)
        struct.pack_into("<II", sector, entry + 8, part.start // SECTOR, part.size // SECTOR)
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def read(file: BinaryIO) -> Layout:
    """Raises LayoutError, OSError."""
    file.seek(0)
    sector = file.read(SECTOR)
    if len(sector) < SECTOR or sector[510:] != b"\x55\xaa":
        raise LayoutError("there is no partition table on it")
    if struct.unpack_from("<I", sector, 440)[0] != DISK_ID:
        raise LayoutError("its partition table is not one of `tingxu image build`")
    found = []
    for index in range(3):
        start, count = struct.unpack_from("<II", sector, 446 + 16 * index + 8)
        found.append(Extent(start * SECTOR, count * SECTOR))
    if sector[450] != _TYPES[0] or not 0 < found[0].end <= found[1].start < found[1].end <= found[2].start:
        raise LayoutError("its partition table is damaged")
    return Layout(*found)


def slot(file: BinaryIO, boot: Extent) -> Extent:
    """Where the seed lies: the file TINGXU.SED in the root directory of the FAT file system (Microsoft FAT 1.03).

    Raises LayoutError where it is absent, has another size or lies in pieces.
    """
    file.seek(boot.start)
    sector = file.read(SECTOR)
    if sector[510:] != b"\x55\xaa" or sector[82:87] != b"FAT32":
        raise LayoutError("its first partition is no FAT32 file system")
    per_sector, per_cluster, reserved, fats = struct.unpack_from("<HBHB", sector, 11)
    fat_sectors, root_cluster = struct.unpack_from("<I", sector, 36)[0], struct.unpack_from("<I", sector, 44)[0]
    cluster = per_sector * per_cluster
    if not cluster:
        raise LayoutError("its first partition is damaged")
    fat_start = boot.start + reserved * per_sector
    data_start = fat_start + fats * fat_sectors * per_sector

    def after(number: int) -> int:
        file.seek(fat_start + 4 * number)
        return int(struct.unpack("<I", file.read(4))[0] & 0x0FFFFFFF)

    first = _entry(file, root_cluster, cluster, lambda number: data_start + (number - 2) * cluster, after)
    for number in range(first, first + -(-seed.SLOT_BYTES // cluster) - 1):
        if after(number) != number + 1:
            raise LayoutError(
                f"{seed.FILE} lies in pieces: somebody wrote it with another program; write the card anew"
            )
    return Extent(data_start + (first - 2) * cluster, seed.SLOT_BYTES)


def _entry(file: BinaryIO, number: int, cluster: int, place: Callable[[int], int], after: Callable[[int], int]) -> int:
    """The first cluster of the seed's file."""
    name = "{:8}{:3}".format(*seed.FILE.split(".")).encode()
    for _ in range(1024):
        if not 2 <= number < 0x0FFFFFF7:
            break
        file.seek(place(number))
        entries = file.read(cluster)
        for start in range(0, len(entries), 32):
            entry = entries[start : start + 32]
            if entry[:11] == name and not entry[11] & 0x18:
                if struct.unpack_from("<I", entry, 28)[0] != seed.SLOT_BYTES:
                    raise LayoutError(f"{seed.FILE} has another size: somebody wrote over it; write the card anew")
                high, low = struct.unpack_from("<H", entry, 20)[0], struct.unpack_from("<H", entry, 26)[0]
                return int(high << 16 | low)
        number = after(number)
    raise LayoutError(f"there is no {seed.FILE} on its first partition")
