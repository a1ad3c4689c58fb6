"""Ticket numbers: service letter and three digits, four past 999; a machine's own series has its letter in between."""

import re

_NUMBER = re.compile(r"(?P<service>[A-Z])(?P<machine>[A-Z]?)(?P<digits>\d{2,6})\Z")


def number(service: str, ordinal: int) -> str:
    return f"{service}{ordinal:03d}"


def ordinal(text: str) -> int:
    """The count in a number: A012 → 12. Raises ValueError for what is no number."""
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a ticket number such as A012")
    return int(match["digits"])


def is_own_series(text: str, service: str) -> bool:
    """Whether `text` is from a machine's own series of `service`: AB07."""
    match = _NUMBER.match(text)
    return match is not None and match["service"] == service and match["machine"] != "" and len(match["digits"]) == 2
