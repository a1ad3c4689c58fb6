"""The part of a health report that every board has: memory, disk, temperature."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wire.base import Fact
from wire.messages import Health

_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def report(
    *,
    ident: str,
    at: float,
    uptime_s: float,
    agent: str,
    outbox: int,
    disk: str,
    clock_offset_ms: float | None,
    facts: dict[str, Fact],
) -> Health:
    """`disk`: a path on the disk whose free space counts.

    `facts`: the class's own; a key `handhelds` is moved to the report's field of that name.
    """
    own = dict(facts)
    handhelds: Any = own.pop("handhelds", {})
    return Health(
        id=ident,
        at=datetime.fromtimestamp(at, UTC),
        uptime_s=round(uptime_s, 1),
        agent=agent,
        outbox=outbox,
        memory_mb=_memory_mb(),
        disk_free_mb=_disk_free_mb(disk),
        cpu_c=_cpu_c(),
        clock_offset_ms=clock_offset_ms,
        device=own,
        handhelds=handhelds,
    )


def _memory_mb() -> float | None:
    """Resident set of this process (proc(5), /proc/self/statm, second field, in pages)."""
    try:
        return round(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_MB, 1)
    except (OSError, ValueError, IndexError):
        return None


def _disk_free_mb(path: str) -> float | None:
    try:
        disk = os.statvfs(path)
    except OSError:
        return None
    return round(disk.f_bavail * disk.f_frsize / 1e6)


def _cpu_c() -> float | None:
    """The kernel's first thermal zone, in millidegrees Celsius; boxes without one report nothing."""
    try:
        return int(Path("/sys/class/thermal/thermal_zone0/temp").read_text()) / 1000
    except (OSError, ValueError):
        return None
