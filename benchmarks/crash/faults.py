"""What happens to the hub: SIGKILL, a broker that is gone, a disk that is full, a database that another one holds."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.site import Hub, Site

_DISK_MB = 256
_NOTICE_S = 30.0
_LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


class NotNoticedError(RuntimeError):
    """A fault that did not reach the hub proves nothing."""


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """`place` as a file system of its own, that can be filled; False where we may not mount one."""
    place.mkdir(parents=True)
    mounted = os.geteuid() == 0 and _done("mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=755", "tmpfs", place)
    try:
        yield mounted
    finally:
        if mounted:
            _done("umount", "-l", place)


def kill_hub(hub: Hub) -> None:
    hub.kill()
    hub.start()


def restart_broker(site: Site, away_s: float) -> None:
    site.broker.kill()
    time.sleep(away_s)
    site.broker.start()


@contextmanager
def full_disk(site: Site, own_disk: bool) -> Iterator[None]:
    """Nothing more can be written to the log: no space left, or, without a disk of its own, no file may grow."""
    with contextlib.closing(sqlite3.connect(site.database, timeout=30)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # or the space of what was written before would be used anew
    with _filled(site.data) if own_disk else _limited(site.hubs[0].pid):
        yield


@contextmanager
def locked_database(site: Site) -> Iterator[None]:
    """Another process holds the write lock."""
    command = [sys.executable, "-c", _LOCK, str(site.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: S603
        assert other.stdin is not None
        assert other.stdout is not None
        if other.stdout.readline() != b"locked\n":
            raise NotNoticedError("the database could not be locked")
        try:
            yield
        finally:
            other.stdin.close()


def until_noticed(what: str, count: Callable[[], int], least: int) -> None:
    """Until so many more were told "not now". Raises NotNoticedError."""
    before, deadline = count(), time.monotonic() + _NOTICE_S
    while count() < before + least:
        if time.monotonic() > deadline:
            raise NotNoticedError(f"{what}: nobody was told that nothing can be stored")
        time.sleep(0.02)


@contextmanager
def _filled(place: Path) -> Iterator[None]:
    ballast = place / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(512)):
                pass
        yield
    finally:
        ballast.unlink()


@contextmanager
def _limited(pid: int) -> Iterator[None]:
    """setrlimit(2), RLIMIT_FSIZE: writes beyond it fail, as Python has SIGXFSZ ignored."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def _done(*command: str | Path) -> bool:
    return subprocess.run([str(one) for one in command], capture_output=True, check=False).returncode == 0  # noqa: S603
