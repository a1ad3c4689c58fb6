"""What people are told on their phones, when, and that they are told it once: by an injected clock, over restarts."""

import asyncio
from datetime import datetime, timedelta

import pytest

from hub.appointments import notices
from hub.appointments.telling import Telling
from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain import appointment_events as ae
from hub.domain import commands as c
from tests.support.day import MORNING, Script
from tests.support.hub import open_desk, run

DAY = "2026-01-05"
EVENING = MORNING - timedelta(hours=15)  # 18:00 on the day before


@pytest.fixture
def day() -> Script:
    script = Script()
    script.now = MORNING - timedelta(days=3)
    return script


def booking(code: str, slot: str = "09:30", **fields: object) -> dict[str, object]:
    told = {"day": DAY, "code": code, "service": "A", "slot": slot, "minutes": 30, "capacity": 9, "person": f"p-{code}"}
    return {**told, "via": "phone", **fields}


def reminded(day: Script, at: datetime) -> list[str]:
    return [f"{one.ident.split('/')[0]} {one.ident.split('/')[3]}" for one in notices.reminders(day.state, at)]


def test_people_are_reminded_on_the_evening_before_and_an_hour_before(day):
    day.do(ac.Book, **booking("AAAAAAAA"))
    slot = MORNING + timedelta(minutes=30)
    moments = {
        EVENING - timedelta(seconds=1): [],
        EVENING: ["tomorrow AAAAAAAA"],
        EVENING + timedelta(hours=3): [],  # nobody is disturbed at night
        slot - timedelta(hours=1, seconds=1): [],
        slot - timedelta(hours=1): ["soon AAAAAAAA"],
        slot: [],
    }
    assert {at: reminded(day, at) for at in moments} == moments


def test_a_reminder_says_when_where_what_and_the_code_in_both_languages(day):
    day.do(ac.Book, **booking("AAAAAAAA"))
    (told,) = notices.reminders(day.state, EVENING)
    assert told.person == "p-AAAAAAAA"
    for said in (
        "1月5日",
        "09:30",
        "街道便民服务站",
        "社会保障卡业务",
        "AAAAAAAA",
        "2026-01-05",
        "Social-security card",
    ):
        assert said in told.text
    assert "p-" not in told.text + told.ident


def test_nobody_is_reminded_of_what_was_cancelled_or_kept(day):
    day.do(ac.Book, **booking("AAAAAAAA"))
    day.do(ac.Book, **booking("BBBBBBBB"))
    day.do(ac.CancelAppointment, day=DAY, code="AAAAAAAA")
    day.now = MORNING
    day.do(ac.CheckIn, code="BBBBBBBB")
    assert reminded(day, MORNING) == []


def test_who_moved_is_reminded_of_the_new_time_alone(day):
    day.do(ac.Book, **booking("AAAAAAAA"))
    day.do(ac.MoveAppointment, day=DAY, code="AAAAAAAA", slot="11:00", minutes=30, capacity=9)
    (told,) = notices.reminders(day.state, EVENING)
    assert "11:00" in told.text
    assert "09:30" not in told.text
    assert reminded(day, MORNING) == []
    assert reminded(day, MORNING + timedelta(hours=1)) == ["soon AAAAAAAA"]


def test_who_booked_in_the_evening_or_in_the_last_hour_is_not_reminded_at_once(day):
    day.now = EVENING + timedelta(minutes=5)
    day.do(ac.Book, **booking("AAAAAAAA"))
    day.now = MORNING
    day.do(ac.Book, **booking("BBBBBBBB"))
    assert reminded(day, EVENING + timedelta(minutes=10)) == []
    assert reminded(day, MORNING + timedelta(minutes=1)) == ["soon AAAAAAAA"]


def test_an_hour_before_a_slot_after_midnight_is_the_day_before(day):
    day.do(ac.Book, **booking("AAAAAAAA", "00:30"))
    assert reminded(day, MORNING - timedelta(hours=9, minutes=30)) == ["soon AAAAAAAA"]  # 23:30


def test_who_is_wished_a_place_hears_of_it_or_that_there_was_none(day):
    day.do(ac.Book, **booking("AAAAAAAA", capacity=1))
    for code in ("BBBBBBBB", "CCCCCCCC"):
        day.do(ac.Book, **booking(code, capacity=1, or_wait=True))
    _, promoted = day.do(ac.CancelAppointment, day=DAY, code="AAAAAAAA")
    told = notices.happened(day.state, promoted)
    assert told is not None
    assert told.person == "p-BBBBBBBB"
    assert "BBBBBBBB" in told.text
    day.now = MORNING
    (gone,) = [one for one in day.do(c.Settle) if isinstance(one, ae.AppointmentCancelled)]
    vain = notices.happened(day.state, gone)
    assert vain is not None
    assert vain.person == "p-CCCCCCCC"
    assert "未能排上" in vain.text
    day.do(ac.CancelAppointment, day=DAY, code="BBBBBBBB", staff=True)
    assert notices.happened(day.state, promoted) is None  # it holds no more


@pytest.mark.parametrize(("reason", "told"), [("hall", True), ("", False), ("moved", False)])
def test_only_what_the_hall_cancelled_is_told(day, reason, told):
    day.do(ac.Book, **booking("AAAAAAAA"))
    (gone,) = day.do(ac.CancelAppointment, day=DAY, code="AAAAAAAA", reason=reason, staff=True)
    assert (notices.happened(day.state, gone) is not None) == told


