"""How far off the estimates of waiting are, on drawn days: ours, two common formulas, and one who knows it all."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.days.cost import cost
from benchmarks.days.course import Course
from benchmarks.days.forecasts import FLOOR, OURS, WAYS, Forecast, Told, figures, mae_ratio, rounded
from benchmarks.days.forecasts import told as forecasts_of
from benchmarks.days.oracle import Oracle
from benchmarks.days.plan import draw, stream
from benchmarks.days.visits import HOUR, Visit
from halls.format import parse

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"


def measure(quick: bool) -> dict[str, Any]:
    """`mae_ratio`: ours ÷ the better formula; `floor_ratio`: ours ÷ the oracle, where that was asked."""
    days, asked, times = (1, 4, 6) if quick else (24, 40, 40)
    with get_context("spawn").Pool(min(days, os.cpu_count() or 1)) as pool:
        rows = [row for day in pool.map(_day, range(days)) for row in day]
        sample = [row for day in pool.map(partial(_asked, asked=asked, times=times), range(days)) for row in day]
    errors, floor = figures(rows), figures(sample)
    found: dict[str, Any] = rounded(
        {
            "mae_ratio": mae_ratio(errors),
            "floor_ratio": floor[OURS]["mae_s"] / floor[FLOOR]["mae_s"],
            "coverage": errors[OURS]["coverage"],
            "width_ratio": errors[OURS]["width_ratio"],
            "cost": _cost(samples=5 if quick else 100),
            "days": days,
            "tickets": len(rows),
            "wait_s": fmean(row.wait_s for row in rows),
            "ways": errors,
            "floor": {"arrivals": len(sample), "continuations": times, **floor},
            "lanes": _by(rows, lambda row: row.visit.lane),
            "hours": _by(rows, lambda row: f"{int(row.visit.at_s // HOUR):02}"),
        }
    )
    return found


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield f"{figures['days']} days, {figures['tickets']} tickets, mean wait {figures['wait_s'] / 60:.1f} min"
    yield from _table("way", figures["ways"], ("mae_s", "bias_s", "coverage", "width_ratio"))
    yield f"ours / better formula {figures['mae_ratio']:.2f}; range holds {figures['coverage']:.1%} of the waits"
    floor = {way: figures["floor"][way] for way in figures["ways"] | {FLOOR: None}}
    yield ""
    yield f"at {figures['floor']['arrivals']} arrivals, for the oracle {figures['floor']['continuations']} times each"
    yield from _table("way", floor, ("mae_s", "bias_s", "coverage", "width_ratio"))
    yield f"ours / oracle {figures['floor_ratio']:.2f}"
    yield "one estimate / decide and append: {ticket_ratio:.2f} for a ticket, {service_ratio:.2f} for a service".format(
        **figures["cost"]
    )
    for name in ("lanes", "hours"):
        yield ""
        yield from _table(name, figures[name], ("tickets", "wait_s", "mae_ratio", "mae_s", "bias_s", "coverage"))


def _table(title: str, rows: dict[str, dict[str, float]], columns: tuple[str, ...]) -> Iterable[str]:
    yield f"{title:16}" + "".join(f"{column:>13}" for column in columns)
    for name, row in rows.items():
        yield f"{name:16}" + "".join(f"{row[column]:13.2f}" for column in columns)


def _day(seed: int) -> list[Told]:
    hall = parse(_HALL.read_text("utf-8"), str(_HALL))
    return forecasts_of(draw(hall, seed), WAYS)


def _asked(seed: int, asked: int, times: int) -> list[Told]:
    """The day once more, with the oracle asked at some of the arrivals: each answer costs it many rests of the day."""
    plan = draw(parse(_HALL.read_text("utf-8"), str(_HALL)), seed)
    chosen = set(stream(seed, "asked").sample(plan.visits, asked))
    oracle = Oracle(plan, times)
    return forecasts_of(plan, {**WAYS, FLOOR: partial(_foretold, oracle)}, only=chosen.__contains__)


def _foretold(oracle: Oracle, course: Course, visit: Visit) -> Forecast:
    """Its median, and from its 10th to its 90th percentile."""
    waits = oracle.waits(course, visit)
    last = len(waits) - 1
    return Forecast(median(waits), waits[round(0.1 * last)], waits[round(0.9 * last)])


def _cost(samples: int) -> dict[str, float]:
    return cost(draw(parse(_HALL.read_text("utf-8"), str(_HALL)), "busy", busy=1.3), samples)


def _by(rows: list[Told], part: Callable[[Told], str]) -> dict[str, Any]:
    groups: dict[str, list[Told]] = {}
    for row in rows:
        groups.setdefault(part(row), []).append(row)
    return {name: _part(groups[name]) for name in sorted(groups)}


def _part(rows: list[Told]) -> dict[str, Any]:
    errors = figures(rows)
    return {
        "tickets": len(rows),
        "wait_s": fmean(row.wait_s for row in rows),
        "mae_ratio": mae_ratio(errors),
        **{name: errors[OURS][name] for name in ("mae_s", "bias_s", "coverage", "width_ratio")},
    }
