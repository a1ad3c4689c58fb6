"""How much of some time devices were there, from when they came and went. Pure; moments are seconds since 1970."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Came(NamedTuple):
    """A device came (`online`) or went. `why`: as hub.storage.health.Change has it."""

    at: float
    online: bool
    why: str


class There(NamedTuple):
    """Of a stretch of time: how long it was there, of how long anything is known. Before a device came for the first
    time, nothing is. `drops`: it went without a word; `starts`: its agent began anew."""

    online_s: float = 0.0
    known_s: float = 0.0
    drops: int = 0
    starts: int = 0

    def plus(self, other: "There") -> "There":
        return There(
            self.online_s + other.online_s,
            self.known_s + other.known_s,
            self.drops + other.drops,
            self.starts + other.starts,
        )


def there(changes: Iterable[Came], steps: Sequence[tuple[float, float]]) -> list[There]:
    """For each step (begin, end) of time, rising and without overlap; `changes` by time, of one position."""
    known = sorted(changes, key=lambda one: one.at)
    return [_in(known, begin, end) for begin, end in steps]


def _in(changes: Sequence[Came], begin: float, end: float) -> There:
    online_s = known_s = 0.0
    state: bool | None = None
    at, drops, starts = begin, 0, 0
    for change in changes:
        if change.at >= end:
            break
        if change.at > begin:
            if state is not None:
                known_s += change.at - at
                online_s += change.at - at if state else 0.0
            at = change.at
        if change.at >= begin:
            drops += change.why == "lost"
            starts += change.why == "started"
        state = change.online
    if state is not None and end > at:
        known_s += end - at
        online_s += end - at if state else 0.0
    return There(online_s, known_s, drops, starts)
