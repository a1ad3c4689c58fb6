"""Ordering a self-test over HTTP: only by who may, only of a device that is there and has it."""

import base64
from datetime import UTC, datetime

import pytest

from hub.http.identity import Gate
from hub.http.orders import orders
from hub.roster import Bound, Roster
from hub.storage.audit import Audit
from hub.storage.orders import OrderBook
from tests.hub.http.visitors import program
from tests.support.day import small_hall
from wire.messages import Presence

pytestmark = pytest.mark.anyio

AT = "/api/v1/halls/small/devices/{}/orders"
CALLER = AT.format("caller-1")
BEEP = {"what": "self-test", "test": "beep"}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()


@pytest.fixture
def roster():
    roster = Roster([small_hall()], lambda: [Bound("caller-00aa", "small", "caller-1")])
    roster.seat_all(roster.bound())
    return roster


@pytest.fixture
def book(engine):
    return OrderBook(engine)


@pytest.fixture
def audit(engine):
    return Audit(engine)


@pytest.fixture
def sent():
    """What went out to devices; set `broken` and nothing does."""

    class Sent(list):
        broken = False

        def __call__(self, device, order):
            if not self.broken:
                self.append((device, order))
            return not self.broken

    return Sent()


@pytest.fixture
async def technician(app, desk, roster, book, audit, sent, accounts, clock):
    app.include_router(orders(desk, roster, book, audit, sent, Gate(accounts, desk.now)))
    _, secret = accounts.issue_token("bench", "technician", clock(), "admin")
    async with program(app, secret) as client:
        yield client


@pytest.fixture
def online(roster):
    told = Presence(online=True, boot="b", tests={"beep": "响一声 Beep"})
    roster.present("caller-00aa", told, datetime.now(UTC))


async def test_an_order_goes_out_to_the_device_and_is_open_until_it_answers(technician, online, sent, book):
    ordered = (await technician.post(CALLER, json=BEEP)).json()
    [(device, order)] = sent
    assert (device, order.test, order.id) == ("caller-00aa", "beep", ordered["id"])
    listed = (await technician.get(CALLER)).json()
    assert listed["tests"] == {"beep": "响一声 Beep"}
    assert [(one["id"], one["ok"], one["ordered_by"]) for one in listed["orders"]] == [
        (ordered["id"], None, "token:bench")
    ]
    book.ended(ordered["id"], "caller-00aa", at=datetime.now(UTC), ok=False, text="没有蜂鸣器 No buzzer")
    assert (await technician.get(CALLER)).json()["orders"][0]["text"] == "没有蜂鸣器 No buzzer"


@pytest.mark.parametrize(
    ("position", "test", "code"),
    [
        ("caller-1", "slip", "unknown-test"),
        ("window-1", "beep", "no-device"),
        ("nowhere", "beep", "unknown-position"),
    ],
)
async def test_what_cannot_be_tested_is_refused_in_words_and_nothing_goes_out(
    technician, online, sent, position, test, code
):
    answer = (await technician.post(AT.format(position), json={"what": "self-test", "test": test})).json()
    assert answer["code"] == code
    assert answer["detail"]
    assert sent == []


async def test_a_device_that_is_away_is_not_asked(technician, sent):
    assert (await technician.post(CALLER, json=BEEP)).json()["code"] == "device-offline"
    assert (await technician.get(CALLER)).json() == {"online": False, "tests": {}, "orders": []}


async def test_without_a_broker_the_order_is_refused_as_something_for_later(technician, online, sent):
    sent.broken = True
    answer = await technician.post(CALLER, json=BEEP)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_screens_picture_is_served_as_what_it_is_and_anything_else_is_not_served(technician, online, book):
    for picture, status in ((PNG, 200), (base64.b64encode(b"<script>").decode(), 404), ("not base64!", 404), ("", 404)):
        ordered = (await technician.post(CALLER, json=BEEP)).json()["id"]
        book.ended(ordered, "caller-00aa", at=datetime.now(UTC), ok=True, text="", picture=picture)
        answer = await technician.get(f"{CALLER}/{ordered}/picture")
        assert answer.status_code == status
        if status == 200:
            assert answer.headers["content-type"] == "image/png"


async def test_a_clerk_may_not_test_devices(technician, app, accounts, clock, online):
    _, secret = accounts.issue_token("c", "clerk", clock(), "admin")
    async with program(app, secret) as clerk:
        assert (await clerk.post(CALLER, json=BEEP)).status_code == 403
