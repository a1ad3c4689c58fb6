"""A whole day through a hub: how much memory it grows by, and how fast the day is back from the log."""

import asyncio
import statistics
import time
from datetime import UTC, datetime

import msgspec
import uvloop

from benchmarks.load.site import Site
from benchmarks.speed.counters import Floor
from halls.format import Hall
from hub.desk import Desk
from hub.storage.database import Where, open_log

_WARM = 2  # turns of all counters before anything is measured


class HallDay(msgspec.Struct, frozen=True):
    """`kb_per_ticket`: growth of the hub's resident memory over the day; `reload_s`: `Desk.open` on its log."""

    tickets: int
    events: int
    kb_per_ticket: float
    reload_s: float


async def lived(floor: Floor, site: Site, tickets: int) -> float:
    """Each ticket is printed, called, served and ended. KB of resident memory that the hub grew by, for each."""
    for _ in range(_WARM):
        await _turn(floor)
    before, turns = site.hubs[0].rss_kb(), -(-tickets // len(floor.counters))
    for _ in range(turns):
        await _turn(floor)
    return (site.hubs[0].rss_kb() - before) / (turns * len(floor.counters))


async def _turn(floor: Floor) -> None:
    """One ticket for every counter, called and served; the next turn ends it."""
    await floor.fill(len(floor.counters))
    for _ in range(2):
        await asyncio.gather(*(one.answered_s() for one in floor.counters))


def reloaded(hall: Hall, database: Where, times: int) -> tuple[float, int, int]:
    """(seconds, tickets, events): the median of some openings."""
    took = []
    for _ in range(times):
        seconds, tickets, events = uvloop.run(_opened(hall, database))
        took.append(seconds)
    return statistics.median(took), tickets, events


async def _opened(hall: Hall, database: Where) -> tuple[float, int, int]:
    log = open_log(database)
    desk = Desk([hall], log, lambda: datetime.now(UTC))
    started = time.perf_counter()
    await desk.open()
    took = time.perf_counter() - started
    today = desk.today(hall.hall.id)
    await desk.close()
    log.close()
    return took, len(today.tickets), today.version
