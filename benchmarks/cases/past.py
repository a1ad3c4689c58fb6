"""Figures of the past: how long the panels of a day and of a year take, making the year's view of the log, and what the
hub's event loop feels of it."""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.days import year
from halls.format import Hall, parse
from hub.history.asking import By, Question
from hub.history.counting import answer
from hub.history.figures import FIGURES
from hub.history.files import Files
from hub.history.makers import Makers
from hub.history.reading import Reading
from hub.storage.database import open_log

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"
_ON_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would be read from a disk
_FIRST = date(2025, 1, 6)
_ASKED_S = 0.002  # so often the loop is asked whether it is there
_NEVER = 10**12  # events: so far ahead is no log
_TIMES = ("wait_p50", "wait_p90", "walk_p50", "service_p50", "service_p90", "called", "served", "missed_share")
_SPENT = ("open_s", "serving_s", "walking_s", "idle_s", "paused_s", "busy_share")
_PANELS: dict[str, tuple[tuple[str, ...], tuple[By, ...]]] = {
    "every figure": (tuple(one.ident for one in FIGURES), ()),
    "times by service": (_TIMES, ("service",)),
    "times by counter": (_TIMES, ("counter",)),
    "times by clerk": (_TIMES, ("clerk",)),
    "tickets and served by hour": (("taken", "called", "served"), ("hour",)),
    "waiting by day": (("taken", "wait_p50", "wait_p90"), ("day",)),
    "counters' time by counter": (_SPENT, ("counter",)),
    "ratings by service": (("asked", "rated", "good_share", "bad_share", "level_mean"), ("service",)),
    "unequal work by day": (("gini_served", "gini_clerks", "gini_busy"), ("day",)),
    "service by weekday and hour": (("called", "wait_p90"), ("weekday", "hour")),
    "report by service": (tuple(one.ident for one in FIGURES if "service" in one.by), ("service",)),
    "report by clerk": (tuple(one.ident for one in FIGURES if "clerk" in one.by), ("clerk",)),
    "report by day": (tuple(one.ident for one in FIGURES), ("day",)),
    "report by hour": (tuple(one.ident for one in FIGURES if "hour" in one.by), ("hour",)),
}


def measure(quick: bool) -> dict[str, Any]:
    """Milliseconds are medians of a panel's rounds; a panel is asked anew each time, without what hubs remember."""
    days, tickets, patterns, rounds = (3, 300, 1, 1) if quick else (245, 5_000, 5, 5)
    processes = 1 if quick else None
    hall = year.busy_hall(parse(_HALL.read_text("utf-8"), str(_HALL)), tickets)
    with tempfile.TemporaryDirectory(dir=_ON_DISK, prefix="tingxu-bench-") as scratch:
        database, folder = Path(scratch, "hub.db"), Path(scratch, "history")
        many, events = year.write(
            database, hall, first=_FIRST, days=days, tickets=tickets, patterns=patterns, estimating=False
        )
        made_s = _seconds(lambda: _make(hall, database, folder, "beside", processes))
        files = Files(folder)
        merged_s = _seconds(lambda: _merge(files, hall.hall.id))
        whole = Question(hall=hall.hall.id, first=str(_FIRST), last="2025-12-31", figures=())
        panels = {
            span: _panels(files, question, rounds)
            for span, question in (("day", msgspec.structs.replace(whole, last=str(_FIRST))), ("year", whole))
        }
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        files.close()
        ways = _compared(Path(scratch), hall, min(days, 10), tickets, patterns, processes)
    return {
        "days": days,
        "tickets": many,
        "events": events,
        "made_s": round(made_s, 1),
        "events_per_s": round(events / made_s),
        "merged_s": round(merged_s, 1),
        "mb": round(size / 1e6, 1),
        "ways": ways,
        "beside_ratio": round(ways["in order"]["s"] / ways["beside"]["s"], 1),
        "panel_ms": panels,
        "day_ms_max": max(panels["day"].values()),
        "year_ms_max": max(panels["year"].values()),
        "year_to_day": median(panels["year"][name] / panels["day"][name] for name in _PANELS),
    }


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield (
        f"{figures['tickets']:,} tickets on {figures['days']} days, {figures['events']:,} events: read and written in "
        f"{figures['made_s']:.0f} s ({figures['events_per_s']:,} events a second), months merged in "
        f"{figures['merged_s']:.0f} s, {figures['mb']} MB"
    )
    for name, way in figures["ways"].items():
        yield f"  {name:28} {way['s']:7.1f} s, {way['cpu_s']:7.1f} s of processors"
        yield f"  {'':28} the loop late by {way['late_ms']:.2f} ms, one time in ten by {way['late_ms_p90']:.2f} ms"
    yield f"days made beside the hub against events read in order: × {figures['beside_ratio']:.1f}"
    for name in _PANELS:
        day, whole = (figures["panel_ms"][span][name] for span in ("day", "year"))
        yield f"  {name:28} a day {day:7.1f} ms   all of it {whole:7.1f} ms"
    yield f"all days against one, median of panels: × {figures['year_to_day']:.1f}"


