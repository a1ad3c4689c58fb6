"""Processes beside the hub that make days of the past, as many as the machine has cores (hub/history/maker.py)."""

import logging
import os
import selectors
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from halls.format import Hall
from hub.history.maker import Begin
from hub.history.whole import Made, Wanted

_MOST = 4
_END_S = 5.0

log = logging.getLogger(__name__)


def cores() -> int:
    """That this process may use; no more than do some good."""
    return min(_MOST, len(os.sched_getaffinity(0)))


class Makers:
    """Of one thread. They start with the first day that is wanted, and end with `close`, or with this process."""

    def __init__(self, database: Path | str, folder: Path, halls: Iterable[Hall], many: int | None = None) -> None:
        self._many = cores() if many is None else min(many, _MOST)
        begin = Begin(str(database), isinstance(database, Path), str(folder), tuple(halls))
        self._begin = msgspec.json.encode(begin) + b"\n"
        self._processes: list[_Process] = []
        self._started = False

    def free(self) -> int:
        """How many days more they can take."""
        self._start()
        return sum(one.busy is None for one in self._processes)

    @property
    def busy(self) -> bool:
        return any(one.busy is not None for one in self._processes)

    def pids(self) -> list[int]:
        return [one.pid for one in self._processes]

    def make(self, wanted: Wanted) -> None:
        next(one for one in self._processes if one.busy is None).make(wanted)

    def made(self, wait_s: float) -> tuple[Sequence[Made], Sequence[Wanted]]:
        """(days that were made, days that were not because their process ended)."""
        made, left = [], []
        with selectors.DefaultSelector() as selector:
            for one in self._processes:
                if one.busy is not None:
                    selector.register(one.out, selectors.EVENT_READ, one)
            for key, _ in selector.select(wait_s):
                process: _Process = key.data
                wanted, done = process.answer()
                if done is not None:
                    made.append(done)
                else:
                    log.warning("the process that made figures of %s %s ended before", wanted.hall, wanted.day)
                    left.append(wanted)
                    process.close()
                    self._processes.remove(process)
        return made, left

    def close(self) -> None:
        for one in self._processes:
            one.end()
        for one in self._processes:
            one.close()
        self._processes.clear()
        self._started = False

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        try:
            for _ in range(self._many):
                self._processes.append(_Process(self._begin))
        except OSError as error:
            log.warning("no more processes for figures of the past: %s", error)


class _Process:
    """`busy`: what it is at."""

    def __init__(self, begin: bytes) -> None:
        self._process = subprocess.Popen(  # ourselves
            [sys.executable, "-m", "hub.history.maker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self.out = self._process.stdin, self._process.stdout
        self.pid = self._process.pid
        self.busy: Wanted | None = None
        self._say(begin)

    def make(self, wanted: Wanted) -> None:
        self.busy = wanted
        self._say(msgspec.json.encode(wanted) + b"\n")

    def answer(self) -> tuple[Wanted, Made | None]:
        """None: it ended."""
        wanted, self.busy = self.busy, None
        assert wanted is not None
        line = self.out.readline()
        return wanted, msgspec.json.decode(line, type=Made) if line.endswith(b"\n") else None

    def end(self) -> None:
        """It leaves no half file behind."""
        self._process.terminate()

    def close(self) -> None:
        self.end()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._in, self.out):
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # what it did not read any more

    def _say(self, line: bytes) -> None:
        try:
            self._in.write(line)
            self._in.flush()
        except BrokenPipeError:
            pass  # it ended; its answer will say so
