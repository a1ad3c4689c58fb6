"""Appointments by the API: booked for a person of whom only a pseudonym stays, changed by staff, closed with a day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from hub.appointments.bookings import Bookings
from hub.appointments.calendar import Calendar
from hub.appointments.unfinished import Unfinished
from hub.domain import commands as c
from hub.http.appointments import appointments
from hub.http.calendar import calendar
from hub.http.identity import Gate
from hub.http.routes import attach
from hub.pseudonyms import Pseudonyms
from hub.storage.appointments import Appointments
from hub.storage.hall_days import HallDays
from tests.hub.http.conftest import KEY
from tests.hub.http.visitors import PASSWORD, logged_in

pytestmark = pytest.mark.anyio

MINE, CALENDAR = "/api/v1/halls/small/appointments", "/api/v1/halls/small/calendar"
TUESDAY, WEDNESDAY, SATURDAY = "2026-11-03", "2026-11-04", "2026-11-07"
NUMBER = "11010519491231002X"


class Fixed:
    """Monday, 2026-11-02, 09:00 in Beijing, until a test sets it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Fixed:
    return Fixed()


@pytest.fixture
def app(app: FastAPI, desk, accounts, engine) -> FastAPI:
    stored, days, gate = Appointments(engine), HallDays(engine), Gate(accounts, desk.now)
    unfinished, dates = Unfinished(desk, stored, days), Calendar(days)
    bookings = Bookings(desk, stored, dates, unfinished)
    routers = appointments(desk, bookings, Pseudonyms(KEY), gate), calendar(desk, dates, days, unfinished, gate)
    attach(app, routers)
    return app


async def book(client, person=NUMBER, key="", **more):
    wish = {"service": "A", "day": TUESDAY, "slot": "09:30", "person": person, **more}
    return await client.post(MINE, json=wish, headers={"Idempotency-Key": key} if key else {})


