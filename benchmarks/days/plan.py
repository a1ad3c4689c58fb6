"""A day as it will go, whatever the hub decides: who comes and who sits where, with every chance already drawn."""

from random import Random
from typing import NamedTuple

from benchmarks.days import clerks, visits
from halls.format import Hall


class Plan(NamedTuple):
    """`seed` also seeds what is drawn on the way: a clerk's n-th pause between two citizens, whoever they are."""

    hall: Hall
    seed: str
    demand: visits.Demand
    visits: tuple[visits.Visit, ...]
    shifts: dict[str, clerks.Shift]


def draw(hall: Hall, seed: int | str, busy: float = 1.0) -> Plan:
    """`busy`: how many come, against a usual day."""
    known = visits.demand(hall, stream(seed, "demand"), busy)
    return Plan(
        hall=hall,
        seed=str(seed),
        demand=known,
        visits=tuple(visits.visits(known, stream(seed, "visits"))),
        shifts=clerks.shifts(hall, stream(seed, "shifts")),
    )


def stream(seed: int | str, what: str) -> Random:
    return Random(f"{seed} {what}")  # noqa: S311 - days that can be drawn again
