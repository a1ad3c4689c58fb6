"""What platforms are told: each change once and in order for each appointment, whatever the receiver does."""

import asyncio
import itertools

import pytest
from sqlalchemy import select

from hub.storage.schema_platform_hooks import webhook_delivery, webhook_position
from hub.storage.webhook_changes import Noting
from tests.hub.appointments.booking import MONDAY, TUESDAY, WEDNESDAY
from tests.hub.webhooks.receiver import CUT, HANG, City, Platform, a_city, same_clock
from tests.support.hub import run

__all__ = ["same_clock"]


class KilledError(BaseException):
    pass


def states(city):
    with city.office.engine.connect() as connection:
        asked = select(webhook_delivery.c.type, webhook_delivery.c.state).order_by(webhook_delivery.c.position)
        return [(kind.removeprefix("appointment."), state) for kind, state in connection.execute(asked)]


def test_what_a_program_booked_is_told_with_all_that_becomes_of_it(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            one = await city.book(day=MONDAY, slot="16:00")
            await city.office.book("li", day=MONDAY, slot="16:00")  # by phone: no platform's business
            await city.office.move(one, MONDAY, MONDAY, "15:00", staff=True)
            await city.office.cancel(one, MONDAY, reason="ill", staff=True)
            assert await city.tell() == 3
            ident = one.code
            assert platform.of(ident) == ["booked", "moved", "cancelled"]
            assert [said["data"]["sequence"] for said in platform.heard] == [1, 2, 3]
            assert platform.heard[1]["data"] == {
                "hall": "small",
                "id": ident,
                "sequence": 2,
                "code": one.code,
                "day": MONDAY,
                "service": "A",
                "slot_at": "2026-11-02T15:00:00+08:00",
                "minutes": 30,
                "state": "booked",
                "number": None,
                "reason": "",
            }
            assert platform.heard[2]["data"]["reason"] == "ill"
            assert await city.tell() == 0
            assert city.hooks.one("small", city.ident).succeeded_at == city.office.now

    run(story())


def test_a_move_over_days_is_one_move_under_the_same_id(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            old = await city.book()
            day, new = await city.office.move(old, TUESDAY, WEDNESDAY, "10:00")
            day, third = await city.office.move(new, day, "2026-11-05", "11:00")
            await city.office.cancel(third, day)
            await city.tell()
            ident = old.code
            assert platform.of(ident) == ["booked", "moved", "moved", "cancelled"]
            assert [said["data"]["code"] for said in platform.heard] == [old.code, new.code, third.code, third.code]
            assert len(platform.heard) == 4

    run(story())


def test_the_order_of_an_appointment_holds_while_another_goes_on(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            ill, well = await city.book(), await city.book("li", slot="10:00")
            names = {key: one.code for key, one in (("ill", ill), ("well", well))}
            platform.plan = lambda said: 500 if said["data"]["id"] == names["ill"] else None
            for one in (ill, well):
                await city.office.move(one, TUESDAY, TUESDAY, "14:00")
                await city.office.cancel(one, TUESDAY)
            await city.tell()
            assert platform.of(names["well"]) == ["booked", "moved", "cancelled"]
            assert [said["type"] for said in platform.tried if said["data"]["id"] == names["ill"]] == [
                "appointment.booked"
            ]
            platform.plan = lambda said: None
            await city.later(seconds=20)
            assert platform.of(names["ill"]) == ["booked", "moved", "cancelled"]
            assert len(set(platform.ids)) == 6, "the same id with every try"
            assert len(platform.ids) == 7

    run(story())


@pytest.mark.parametrize("fault", [503, CUT, HANG, (302, {"Location": "http://127.0.0.1:1/elsewhere"}), 404])
def test_whatever_is_no_2xx_is_tried_again(tmp_path, same_clock, fault):
    async def story():
        async with a_city(tmp_path, same_clock, try_s=1.0 if fault == HANG else 60.0) as (city, platform):
            began = city.office.now
            platform.plan = lambda said: fault if city.office.now == began else None
            await city.book()
            assert await city.tell() == 1
            city.sender.try_s = 60.0
            assert platform.heard == []
            assert await city.later(seconds=4) == 0, "not at once"
            assert await city.later(seconds=3) == 1
            assert len(platform.heard) == 1
            assert len(set(platform.ids)) == 1

    run(story())


def test_tries_become_rarer_and_as_rare_as_the_receiver_asks(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            platform.plan = lambda said: (429, {"Retry-After": "2000"}) if len(platform.tried) == 2 else 500
            await city.book()
            at = []
            for minute in range(120):
                at += [minute] * (await city.later(minutes=1))
            assert at[:2] == [0, 1]
            gaps = [after - before for before, after in itertools.pairwise(at)]
            assert gaps[1] >= 33, "2000 s were asked for"
            assert len(at) < 10

    run(story())


def test_after_three_days_it_is_disabled_and_goes_on_in_order_when_it_is_enabled(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            platform.plan = lambda said: 500
            one = await city.book(day="2026-11-09")
            for _ in range(90):
                await city.later(hours=1)
            hook = city.hooks.one("small", city.ident)
            assert (hook.state, hook.why, hook.waiting) == ("disabled", "answered 500, for 3 days", 1)
            await city.office.cancel(one, "2026-11-09")
            before = len(platform.tried)
            assert await city.later(hours=1) == 0
            platform.plan = lambda said: None
            city.hooks.enable("small", city.ident, "admin")
            await city.tell()
            assert len(platform.tried) == before + 2
            assert platform.of(one.code) == ["booked", "cancelled"], "also what came meanwhile"

    run(story())


def test_410_disables_and_keeps_what_waits(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            platform.plan = lambda said: 410
            await city.book()
            assert await city.tell() == 1
            hook = city.hooks.one("small", city.ident)
            assert (hook.state, hook.why, hook.waiting, hook.since) == ("disabled", "answered 410", 1, city.office.now)
            city.hooks.look()
            assert (city.hooks.off("small"), city.hooks.off("other")) == (["city"], [])
            assert await city.later(days=1) == 0

    run(story())


def test_a_hub_killed_between_noting_and_moving_on_loses_and_doubles_nothing(database, same_clock, monkeypatch):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            await city.book()
            await city.book("li", slot="10:00")
            add, count = Noting.add, 0

            def killed(self, *arguments, **named):
                nonlocal count
                add(self, *arguments, **named)
                count += 1
                if count == 2:
                    raise KilledError

            with monkeypatch.context() as patch:
                patch.setattr(Noting, "add", killed)
                with pytest.raises(KilledError):
                    await city.read()
            assert states(city) == []
            again = await City(city.office).begin()
            await again.tell()
            assert [said["type"] for said in platform.heard] == ["appointment.booked"] * 2
            assert len(set(platform.ids)) == len(platform.ids) == 2

    run(story())


def test_two_processes_deliver_each_change_once_and_in_order(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            other = await City(city.office).begin()
            booked = [await city.book(f"p{n}", slot=f"{9 + n // 2:02d}:00") for n in range(8)]
            await asyncio.gather(city.read(), other.read())
            for one in booked:
                await city.office.move(one, TUESDAY, TUESDAY, "16:00") if one is booked[0] else None
                await city.office.cancel(one)
            await asyncio.gather(city.read(), other.read())
            both = city.hooks.courier, other.hooks.courier
            while sum(await asyncio.gather(*(one.deliver() for one in both))):
                pass
            assert len(platform.ids) == len(set(platform.ids)) == 17
            assert all(platform.of(one.code)[-1] == "cancelled" for one in booked)
            assert [said["data"]["sequence"] for said in platform.heard if said["data"]["code"] == booked[0].code] == [
                1, 2, 3,
            ]  # fmt: skip

    run(story())


def test_a_process_that_held_on_too_long_changes_nothing_any_more(tmp_path, same_clock):
    """Its lease is over and another process has sent it: the late one neither ends nor puts off what is not its own."""

    async def story():
        async with a_city(tmp_path, same_clock) as (city, _):
            await city.book()
            await city.read()
            stored, now = city.hooks.deliveries, city.office.now
            (late,) = stored.claim(city.ident, now, now, 4)
            (other,) = stored.claim(city.ident, now, now, 4)
            stored.again(late, now, "late", now)
            assert stored.of(city.ident)[0].error == ""
            stored.done(other, now)
            stored.again(late, now, "late", now)
            assert states(city) == [("booked", "done")]

    run(story())


def test_what_happens_is_told_by_itself(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            running = [asyncio.create_task(work()) for work in (city.hooks.reader.run, city.hooks.courier.run)]
            one = await city.book()
            while not platform.heard:
                await asyncio.sleep(0.01)
            assert platform.of(one.code) == ["booked"]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    run(story())


def test_who_hangs_holds_up_no_other(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform), Platform() as second:
            await city.listen(second)
            platform.plan = lambda said: HANG
            await city.book()
            await city.read()
            running = asyncio.create_task(city.hooks.courier.run())
            while not second.heard:
                await asyncio.sleep(0.01)
            assert len(platform.tried) <= 1
            assert platform.heard == []
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(story())


def test_a_webhook_that_is_made_now_hears_of_what_happens_from_now_on(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, _), Platform() as second:
            one = await city.book()
            await city.listen(second)
            await city.office.cancel(one)
            await city.tell()
            assert second.of(one.code) == ["cancelled"]
            assert second.heard[0]["data"]["sequence"] == 2

    run(story())


def test_another_clients_appointments_are_not_told(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            await city.office.book("li", slot="10:00", via="platform", client="village")
            assert await city.tell() == 0
            assert platform.raw == []

    run(story())


def test_what_is_over_is_forgotten_and_what_waits_too_long_is_given_up(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            platform.plan = lambda said: 410 if said["data"]["sequence"] == 2 else None
            one = await city.book()
            await city.tell()
            await city.office.cancel(one)
            await city.tell()
            assert states(city) == [("booked", "done"), ("cancelled", "waiting")]
            city.hooks.sweep(city.office.now)
            assert len(states(city)) == 2
            city.office.pass_(days=31)
            city.hooks.sweep(city.office.now)
            assert states(city) == [("cancelled", "given-up")]
            city.office.pass_(days=31)
            city.hooks.sweep(city.office.now)
            assert states(city) == []

    run(story())


def test_a_press_that_concerns_no_platform_writes_nothing(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, _):
            await city.office.book("li")
            await city.read()
            with city.office.engine.connect() as connection:
                assert connection.scalar(select(webhook_position.c.position)) == 0
            assert city.hooks.reader.reached == city.office.desk.position == 1

    run(story())
