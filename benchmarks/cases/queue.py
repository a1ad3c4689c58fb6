"""Press → LED against a bare broker and a bare append; a burst; durable work a second; a day's reload and memory."""

import asyncio
import statistics
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.load.hall import write_hall
from benchmarks.speed import burst, hall_day, press, work
from benchmarks.speed.durable import OneAppend
from benchmarks.speed.floors import open_floor
from hub.storage.database import open_database

_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would have to reach a disk
_MEMORY = "/dev/shm"  # noqa: S108
_WARM = 15


def measure(quick: bool) -> dict[str, Any]:
    """Each figure with what it is made of. Ratios are medians over rounds of the ratio within a round."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return {
            **_presses(runner, *((8, 2, 15) if quick else (58, 5, 600))),
            **_bursts(runner, *((20, 1) if quick else (200, 7))),
            **_work(*((1, 1000) if quick else (7, 6000))),
            **_day(runner, *((8, 80) if quick else (58, 5000))),
        }


def _presses(runner: asyncio.Runner, counters: int, rounds: int, presses: int) -> dict[str, Any]:
    """On the disk and in memory in turn; the bare append is always where the log is."""
    found: dict[str, list[press.Presses]] = {"disk": [], "memory": []}
    with ExitStack() as stack:
        places = {"disk": _scratch(stack, _DISK), "memory": _scratch(stack, _MEMORY)}
        sender = stack.enter_context(press.round_trips(runner, places["memory"] / "bare"))
        at = {}
        for name, place in places.items():
            _, floor = stack.enter_context(open_floor(runner, place / "site", counters))
            append = OneAppend(place)
            stack.callback(append.close)
            at[name] = floor, append
            runner.run(press.paced(floor, sender, append, _WARM))
        for _ in range(rounds):
            for name, (floor, append) in at.items():
                found[name].append(runner.run(press.paced(floor, sender, append, presses)))
    disk, memory = found["disk"], found["memory"]
    return {
        "press_p50_ratio": statistics.median(one.p50_ratio for one in disk),
        "press_p99_ratio": statistics.median(one.p99_ratio for one in disk),
        "press_p50_ratio_memory": statistics.median(one.p50_ratio for one in memory),
        "press_p99_ratio_memory": statistics.median(one.p99_ratio for one in memory),
        "press_ms": {name: _medians(ones) for name, ones in found.items()},
    }


def _bursts(runner: asyncio.Runner, counters: int, rounds: int) -> dict[str, Any]:
    with ExitStack() as stack:
        _, floor = stack.enter_context(open_floor(runner, _scratch(stack, _DISK), counters))
        runner.run(burst.burst(floor))  # warm
        found = [runner.run(burst.burst(floor)) for _ in range(rounds)]
    return {
        "burst_ratio": statistics.median(one.burst_ms / one.single_ms for one in found),
        "burst": {"presses": counters, **_medians(found)},
    }


def _work(rounds: int, commands: int) -> dict[str, Any]:
    with ExitStack() as stack:
        place = _scratch(stack, _DISK)
        hall, empty = write_hall(place / "hall.toml", work.COUNTERS, machines=1), place / "empty.db"
        open_database(empty).dispose()
        found = [work.worked(hall, empty, commands) for _ in range(rounds)]
    return {
        "throughput_ratio": statistics.median(one.desk_per_s / one.bare_per_s for one in found),
        "throughput": {"in_flight": work.IN_FLIGHT, **_medians(found)},
    }


def _day(runner: asyncio.Runner, counters: int, tickets: int) -> dict[str, Any]:
    with ExitStack() as stack:
        with open_floor(runner, _scratch(stack, _DISK), counters) as (site, floor):
            kb_per_ticket = runner.run(hall_day.lived(floor, site, tickets))
        reload_s, found, events = hall_day.reloaded(site.hall, site.database, times=5)
    return {"reload_s": reload_s, "kb_per_ticket": kb_per_ticket, "day": {"tickets": found, "events": events}}


def _scratch(stack: ExitStack, where: str) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where, prefix="tingxu-bench-")))


def _medians(found: list[Any]) -> dict[str, float]:
    names = found[0].__struct_fields__
    return {name: round(statistics.median(getattr(one, name) for one in found), 3) for name in names}


def told(figures: dict[str, Any]) -> Iterable[str]:
    for where, ratio in (("disk", ""), ("memory", "_memory")):
        ms = figures["press_ms"][where]
        yield (
            f"press → LED, log on {where}: {ms['press_p50_ms']:.2f} ms (p99 {ms['press_p99_ms']:.2f}); round trip and "
            f"append bare: {ms['bare_p50_ms']:.2f} ms ({ms['bare_p99_ms']:.2f}); "
            f"× {figures[f'press_p50_ratio{ratio}']:.2f} ({figures[f'press_p99_ratio{ratio}']:.2f})"
        )
    many = figures["burst"]
    yield (
        f"burst of {many['presses']} presses: the last is answered after {many['burst_ms']:.1f} ms, one alone after "
        f"{many['single_ms']:.2f}; × {figures['burst_ratio']:.1f}"
    )
    rate = figures["throughput"]
    yield (
        f"{rate['in_flight']} in flight: {rate['desk_per_s']:,.0f} tickets and calls/s through the desk; the same rows "
        f"bare: {rate['bare_per_s']:,.0f}/s (events without the view of tickets: {rate['events_alone_per_s']:,.0f}); "
        f"× {figures['throughput_ratio']:.2f}; the rules alone, storing nothing: {rate['rules_alone_per_s']:,.0f}/s"
    )
    day = figures["day"]
    yield (
        f"a day of {day['tickets']} tickets, {day['events']} events: back from the log in {figures['reload_s']:.2f} s; "
        f"the hub grew by {figures['kb_per_ticket']:.2f} KB a ticket (resident)"
    )
