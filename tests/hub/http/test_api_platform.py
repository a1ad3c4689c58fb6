"""The open interface: what a platform's program does with its access token, to its own bookings alone."""

from pathlib import Path

import pytest

from hub.people.persons import Person
from hub.pseudonyms import Pseudonyms
from tests.hub.http.conftest import KEY
from tests.hub.http.platforms import (
    CLIENTS,
    HALLS,
    MINE,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    access,
    app,
    book,
    booked,
    cancel,
    city,
    clock,
    made,
    move,
    number,
    people,
    somebody,
)
from tests.hub.http.visitors import program

__all__ = ["app", "city", "clock", "people"]
pytestmark = pytest.mark.anyio


# What a client may do.


async def test_a_client_reaches_the_open_interface_and_nothing_else(city, staff):
    staffs = ("/api/v1/halls/small/appointments", "/api/v1/halls", "/api/v1/session", "/api/v1/accounts", CLIENTS)
    assert {(await city.get(one)).json()["code"] for one in staffs} == {"forbidden"}
    search = await city.post("/api/v1/halls/small/appointments/search", json={"person": number()})
    assert search.json()["code"] == "forbidden"
    assert (await staff.get(HALLS)).json()["code"] == "forbidden"


async def test_it_books_in_halls_that_it_was_given_alone(app, administrator, city):
    other = f"{HALLS}/other/offers?service=A"
    refused = await city.get(other)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-hall")
    await administrator.patch(f"{CLIENTS}/city-app", json={"halls": ["small", "other"]})
    assert (await city.get(other)).status_code == 200
    assert (await city.get(f"{HALLS}/nowhere/offers?service=A")).status_code == 404


async def test_what_it_books_is_an_appointment_like_any_other(city, staff):
    offers = (await city.get(f"{HALLS}/small/offers", params={"service": "A"})).json()["days"]
    assert {one["day"]: one["slots"] for one in offers}[TUESDAY]
    answer = await book(city)
    one = answer.json()
    assert (one["state"], one["day"], one["slot_at"]) == ("booked", TUESDAY, "2026-11-03T09:30:00+08:00")
    assert (one["id"], one["check_in"]) == (one["code"], f"TXA:{one['code']}")
    assert (await city.get(answer.headers["Location"])).json() == one
    assert (await city.get(MINE, params={"day": TUESDAY})).json() == {"day": TUESDAY, "appointments": [one]}
    at_the_desk = (await staff.get(f"/api/v1/halls/small/appointments/{one['code']}")).json()
    assert (at_the_desk["via"], at_the_desk["state"]) == ("platform", "booked")


async def test_the_same_key_is_the_same_wish_for_each_kind_of_it(city, desk):
    one = await booked(city, "k1")
    assert await booked(city, "k1") == one
    to_wednesday = (await move(city, one, "k2")).json()
    assert (await move(city, one, "k2")).json() == to_wednesday
    to_noon = (await move(city, one, "k3", slot="11:30")).json()
    assert (await move(city, one, "k3", slot="11:30")).json() == to_noon
    to_thursday = (await move(city, one, "k4", day=THURSDAY)).json()
    # All answers got lost, and all is asked once more.
    assert (await move(city, one, "k2")).json()["id"] == one["id"]
    assert (await move(city, one, "k3", slot="11:30")).json()["id"] == one["id"]
    assert (await move(city, one, "k4", day=THURSDAY)).json() == to_thursday
    gone = (await cancel(city, one, "k5")).json()
    assert (await cancel(city, one, "k5")).json() == gone
    assert (gone["state"], gone["reason"], gone["day"]) == ("cancelled", "ill", THURSDAY)
    happened = [
        type(recorded.event).__name__
        for day in (TUESDAY, WEDNESDAY, THURSDAY)
        for recorded in await desk.history("small", day)
    ]
    assert happened == [
        "AppointmentBooked", "AppointmentCancelled",
        "AppointmentBooked", "AppointmentMoved", "AppointmentCancelled",
        "AppointmentBooked", "AppointmentCancelled",
    ]  # fmt: skip


async def test_a_key_of_another_wish_is_refused(city):
    one = await booked(city, "k1")
    await move(city, one, "k2")
    answers = [
        await book(city, "k1", slot="10:00"),
        await book(city, "k2", slot="10:00"),
        await move(city, one, "k1"),
        await move(city, one, "k2", day=THURSDAY),
        await cancel(city, one, "k1"),
        await cancel(city, one, "k2"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, "idempotency-key-reused")] * 6


