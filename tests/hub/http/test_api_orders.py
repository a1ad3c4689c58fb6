"""Ordering devices about over HTTP: only by who may, only of one that is there; how it was, and who did what."""

import base64
from datetime import UTC, datetime

import pytest

from hub.http.care import care
from hub.http.identity import Gate
from hub.http.orders import orders
from hub.http.routes import attach
from hub.roster import Bound, Roster
from hub.storage.audit import Audit
from hub.storage.health import Change, HealthHistory, Sample
from hub.storage.orders import OrderBook
from tests.hub.http.visitors import program
from tests.support.day import small_hall
from wire import codec
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
def history(engine):
    return HealthHistory(engine)


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
async def technician(app, desk, roster, book, audit, history, sent, accounts, clock):
    attach(app, [care(desk, roster, history, audit, Gate(accounts, desk.now))])
    attach(app, [orders(desk, roster, book, sent, Gate(accounts, desk.now))])
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


@pytest.mark.parametrize("what", ["identify", "restart", "send-log"])
async def test_each_kind_of_order_goes_out_with_an_expiry_and_into_the_audit(technician, online, sent, audit, what):
    ordered = await technician.post(CALLER, json={"what": what})
    assert ordered.status_code == 202
    [(_, order)] = sent
    assert (codec.kind_of(order), order.expires_s) == (what, 30.0)
    [note] = audit.of("small", "caller-1")
    assert (note.what, note.who, note.device) == (what, "token:bench", "caller-00aa")


async def test_a_manager_may_identify_and_test_but_neither_restart_nor_read_logs(
    technician, app, accounts, clock, online, book
):
    _, secret = accounts.issue_token("m", "manager", clock(), "admin")
    log = (await technician.post(CALLER, json={"what": "send-log"})).json()["id"]
    book.ended(log, "caller-00aa", at=datetime.now(UTC), ok=True, text="", log="started")
    assert (await technician.get(f"{CALLER}/{log}/log")).text == "started"
    async with program(app, secret) as manager:
        assert (await manager.post(CALLER, json={"what": "identify", "seconds": 5})).status_code == 202
        assert (await manager.post(CALLER, json=BEEP)).status_code == 202
        for what in ("restart", "send-log"):
            assert (await manager.post(CALLER, json={"what": what})).json()["code"] == "forbidden"
        assert (await manager.get(f"{CALLER}/{log}/log")).status_code == 403


async def test_a_device_is_not_restarted_again_and_again(technician, online, sent):
    answers = [await technician.post(CALLER, json={"what": "restart"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert len(sent) == 2


async def test_how_it_was_and_who_did_what_are_told(technician, online, history, audit):
    now = datetime.now(UTC)
    at = int(now.timestamp())
    history.add(Sample(hall="small", position="caller-1", at=at - 30 * n, outbox=n % 7) for n in range(2000))
    history.came_and_went(
        [Change(hall="small", position="caller-1", device="caller-00aa", at=now, online=True, boot="b", why="started")]
    )
    await technician.post(CALLER, json={"what": "identify"})
    told = (await technician.get(CALLER.replace("orders", "history"))).json()
    assert 360 <= len(told["samples"]) <= 725
    assert {one["outbox"] for one in told["samples"]} <= set(range(7))
    assert [one["why"] for one in told["changes"]] == ["started"]
    assert len((await technician.get(CALLER.replace("orders", "history") + "?hours=1")).json()["samples"]) in (120, 121)
    for path in (CALLER.replace("orders", "audit"), "/api/v1/halls/small/audit"):
        assert [one["what"] for one in (await technician.get(path)).json()["notes"]] == ["identify"]
    assert (await technician.get(AT.format("nowhere").replace("orders", "history"))).status_code == 422
