"""Other values of a rule, tried before they are saved: over the days that are in the log, and what devices did."""

import asyncio
import threading
from datetime import timedelta

import pytest

from hub.alerts import trying
from hub.alerts.trying import BadValuesError, Trial, UnknownRuleError
from hub.desk import UnavailableError
from hub.domain import commands as c
from hub.storage.health import Change, HealthHistory, Sample
from tests.hub.alerts.hall import Watched, in_thread, watched
from tests.support.hub import run

QUEUE = {"alert.queue-limit.raise_at": 3, "alert.queue-limit.clear_at": 1, "alert.queue-limit.raise_s": 10}


async def days_of(hall: Watched, *crowds: int) -> None:
    """A day for each: so many come, a second apart, wait for a minute and leave."""
    for n, crowd in enumerate(crowds):
        if n:
            hall.now += timedelta(days=1)
            await hall.desk.turn_day("small")
        numbers = []
        for _ in range(crowd):
            numbers.append(await hall.take())
            hall.now += timedelta(seconds=1)
        hall.now += timedelta(seconds=60)
        for number in numbers:
            await hall.do(c.Cancel, number=number, reason="left")
        hall.now += timedelta(seconds=120)


async def tried(hall: Watched, rule: str, days: int = 7, **values: object) -> Trial:
    return await hall.alerts.trials.ask("small", rule, values, days)


