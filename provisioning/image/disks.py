"""What a disk is, by what the kernel tells of it: so that nobody writes a card's image over a system."""

import os
import re
import stat
from pathlib import Path

import msgspec

_NEEDED = ("/", "/boot", "/boot/efi", "/boot/firmware", "/usr", "/var", "/home")


class RefusedError(ValueError):
    """This disk is not written to; the text says why and what to do."""


class Disk(msgspec.Struct, frozen=True):
    """`mounted`: where it or a part of it is. `in_use`: by swap, a RAID, an encrypted or logical volume."""

    name: str
    size: int
    removable: bool
    is_part: bool
    read_only: bool
    mounted: tuple[str, ...]
    in_use: tuple[str, ...]


def look(path: Path, sys: Path = Path("/sys"), proc: Path = Path("/proc")) -> Disk | None:
    """None for an ordinary file. Raises RefusedError, OSError."""
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return None
    if not stat.S_ISBLK(mode):
        raise RefusedError(f"{path} is neither a disk nor a file")
    number = path.stat().st_rdev
    return described(sys / "dev/block" / f"{os.major(number)}:{os.minor(number)}", proc)


def described(entry: Path, proc: Path) -> Disk:
    """`entry`: the disk's folder in sysfs."""
    place = entry.resolve()
    names = {place.name, *(path.parent.name for path in place.glob("*/partition"))}
    holders = {
        path.name for name in names for path in (place if name == place.name else place / name).glob("holders/*")
    }
    swaps = {line.split()[0] for line in (proc / "swaps").read_text().splitlines()[1:] if line.strip()}
    return Disk(
        name=place.name,
        size=int((place / "size").read_text()) * 512,
        removable=_is_removable(place),
        is_part=(place / "partition").exists(),
        read_only=(place / "ro").read_text().strip() == "1",
        mounted=tuple(_mounted(names, proc)),
        in_use=tuple(sorted(holders | {name for name in names if f"/dev/{name}" in swaps})),
    )


def refuse(disk: Disk, path: Path, *, any_disk: bool) -> None:
    """Raises RefusedError. `any_disk`: it need not be removable, such as the built-in disk of an x86 box."""
    if disk.is_part:
        raise RefusedError(f"{path} is one partition: name the whole disk")
    if system := [place for place in disk.mounted if place in _NEEDED]:
        raise RefusedError(f"{path} holds this machine's own {system[0]}: it is never written to")
    if disk.mounted:
        raise RefusedError(f"{path} is mounted at {', '.join(disk.mounted)}: unmount it first, if it is the right one")
    if disk.in_use:
        raise RefusedError(f"{path} is in use by {', '.join(disk.in_use)}")
    if disk.read_only:
        raise RefusedError(f"{path} is read-only: move the card's little switch, or take another card")
    if disk.size == 0:
        raise RefusedError(f"{path} has no card in it")
    if not disk.removable and not any_disk:
        raise RefusedError(f"{path} is not removable ({disk.size // 10**9} GB): if it is the right one, add --any-disk")


def _is_removable(place: Path) -> bool:
    """By its own word, or since it hangs on USB or is a card in a slot."""
    said = place / "removable"
    if said.exists() and said.read_text().strip() == "1":
        return True
    return "/usb" in str(place) or bool(re.match(r"mmcblk\d+$", place.name))


def _mounted(names: set[str], proc: Path) -> list[str]:
    found = []
    for line in (proc / "self/mounts").read_text("utf-8", "replace").splitlines():
        source, place = line.split(" ")[:2]
        if source.startswith("/dev/") and Path(os.path.realpath(source)).name in names:
            found.append(place.replace("\\040", " "))
    return sorted(found)
