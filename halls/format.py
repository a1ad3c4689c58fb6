"""A hall as a file (TOML): centres, floors, areas, services, counters, clerks and the position of every device.

Read by the hub and by whoever provisions the hall; no I/O, so that both see the same thing.
"""

from halls.alerts import Alert, AlertKind
from halls.changes import changed, fitting
from halls.checks import checked
from halls.draft import read_draft
from halls.items import (
    CLASS_OF,
    About,
    Appointments,
    Area,
    Centre,
    Clerk,
    Counter,
    Facing,
    Floor,
    Hall,
    HallFileError,
    Hours,
    Inventory,
    Kind,
    Point,
    Policy,
    Position,
    Priority,
    Service,
    Wireless,
)

__all__ = [
    "CLASS_OF",
    "About",
    "Alert",
    "AlertKind",
    "Appointments",
    "Area",
    "Centre",
    "Clerk",
    "Counter",
    "Facing",
    "Floor",
    "Hall",
    "HallFileError",
    "Hours",
    "Inventory",
    "Kind",
    "Point",
    "Policy",
    "Position",
    "Priority",
    "Service",
    "Wireless",
    "changed",
    "fitting",
    "parse",
]


def parse(text: str, source: str = "hall file") -> Hall:
    """The hall that the text describes. Raises HallFileError with every problem found, not just the first."""
    return checked(read_draft(text, source), source)
