"""Alerts that nobody takes wait for people of a role, are counted for them, and wait no more when one takes them."""

from tests.hub.alerts.hall import in_thread, watched
from tests.hub.alerts.test_alerts_raised import LONG_QUEUE, QUEUE, crowd
from tests.support.hub import run

ESCALATED = {
    **QUEUE, "alert.queue-limit.escalate_min": 2, "alert.queue-limit.escalate_to": ["role:technician", "lead"],
}  # fmt: skip


def test_an_alert_waits_for_the_role_it_was_escalated_to_until_somebody_takes_it(database):
    async def story():
        async with watched(database, **ESCALATED) as hall:
            await crowd(hall)
            one = hall.opened()[LONG_QUEUE]
            waiting = hall.alerts.waiting
            assert await in_thread(waiting.count, "technician") == {}
            assert not hall.alerts.may_take(one, "technician")
            await hall.later(120)
            one = hall.opened()[LONG_QUEUE]
            assert await in_thread(waiting.count, "technician") == {"small": 1}
            assert await in_thread(waiting.count, "manager") == {}, "its rule names another role"
            may = [hall.alerts.may_take(one, role) for role in ("technician", "manager", "clerk")]
            assert may == [True, True, False]
            assert hall.alerts.book.notes(one.id)[-1].detail == "role:technician", "the route leads nowhere"
            assert hall.alerts.unled("small") == ["duty", "lead"]
            await in_thread(hall.alerts.acknowledge, "small", one.id, by="tech", note="looking at it")
            await hall.later(1)
            assert await in_thread(waiting.count, "technician") == {}

    run(story())


def test_what_is_over_waits_for_nobody(fresh):
    async def story():
        async with watched(fresh(), **ESCALATED) as hall:
            await crowd(hall)
            await hall.later(120)
            (one,) = hall.opened().values()
            await in_thread(hall.alerts.book.clear, one, hall.now)
            hall.now = hall.now.replace(microsecond=999_999)
            await hall.later(1)
            assert await in_thread(hall.alerts.waiting.count, "technician") == {}

    run(story())
