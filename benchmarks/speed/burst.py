"""A burst: every counter of a large hall presses at the same moment, against one press alone."""

import asyncio
import time

import msgspec

from benchmarks.rounds import percentile
from benchmarks.speed.counters import Floor

_PACE_S = 0.01
_QUIET_S = 1.0  # what the hub brings up to date in its own time is done by then


class Burst(msgspec.Struct, frozen=True):
    """Milliseconds until the keypad is answered: the median of one press alone, and the last of the burst."""

    single_ms: float
    burst_ms: float


async def burst(floor: Floor) -> Burst:
    """A single press of each counter, one after the other; then all of them at once."""
    await floor.fill(len(floor.counters))
    await asyncio.sleep(_QUIET_S)
    alone = []
    for one in floor.counters:
        alone.append(await one.answered_s())
        await asyncio.sleep(_PACE_S)
    await asyncio.sleep(_QUIET_S)
    started = time.perf_counter()
    await asyncio.gather(*(one.answered_s() for one in floor.counters))
    took = time.perf_counter() - started
    return Burst(single_ms=percentile(alone, 0.5) * 1e3, burst_ms=took * 1e3)