async def test_a_write_without_a_key_is_refused(city):
    answer = await city.post(MINE, json={"service": "A", "day": TUESDAY, "slot": "09:30", "person": somebody()})
    assert (answer.status_code, answer.json()["code"]) == (400, "no-idempotency-key")


async def test_an_id_stays_whatever_day_it_is_moved_to(city):
    one = await booked(city)
    moved = (await move(city, one, "k2")).json()
    assert moved["id"] == one["id"]
    assert moved["code"] != one["code"]
    assert moved["slot_at"] == "2026-11-04T11:00:00+08:00"
    for known_by in (one["id"], moved["code"]):
        assert (await city.get(f"{MINE}/{known_by}")).json() == moved
    back = (await move(city, one, "k3", day=TUESDAY, slot="09:30")).json()
    assert (back["id"], back["day"]) == (one["id"], TUESDAY)
    assert len({one["code"], moved["code"], back["code"]}) == 3


async def test_staff_moves_it_and_its_client_finds_it(city, staff):
    one = await booked(city)
    desk_move = f"/api/v1/halls/small/appointments/{one['code']}/move"
    assert (await staff.post(desk_move, json={"day": WEDNESDAY, "slot": "11:00"})).status_code == 200
    assert (await city.get(f"{MINE}/{one['id']}")).json()["day"] == WEDNESDAY


async def test_what_others_booked_is_not_there_for_it(app, administrator, city, staff):
    one = await booked(city)
    token = await access(app, "other-app", await made(administrator, "other-app"))
    wish = {"service": "B", "day": TUESDAY, "slot": "09:30", "person": number(7)}
    by_staff = (await staff.post("/api/v1/halls/small/appointments", json=wish)).json()
    async with program(app, token) as other:
        answers = [
            await other.get(f"{MINE}/{one['id']}"),
            await other.get(f"{MINE}/{by_staff['code']}"),
            await move(other, one, "k1"),
            await cancel(other, one, "k1"),
        ]
        assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "unknown-appointment")] * 4
        assert (await other.get(MINE, params={"day": TUESDAY})).json()["appointments"] == []
        assert (await booked(other, "k1", person=somebody(8), slot="10:00"))["id"] != one["id"], "its keys are its own"


async def test_a_refusal_does_not_tell_when_somebody_else_booked(city, staff):
    wish = {"service": "A", "day": TUESDAY, "slot": "11:00", "person": number()}
    assert (await staff.post("/api/v1/halls/small/appointments", json=wish)).status_code == 201
    answer = await book(city)
    assert (answer.status_code, answer.json()["code"]) == (409, "booked-already")
    assert "11:00" not in answer.text


async def test_it_is_held_to_the_time_until_which_citizens_change(app, administrator, city, clock):
    one = await booked(city, day="2026-11-02", slot="15:00")
    clock.set(2, 5, 30)  # an hour and a half before
    secret = (await administrator.post(f"{CLIENTS}/city-app/secret", json={})).json()["secret"]
    city.headers["Authorization"] = f"Bearer {await access(app, 'city-app', secret)}"
    answers = [await move(city, one, "k2"), await cancel(city, one, "k3")]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "too-late-to-change")] * 2


# People.


async def test_people_are_kept_for_reminders_and_no_answer_shows_them(city, people, tmp_path):
    answer = await book(city, principal=somebody(5, name="陈欢", phone=""))
    assert answer.json()["for_other"]
    assert not any(text in answer.text for text in (number(), "安然", "13812345678"))
    assert people.vault.phone(Pseudonyms(KEY).of(number())) == "13812345678"
    assert people.vault.masked(Pseudonyms(KEY).of(number(5))) is not None
    bodies = [path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert not any(text.encode() in body for body in bodies for text in (number(), "安然", "13812345678"))


async def test_whom_the_hall_knows_a_platform_does_not_change(city, people, clock):
    people.vault.remember(Person("安然", number(), "13900000000"), clock())
    await booked(city)
    assert people.vault.phone(Pseudonyms(KEY).of(number())) == "13900000000"


@pytest.mark.parametrize(
    ("person", "what"),
    [
        (somebody(number="110105194912310021"), "bad-check-digit"),
        (somebody(number="12345"), "bad-number"),
        (somebody(name="12"), "bad-name"),
        (somebody(phone="5"), "bad-phone"),
        (somebody(kind="passport", number="?"), "bad-paper"),
    ],
)
async def test_who_cannot_be_is_refused_with_where_and_what(city, desk, person, what):
    answer = await book(city, person=person)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-person")
    assert answer.json()["errors"] == [{"where": "body.person", "what": what}]
    assert person["number"] not in answer.text
    assert desk.position == 0
