"""Screens in step: what plays at a moment follows from the clock and the items' lengths alone. Pure.

Items follow one another in a circle that began in 1970: with the same list and the same clock, all are at one place.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

NEAR_S = 0.04  # less is not seen from one screen to the next
SEEK_S = 0.5  # beyond this, running faster or slower would take too long
_SPEED_MAX = 0.05  # of which nobody takes notice
_CATCH_UP_S = 4.0  # an error is made good within about this


class Place(msgspec.Struct, frozen=True):
    """`at_s` into the item of that index."""

    index: int
    at_s: float


class Speed(msgspec.Struct, frozen=True):
    """Play this much faster or slower; 1: as ever."""

    factor: float


class Seek(msgspec.Struct, frozen=True):
    """Within the item that plays."""

    at_s: float


class Jump(msgspec.Struct, frozen=True):
    """To another item; a film is sought afterwards."""

    index: int


Correction: TypeAlias = Speed | Seek | Jump | None


def wanted(lengths_s: Sequence[float], at: float) -> Place:
    """What should play at that time (s since 1970, by the hub's clock). Lengths are positive."""
    left = at % sum(lengths_s)
    for index, length_s in enumerate(lengths_s):
        if left < length_s:
            return Place(index, left)
        left -= length_s
    return Place(0, 0.0)  # rounding at the very end of the circle


def error_s(lengths_s: Sequence[float], actual: Place, at: float) -> float:
    """How far ahead (+) or behind (-) the screen is, the shorter way round."""
    whole, should = sum(lengths_s), wanted(lengths_s, at)
    ahead = sum(lengths_s[: actual.index]) + actual.at_s - sum(lengths_s[: should.index]) - should.at_s
    return (ahead + whole / 2) % whole - whole / 2


def correction(lengths_s: Sequence[float], actual: Place, speed: float, at: float, *, still: bool) -> Correction:
    """What to do now. `speed`: as it plays; `still`: a picture, which can neither be sought nor hurried."""
    should, ahead_s = wanted(lengths_s, at), error_s(lengths_s, actual, at)
    if abs(ahead_s) <= NEAR_S:
        return Speed(1.0) if speed != 1.0 and abs(ahead_s) <= NEAR_S / 2 else None
    if actual.index != should.index:
        return Jump(should.index) if abs(ahead_s) > SEEK_S or still else None
    if still:
        return None
    if abs(ahead_s) > SEEK_S:
        return Seek(should.at_s)
    factor = 1.0 - max(-_SPEED_MAX, min(_SPEED_MAX, ahead_s / _CATCH_UP_S))
    return Speed(round(factor, 3)) if abs(factor - speed) > 0.004 else None


def next_change_s(lengths_s: Sequence[float], at: float) -> float:
    """How long until another item's turn."""
    should = wanted(lengths_s, at)
    return lengths_s[should.index] - should.at_s
