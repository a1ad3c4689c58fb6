"""Who does not come, three times within 90 days, books nothing online for 30 days; told beforehand, with an appeal."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.appointments.standing import Standing, standing
from hub.domain import commands as c
from tests.hub.appointments.booking import MONDAY, TUESDAY, open_office, refusal
from tests.support.day import small_hall
from tests.support.hub import run

DAY = date(2026, 11, 2)


def told(*ago: int, today: date = DAY) -> Standing:
    return standing(small_hall(), [DAY - timedelta(days=days) for days in ago], today)


def test_misses_are_told_before_anything_follows_from_them():
    assert told() == Standing(misses=0, allowed=3)
    assert told(20, 10) == Standing(misses=2, allowed=3)


def test_the_third_within_ninety_days_blocks_for_thirty():
    assert told(89, 10, 5) == Standing(misses=3, allowed=3, blocked_until=DAY + timedelta(days=25))
    assert told(96, 10, 5) == Standing(misses=2, allowed=3)


def test_after_the_block_what_led_to_it_counts_no_more():
    assert told(50, 40, 30) == Standing(misses=0, allowed=3)
    assert told(50, 40, 30, 1) == Standing(misses=1, allowed=3)
    assert told(50, 40, 29).blocked_until == DAY + timedelta(days=1)


async def miss(one, day, times):
    for n in range(times):
        await one.book("wang", day=day, slot=f"{10 + n}:00", **({"service": "AB"[n % 2]} if n < 2 else {"via": "desk"}))
        if n == 1:
            break
    one.pass_(hours=10)
    await one.desk.handle("small", c.Settle(id=f"settle-{day}", at=one.now, by="hub", source="hub"))
    one.pass_(hours=14)
    await one.desk.turn_day("small")


@pytest.mark.parametrize("via", ["phone", "platform"])
def test_who_is_blocked_books_nothing_online_but_at_the_desk_and_may_appeal(tmp_path, via):
    async def story():
        async with open_office(tmp_path) as one:
            await miss(one, MONDAY, 2)
            assert await one.bookings.standing("small", "wang") == Standing(misses=2, allowed=3)
            await miss(one, TUESDAY, 1)
            blocked = await one.bookings.standing("small", "wang")
            assert blocked == Standing(misses=3, allowed=3, blocked_until=date(2026, 12, 3))
            later = {"day": "2026-11-05", "via": via}
            assert await refusal(one.book("wang", **later)) == ("blocked", "2026-12-03")
            assert (await one.book("wang", **{**later, "via": "desk"})).phase == "booked"
            assert (await one.book("li", **later)).phase == "booked"
            (day, missed), *_ = [f for f in await one.bookings.of_person("small", "wang") if f[1].phase == "missed"]
            await one.bookings.forgive("small", day=day, code=missed.code, by="manager", why="住院")
            assert await one.bookings.standing("small", "wang") == Standing(misses=2, allowed=3)
            assert (await one.book("wang", day="2026-11-06", via=via)).phase == "booked"
            forgiven = one.stored.forgiven("small", day, missed.code)
            assert (forgiven.by, forgiven.why) == ("manager", "住院")

    run(story())


@pytest.mark.parametrize("via", ["phone", "platform"])
def test_one_person_books_so_many_online_in_a_day_for_whomever_and_cancelling_gives_none_back(tmp_path, via):
    hall = replace(small_hall(), appointments=replace(small_hall().appointments, day_max=3))

    async def story():
        async with open_office(tmp_path, hall) as one:
            first = await one.book("dealer", principal="p-1", via=via)
            await one.cancel(first)
            await one.book("dealer", principal="p-2", via=via, slot="10:00")
            moved = await one.book("dealer", principal="p-3", via=via, slot="11:00")
            await one.move(moved, TUESDAY, "2026-11-04", "11:00")
            more = {"principal": "p-4", "via": via, "slot": "14:00"}
            assert await refusal(one.book("dealer", **more)) == ("too-many-bookings", "3")
            assert (await one.book("p-4", via=via, slot="14:00")).phase == "booked", "others are not held up"
            assert (await one.book("dealer", principal="p-5", via="desk", slot="15:00")).phase == "booked"
            one.pass_(hours=24)
            await one.desk.turn_day("small")
            assert (await one.book("dealer", principal="p-6", via=via, day="2026-11-05")).phase == "booked"

    run(story())


def test_only_a_miss_is_forgiven(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            booked = await one.book()
            wish = one.bookings.forgive("small", day=TUESDAY, code=booked.code, by="manager", why="x")
            assert await refusal(wish) == ("not-a-miss", "")

    run(story())
