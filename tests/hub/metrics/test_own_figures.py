"""What the hub measures of itself waits as a report; what is no process's own is told by the one that writes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.desk import Desk
from hub.domain import commands as c
from hub.metrics.own import Own
from hub.roster import Bound, Roster
from hub.storage.database import open_database, open_log
from hub.storage.metrics import MetricsBook
from hub.storage.metrics_reports import Figures
from hub.storage.refusal_counts import RefusalCounts
from tests.support.day import MORNING, small_hall
from wire.messages import Presence


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "hub.db")
    yield engine
    engine.dispose()


def looked(engine: Engine, tmp_path: Path, *, writes: bool) -> dict[str, list[Figures]]:
    """After one ticket was taken, with one caller there and two garbled messages turned away."""

    async def look() -> list[Figures]:
        log = open_log(tmp_path / "hub.db")
        desk = Desk([small_hall()], log, lambda: MORNING)
        roster = Roster([small_hall()], list)
        roster.seat_all([Bound("caller-00aa", "small", "caller-1")])
        roster.present("caller-00aa", Presence(online=True, boot="a"), MORNING)
        book, counts = MetricsBook(engine, "there"), RefusalCounts(engine)
        counts.count("mqtt", "bad-message", MORNING, 2)
        await desk.open()
        own = Own("hub-1", desk, roster, book, is_up=lambda: True, streams=lambda: 3, refusals=counts.all,
                  unread=lambda: 2, writes=lambda: writes)  # fmt: skip
        await desk.handle("small", c.TakeTicket(id="t", at=MORNING, by="test", service="A"))
        await own.look(0.25)
        await own.look()
        await desk.close()
        log.close()
        return [one.report() for one in book.reports(100)]

    found: dict[str, list[Figures]] = {}
    for one in asyncio.run(look()):
        found.setdefault(one.name, []).append(one)
    return found


def test_a_process_tells_what_it_stores_and_sends(engine: Engine, tmp_path: Path):
    first, second = looked(engine, tmp_path, writes=False)["hub"]
    assert first.tags == {"process": "hub-1"}
    told = {name: first.values[name] for name in ("commands", "mqtt", "streams", "late_ms", "behind", "unread")}
    behind = first.values["position"]
    assert told == {"commands": 1, "mqtt": 1, "streams": 3, "late_ms": 250.0, "behind": behind, "unread": 2}
    assert 0 < first.values["append_ms"] <= first.values["append_ms_max"]
    assert first.values["memory_mb"] > 10
    assert "append_ms" not in second.values, "nothing was stored in between"
    assert second.values["reports"] == 1


def test_the_one_that_writes_tells_of_devices_and_doors_as_well(engine: Engine, tmp_path: Path):
    found = looked(engine, tmp_path, writes=True)
    callers = next(one for one in found["devices"] if one.tags["kind"] == "caller")
    assert callers.values == {"expected": 2, "online": 1}
    assert [(one.tags, one.values) for one in found["turned_away"]] == [({"door": "mqtt"}, {"count": 2})] * 2


def test_the_others_do_not(engine: Engine, tmp_path: Path):
    assert set(looked(engine, tmp_path, writes=False)) == {"hub"}
