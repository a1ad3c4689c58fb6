"""A power cut at a chosen touch of the disk: in a child, which loses what it had not synced."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

_TOUCHES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def cut_at(step: int, work: Callable[[], object], folder: Path) -> bool:
    """Does `work` in a child that dies at its so-many-th touch of the disk. Files under `folder` that were written and
    not synced by then are empty afterwards, as a file system that journals metadata alone may leave them.

    False when it came to its end before that.
    """
    child = os.fork()
    if child == 0:
        code = 3
        try:
            _Doomed(step, folder).run(work)
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9), f"the child failed: {status}"
    return status == 9


class _Doomed:
    """Counts what the process does to the disk, by Python's audit events (PEP 578)."""

    def __init__(self, step: int, folder: Path) -> None:
        self.left, self.folder = step, folder
        self.safe = {path.stat().st_ino for path in folder.rglob("*")}

    def run(self, work: Callable[[], object]) -> None:
        real = os.fsync

        def fsync(descriptor: int) -> None:
            real(descriptor)
            self.safe.add(os.fstat(descriptor).st_ino)

        os.fsync = fsync  # type: ignore[assignment]
        sys.addaudithook(self.told)
        work()

    def told(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _TOUCHES or (event == "open" and _writes(arguments[2])):
            self.left -= 1
            if self.left == 0:
                self.die()

    def die(self) -> None:
        for path in list(self.folder.rglob("*")):
            if path.is_file() and path.stat().st_ino not in self.safe:
                os.truncate(path, 0)
        os._exit(9)


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
