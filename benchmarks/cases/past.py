"""Figures of the past: how long the panels of a day and of a year take, and making the year's view of the log."""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks.days import year
from halls.format import parse
from hub.history.asking import By, Question
from hub.history.counting import answer
from hub.history.figures import FIGURES
from hub.history.files import Files
from hub.history.reading import Reading
from hub.storage.database import open_log

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"
_ON_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would be read from a disk
_FIRST = date(2025, 1, 6)
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
}


def measure(quick: bool) -> dict[str, Any]:
    """Milliseconds are medians of a panel's rounds; a panel is asked anew each time, without what hubs remember."""
    days, tickets, patterns, rounds = (3, 300, 1, 1) if quick else (245, 5_000, 5, 5)
    hall = year.busy_hall(parse(_HALL.read_text("utf-8"), str(_HALL)), tickets)
    with tempfile.TemporaryDirectory(dir=_ON_DISK, prefix="tingxu-bench-") as scratch:
        database, folder = Path(scratch, "hub.db"), Path(scratch, "history")
        many, events = year.write(
            database, hall, first=_FIRST, days=days, tickets=tickets, patterns=patterns, estimating=False
        )
        log, files = open_log(database), Files(folder)
        reading = Reading([hall], log, files, lambda: datetime.now(UTC))
        made_s = _seconds(lambda: _read(reading))
        whole = Question(hall=hall.hall.id, first=str(_FIRST), last="2025-12-31", figures=())
        panels = {
            span: _panels(files, question, rounds)
            for span, question in (("day", msgspec.structs.replace(whole, last=str(_FIRST))), ("year", whole))
        }
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        log.close()
        files.close()
    return {
        "days": days,
        "tickets": many,
        "events": events,
        "made_s": round(made_s, 1),
        "events_per_s": round(events / made_s),
        "mb": round(size / 1e6, 1),
        "panel_ms": panels,
        "day_ms_max": max(panels["day"].values()),
        "year_ms_max": max(panels["year"].values()),
        "year_to_day": median(panels["year"][name] / panels["day"][name] for name in _PANELS),
    }


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield (
        f"{figures['tickets']:,} tickets on {figures['days']} days, {figures['events']:,} events: read and written in "
        f"{figures['made_s']:.0f} s ({figures['events_per_s']:,} events a second), {figures['mb']} MB"
    )
    for name in _PANELS:
        day, whole = (figures["panel_ms"][span][name] for span in ("day", "year"))
        yield f"  {name:28} a day {day:7.1f} ms   all of it {whole:7.1f} ms"
    yield f"all days against one, median of panels: × {figures['year_to_day']:.1f}"


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


def _read(reading: Reading) -> None:
    while reading.step():
        pass
    reading.flush()


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
