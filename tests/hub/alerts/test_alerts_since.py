"""What counts towards `raise_s` and `clear_s` outlives whoever counts it, and costs a write when it begins and ends."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from sqlalchemy import event

from hub.domain import commands as c
from hub.storage.alert_since import SinceBook
from tests.hub.alerts.hall import in_thread, watched
from tests.support.day import MORNING
from tests.support.hub import run
from tests.support.process import ROOT

QUEUE = {
    "alert.queue-limit.raise_at": 2, "alert.queue-limit.clear_at": 1, "alert.queue-limit.raise_s": 300,
    "alert.queue-limit.clear_s": 300,
}  # fmt: skip
LONG_QUEUE = ("queue-limit", "A")
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.hub.alerts.hall import watched
from tests.hub.alerts.test_alerts_since import QUEUE
from tests.support.hub import run

async def story(where, late_s, people):
    async with watched(where, late_s=late_s, **QUEUE) as hall:
        for _ in range(people):
            await hall.take()
        for seconds in (0, 40, 40):
            await hall.later(seconds)
        assert not hall.opened()
        os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
run(story(where, float(sys.argv[2]), int(sys.argv[3])))
"""


def killed_hub(where: object, late_s: float, people: int) -> None:
    """A process of its own that looks for 80 s by its clock and is killed."""
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(where), str(late_s), str(people)], cwd=ROOT, env={**os.environ}, timeout=60
    )
    assert child.returncode == -signal.SIGKILL


def test_a_hub_that_is_killed_again_and_again_raises_when_it_is_time(database):
    """Each one lives for less than `raise_s`; the time in which there was none counts, for nobody left meanwhile."""
    for n in range(2):
        killed_hub(database, 120.0 * n, 2 if n == 0 else 0)

    async def story():
        async with watched(database, late_s=240, **QUEUE) as hall:
            await hall.later(59)
            assert not hall.opened()
            await hall.later(1)
            assert hall.opened()[LONG_QUEUE].raised_at == MORNING + timedelta(seconds=300)

    run(story())


def test_what_began_to_be_well_again_goes_on_as_well(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            number = await hall.take()
            await hall.take()
            for seconds in (0, 300):
                await hall.later(seconds)
            (one,) = hall.opened().values()
            await hall.do(c.Cancel, number=number, reason="left")
            await hall.later(0)
            await hall.later(200)
            hall.processes.clear()  # killed: it looks no more, and hands nothing over
            hall.now += timedelta(seconds=31)
            await hall.process().look()
            assert hall.opened()
            await hall.later(69)
            assert not hall.opened()
            done = await in_thread(hall.alerts.one, "small", one.id)
            assert done.cleared_at == MORNING + timedelta(seconds=600)
            assert SinceBook(hall.engine).of("small") == {}

    run(story())


def test_a_process_that_lost_the_hall_writes_nothing_of_what_it_saw(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            for _ in range(2):
                await hall.take()
            await hall.later(0)
            slow, book = hall.first, SinceBook(hall.engine)
            hall.processes.clear()
            hall.now += timedelta(seconds=31)
            await hall.process().look()
            await hall.later(10)
            before = book.of("small")
            assert LONG_QUEUE in before
            hall.now += timedelta(seconds=40)
            watcher = slow.alerts.watcher
            await in_thread(watcher._work, "small", watcher.facts("small"))
            assert book.of("small") == before
            assert not book.keep("small", watcher._holder, before, {}), "it is told so"
            await slow.alerts.close()

    run(story())


def test_it_is_written_when_it_begins_and_when_it_ends_and_not_with_each_look(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            written: list[str] = []
            event.listen(
                hall.engine, "before_cursor_execute",
                lambda _c, _u, statement, *_: written.append(statement) if "alert_since" in statement else None,
            )  # fmt: skip
            numbers = [await hall.take() for _ in range(2)]
            for _ in range(60):
                await hall.later(1)
            assert len([one for one in written if one.startswith("INSERT")]) == 1
            await hall.do(c.Cancel, number=numbers[0], reason="left")
            for _ in range(20):
                await hall.later(1)
            assert len([one for one in written if one.startswith("DELETE")]) == 1
            written.clear()
            for _ in range(10):  # it trembles: never for long enough to be worth a write
                number = await hall.take()
                await hall.later(1)
                await hall.do(c.Cancel, number=number, reason="left")
                await hall.later(1)
            assert written == []

    run(story())
