"""A move to another day: the new place first, then the old one is given up; nobody keeps both, nobody loses both."""

import asyncio

import pytest

from hub.appointments.unfinished import Unfinished
from hub.storage.audit import Audit
from tests.hub.appointments.booking import MONDAY, TUESDAY, WEDNESDAY, open_office, refusal
from tests.support.hub import run


class KilledError(BaseException):
    pass


async def killed(self, *arguments, **named):
    raise KilledError


def test_a_move_takes_the_new_place_and_gives_up_the_old(database):
    async def story():
        async with open_office(database) as one:
            old = await one.book()
            day, new = await one.move(old, TUESDAY, WEDNESDAY, "10:00")
            assert (day, new.phase, new.instead_of, new.via) == (WEDNESDAY, "booked", f"{TUESDAY}/{old.code}", "phone")
            assert await one.phase(old) == ("cancelled", "moved")
            assert (await one.bookings.offers("small", "A"))[1].slots[0].free == 2

    run(story())


def test_a_move_to_a_full_slot_leaves_everything_as_it_is(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            old = await one.book()
            await one.book("li", day=WEDNESDAY)
            await one.book("zhao", day=WEDNESDAY)
            assert await refusal(one.move(old, TUESDAY, WEDNESDAY, "09:00")) == ("slot-full", "09:00")
            assert await one.phase(old) == ("booked", "")

    run(story())


def test_the_same_move_again_has_the_same_answer(database):
    async def story():
        async with open_office(database) as one:
            old, stamp = await one.book(), one.stamp("moving")
            first = await one.move(old, TUESDAY, WEDNESDAY, "10:00", stamp=stamp)
            assert await one.move(old, TUESDAY, WEDNESDAY, "10:00", stamp=stamp) == first
            other = one.move(old, TUESDAY, WEDNESDAY, "11:00", stamp=stamp)
            assert await refusal(other) == ("idempotency-key-reused", "")

    run(story())


@pytest.mark.parametrize("who", ["the citizen asks again", "the next hub looks"])
def test_a_hub_killed_between_the_two_halves_is_finished_for(database, monkeypatch, who):
    async def story():
        async with open_office(database) as one:
            old, stamp = await one.book(), one.stamp("moving")
            with monkeypatch.context() as patch:
                patch.setattr(Unfinished, "_cancel", killed)
                with pytest.raises(KilledError):
                    await one.move(old, TUESDAY, WEDNESDAY, "10:00", stamp=stamp)
            assert await one.phase(old) == ("booked", "")
        async with open_office(database) as one:
            if who == "the next hub looks":
                await one.unfinished.finish("small")
                assert await one.phase(old) == ("cancelled", "moved")
            day, new = await one.move(old, TUESDAY, WEDNESDAY, "10:00", stamp=stamp)
            assert (day, new.phase) == (WEDNESDAY, "booked")
            assert await one.phase(old) == ("cancelled", "moved")
            await one.unfinished.finish("small")
            assert await one.phase(new) == ("booked", "")

    run(story())


def test_a_move_that_was_ended_is_not_touched_again(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            old = await one.book(day=MONDAY, slot="16:00")
            _, new = await one.move(old, MONDAY, WEDNESDAY, "10:00")
            one.pass_(hours=24)
            await one.desk.turn_day("small")
            now = one.now
        async with open_office(tmp_path, now=now) as one:
            before = one.desk.position
            await one.unfinished.finish("small")
            assert one.desk.position == before
            assert await one.phase(new) == ("booked", "")
            assert Audit(one.engine).of("small") == []

    run(story())


def test_two_moves_of_one_appointment_at_once_leave_one_place(database):
    async def story():
        async with open_office(database) as one:
            old = await one.book()
            moves = (one.move(old, TUESDAY, day, "10:00") for day in (WEDNESDAY, "2026-11-05"))
            ended = await asyncio.gather(*moves, return_exceptions=True)
            assert sum(isinstance(end, Exception) for end in ended) == 1
            open_ones = [it for _, it in await one.bookings.of_person("small", "wang") if it.is_open]
            assert [it.code for it in open_ones] == [end[1].code for end in ended if not isinstance(end, Exception)]

    run(story())


def test_a_move_that_no_hub_ended_on_its_day_is_no_miss(tmp_path, monkeypatch):
    async def story():
        async with open_office(tmp_path) as one:
            old = await one.book(day=MONDAY, slot="16:00")
            monkeypatch.setattr(Unfinished, "_cancel", killed)
            with pytest.raises(KilledError):
                await one.move(old, MONDAY, WEDNESDAY, "10:00")
            one.pass_(hours=24)
            await one.desk.turn_day("small")
            await one.unfinished.finish("small")
            assert await one.phase(old) == ("missed", "")
            assert (await one.bookings.standing("small", "wang")).misses == 0
            assert [it.phase for _, it in await one.bookings.of_person("small", "wang")] == ["booked", "missed"]

    run(story())