async def booked(client, **more):
    answer = await book(client, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_offers_are_days_with_slots_or_with_words_why_not(staff):
    offers = (await staff.get(f"{MINE}/offers", params={"service": "A"})).json()["days"]
    days = {one["day"]: one for one in offers}
    assert days[TUESDAY]["slots"][0] == {"at": "2026-11-03T00:00:00+08:00", "minutes": 30, "capacity": 1, "free": 1}
    assert (days[SATURDAY]["slots"], days[SATURDAY]["closed"]) == ([], "closed-weekend")
    assert days[SATURDAY]["told"]["zh"] == "周末不办理"


async def test_what_is_booked_is_found_by_its_code_as_typed_or_scanned(staff):
    answer = await book(staff)
    one = answer.json()
    assert answer.status_code == 201
    assert (one["day"], one["slot_at"]) == (TUESDAY, "2026-11-03T09:30:00+08:00")
    assert (one["state"], one["via"]) == ("booked", "desk")
    assert (await staff.get(answer.headers["Location"])).json() == one
    assert (await staff.get(f"{MINE}/TXA:{one['code'].lower()}")).json() == one
    assert (await staff.get(MINE, params={"day": TUESDAY})).json() == {"day": TUESDAY, "appointments": [one]}
    assert (await staff.get(MINE)).json()["appointments"] == []


async def test_the_identity_number_is_in_no_answer_and_in_no_file(staff, desk, tmp_path):
    await booked(staff)
    found = await staff.post(f"{MINE}/search", json={"person": NUMBER.lower()})
    assert len(found.json()["appointments"]) == 1
    assert found.json()["standing"] == {"misses": 0, "allowed": 3, "blocked_until": None}
    assert NUMBER not in found.text
    (recorded,) = await desk.history("small", TUESDAY)
    assert recorded.event.person == Pseudonyms(KEY).of(NUMBER)
    files = [path for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert files
    assert not any(NUMBER.encode() in path.read_bytes() for path in files)


async def test_the_same_key_is_the_same_appointment_and_another_wish_is_told(staff):
    first = await booked(staff, key="k")
    assert await booked(staff, key="k") == first
    other = await book(staff, key="k", slot="10:00")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"day": SATURDAY}, 409, "closed-weekend"),
        ({"day": "2027-11-03"}, 409, "bad-day"),
        ({"slot": "09:31"}, 409, "no-such-slot"),
        ({"slot": "9:30"}, 422, "invalid"),
        ({"service": "C"}, 409, "no-appointments-here"),
        ({"service": "Z"}, 422, "unknown-service"),
        ({"person": " "}, 409, "no-person"),
        ({"via": "phone"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_booked_is_told_in_words(staff, desk, wish, status, code):
    answer = await book(staff, **wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["detail_zh"]
    assert desk.position == 0


async def test_a_full_slot_is_refused_or_waited_for(staff):
    await staff.patch("/api/v1/halls/small/settings", json={"service.A.slot_places": 4})
    for person in ("1", "2"):
        await booked(staff, person=person)
    full = await book(staff, person="3")
    assert (full.status_code, full.json()["code"], full.json()["detail_zh"]) == (409, "slot-full", "09:30时段已约满")
    assert (await booked(staff, person="3", or_wait=True))["state"] == "waiting"


async def test_staff_moves_and_cancels(staff):
    one = await booked(staff)
    within = (await staff.post(f"{MINE}/{one['code']}/move", json={"day": TUESDAY, "slot": "11:00"})).json()
    assert (within["code"], within["slot_at"]) == (one["code"], "2026-11-03T11:00:00+08:00")
    wish = {"day": WEDNESDAY, "slot": "11:00"}
    for _ in range(2):  # the same key again is the same move
        across = await staff.post(f"{MINE}/{one['code']}/move", json=wish, headers={"Idempotency-Key": "m"})
        assert (across.json()["day"], across.json()["instead_of"]) == (WEDNESDAY, f"{TUESDAY}/{one['code']}")
    assert (await staff.get(f"{MINE}/{one['code']}")).json()["reason"] == "moved"
    gone = await staff.post(f"{MINE}/{across.json()['code']}/cancel", json={"reason": "ill"})
    assert (gone.json()["state"], gone.json()["reason"]) == ("cancelled", "ill")
    again = await staff.post(f"{MINE}/{across.json()['code']}/cancel", json={})
    assert (again.status_code, again.json()["code"]) == (409, "no-open-appointment")


async def test_a_key_of_one_kind_of_wish_is_refused_for_every_other(staff):
    first = await booked(staff, key="b")
    at, key = f"{MINE}/{first['code']}", {"Idempotency-Key": "b"}
    for path, wish in [
        ("move", {"day": WEDNESDAY, "slot": "11:00"}),
        ("move", {"day": TUESDAY, "slot": "11:00"}),
        ("cancel", {}),
    ]:
        answer = await staff.post(f"{at}/{path}", json=wish, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused"), answer.text
    assert (await staff.get(at)).json() == first
    moved = await staff.post(f"{at}/move", json={"day": WEDNESDAY, "slot": "11:00"}, headers={"Idempotency-Key": "m"})
    assert moved.status_code == 200, moved.text
    assert (await book(staff, key="m", person="2")).json()["code"] == "idempotency-key-reused"


@pytest.mark.parametrize("code", ["ABCDE23456", "A001", "x", "TXA:"])
async def test_a_code_of_nothing_is_not_found(staff, code):
    answer = await staff.get(f"{MINE}/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-appointment")


async def test_a_closed_day_tells_first_what_it_cancels(staff):
    one = await booked(staff)
    close = {"open": False, "reason": "消防演练"}
    told = await staff.put(f"{CALENDAR}/{TUESDAY}", json=close)
    assert (told.status_code, told.json()["code"]) == (409, "day-has-appointments")
    assert told.json()["detail_zh"] == "当日已有1个预约，停办须一并取消"
    done = await staff.put(f"{CALENDAR}/{TUESDAY}", json=close | {"cancel_appointments": True})
    closed = {"day": TUESDAY, "closed": "closed-that-day", "by": "hall", "reason": "消防演练"}
    assert done.json() == {**closed, "cancelled": 1}
    after = (await staff.get(f"{MINE}/{one['code']}")).json()
    assert (after["state"], after["reason"]) == ("cancelled", "hall")
    assert (await book(staff)).json()["code"] == "closed-that-day"
    back = await staff.delete(f"{CALENDAR}/{TUESDAY}")
    assert (back.json()["closed"], back.json()["by"]) == ("", "calendar")
    assert (await book(staff)).status_code == 201


async def test_days_further_ahead_are_listed_with_who_says_so(staff):
    await staff.put(f"{CALENDAR}/2027-02-08", json={"open": False, "reason": "春节"})
    await staff.put(f"{CALENDAR}/{SATURDAY}", json={"open": True, "reason": "加班"})
    days = {one["day"]: one for one in (await staff.get(CALENDAR)).json()["days"]}
    assert (days[SATURDAY]["closed"], days[SATURDAY]["by"]) == ("", "hall")
    assert days["2027-02-08"] == {"day": "2027-02-08", "closed": "closed-that-day", "by": "hall", "reason": "春节"}
    for day in ("2026-11-01", "2030-01-01"):
        answer = await staff.put(f"{CALENDAR}/{day}", json={"open": False, "reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (409, "bad-day")


async def test_a_miss_is_forgiven_by_a_manager_with_a_reason(staff, clock, desk):
    one = await booked(staff)
    early = await staff.post(f"{MINE}/{one['code']}/forgive", json={"reason": "住院"})
    assert (early.status_code, early.json()["code"]) == (409, "not-a-miss")
    clock.at = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
    await desk.turn_day("small")
    await desk.handle("small", c.Settle(id="settle", at=clock.at, by="hub", source="hub"))
    misses = {"person": NUMBER}
    assert (await staff.post(f"{MINE}/search", json=misses)).json()["standing"]["misses"] == 1
    assert (await staff.post(f"{MINE}/{one['code']}/forgive", json={"reason": ""})).status_code == 422
    assert (await staff.post(f"{MINE}/{one['code']}/forgive", json={"reason": "住院"})).status_code == 200
    assert (await staff.post(f"{MINE}/search", json=misses)).json()["standing"]["misses"] == 0


async def test_clerks_book_and_managers_alone_close_days_and_forgive(app, accounts, clock, stranger):
    accounts.create("clerk1", "clerk", PASSWORD, clock(), "1001")
    async with logged_in(app, "clerk1") as clerk:
        one = await booked(clerk)
        assert (await clerk.get(CALENDAR)).status_code == 200
        assert (await clerk.put(f"{CALENDAR}/{TUESDAY}", json={"open": False, "reason": "x"})).status_code == 403
        assert (await clerk.delete(f"{CALENDAR}/{TUESDAY}")).status_code == 403
        assert (await clerk.post(f"{MINE}/{one['code']}/forgive", json={"reason": "x"})).status_code == 403
    for path in (MINE, f"{MINE}/offers?service=A", f"{MINE}/{one['code']}", CALENDAR):
        assert (await stranger.get(path)).status_code == 401
    assert (await book(stranger)).status_code == 401
