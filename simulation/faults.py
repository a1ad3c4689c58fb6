"""Faults to plant: each a small patch of the real code, for the time of one run. A simulation that misses one is blind."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

FAULTS: dict[str, Callable[[], AbstractContextManager[object]]] = {}


@contextlib.contextmanager
def planted(name: str) -> Iterator[None]:
    """Nothing for an empty name. Raises KeyError for one that there is not."""
    if not name:
        yield
        return
    with FAULTS[name]():
        yield
