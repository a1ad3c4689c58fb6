"""58 counters and 5 machines press at once, on MQTT and HTTP: what is doubled, who saw an error, how long it took."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from benchmarks.load.hall import write_hall
from benchmarks.load.rush import Rush, doubled, untrue
from benchmarks.load.site import Site
from benchmarks.rounds import percentile
from hub.domain import events as e
from hub.storage.database import open_log
from provisioning.postgresql.process import Postgresql

_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would have to reach a disk
_ALL = 1 << 31
_KNOWN = """others, as known from two shared cores, for comparison:
  FQM, four workers: 154 of 600 numbers doubled, 147 of 600 calls doubled
  queue-management: a tail of 12 s"""


def measure(quick: bool) -> dict[str, Any]:
    size = _Size(12, 2, 4, 3) if quick else _Size(58, 5, 8, 16)
    found = {"sqlite_1": _race(size)}
    with Postgresql() as server:
        found["postgresql_4"] = _race(size, server.database(), processes=4)
    return found


class _Size(NamedTuple):
    """`takes`: tickets that each machine gives in a round."""

    counters: int
    machines: int
    takes: int
    rounds: int


def _race(size: _Size, url: str = "", processes: int = 1) -> dict[str, Any]:
    counters, machines, takes, rounds = size
    with tempfile.TemporaryDirectory(dir=_DISK, prefix="tingxu-race-") as scratch:
        hall_file = Path(scratch, "hall.toml")
        hall = write_hall(hall_file, counters, machines)
        site = Site(Path(scratch), hall_file, hall, url=url, processes=processes)
        rush = Rush(site, counters, machines, takes)
        with site, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(rush.run(rounds))
        logged = _logged(site)
    found = rush.found
    errors = [*found.errors, *untrue(found, logged)]
    return {
        "doubled": doubled(found, logged),
        "errors": len(errors),
        "p50_ms": percentile(found.seconds, 0.5) * 1e3,
        "p99_ms": percentile(found.seconds, 0.99) * 1e3,
        "worst_ms": max(found.seconds) * 1e3,
        "presses": len(found.seconds),
        "numbers": len(found.numbers),
        "calls": sum(isinstance(event, e.TicketCalled) for event in logged),
        "nobody_waiting": found.losers,
        "error_kinds": dict(Counter(errors).most_common(5)),
    }


def _logged(site: Site) -> list[e.AnyEvent]:
    log = open_log(site.database)
    try:
        return [one.event for one in log.after(0, _ALL)]
    finally:
        log.close()


def told(figures: dict[str, Any]) -> Iterable[str]:
    for name, one in figures.items():
        system, hubs = name.split("_")
        yield (
            f"{system}, {hubs} hub process(es): {one['presses']} presses, {one['numbers']} numbers given, "
            f"{one['calls']} calls, {one['nobody_waiting']} times nobody was waiting"
        )
        yield (
            f"  doubled {one['doubled']}, errors {one['errors']}; p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f}, "
            f"worst {one['worst_ms']:.1f}"
        )
        yield from (f"  {times} × {kind}" for kind, times in one["error_kinds"].items())
    yield _KNOWN