def test_how_often_other_values_would_have_raised_beside_those_in_force(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await days_of(hall, 2, 4, 3, 0)
            found = await tried(hall, "queue-limit", raise_at=2)
            assert (found.before.count, found.after.count) == (2, 3)
            assert found.after.days == {"2026-01-05": 1, "2026-01-06": 1, "2026-01-07": 1}
            newest = found.after.raised[0]
            assert (newest.subject, newest.figure) == ("A", 3)
            assert (newest.until - newest.at).total_seconds() == 112, "it is over a minute after they left"
            assert (found.source, found.is_whole, found.since) == ("log", True, "2026-01-02")
            assert found.looked_at == len(
                [one for n in "5678" for one in await hall.desk.history("small", f"2026-01-0{n}")]
            )

    run(story())


def test_what_is_looked_at_is_bounded_and_asking_again_goes_further(fresh, monkeypatch):
    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            await days_of(hall, 4, 4, 4, 0)
            monkeypatch.setattr(trying, "EVENTS_MAX", 10)
            first = await tried(hall, "queue-limit", raise_at=2)
            assert (first.after.count, first.since, first.is_whole) == (1, "2026-01-07", False)
            again = await tried(hall, "queue-limit", raise_at=2)
            assert (again.after.count, again.is_whole) == (2, False)
            third = await tried(hall, "queue-limit", raise_at=2)
            assert (third.before.count, third.after.count, third.is_whole) == (3, 3, True)
            known = await tried(hall, "queue-limit", raise_at=2)
            assert (known.after.count, known.looked_at) == (3, 0), "days that are over are remembered"

    run(story())


def test_now_is_told_with_the_other_values_and_nothing_is_changed_by_it(fresh):
    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            for _ in range(2):
                await hall.take()
            position = hall.desk.position
            found = await tried(hall, "queue-limit", raise_at=2, per="hall")
            assert [(one.subject, one.figure, one.high) for one in found.before.now] == [("A", 2, False)]
            assert [(one.subject, one.figure, one.high) for one in found.after.now] == [("hall", 2, True)]
            assert hall.desk.position == position
            assert not hall.opened()
            off = await tried(hall, "long-service")
            assert (off.before.rule.enabled, off.after.rule.enabled) == (False, True), "tried as though it were on"

    run(story())


def test_values_that_cannot_be_are_refused_with_their_item(fresh):
    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            with pytest.raises(BadValuesError, match="clear_at"):
                await tried(hall, "queue-limit", raise_at=1)
            with pytest.raises(BadValuesError, match="raise_at"):
                await tried(hall, "queue-limit", raise_at="many")
            with pytest.raises(BadValuesError, match="mood"):
                await tried(hall, "queue-limit", mood="good")
            with pytest.raises(UnknownRuleError, match="weather"):
                await tried(hall, "weather")

    run(story())


def test_ratings_of_the_past_are_held_against_another_level(database):
    async def story():
        async with watched(database, **{"alert.rating.enabled": True}) as hall:
            await hall.do(c.SignOn, counter="1", clerk="1001")
            for level in (1, 3, 5):
                await hall.take()
                await hall.do(c.CallNext, counter="1")
                await hall.do(c.Serve, counter="1")
                asked = (await hall.do(c.End, counter="1")).events[-1]
                await hall.do(c.Rate, ask=asked.ask, level=level, pressed_at=hall.now)
                hall.now += timedelta(seconds=60)
            found = await tried(hall, "rating", raise_at=3, clear_at=4)
            assert (found.source, found.before.count, found.after.count) == ("ratings", 1, 2)
            assert found.after.raised[0].subject == "2026-01-05/A002"

    run(story())


def test_devices_that_came_and_went_and_what_they_reported(database):
    async def story():
        async with watched(database, **{"alert.offline.enabled": True}) as hall:
            health, nine = HealthHistory(hall.engine), hall.now
            hall.now += timedelta(days=2)
            await hall.desk.turn_day("small")

            def change(seconds: float, *, online: bool) -> Change:
                at = nine + timedelta(seconds=seconds)
                said = {"device": "d", "boot": f"{seconds}", "why": "started" if online else "lost"}
                return Change(hall="small", position="machine-1", at=at, online=online, **said)

            came = [change(-99, online=True), change(100, online=False), change(160, online=True)]
            await in_thread(health.came_and_went, [*came, change(900, online=False), change(1200, online=True)])
            begin = int(nine.timestamp())
            for n, (paper, offset_ms) in enumerate([("ok", 0.0), ("low", 0.0), ("out", 9000.0), ("ok", 0.0)]):
                said = Sample(
                    hall="small", position="machine-1", at=begin + 7200 + n * 900, paper=paper, offset_ms=offset_ms
                )
                await in_thread(health.add, [said])
            away = await tried(hall, "offline", raise_at=30)
            assert (away.source, away.before.count, away.after.count) == ("presence", 1, 2)
            assert away.before.raised[0].at == nine + timedelta(seconds=900 + 120)
            low, out, clock = [await tried(hall, rule) for rule in ("paper-low", "paper-out", "clock")]
            assert [one.before.count for one in (low, out)] == [0, 0], "both are switched off here"
            assert [one.after.count for one in (low, out, clock)] == [1, 1, 1]
            assert out.after.raised[0].at == nine + timedelta(seconds=7200 + 1800 + 15)
            for rule in ("certificate", "influx"):
                none = await tried(hall, rule)
                assert (none.source, none.after.count) == ("", 0)

    run(story())


def test_two_who_ask_at_once_wait_for_each_other_and_both_are_answered(fresh):
    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            await days_of(hall, 4, 0)
            both = await asyncio.gather(*(tried(hall, "queue-limit", raise_at=at) for at in (2, 5)))
            assert [one.after.count for one in both] == [1, 0]

    run(story())


def test_a_hub_that_ends_does_not_wait_for_a_question(fresh, monkeypatch):
    """One that is under way is given up where it is."""

    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            await days_of(hall, 4, 0)
            trials, begun, go_on = hall.alerts.trials, threading.Event(), threading.Event()
            of = trials._events.of

            def slowly(*asked):
                begun.set()
                assert go_on.wait(20)
                yield from of(*asked)

            monkeypatch.setattr(trials._events, "of", slowly)
            question = asyncio.create_task(tried(hall, "queue-limit", raise_at=2))
            assert await in_thread(begun.wait, 20)
            closing = asyncio.create_task(in_thread(trials.close))
            while not trials._closed:
                await asyncio.sleep(0)
            go_on.set()
            await closing
            with pytest.raises(UnavailableError, match="closing"):
                await question

    run(story())
