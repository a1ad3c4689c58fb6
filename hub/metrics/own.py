"""What the hub measures of itself, every ten seconds: a report like those of devices. A press waits for none of it."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from hub.desk import Desk
from hub.roster import Roster
from hub.storage.metrics import MetricsBook
from hub.storage.metrics_reports import Figures
from hub.storage.refusal_counts import Refusal

EVERY_S = 10.0

log = logging.getLogger(__name__)


class Own:
    """`process`: its name, a tag. `is_up()`: its session with the broker is; `streams()`: that it sends; `refusals()`:
    of all processes, from the database; `unread()`: events that are in no figure of the past. `writes()`: it is the one
    that writes, and so tells what is no process's own.
    """

    def __init__(
        self,
        process: str,
        desk: Desk,
        roster: Roster,
        book: MetricsBook,
        *,
        is_up: Callable[[], bool],
        streams: Callable[[], int],
        refusals: Callable[[], Sequence[Refusal]],
        unread: Callable[[], int],
        writes: Callable[[], bool],
    ) -> None:
        self._process, self._desk, self._roster, self._book = process, desk, roster, book
        self._is_up, self._streams, self._refusals, self._writes = is_up, streams, refusals, writes
        self._unread = unread
        self._appends, self._append_s = 0, 0.0  # of the pace, when it was looked at before
        self._began = desk.now()

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            try:
                await self.look(max(0.0, clock() - due))
            except Exception:
                log.exception("what the hub is like could not be stored; trying again")
            due = clock() + EVERY_S
            await asyncio.sleep(EVERY_S)

    async def look(self, late_s: float = 0.0) -> None:
        """`late_s`: how much later than it should the loop came to it."""
        at, now = self._desk.now(), self._now(late_s)
        of_hall = list(self._devices(at)) if self._writes() else []
        await asyncio.to_thread(self._keep, at, now, of_hall)

    def _now(self, late_s: float) -> dict[str, float | int | str]:
        """On the loop: nothing in it blocks."""
        pace = self._desk.pace
        appends, append_s = pace.appends - self._appends, pace.append_s - self._append_s
        self._appends, self._append_s = pace.appends, pace.append_s
        values: dict[str, float | int | str] = {
            "up_s": (self._desk.now() - self._began).total_seconds(),
            "position": self._desk.position,
            "commands": pace.commands,
            "mqtt": int(self._is_up()),
            "streams": self._streams(),
            "late_ms": late_s * 1e3,
        }
        if appends:
            values |= {"append_ms": append_s / appends * 1e3, "append_ms_max": pace.take_slowest_s() * 1e3}
        return values

    def _devices(self, at: datetime) -> Iterator[Figures]:
        for hall in self._desk.halls():
            seats = self._roster.seats(hall)
            for kind in sorted({seat.position.kind for seat in seats}):
                these = [seat for seat in seats if seat.position.kind == kind]
                values: dict[str, float | int | str] = {
                    "expected": len(these),
                    "online": sum(seat.online for seat in these),
                }
                yield Figures(name="devices", at=at, tags={"hall": hall, "kind": kind}, values=values)

    def _keep(self, at: datetime, now: dict[str, float | int | str], of_hall: list[Figures]) -> None:
        """In a thread: what is in the database, and all of it into the database."""
        standing = self._book.standing()
        position = now["position"]
        assert isinstance(position, int)
        now |= {
            "behind": max(0, position - standing.position),
            "reports": self._book.waiting(),
            "refused": standing.refused,
            "dropped": standing.dropped,
            "passed": standing.passed,
            "unread": self._unread(),
            "memory_mb": _memory_mb(),
        }
        more = [*of_hall, *self._doors(at)] if self._writes() else of_hall
        self._book.add([Figures(name="hub", at=at, tags={"process": self._process}, values=now), *more])

    def _doors(self, at: datetime) -> Iterator[Figures]:
        refusals = self._refusals()
        for door in sorted({one.door for one in refusals}):
            count = sum(one.count for one in refusals if one.door == door)
            yield Figures(name="turned_away", at=at, tags={"door": door}, values={"count": count})


def _memory_mb() -> float:
    """Resident (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