def _compared(
    scratch: Path, hall: Hall, days: int, tickets: int, patterns: int, processes: int | None
) -> dict[str, dict[str, float]]:
    """The same log made by each way, beside an event loop that should not feel it."""
    database = scratch / "few.db"
    year.write(database, hall, first=_FIRST, days=days, tickets=tickets, patterns=patterns, estimating=False)
    found = {"nothing": _beside_a_loop(lambda: time.sleep(0.5 if processes else 5))}
    for way in ("in order", "here", "beside"):
        found[way] = _beside_a_loop(partial(_make, hall, database, scratch / way, way, processes))
    return found


def _make(hall: Hall, database: Path, folder: Path, way: str, processes: int | None = None) -> None:
    log, files = open_log(database), Files(folder)
    makers = Makers(database, folder, [hall], processes) if way == "beside" else None
    far = _NEVER if way == "in order" else 0
    reading = Reading([hall], log, files, lambda: datetime.now(UTC), makers, far)
    while reading.step():
        pass
    reading.flush()
    reading.close()
    files.close()
    log.close()


def _beside_a_loop(work: Callable[[], object]) -> dict[str, float]:
    """How long it took in a thread, and by how much the loop was late (ms): median, and one time in ten."""

    async def both() -> tuple[float, list[float]]:
        late = []
        began = time.perf_counter()
        at_it = asyncio.create_task(asyncio.to_thread(work))
        while not at_it.done():
            due = time.perf_counter() + _ASKED_S
            await asyncio.sleep(_ASKED_S)
            late.append(1000 * (time.perf_counter() - due))
        await at_it
        return time.perf_counter() - began, sorted(late)

    spent = _cpu_s()
    took, late = asyncio.run(both())
    return {
        "s": round(took, 2),
        "cpu_s": round(_cpu_s() - spent, 2),
        "late_ms": round(median(late), 2),
        "late_ms_p90": round(late[len(late) * 9 // 10], 2),
    }


def _cpu_s() -> float:
    """Of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _merge(files: Files, hall: str) -> None:
    files.look_again()
    while files.merge(hall, "9999"):
        pass


def _panels(files: Files, question: Question, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in _PANELS}
    for _ in range(rounds):
        for name, (figures, by) in _PANELS.items():
            asked = msgspec.structs.replace(question, figures=figures, by=by)
            found[name].append(1000 * _seconds(lambda asked=asked: _answered(files, asked)))
    return {name: round(median(times), 1) for name, times in found.items()}


def _answered(files: Files, asked: Question) -> None:
    got = answer(asked, files.query, lambda relation: files.paths(asked.hall, relation, asked.first, asked.last))
    assert got.rows, asked


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
