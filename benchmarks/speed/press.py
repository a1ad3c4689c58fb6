"""Press → LED window, beside what it cannot do without: a round trip through a bare broker, and one durable append."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.bare_broker import Sender, bare_broker, echo
from benchmarks.rounds import percentile
from benchmarks.speed.counters import Floor
from benchmarks.speed.durable import OneAppend

_PACE_S = 1 / 40  # a press, a round trip and an append in each
_WAY = "gmqtt"  # what the hub uses


class Presses(msgspec.Struct, frozen=True):
    """Milliseconds over one round. `bare`: a round trip and an append, one after the other."""

    press_p50_ms: float
    press_p99_ms: float
    bare_p50_ms: float
    bare_p99_ms: float
    trip_p50_ms: float
    append_p50_ms: float

    @property
    def p50_ratio(self) -> float:
        return self.press_p50_ms / self.bare_p50_ms

    @property
    def p99_ratio(self) -> float:
        return self.press_p99_ms / self.bare_p99_ms


@contextmanager
def round_trips(runner: asyncio.Runner, directory: Path) -> Iterator[Sender]:
    """Through a broker of their own, to an echo that holds its session as the hub does."""
    directory.mkdir()
    sender = Sender([_WAY])
    with bare_broker(directory, [_WAY]) as broker, echo(_WAY, broker.port, directory):
        runner.run(sender.connect(broker.port, directory))
        yield sender
        runner.run(sender.close())


async def paced(floor: Floor, sender: Sender, append: OneAppend, presses: int) -> Presses:
    """One press, one round trip, one append in turn, each at the same pace."""
    await floor.fill(presses // 2 + len(floor.counters))
    pressed, trips, appends = [], [], []
    beat = _beats(_PACE_S / 3)
    for _ in range(presses):
        await anext(beat)
        pressed.append(await floor.next().press_s())
        await anext(beat)
        trips.append(await sender.round_trip_s(_WAY))
        await anext(beat)
        appends.append(append.seconds())
    both = [trip + one for trip, one in zip(trips, appends, strict=True)]
    return Presses(
        press_p50_ms=percentile(pressed, 0.5) * 1e3,
        press_p99_ms=percentile(pressed, 0.99) * 1e3,
        bare_p50_ms=percentile(both, 0.5) * 1e3,
        bare_p99_ms=percentile(both, 0.99) * 1e3,
        trip_p50_ms=percentile(trips, 0.5) * 1e3,
        append_p50_ms=percentile(appends, 0.5) * 1e3,
    )


async def _beats(every_s: float) -> AsyncIterator[None]:
    """At an even pace; one that comes late is not made up for."""
    due = time.perf_counter()
    while True:
        due = max(due + every_s, time.perf_counter())
        await asyncio.sleep(due - time.perf_counter())
        yield
