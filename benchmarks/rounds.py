"""Rounds in which every way has its turn, so that a busy moment of the machine is shared by all of them."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

import msgspec

Figures: TypeAlias = dict[str, float]
"""What one turn measured: figure and unit → value, e.g. `p50_us`."""

Way: TypeAlias = Callable[[], Figures]
Ways: TypeAlias = Mapping[str, Way]


class Case(Protocol):
    """A module of `benchmarks.cases`."""

    BASELINE: str

    def ways(self, quick: bool) -> AbstractContextManager[Ways]: ...


class Study(Protocol):
    """A module of `benchmarks.cases` that asks more than which way is faster: its figures, JSON, and in words."""

    def measure(self, quick: bool) -> dict[str, Any]: ...

    def told(self, figures: dict[str, Any]) -> Iterable[str]: ...


class Report(msgspec.Struct, frozen=True):
    """`ratios`: `way / baseline figure` → median over the rounds of the ratio within a round."""

    name: str
    quick: bool
    baseline: str
    rounds: int
    ratios: dict[str, float]
    medians: dict[str, Figures]
    machine: dict[str, str | int]


def compare(name: str, case: Case, quick: bool) -> Report:
    """Bounded in time: stops at the round in which the budget runs out, after three at the least (quick: two)."""
    budget_s, least, most = (4.0, 2, 2) if quick else (35.0, 3, 15)
    rounds: list[dict[str, Figures]] = []
    with case.ways(quick) as ways:
        started = time.monotonic()
        while len(rounds) < least or (len(rounds) < most and time.monotonic() - started < budget_s):
            rounds.append({way: ways[way]() for way in _turned(list(ways), len(rounds))})
    return Report(
        name=name,
        quick=quick,
        baseline=case.BASELINE,
        rounds=len(rounds),
        ratios=_ratios(rounds, case.BASELINE),
        medians=_medians(rounds),
        machine=machine(),
    )


def machine() -> dict[str, str | int]:
    return {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count() or 0}


def percentile(values: list[float], share: float) -> float:
    """The nearest rank: 0.99 of 1000 values is the 990th smallest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def _turned(names: list[str], by: int) -> list[str]:
    start = by % len(names)
    return names[start:] + names[:start]


def _ratios(rounds: list[dict[str, Figures]], baseline: str) -> dict[str, float]:
    return {
        f"{way} / {baseline} {figure}": statistics.median(one[way][figure] / one[baseline][figure] for one in rounds)
        for way in rounds[0]
        if way != baseline
        for figure in rounds[0][way]
    }


def _medians(rounds: list[dict[str, Figures]]) -> dict[str, Figures]:
    return {
        way: {figure: statistics.median(one[way][figure] for one in rounds) for figure in figures}
        for way, figures in sorted(rounds[0].items())
    }
