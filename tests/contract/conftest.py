"""Logs of one database: as many as there are hub processes in a test."""

from collections.abc import Callable, Iterator

import pytest

from hub.storage.database import Where, open_log
from hub.storage.event_log import EventLog


@pytest.fixture
def another(database: Where) -> Iterator[Callable[[], EventLog]]:
    """Opens the log once more, as another hub process would."""
    opened: list[EventLog] = []

    def open_another() -> EventLog:
        opened.append(open_log(database))
        return opened[-1]

    yield open_another
    for log in opened:
        log.close()


@pytest.fixture
def log(another: Callable[[], EventLog]) -> EventLog:
    return another()
