"""Working days with 调休, days that the hall itself closes or opens, and years of which nobody knows the holidays."""

import logging
from datetime import date

import pytest

from halls.format import changed
from hub.appointments import calendar
from hub.appointments.calendar import Calendar, date_of, slots
from hub.storage.audit import Audit
from tests.hub.appointments.booking import MONDAY, SATURDAY, TUESDAY, WEDNESDAY, office, open_office, refusal
from tests.support.hub import run


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        ("2026-10-01", "closed-holiday"),  # National Day
        ("2026-10-05", "closed-holiday"),  # a Monday within it
        ("2026-10-10", ""),  # a Saturday that is worked for it (调休)
        ("2026-11-07", "closed-weekend"),
        ("2026-11-09", ""),
    ],
)
def test_working_days_are_those_of_the_published_calendar(day, closed):
    assert (date_of(day).closed, date_of(day).by) == (closed, "calendar")


def test_an_unknown_year_has_monday_to_friday_and_says_so(caplog):
    calendar._told.clear()
    with caplog.at_level(logging.WARNING):
        known = {day: date_of(day) for day in ("2126-11-01", "2126-11-02", "1999-12-31")}
    assert {day: one.closed for day, one in known.items()} == {
        "2126-11-01": "",
        "2126-11-02": "closed-weekend",
        "1999-12-31": "",
    }
    assert {one.by for one in known.values()} == {"weekday"}
    assert sorted(record.args for record in caplog.records) == [(1999,), (2126,)]


def test_a_hall_opens_over_the_turn_of_the_year_whatever_is_published(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            ahead = Calendar(one.days).ahead(office(), "2126-12-30")
            assert [d.by for d in ahead] == ["weekday"] * len(ahead)
            assert sum(not d.closed for d in ahead) == 8

    run(story())


def test_what_the_hall_says_goes_before_the_calendar(tmp_path):
    async def story():
        async with open_office(tmp_path) as one:
            one.close(TUESDAY)
            one.close(SATURDAY, closed=False, reason="加班")
            offers = {o.day: o.closed for o in await one.bookings.offers("small", "A")}
            assert (offers[TUESDAY], offers[SATURDAY]) == ("closed-that-day", "")
            assert await refusal(one.book(day=TUESDAY)) == ("closed-that-day", "")
            assert (await one.book(day=SATURDAY)).phase == "booked"
            assert one.days.unset("small", TUESDAY, by="manager", at=one.now)
            assert not one.days.unset("small", TUESDAY, by="manager", at=one.now)
            assert (await one.book("li", day=TUESDAY)).phase == "booked"
            noted = [(n.what, n.who, n.detail) for n in Audit(one.engine).of("small")]
            assert noted == [
                ("day-by-calendar", "manager", TUESDAY),
                ("day-opened", "manager", f"{SATURDAY} · 加班"),
                ("day-closed", "manager", f"{TUESDAY} · 停电"),
            ]

    run(story())


def test_on_a_day_that_is_closed_the_hall_cancels_what_was_booked_and_nobody_gets_the_place(database):
    async def story():
        async with open_office(database) as one:
            wang, li, waits = [await one.book(p, or_wait=True) for p in ("wang", "li", "zhao")]
            other = await one.book(day=WEDNESDAY)
            one.close(TUESDAY)
            assert await one.unfinished.clear_closed_days("small") == 3
            assert {await one.phase(it) for it in (wang, li, waits)} == {("cancelled", "hall")}
            assert await one.phase(other) == ("booked", "")
            assert await one.unfinished.clear_closed_days("small") == 0
            one.pass_(days=2)
            await one.desk.turn_day("small")
            assert (await one.bookings.standing("small", "wang")).misses == 0

    run(story())


def test_slots_fill_each_part_of_the_hours_and_none_is_cut_short():
    parts = [{"opens": "09:00", "closes": "10:15"}, {"opens": "13:30", "closes": "14:30"}]
    hall = changed(office(), {"service.A.hours": parts})
    service = hall.service[0]
    clocks = [at.strftime("%H:%M") for at in slots(hall, service, MONDAY)]
    assert clocks == ["09:00", "09:30", "13:30", "14:00"]
    assert all(at.date() == date(2026, 11, 2) for at in slots(hall, service, MONDAY))
