"""An Onbon card above a counter of a live hall: called, tested by order, and left alone when the hub is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.led_window.fake_card import FakeCard
from edge.led_window.fake_card_line import TcpCard
from hub.domain import commands as c
from tests.support.live import until
from wire.orders import SelfTest


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def card():
    with TcpCard(FakeCard()) as line:
        yield line


@pytest.fixture
def window(hall, card):
    """Counter 1's, with the clerk signed on."""
    where = {"host": "127.0.0.1", "net_port": card.port}
    agent = hall.agent("window-1", driver="onbon-tcp", hold_s=5.0, page_s=1.0, card=where)
    do(hall, c.SignOn, counter="1")
    until(lambda: card.card.text == "1号窗口", "the card says where it is")
    return agent


def do(hall, kind, **fields):
    hall.run(hall.desk.handle("small", kind(id=f"{kind.__name__}-{now().isoformat()}", at=now(), by="test", **fields)))


def test_a_called_number_is_on_the_card_and_in_nobodys_way_when_the_hub_is_gone(hall, card, window):
    do(hall, c.TakeTicket, service="A")
    do(hall, c.CallNext, counter="1")
    until(lambda: card.card.text == "A001", "the card shows the number")
    assert window.driver.health()["display"] == "ok"
    hall.stop_hub()
    until(lambda: card.card.text == "请稍候", "the number went with hold_s")
    assert card.card.complaints == []


def test_a_test_that_the_hub_orders_is_shown_and_answered(hall, card, window):
    name = hall.roster.at("small", "window-1").device
    one = hall.book.order(
        hall="small", position="window-1", device=name, what="self-test", detail="pattern", by="tech", at=now(),
        expires_at=now() + timedelta(seconds=60),
    )  # fmt: skip

    async def order():
        return hall.gateway.order(name, SelfTest(id=one.id, test="pattern", at=now()))

    assert hall.run(order())
    until(lambda: "■" in card.card.text, "the card shows squares")
    do(hall, c.TakeTicket, service="A")
    do(hall, c.CallNext, counter="1")
    until(lambda: card.card.text == "A001", "a real call ends the test")
    until(lambda: hall.book.at("small", "window-1")[0].ok is False, "the hub hears that it was cut short")
    assert "ended early" in hall.book.at("small", "window-1")[0].text
