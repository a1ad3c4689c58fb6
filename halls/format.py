"""A hall as a file (TOML): centres, floors, areas, services, counters, clerks and the position of every device.

Read by the hub and by whoever provisions the hall; no I/O, so that both see the same thing.
"""

from halls.cross_checks import cross_checks
from halls.draft import read_draft
from halls.items import (
    CLASS_OF,
    About,
    Area,
    Centre,
    Clerk,
    Counter,
    Floor,
    Hall,
    HallFileError,
    Kind,
    Policy,
    Position,
    Service,
    Wireless,
)
from halls.value_checks import value_checks

__all__ = [
    "CLASS_OF",
    "About",
    "Area",
    "Centre",
    "Clerk",
    "Counter",
    "Floor",
    "Hall",
    "HallFileError",
    "Kind",
    "Policy",
    "Position",
    "Service",
    "Wireless",
    "parse",
]


def parse(text: str, source: str = "hall file") -> Hall:
    """The hall that the text describes. Raises HallFileError with every problem found, not just the first."""
    draft = read_draft(text, source)
    problems = [*draft.problems, *value_checks(draft), *cross_checks(draft)]
    if problems:
        problems.sort(key=lambda problem: problem.line or 0)
        raise HallFileError(problem.told(source) for problem in problems)
    return draft.hall()