def test_who_booked_is_told_when_three_people_are_left_before_them(day):
    for code in "ABCDE":
        day.do(ac.Book, **booking(code * 8))
    day.now = MORNING + timedelta(minutes=30)
    for code in "ABCDE":
        last = day.do(ac.CheckIn, code=code * 8)[1]
    assert notices.knows(day.state, last) == ""
    day.wait(60)
    at = day.now
    assert [one.ident.split("/")[3] for one in notices.nearly_called(day.state, at)] == [
        f"YA00{n}" for n in range(1, 5)
    ]
    day.sign_on("1", "1001")
    day.do(c.CallNext, counter="1")
    told = {one.ident.split("/")[3]: one for one in notices.nearly_called(day.state, day.now)}["YA005"]
    assert told.person == "p-EEEEEEEE"
    assert "您的YA005号前面还有3人" in told.text


def test_who_reads_on_the_slip_that_few_are_ahead_needs_no_message(day):
    day.do(ac.Book, **booking("AAAAAAAA"))
    day.now = MORNING + timedelta(minutes=30)
    reserved = day.do(ac.CheckIn, code="AAAAAAAA")[1]
    day.wait(60)
    (near,) = notices.nearly_called(day.state, day.now)
    assert notices.knows(day.state, reserved) == near.ident


# The task.


class Phones:
    """As the real one: durable, once for each ident."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self.calls = 0
        self.down = False

    async def tell(self, person: str, text: str, *, ident: str, expires_at: datetime) -> None:
        self.calls += 1
        if self.down:
            raise OSError("the disk is full")
        self.told.setdefault(ident, person)


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


async def booked(desk: Desk, clock: Clock, code: str = "AAAAAAAA", **fields: object) -> None:
    command = ac.Book(id=f"book-{code}", at=clock.at, by="test", **booking(code, **fields))
    assert not (await desk.handle("small", command)).refused


async def briefly(telling: Telling) -> None:
    """Until it has looked for the first time."""
    looked = asyncio.Event()
    look = telling.look

    async def noted() -> None:
        await look()
        looked.set()

    telling.look = noted  # type: ignore[method-assign]
    task = asyncio.create_task(telling.run())
    await looked.wait()
    task.cancel()
    await asyncio.wait([task])


def test_it_is_told_once_over_many_looks_restarts_processes_and_a_clock_that_is_put_back(tmp_path):
    async def story() -> None:
        clock, phones = Clock(EVENING - timedelta(hours=1)), Phones()
        async with open_desk(tmp_path, now=clock.now) as desk:
            await booked(desk, clock)
            first, second = Telling(desk, phones.tell), Telling(desk, phones.tell)
            await first.look()
            assert phones.told == {}
            clock.at = EVENING + timedelta(minutes=1)
            for telling in (first, second, first):
                await telling.look()
            assert list(phones.told.values()) == ["p-AAAAAAAA"]
            assert phones.calls == 2  # once by each process
            clock.at = EVENING - timedelta(minutes=9)
            await first.look()
            clock.at = EVENING + timedelta(minutes=2)
            await first.look()
        async with open_desk(tmp_path, now=clock.now) as desk:
            await briefly(Telling(desk, phones.tell))
        assert len(phones.told) == 1

    run(story())


def test_a_clock_that_jumps_over_the_evening_reminds_nobody_in_the_night(tmp_path):
    async def story() -> None:
        clock, phones = Clock(EVENING - timedelta(hours=1)), Phones()
        async with open_desk(tmp_path, now=clock.now) as desk:
            await booked(desk, clock)
            telling = Telling(desk, phones.tell)
            clock.at = EVENING + timedelta(hours=8)  # 02:00, and the day has turned
            await desk.turn_day("small")
            await telling.look()
            assert phones.told == {}
            clock.at = MORNING
            await telling.look()
            assert list(phones.told) == ["soon/small/2026-01-05/AAAAAAAA/09:30"]

    run(story())


def test_what_cannot_be_handed_over_is_handed_over_later_unless_it_is_of_no_use_any_more(tmp_path):
    async def story() -> None:
        clock, phones = Clock(EVENING), Phones()
        async with open_desk(tmp_path, now=clock.now) as desk:
            clock.at -= timedelta(hours=1)
            await booked(desk, clock)
            clock.at, phones.down = EVENING, True
            telling = Telling(desk, phones.tell)
            await telling.look()
            phones.down = False
            await telling.look()
            assert list(phones.told) == ["tomorrow/small/2026-01-05/AAAAAAAA/09:30"]

    run(story())


def test_a_place_that_came_free_while_no_hub_looked_is_told_by_the_next_one(tmp_path):
    async def story() -> None:
        clock, phones = Clock(MORNING - timedelta(days=2)), Phones()
        async with open_desk(tmp_path, now=clock.now) as desk:
            await booked(desk, clock, capacity=1)
            await booked(desk, clock, "BBBBBBBB", capacity=1, or_wait=True)
            gone = ac.CancelAppointment(id="gone", at=clock.at, by="test", day=DAY, code="AAAAAAAA")
            await desk.handle("small", gone)
        clock.at += timedelta(hours=1)
        async with open_desk(tmp_path, now=clock.now) as desk:
            await briefly(Telling(desk, phones.tell))
            assert phones.told == {"promoted/small/2026-01-05/BBBBBBBB": "p-BBBBBBBB"}
            late = ac.CancelAppointment(id="late", at=clock.at, by="test", day=DAY, code="BBBBBBBB", reason="hall")
            telling = Telling(desk, phones.tell)
            before = desk.position
            await desk.handle("small", late)
            await telling.heard(await desk.since(before))
            await telling.look()
            assert phones.told["cancelled-by-hall/small/2026-01-05/BBBBBBBB"] == "p-BBBBBBBB"

    run(story())
