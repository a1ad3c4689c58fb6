"""What metrics cost a press; points a second through the real client; how fast a day away is caught up with."""

import asyncio
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.speed import in_turn
from benchmarks.speed.floors import open_floor
from halls.format import Hall, parse
from hub.domain import commands as c
from hub.domain.events import AnyEvent
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.metrics.influx import Influx, Target
from hub.metrics.points import Point
from hub.metrics.writer import Metrics
from hub.storage.database import Where, open_database, open_log
from hub.storage.event_log import Append
from hub.storage.metrics import MetricsBook
from provisioning.stack.process import VictoriaMetrics

_HALL = Path(__file__).parents[2] / "halls" / "small.toml"
_MORNING, _DAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC), "2026-01-05"
_BATCH = 5000  # points
_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would have to reach a disk
_WARM = 15


def measure(quick: bool) -> dict[str, Any]:
    """Against VictoriaMetrics on this machine. `press_p50_ratio`: medians, with metrics on against off, over presses in
    turn; `day_s`: reading, folding and writing a day of `tickets`, which the hall needed `day_h` for."""
    tickets, points = (40, 5_000) if quick else (1_500, 100_000)
    counters, presses = (2, 10) if quick else (58, 3_000)
    hall = parse(_HALL.read_text("utf-8"), str(_HALL))
    with tempfile.TemporaryDirectory(prefix="tingxu-bench-") as scratch:
        server = VictoriaMetrics(Path(scratch, "victoria"))
        with server:
            target = Target(url=server.url, org="hall", bucket="bench", token="none")  # noqa: S106 - it asks for none
            influx = Influx(target)
            seconds = _written(influx, points)
            events, day_h, day_s = _caught_up(Path(scratch, "hub.db"), hall, target, influx, tickets)
            influx.close()
        pressed = _pressed(counters, presses)
    return {**pressed, "points": points, "points_per_s": points / seconds, "tickets": tickets, "events": events,
            "day_h": day_h, "day_s": day_s, "events_per_s": events / day_s,
            "times_real": day_h * 3600 / day_s}  # fmt: skip


def told(figures: dict[str, Any]) -> Iterable[str]:
    on, off = (figures["press_ms"][name] for name in ("on", "off"))
    yield (
        f"press → LED with metrics: {on['p50_ms']:.2f} ms (p99 {on['p99_ms']:.2f}), without: {off['p50_ms']:.2f} ms "
        f"({off['p99_ms']:.2f}); × {figures['press_p50_ratio']:.3f} ({figures['press_p99_ratio']:.2f}), of "
        f"{figures['presses']} presses each, during which {figures['events_written']:,} events were written"
    )
    yield f"points through the client: {figures['points_per_s']:,.0f} a second"
    yield (
        f"a day away ({figures['tickets']:,} tickets, {figures['events']:,} events): caught up in "
        f"{figures['day_s']:.1f} s, {figures['events_per_s']:,.0f} events a second, {figures['times_real']:,.0f} "
        f"times as fast as the {figures['day_h']:.1f} h that it took"
    )


def _pressed(counters: int, presses: int) -> dict[str, Any]:
    """Two hubs at once, each with its own broker and database; the one with metrics writes to a server beside them."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_DISK, prefix="tingxu-bench-")))
        server = VictoriaMetrics(place / "victoria")
        stack.enter_context(server)
        (place / "token").write_text("none")
        about = {"url": server.url, "org": "hall", "bucket": "bench", "token-file": place / "token"}
        serve = [f"--influx-{name}={value}" for name, value in about.items()]
        with_them, on = stack.enter_context(open_floor(runner, place / "on", counters, serve))
        _, off = stack.enter_context(open_floor(runner, place / "off", counters))
        runner.run(in_turn.pairs({"on": on, "off": off}, _WARM))
        before = _standing(with_them.database, server.url)
        found = runner.run(in_turn.pairs({"on": on, "off": off}, presses))
        written = _standing(with_them.database, server.url) - before
    press_ms = in_turn.told(found)
    return {
        "presses": presses,
        "events_written": written,
        "press_ms": press_ms,
        "press_p50_ratio": press_ms["on"]["p50_ms"] / press_ms["off"]["p50_ms"],
        "press_p99_ratio": press_ms["on"]["p99_ms"] / press_ms["off"]["p99_ms"],
    }


def _standing(database: Where, url: str) -> int:
    """Position in the log up to which that hub has written."""
    engine = open_database(database)
    try:
        return MetricsBook(engine, f"{url}/hall/bench").standing().position
    finally:
        engine.dispose()


def _written(influx: Influx, many: int) -> float:
    tags = {"hall": "small", "centre": "zonghe", "area": "lobby"}
    at_ns = int(_MORNING.timestamp()) * 10**9
    points = [
        Point("waiting", tags | {"service": "ABC"[n % 3]}, {"people": n % 40}, at_ns + n * 10**6) for n in range(many)
    ]
    started = time.perf_counter()
    for begin in range(0, many, _BATCH):
        influx.write(points[begin : begin + _BATCH])
    return time.perf_counter() - started


def _caught_up(path: Path, hall: Hall, target: Target, influx: Influx, tickets: int) -> tuple[int, float, float]:
    """Events, hours that they took, seconds until they were written."""
    engine = open_database(path)
    log = open_log(path)
    after = 0
    happened = _day(hall, tickets)
    for command, some in groupby(happened, lambda event: event.command):
        events = tuple(some)
        log.append([Append(hall.hall.id, _DAY, after, command, events, ())])
        after += len(events)
    metrics = Metrics([hall], log, MetricsBook(engine, target.name), influx)
    started = time.perf_counter()
    while metrics.step():
        pass
    took = time.perf_counter() - started
    log.close()
    engine.dispose()
    return after, (happened[-1].at - happened[0].at).total_seconds() / 3600, took


def _day(hall: Hall, tickets: int) -> list[AnyEvent]:
    """Taken, called, served and ended one after another."""
    state, at, happened = new_day(hall, _DAY), _MORNING, list[AnyEvent]()

    def do(command: c.Command) -> None:
        nonlocal state
        events = decide(state, command)
        state = evolve_all(state, events)
        happened.extend(events)

    do(c.SignOn(id="on", at=at, by="bench", counter="1", clerk="1001"))
    for n in range(tickets):
        do(c.TakeTicket(id=f"take/{n}", at=at, by="bench", service="ABC"[n % 3]))
        for kind in (c.CallNext, c.Serve, c.End):
            at += timedelta(seconds=5)
            do(kind(id=f"{kind.__name__}/{n}", at=at, by="bench", counter="1"))
    return happened
