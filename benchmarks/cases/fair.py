"""How evenly work falls to counters, and how long people wait, under each calling policy on the same drawn days."""

import os
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.days.forecasts import rounded
from benchmarks.days.plan import draw
from benchmarks.days.workload import Outcome, figures, outcome
from halls.format import parse
from hub.domain.policies import POLICIES

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"
_BUSY = {"usual": 1.0, "quiet": 0.6}
_FAIR, _PLAIN = "fair-work", "arrival"


def measure(quick: bool) -> dict[str, Any]:
    """For usual and for quiet days: policy → figures; and fair work ÷ first come, first served."""
    days = 2 if quick else 30
    hall = parse(_HALL.read_text("utf-8"), str(_HALL))
    turns = [(seed, busy, policy) for busy in _BUSY.values() for policy in POLICIES for seed in range(days)]
    with get_context("spawn").Pool(min(len(turns), os.cpu_count() or 1)) as pool:
        done = dict(zip(turns, pool.map(_outcome, turns), strict=True))
    found: dict[str, Any] = {"days": days}
    for name, busy in _BUSY.items():
        rows = {policy: figures(hall, [done[seed, busy, policy] for seed in range(days)]) for policy in POLICIES}
        found[name] = rows
        found[f"{name}_ratios"] = {figure: rows[_FAIR][figure] / rows[_PLAIN][figure] for figure in rows[_FAIR]}
    return dict(rounded(found))


def told(figures: dict[str, Any]) -> Iterable[str]:
    for name in _BUSY:
        yield f"{figures['days']} {name} days"
        columns = list(figures[name][_FAIR])
        yield f"  {'':26}" + "".join(f"{column:>20}" for column in columns)
        rows = {**figures[name], f"{_FAIR} / {_PLAIN}": figures[f"{name}_ratios"]}
        for row, values in rows.items():
            yield f"  {row:26}" + "".join(f"{values[column]:20.3f}" for column in columns)


def _outcome(turn: tuple[int, float, str]) -> Outcome:
    seed, busy, policy = turn
    return outcome(draw(parse(_HALL.read_text("utf-8"), str(_HALL)), seed, busy), policy)
