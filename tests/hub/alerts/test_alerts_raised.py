"""What is raised, once whoever looks, survives every process; what people do with it is kept with who and when."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub.alerts.alerts import AlertRefusedError
from hub.alerts.ratings import Ratings
from hub.alerts.watching import KEPT
from hub.domain import commands as c
from hub.storage.alerts import fresh as new_alert
from hub.storage.audit import Audit
from hub.storage.schema_alerts import alert, alert_watch
from tests.hub.alerts.hall import in_thread, watched
from tests.support.hub import run

QUEUE = {"alert.queue-limit.raise_at": 2, "alert.queue-limit.clear_at": 1, "alert.queue-limit.raise_s": 10}
DEVICES = {
    "alert.offline.raise_at": 30, "alert.offline.clear_s": 0, "alert.clock.enabled": True,
    "alert.paper-out.enabled": True,
}  # fmt: skip
LONG_QUEUE = ("queue-limit", "A")


async def crowd(hall) -> None:
    for _ in range(2):
        await hall.take()
    await hall.later(0)
    await hall.later(10)


def test_a_queue_is_raised_with_its_evidence_and_cleared(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            one = hall.opened()[LONG_QUEUE]
            assert (one.figure, one.body.rule.raise_at) == (2, 2)
            assert [proof.ticket for proof in one.body.proofs] == ["", "A001", "A002", ""]
            assert "A001" in one.body.proofs[1].words().en
            await hall.do(c.Cancel, number="A001", reason="left")
            await hall.later(0)
            assert hall.opened(), "not at once"
            await hall.later(60)
            assert not hall.opened()
            assert hall.log_of(hall.alerts.one("small", one.id)) == ["raised", "cleared"]

    run(story())


def test_another_process_goes_on_where_one_was_killed(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            (before,) = hall.opened().values()
            second = hall.process()
            await second.look()
            assert not second.alerts.watcher._held, "the first one looks after the hall"
            hall.processes.remove(hall.first)  # it looks no more
            hall.now += timedelta(seconds=31)
            await hall.do(c.Cancel, number="A001", reason="left")
            await hall.later(0)
            assert list(hall.opened().values()) == [before], "no second one"
            await hall.later(60)
            assert not hall.opened()

    run(story())


def test_two_that_look_at_the_same_moment_raise_one(database):
    """As when a lease runs out under one that is slow."""

    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            (one,) = hall.opened().values()
            await in_thread(hall.alerts.book.clear, one, hall.now)
            same = [new_alert(one.hall, one.body.rule, one.subject, 2.0, (), hall.now) for _ in range(8)]
            tries = await asyncio.gather(*(in_thread(hall.alerts.book.raise_all, [each]) for each in same))
            assert len([each for tried in tries for each in tried]) == 1
            assert len(hall.opened()) == 1

    run(story())


def test_a_changed_rule_is_in_force_at_once(database):
    async def story():
        async with watched(database) as hall:
            await crowd(hall)
            assert not hall.opened()
            await hall.do(c.ChangeSettings, changes={**QUEUE, "alert.queue-limit.enabled": True})
            await hall.later(0)
            await hall.later(10)
            assert LONG_QUEUE in hall.opened()
            await hall.do(c.ChangeSettings, changes={"alert.queue-limit.enabled": False})
            await hall.later(0)
            assert not hall.opened()
            (one,) = hall.alerts.book.of("small")
            assert hall.alerts.book.notes(one.id)[-1].detail == "rule"

    run(story())


def test_a_bad_rating_is_raised_once_and_ends_with_its_acknowledgement(database):
    async def story():
        async with watched(database, **{"alert.rating.enabled": True}) as hall:
            number = await hall.take()
            await hall.do(c.SignOn, counter="1", clerk="1001")
            await hall.do(c.CallNext, counter="1")
            await hall.do(c.Serve, counter="1")
            asked = (await hall.do(c.End, counter="1")).events[-1]
            await hall.do(c.Rate, ask=asked.ask, level=1, pressed_at=hall.now)
            await hall.later(1)
            (one,) = hall.opened().values()
            assert (one.kind, one.figure, one.body.proofs[0].ticket) == ("rating", 1, number)
            assert one.body.proofs[0].values["clerk"] == "1001"
            late = Ratings(hall.desk, hall.alerts.book, "small")  # as one whose lease is over: it has read nothing yet
            await late.catch_up()
            with hall.engine.begin() as connection:
                connection.execute(update(alert_watch).values(position=0))
            hall.alerts.watcher._held.clear()  # begins anew, from what the database says
            await hall.first.look()
            assert late.reached == hall.alerts.watcher._held["small"].reached == hall.desk.position
            assert len(hall.alerts.book.of("small")) == 1
            await hall.later(3600)
            assert hall.opened(), "it does not pass by itself"
            done = await in_thread(hall.alerts.acknowledge, "small", one.id, by="boss", note="called back")
            assert done.cleared_at == hall.now
            assert hall.log_of(done) == ["raised", "escalated", "acknowledged", "cleared"]

    run(story())


def test_devices_are_raised_and_cleared_and_our_own_broken_line_raises_none(database):
    async def story():
        async with watched(database, **DEVICES) as hall:
            for position in ("machine-1", "caller-1"):
                hall.present(position)
            hall.report("machine-1", 9000.0, printer="paper out")
            hall.report("caller-1")
            for seconds in (0, 15, 60):
                await hall.later(seconds)
            assert set(hall.opened()) == {("paper-out", "machine-1"), ("clock", "machine-1")}
            hall.present("caller-1", online=False)
            await hall.later(30)
            (one,) = [one for key, one in hall.opened().items() if key == ("offline", "caller-1")]
            assert one.body.proofs[0].values["device"] == "dev-caller-1"
            assert "printer" not in one.body.proofs[1].values["facts"]
            hall.first.roster.all_unseen(hall.now)
            await hall.later(40)
            assert len(hall.opened()) == 3, "it is us who are cut off"
            hall.present("caller-1")
            hall.report("machine-1", 0.0, printer="ready")
            for seconds in (0, 30, 60):
                await hall.later(seconds)
            assert not hall.opened()

    run(story())


def test_influx_away_is_raised_with_the_reason(database):
    async def story():
        async with watched(database, **{"alert.influx.raise_s": 0, "alert.influx.clear_s": 0}) as hall:
            hall.first.trouble = "connection refused"
            await hall.later(1)
            (one,) = hall.opened().values()
            assert one.body.proofs[0].words().zh == "connection refused"
            hall.first.trouble = ""
            await hall.later(1)
            assert not hall.opened()

    run(story())


def test_the_first_who_acknowledges_is_kept_and_the_same_again_changes_nothing(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            (one,) = hall.opened().values()
            for _ in range(2):
                done = await in_thread(hall.alerts.acknowledge, "small", one.id, by="boss", note="opening  counter 3\n")
                assert (done.acknowledged_by, done.note) == ("boss", "opening counter 3")
            with pytest.raises(AlertRefusedError, match="boss"):
                await in_thread(hall.alerts.acknowledge, "small", one.id, by="deputy", note="me")
            assert hall.log_of(done) == ["raised", "acknowledged"]
            assert hall.opened(), "it is open until it is well again"
            assert [note.what for note in Audit(hall.engine).of("small")] == ["alert-acknowledged"]

    run(story())


def test_what_a_newer_release_wrote_is_left_alone(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            (one,) = hall.opened().values()
            for newer, known in ((('"enabled"', '"mood":1,"enabled"'), 1), (('"queue-limit"', '"weather"'), 0)):
                with hall.engine.begin() as connection:
                    body = connection.scalar(select(alert.c.body)).replace(*newer)
                    connection.execute(update(alert).values(body=body))
                assert len(hall.opened()) == known
            await hall.later(1)
            await hall.later(20)
            assert hall.alerts.book.count_open("small") == 1, "and no second one comes beside it"
            assert one.cleared_at is None

    run(story())


def test_what_is_old_is_forgotten_but_never_what_is_open(database):
    async def story():
        async with watched(database, **QUEUE) as hall:
            await crowd(hall)
            later = hall.now + KEPT + timedelta(days=1)
            assert await in_thread(hall.alerts.book.forget, later) == 0
            (one,) = hall.opened().values()
            await in_thread(hall.alerts.book.clear, one, hall.now)
            assert await in_thread(hall.alerts.book.forget, later) == 1
            assert not hall.alerts.book.of("small")
            assert not hall.alerts.book.notes(one.id)

    run(story())


def test_a_process_that_ends_hands_over_at_once_and_one_of_the_same_name_goes_on(fresh):
    async def story():
        async with watched(fresh(), **QUEUE) as hall:
            second = hall.process()
            await second.look()
            assert not second.alerts.watcher._held
            await in_thread(hall.alerts.watcher.close)
            await second.look()
            assert second.alerts.watcher._held
            restarted = hall.process()
            restarted.alerts.watcher._holder = second.alerts.watcher._holder  # its name at the broker
            await restarted.look()
            assert restarted.alerts.watcher._held

    run(story())
