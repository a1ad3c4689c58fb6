"""What hub and agents write into their logs as an error that nobody expected: a fault that the code only survived."""

import contextlib
import logging
from collections.abc import Callable, Iterator

from hub.storage.event_log import InvariantError, LogError
from hub.waiting import UnavailableError

_EXPECTED = (LogError, UnavailableError, OSError)
_ROOMS = ("hub", "edge")


class _Listener(logging.Handler):
    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and (isinstance(error, InvariantError) or not isinstance(error, _EXPECTED)):
            self._told(f"{record.getMessage()}: {error!r}")


@contextlib.contextmanager
def listened_for(told: Callable[[str], None]) -> Iterator[None]:
    """Nothing of what hub and agents log is shown meanwhile."""
    listener = _Listener(told)
    rooms = [logging.getLogger(name) for name in _ROOMS]
    before = [(room.propagate, room.level) for room in rooms]
    for room in rooms:
        room.propagate = False
        room.setLevel(logging.ERROR)
        room.addHandler(listener)
    try:
        yield
    finally:
        for room, (propagate, level) in zip(rooms, before, strict=True):
            room.removeHandler(listener)
            room.propagate = propagate
            room.setLevel(level)
