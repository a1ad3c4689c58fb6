"""What an estimate costs, against what a press costs anyhow: one `decide` and one durable append."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.days.course import Course, moment
from benchmarks.days.plan import Plan
from benchmarks.days.visits import Visit
from hub.domain import commands as c
from hub.domain import estimate, events
from hub.domain.queue import decide
from hub.domain.state import Day

_ON_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would have to reach a disk
_CROWD = 100  # waiting, for a busy moment


def cost(plan: Plan, samples: int) -> dict[str, float]:
    """Milliseconds at busy moments of a day, and ratios: for a ticket, and for each service of a screen."""
    busy: list[tuple[Day, Visit]] = []

    def taking(course: Course, visit: Visit) -> None:
        if sum(map(len, course.state.lines.values())) >= _CROWD and visit.lane == "ordinary":
            busy.append((course.state, visit))

    Course(plan, taking, estimating=False).run()
    chosen = busy[:: max(1, len(busy) // samples)]
    ticket_ms = _median_ms([partial(estimate.wait, day, one.service, moment(one.at_s)) for day, one in chosen])
    service_ms = _median_ms([partial(estimate.waits, day) for day, _ in chosen]) / len(plan.hall.service)
    with tempfile.TemporaryDirectory(dir=_ON_DISK, prefix="tingxu-bench-") as scratch:
        log = sqlite3.connect(Path(scratch, "log.db"), isolation_level=None)
        log.execute("PRAGMA journal_mode=WAL")
        log.execute("PRAGMA synchronous=FULL")
        log.execute("CREATE TABLE event (body BLOB)")
        anyhow_ms = _median_ms([partial(_end, log, day, one) for day, one in chosen])
        log.close()
    return {
        "ticket_ms": ticket_ms,
        "service_ms": service_ms,
        "decide_and_append_ms": anyhow_ms,
        "ticket_ratio": ticket_ms / anyhow_ms,
        "service_ratio": service_ms / anyhow_ms,
    }


def _end(log: sqlite3.Connection, day: Day, visit: Visit) -> None:
    """A clerk ends a service, durably."""
    counter = next(counter for counter, here in day.counters.items() if here.number)
    happened = decide(day, c.End(id="end", at=moment(visit.at_s), by="bench", counter=counter))
    log.execute("BEGIN IMMEDIATE")
    log.executemany("INSERT INTO event VALUES (?)", [(events.encode(event),) for event in happened])
    log.execute("COMMIT")


def _median_ms(works: list[Callable[[], object]]) -> float:
    took = []
    for work in works:
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return 1000.0 * median(took)
