"""The open interface: access tokens for a platform's program, and what it does with them, to its own bookings alone."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub.appointments.bookings import Bookings
from hub.appointments.calendar import Calendar
from hub.appointments.series import Series
from hub.appointments.unfinished import Unfinished
from hub.http.appointments import appointments
from hub.http.clients import clients
from hub.http.identity import Gate
from hub.http.oauth import oauth
from hub.http.platform import platform
from hub.http.routes import attach
from hub.people.messages import MemoryMessenger
from hub.people.people import People
from hub.people.persons import Person, check_character
from hub.pseudonyms import Pseudonyms
from hub.storage.appointments import Appointments
from hub.storage.audit import Audit
from hub.storage.clients import Clients
from hub.storage.hall_days import HallDays
from tests.hub.http.conftest import KEY
from tests.hub.http.visitors import program, visitor

pytestmark = pytest.mark.anyio

CLIENTS, TOKEN = "/api/v1/clients", "/oauth2/token"
HALLS = "/api/v1/platform/halls"
MINE = f"{HALLS}/small/appointments"
TUESDAY, WEDNESDAY, THURSDAY = "2026-11-03", "2026-11-04", "2026-11-05"
GRANT = {"grant_type": "client_credentials"}


def number(place: int = 2) -> str:
    body = f"11010519491231{place:03d}"
    return body + check_character(body)


def somebody(place: int = 2, **more: str) -> dict[str, str]:
    return {"number": number(place), "name": "安然", "phone": "13812345678", **more}


class Fixed:
    """Monday, 2026-11-02, 09:00 in Beijing, until a test sets it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def set(self, day: int, hour: int, minute: int = 0) -> None:
        """In November, UTC."""
        self.at = datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def clock() -> Fixed:
    return Fixed()


@pytest.fixture
def people(engine, clock) -> People:
    return People(engine, Pseudonyms(KEY), bytes(32), MemoryMessenger(), clock, lambda *_: "")


@pytest.fixture
def app(app: FastAPI, desk, accounts, engine, people, counted) -> FastAPI:
    stored, days, gate = Appointments(engine), HallDays(engine), Gate(accounts, desk.now)
    bookings = Bookings(desk, stored, Calendar(days), Unfinished(desk, stored, days))
    kept = Clients(engine, accounts.forget)

    def count(door: str, code: str) -> None:
        counted[code] += 1

    routers = (
        clients(desk, kept, gate),
        oauth(kept, desk.now, count),
        platform(desk, bookings, Series(stored), people.vault, Pseudonyms(KEY), gate),
        appointments(desk, bookings, Pseudonyms(KEY), gate),
    )
    attach(app, routers)
    return app


async def made(administrator, ident: str = "city-app", halls: tuple[str, ...] = ("small",)) -> str:
    """The new client's secret."""
    answer = await administrator.post(CLIENTS, json={"id": ident, "name": "北京通", "halls": list(halls)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def asked(app: FastAPI, ident: str, secret: str) -> httpx.Response:
    async with visitor(app) as nobody:
        return await nobody.post(TOKEN, data=GRANT, auth=(ident, secret))


async def access(app: FastAPI, ident: str, secret: str) -> str:
    answer = await asked(app, ident, secret)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@pytest.fixture
async def city(app, administrator):
    """The city's platform, with an access token for the hall `small`."""
    token = await access(app, "city-app", await made(administrator))
    async with program(app, token) as client:
        yield client


async def book(client, key="k1", **more):
    wish = {"service": "A", "day": TUESDAY, "slot": "09:30", "person": somebody(), **more}
    return await client.post(MINE, json=wish, headers={"Idempotency-Key": key})


async def booked(client, key="k1", **more):
    answer = await book(client, key, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def move(client, one, key, day=WEDNESDAY, slot="11:00"):
    wish = {"day": day, "slot": slot}
    return await client.post(f"{MINE}/{one['id']}/move", json=wish, headers={"Idempotency-Key": key})


async def cancel(client, one, key, reason="ill"):
    headers = {"Idempotency-Key": key}
    return await client.post(f"{MINE}/{one['id']}/cancel", json={"reason": reason}, headers=headers)


# Access tokens.


async def test_a_token_is_given_for_id_and_secret_in_the_header_or_in_the_form(app, administrator):
    secret = await made(administrator)
    by_form = {**GRANT, "client_id": "city-app", "client_secret": secret, "scope": "appointments"}
    async with visitor(app) as nobody:
        answers = [await nobody.post(TOKEN, data=by_form), await asked(app, "city-app", secret)]
    for answer in answers:
        told = answer.json()
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, "appointments")
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
        async with program(app, told["access_token"]) as client:
            (hall,) = (await client.get(HALLS)).json()
            assert (hall["id"], [one["letter"] for one in hall["services"]]) == ("small", ["A", "B"])
    assert answers[0].json()["access_token"] != answers[1].json()["access_token"]


async def test_id_and_secret_in_the_header_are_decoded_as_rfc_6749_says(app, administrator):
    """A client library encodes what is no letter before base64; ours has a `-` and `_` only, which both leave alone."""
    secret = await made(administrator)
    encoded = base64.b64encode(f"city%2Dapp:{secret.replace('_', '%5F')}".encode()).decode()
    async with visitor(app, Authorization=f"Basic {encoded}") as client:
        assert (await client.post(TOKEN, data=GRANT)).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, 400, "invalid_request"),
        (GRANT, 401, "invalid_client"),
        ({**GRANT, "client_id": "city-app", "client_secret": "wrong"}, 401, "invalid_client"),
        ({**GRANT, "client_id": "nobody", "client_secret": "wrong"}, 401, "invalid_client"),
    ],
)
async def test_what_gets_no_token_is_told_as_rfc_6749_says(app, administrator, counted, form, status, error):
    await made(administrator)
    async with visitor(app) as nobody:
        answer = await nobody.post(TOKEN, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert counted[error.replace("_", "-")] == 1


async def test_json_is_no_form(app, administrator):
    secret = await made(administrator)
    async with visitor(app) as nobody:
        answer = await nobody.post(TOKEN, json={**GRANT, "client_id": "city-app", "client_secret": secret})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode()])
