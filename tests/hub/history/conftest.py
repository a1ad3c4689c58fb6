"""A log to write days into, and the past made of it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from hub.history.files import Files
from hub.history.makers import Makers
from hub.history.reading import FAR, Reading
from hub.storage.database import open_database, open_log
from hub.storage.event_log import Append, EventLog
from tests.support.day import Script, small_hall

LATER = datetime.fromisoformat("2026-03-01T12:00:00+08:00")


def append(log: EventLog, script: Script, done: int = 0) -> int:
    """What the script did since it had `done` so many events; how many it has now."""
    after = done
    for command, events in groupby(script.events[done:], lambda event: event.command):
        told = tuple(events)
        log.append([Append(script.hall.hall.id, script.state.day, after, command, told, ())])
        after += len(told)
    return after


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    open_database(tmp_path / "hub.db").dispose()
    log = open_log(tmp_path / "hub.db")
    yield log
    log.close()


@pytest.fixture
def reader(log: EventLog, tmp_path: Path) -> Iterator[Callable[..., tuple[Reading, Files]]]:
    """Another reader, of that folder."""
    opened = []

    def another(
        folder: str = "history", now: datetime = LATER, far: int = FAR, makers: int = 0
    ) -> tuple[Reading, Files]:
        files = Files(tmp_path / folder)
        beside = Makers(tmp_path / "hub.db", tmp_path / folder, [small_hall()], makers) if makers else None
        reading = Reading([small_hall()], log, files, lambda: now, beside, far)
        opened.append((reading, files))
        return reading, files

    yield another
    for reading, files in opened:
        reading.close()
        files.close()
