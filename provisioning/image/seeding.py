"""Writes a seed into its slot, in an image file or on a card: in place, without a mount, with the standard library."""

import os
from pathlib import Path

from edge.runtime import seed
from provisioning.image import layout


class SeedingError(ValueError):
    """What was written does not read back; the text says what to do."""


def write(target: Path, slot: bytes) -> None:
    """Raises layout.LayoutError, SeedingError, OSError."""
    assert len(slot) == seed.SLOT_BYTES
    with target.open("r+b", buffering=0) as file:
        place = layout.slot(file, layout.read(file).boot)
        file.seek(place.start)
        written = 0
        while written < len(slot):
            written += file.write(slot[written:]) or 0
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), place.start, place.size, os.POSIX_FADV_DONTNEED)
        file.seek(place.start)
        if file.read(len(slot)) != slot:
            raise SeedingError(
                f"{target}: the seed does not read back as it was written: the card is bad, take another"
            )


def read(target: Path) -> bytes:
    """The slot as it is. Raises layout.LayoutError, OSError."""
    with target.open("rb", buffering=0) as file:
        place = layout.slot(file, layout.read(file).boot)
        file.seek(place.start)
        return file.read(place.size)
