"""What a board stands on: whether its root is out of harm's way, and whether what it keeps outlives a power cut."""

from pathlib import Path

from edge.runtime.keeper import Quiet
from wire.base import Fact

_MOUNTS = Path("/proc/self/mounts")
_IN_MEMORY = ("tmpfs", "overlay", "ramfs")


class Mounts(Quiet):
    """A keeper that only reports. `root`: "overlay", "read-only" or "writable"; `data`: "in memory" where what the
    agent keeps is gone with the power, as on a card whose data partition cannot be mounted. Looked at once, at the
    start.
    """

    def __init__(self, state_dir: Path, mounts: Path = _MOUNTS) -> None:
        self._facts = facts(_read(mounts), state_dir.absolute())

    def facts(self) -> dict[str, Fact]:
        return self._facts


def facts(mounts: str, state_dir: Path) -> dict[str, Fact]:
    """`mounts`: as in proc(5), /proc/mounts; {} where nothing can be told. A later line lies over an earlier one."""
    found = {}
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) >= 4:
            found[fields[1].replace("\\040", " ")] = (fields[2], fields[3].split(","))
    if "/" not in found:
        return {}
    kind, options = found["/"]
    said: dict[str, Fact] = {"root": "overlay" if kind == "overlay" else "read-only" if "ro" in options else "writable"}
    place = next(str(path) for path in (state_dir, *state_dir.parents) if str(path) in found)
    if found[place][0] in _IN_MEMORY:
        said["data"] = "in memory"
    return said


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
