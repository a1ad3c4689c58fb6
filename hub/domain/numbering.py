"""Ticket numbers: service letter and three digits, four past 999; V or Y before it marks priority and appointments.

A machine's own series has the machine's letter in between. Marks share the count of their service: where there is an
A012, there is no VA012.
"""

import re
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["", "V", "Y"]

_NUMBER = re.compile(r"(?P<mark>[VY]?)(?P<service>[A-Z])(?P<machine>[A-Z]?)(?P<digits>[0-9]{2,6})\Z")


def number(service: str, ordinal: int, mark: Mark = "") -> str:
    return f"{mark}{service}{ordinal:03d}"


def ordinal(text: str) -> int:
    """The count in a number: A012 → 12. Raises ValueError for what is no number."""
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a ticket number such as A012")
    return int(match["digits"])


def service(text: str) -> str:
    """The letter of the service that it was given for: VA012 → A. Raises ValueError for what is no number."""
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a ticket number such as A012")
    return match["service"]


def is_own_series(text: str, service: str) -> bool:
    """Whether `text` is from a machine's own series of `service`: AB07."""
    match = _NUMBER.match(text)
    if match is None or match["mark"] or match["service"] != service:
        return False
    return match["machine"] != "" and len(match["digits"]) == 2
