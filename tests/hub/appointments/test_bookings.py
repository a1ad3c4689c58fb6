"""The door to appointments: what is offered is what can be booked, and a wish happens once."""

import asyncio

import pytest

from hub.domain import appointment_events as ae
from tests.hub.appointments.booking import MONDAY, SATURDAY, TUESDAY, WEDNESDAY, office, open_office, refusal
from tests.support.hub import run


def test_offers_are_today_and_seven_working_days_and_say_why_a_day_has_none(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            offers = await one.bookings.offers("small", "A")
            assert [offers[0].day, offers[-1].day] == [MONDAY, "2026-11-11"]
            assert sum(1 for o in offers if o.slots) == 8
            assert {o.day: o.closed for o in offers if o.closed} == {
                SATURDAY: "closed-weekend",
                "2026-11-08": "closed-weekend",
            }
            first = offers[0].slots[0]
            assert (first.at.isoformat(), first.minutes) == ("2026-11-02T09:00:00+08:00", 30)
            assert (first.capacity, first.free, len(offers[0].slots)) == (2, 2, 16)

    run(story())


def test_a_slot_that_began_is_not_offered_and_a_day_that_is_over_says_so(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            one.pass_(hours=1)
            assert (await one.bookings.offers("small", "A"))[0].slots[0].at.hour == 9
            one.pass_(hours=8)
            today = (await one.bookings.offers("small", "A"))[0]
            assert (today.slots, today.closed) == ((), "slots-over")

    run(story())


def test_what_is_booked_is_free_no_more_and_the_last_place_is_the_last(database):
    async def story():
        async with open_office(database) as one:
            await one.book("wang")
            booked = await one.book("li")
            assert (booked.phase, booked.slot_at.isoformat()) == ("booked", "2026-11-03T09:00:00+08:00")
            slot = (await one.bookings.offers("small", "A"))[1].slots[0]
            assert (slot.free, slot.capacity) == (0, 2)
            assert await refusal(one.book("zhao")) == ("slot-full", "09:00")
            assert (await one.book("zhao", or_wait=True)).phase == "waiting"

    run(story())


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"day": SATURDAY}, "closed-weekend"),
        ({"day": "2026-10-30"}, "bad-day"),
        ({"day": "2026-11-12"}, "bad-day"),
        ({"day": "someday"}, "bad-day"),
        ({"slot": "09:10"}, "no-such-slot"),
        ({"slot": "17:00"}, "no-such-slot"),
        ({"slot": "nine"}, "no-such-slot"),
        ({"service": "C"}, "no-appointments-here"),
        ({"service": "Z"}, "unknown-service"),
        ({"day": MONDAY, "slot": "09:00", "late": True}, "slot-over"),
        ({"person": ""}, "no-person"),
    ],
)
def test_what_is_not_offered_cannot_be_booked(tmp_path, wish, code):
    async def story():
        async with open_office(tmp_path) as one:
            if wish.pop("late", False):
                one.pass_(hours=2)
            assert (await refusal(one.book(**wish)))[0] == code

    run(story())


def test_a_wish_that_comes_again_has_the_same_place_also_for_the_next_hub(database):
    async def story():
        async with open_office(database) as one:
            stamp = one.stamp("again")
            first = await one.book(stamp=stamp)
            assert await one.book(stamp=stamp) == first
        async with open_office(database) as one:
            assert (await one.book(stamp=stamp)).code == first.code
            assert await refusal(one.book(stamp=stamp, person="li")) == ("idempotency-key-reused", "")
            assert await refusal(one.cancel(first, stamp=stamp)) == ("idempotency-key-reused", "")
            assert len(await one.bookings.of_day("small", TUESDAY)) == 1

    run(story())


def test_a_refusal_of_the_desk_stays_one_when_the_wish_comes_again(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            await one.book("wang")
            li, stamp = await one.book("li"), one.stamp("late")
            assert await refusal(one.book("zhao", stamp=stamp)) == ("slot-full", "09:00")
            await one.cancel(li)
            assert await refusal(one.book("zhao", stamp=stamp)) == ("slot-full", "09:00")
            assert (await one.book("zhao")).phase == "booked"

    run(story())


def test_many_at_once_get_as_many_places_as_there_are(database):
    async def story():
        async with open_office(database, office(service__A__slot_places=20)) as one:
            wishes = (one.book(f"p{n}", stamp=one.stamp(f"w{n}")) for n in range(60) for _ in range(2))
            ended = await asyncio.gather(*wishes, return_exceptions=True)
            codes = {booked.code for booked in ended if not isinstance(booked, BaseException)}
            assert len(codes) == 10
            assert {error.code for error in ended if isinstance(error, BaseException)} == {"slot-full"}
            assert (await one.bookings.offers("small", "A"))[1].slots[0].free == 0

    run(story())


def test_a_person_sees_what_they_come_for_and_what_others_come_for_in_their_place(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            own = await one.book("wang")
            agents = await one.book("agent", principal="wang", day=WEDNESDAY)
            found = await one.bookings.of_person("small", "wang")
            assert [(day, it.code) for day, it in found] == [(WEDNESDAY, agents.code), (TUESDAY, own.code)]
            assert await one.bookings.find("small", agents.code) == (WEDNESDAY, agents)
            assert await one.bookings.find("small", "ABCDEFGHJK") is None
            assert await one.bookings.of_person("small", "") == []

    run(story())


def test_in_the_last_two_hours_staff_alone_changes_an_appointment(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            booked = await one.book(day=MONDAY, slot="10:00")
            one.pass_(seconds=1)
            assert await refusal(one.cancel(booked, MONDAY)) == ("too-late-to-change", "10:00")
            assert (await refusal(one.move(booked, MONDAY, MONDAY, "11:00")))[0] == "too-late-to-change"
            assert (await refusal(one.move(booked, MONDAY, TUESDAY, "11:00")))[0] == "too-late-to-change"
            day, moved = await one.move(booked, MONDAY, MONDAY, "10:30", staff=True)
            assert (day, moved.code, moved.slot_at.hour, moved.slot_at.minute) == (MONDAY, booked.code, 10, 30)
            await one.cancel(booked, MONDAY, staff=True)
            assert await one.phase(booked) == ("cancelled", "")

    run(story())


def test_the_hub_notes_who_did_it(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            await one.book()
            (recorded,) = await one.desk.history("small", TUESDAY)
            assert isinstance(recorded.event, ae.AppointmentBooked)
            assert (recorded.event.by, recorded.event.source, recorded.event.person) == ("test", "http", "wang")

    run(story())


def test_of_two_wishes_with_one_key_in_the_same_moment_the_second_is_told_so(database):
    """Neither is in the log when the other is looked at; who loses must not take the other's place for their own."""

    async def story():
        async with open_office(database) as one:
            wishes = [
                one.book("wang", slot="09:00", stamp=one.stamp("k")),
                one.book("li", slot="10:00", stamp=one.stamp("k")),
                one.book("wang", slot="09:00", stamp=one.stamp("k")),
            ]
            told = await asyncio.gather(*wishes, return_exceptions=True)
            won = [answer for answer in told if not isinstance(answer, Exception)]
            assert len({answer.code for answer in won}) == 1
            assert {getattr(answer, "code", "") for answer in told} - {won[0].code} == {"idempotency-key-reused"}
            assert [entry.person for entry in await one.bookings.of_day("small", TUESDAY)] == [won[0].person]
            assert len(won) == (2 if won[0].person == "wang" else 1)

    run(story())