async def test_a_header_that_cannot_be_read_is_refused(app, header):
    async with visitor(app, Authorization=header) as client:
        answer = await client.post(TOKEN, data=GRANT)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_who_guesses_secrets_has_to_wait(app, administrator, clock):
    secret = await made(administrator)
    for _ in range(5):
        assert (await asked(app, "city-app", "guess")).status_code == 401
    answer = await asked(app, "city-app", "guess")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    clock.set(2, 1, 6)
    assert (await asked(app, "city-app", secret)).status_code == 200


async def test_an_access_token_ends_after_an_hour(app, administrator, clock):
    async with program(app, await access(app, "city-app", await made(administrator))) as client:
        clock.set(2, 1, 59)
        assert (await client.get(HALLS)).status_code == 200
        clock.set(2, 2, 0)
        answer = await client.get(HALLS)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_of_a_client_that_asks_again_and_again_the_oldest_tokens_end(app, administrator, clock):
    secret = await made(administrator)
    first = await access(app, "city-app", secret)
    for minute in range(1, 51):
        clock.set(2, 1, minute)
        for _ in range(2):
            last = await access(app, "city-app", secret)
    statuses = []
    for token in (first, last):
        async with program(app, token) as client:
            statuses.append((await client.get(HALLS)).status_code)
    assert statuses == [401, 200]


# Who administers them.


async def test_a_new_secret_leaves_a_day_for_the_old_one(app, administrator, clock):
    old = await made(administrator)
    new = (await administrator.post(f"{CLIENTS}/city-app/secret", json={})).json()["secret"]
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [200, 200]
    clock.set(3, 1)
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [401, 200]


async def test_a_secret_that_was_seen_ends_at_once_with_its_tokens(app, administrator):
    old = await made(administrator)
    async with program(app, await access(app, "city-app", old)) as client:
        assert (await client.get(HALLS)).status_code == 200
        new = (await administrator.post(f"{CLIENTS}/city-app/secret", json={"at_once": True})).json()["secret"]
        assert (await client.get(HALLS)).status_code == 401
    assert [(await asked(app, "city-app", one)).status_code for one in (old, new)] == [401, 200]


async def test_a_disabled_client_is_let_in_no_more_until_it_is_again(app, administrator):
    secret = await made(administrator)
    async with program(app, await access(app, "city-app", secret)) as client:
        assert (await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": True})).json()["disabled"]
        assert (await client.get(HALLS)).status_code == 401
        assert (await asked(app, "city-app", secret)).status_code == 401
        await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": False})
        assert (await client.get(HALLS)).status_code == 401, "its tokens are gone"
    assert (await asked(app, "city-app", secret)).status_code == 200


async def test_what_is_done_to_clients_is_in_the_audit_and_no_secret_is_kept(app, administrator, engine, tmp_path):
    secret = await made(administrator)
    token = await access(app, "city-app", secret)
    await administrator.patch(f"{CLIENTS}/city-app", json={"name": "京通"})
    await administrator.post(f"{CLIENTS}/city-app/secret", json={})
    await administrator.patch(f"{CLIENTS}/city-app", json={"disabled": True})
    noted = [(one.who, one.what, one.detail) for one in reversed(Audit(engine).of("small"))]
    words = ("client-added", "client-changed", "client-secret", "client-disabled")
    assert noted == [("admin", word, "city-app") for word in words]
    listed = await administrator.get(CLIENTS)
    assert [one["name"] for one in listed.json()] == ["京通"]
    assert secret not in listed.text
    bodies = [path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert any(b"city-app" in body for body in bodies)
    assert not any(one.encode() in body for body in bodies for one in (secret, token))


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"id": "City"}, 422, "bad-client"),
        ({"name": " "}, 422, "bad-client"),
        ({"halls": ["nowhere"]}, 404, "unknown-hall"),
        ({"halls": []}, 422, "invalid"),
        ({"id": "city-app"}, 409, "client-taken"),
    ],
)
async def test_a_client_that_cannot_be_is_refused(administrator, wish, status, code):
    await made(administrator)
    answer = await administrator.post(CLIENTS, json={"id": "other", "name": "n", "halls": ["small"], **wish})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    gone = await administrator.patch(f"{CLIENTS}/nobody", json={})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-client")


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
