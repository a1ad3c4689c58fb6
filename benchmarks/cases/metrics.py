"""Metrics through the real client to a real server: points a second, and how fast a day away is caught up with."""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from halls.format import Hall, parse
from hub.domain import commands as c
from hub.domain.events import AnyEvent
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.metrics.influx import Influx, Target
from hub.metrics.points import Point
from hub.metrics.writer import Metrics
from hub.storage.database import open_database, open_log
from hub.storage.event_log import Append
from hub.storage.metrics import MetricsBook
from provisioning.stack.process import VictoriaMetrics

_HALL = Path(__file__).parents[2] / "halls" / "small.toml"
_MORNING, _DAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC), "2026-01-05"
_BATCH = 5000  # points


def measure(quick: bool) -> dict[str, Any]:
    """Against VictoriaMetrics on this machine. `day_s`: reading, folding and writing a day of `tickets`."""
    tickets, points = (40, 5_000) if quick else (1_500, 100_000)
    hall = parse(_HALL.read_text("utf-8"), str(_HALL))
    with tempfile.TemporaryDirectory(prefix="tingxu-bench-") as scratch:
        server = VictoriaMetrics(Path(scratch, "victoria"))
        with server:
            target = Target(url=server.url, org="hall", bucket="bench", token="none")  # noqa: S106 - it asks for none
            influx = Influx(target)
            seconds = _written(influx, points)
            events, day_s = _caught_up(Path(scratch, "hub.db"), hall, target, influx, tickets)
            influx.close()
    return {"points": points, "points_per_s": points / seconds, "tickets": tickets, "events": events, "day_s": day_s,
            "events_per_s": events / day_s}  # fmt: skip


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield f"points through the client: {figures['points_per_s']:,.0f} a second"
    yield (
        f"a day away ({figures['tickets']:,} tickets, {figures['events']:,} events): caught up in "
        f"{figures['day_s']:.1f} s, {figures['events_per_s']:,.0f} events a second"
    )


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


def _caught_up(path: Path, hall: Hall, target: Target, influx: Influx, tickets: int) -> tuple[int, float]:
    engine = open_database(path)
    log = open_log(path)
    after = 0
    for command, some in groupby(_day(hall, tickets), lambda event: event.command):
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
    return after, took


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
