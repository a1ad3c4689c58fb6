"""Asking the past while the queue goes on."""

import asyncio
from datetime import UTC, datetime

import pytest

from hub.desk import Desk
from hub.domain import commands as c
from hub.history.asking import NotReadyError, Question
from hub.history.history import History, history_of
from hub.storage.database import open_database, open_log
from tests.hub.history.conftest import append
from tests.hub.history.test_reading import worked
from tests.support.day import small_hall

DAY = Question(hall="small", first="2026-01-05", last="2026-01-05", figures=("taken",))


async def taken(past: History, day: str) -> object:
    question = Question(hall="small", first=day, last=day, figures=("taken",))
    return (await past.ask(question)).rows[0].values["taken"]


def test_an_answer_knows_what_happened_before_it_was_asked(tmp_path):
    open_database(tmp_path / "hub.db").dispose()
    now = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)

    async def day() -> None:
        log, own = open_log(tmp_path / "hub.db"), open_log(tmp_path / "hub.db")
        desk = Desk([small_hall()], log, lambda: now)
        await desk.open()
        past = history_of([small_hall()], own, tmp_path / "history", lambda: now, fresh_s=0)
        assert await taken(past, "2026-01-05") == 0
        for number in range(3):
            await desk.handle("small", c.TakeTicket(id=f"t{number}", at=now, by="test", service="A"))
            assert await taken(past, "2026-01-05") == number + 1
        behind = await past.behind(DAY, "taken")
        assert [(one.number, one.about["service"]) for one in behind] == [("A001", "A"), ("A002", "A"), ("A003", "A")]
        await past.close()
        await desk.close()
        own.close()
        log.close()

    asyncio.run(day())


def test_a_long_log_is_read_in_the_background_and_says_how_far(log, tmp_path, monkeypatch):
    script = worked()
    append(log, script)
    monkeypatch.setattr("hub.history.history._NEAR", 10)

    async def meanwhile() -> None:
        past = history_of([small_hall()], log, tmp_path / "history", lambda: script.now, fresh_s=0)
        with pytest.raises(NotReadyError) as not_yet:
            await past.ask(DAY)
        assert (not_yet.value.done, not_yet.value.total) == (0, len(script.events))
        reading = asyncio.create_task(past.run())
        async with asyncio.timeout(30):
            while True:
                try:
                    answer = await past.ask(DAY)
                    break
                except NotReadyError:
                    await asyncio.sleep(0.01)
        assert answer.rows[0].values == {"taken": 12}
        reading.cancel()
        await past.close()

    asyncio.run(meanwhile())
