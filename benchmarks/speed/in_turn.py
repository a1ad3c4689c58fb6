"""Press → LED window of two hubs that differ in one thing, in turn: a press here, a press there."""

import asyncio
import time
from collections.abc import Mapping

from benchmarks.rounds import percentile
from benchmarks.speed.counters import Floor

_PACE_S = 1 / 40  # a press at each of them


async def pairs(floors: Mapping[str, Floor], presses: int) -> dict[str, list[float]]:
    """Seconds of each press, by floor. Who is first changes with every pair."""
    found: dict[str, list[float]] = {name: [] for name in floors}
    for floor in floors.values():
        await floor.fill(presses // 2 + len(floor.counters))
    due = time.perf_counter()
    for n in range(presses):
        names = list(floors)
        for name in names if n % 2 else reversed(names):
            due = max(due + _PACE_S / len(names), time.perf_counter())
            await asyncio.sleep(due - time.perf_counter())
            found[name].append(await floors[name].next().press_s())
    return found


def told(found: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    """Milliseconds, by floor."""
    return {
        name: {"p50_ms": percentile(seconds, 0.5) * 1e3, "p99_ms": percentile(seconds, 0.99) * 1e3}
        for name, seconds in found.items()
    }
