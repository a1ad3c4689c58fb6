"""Orders of the hub: only tests that the class has, in time, and each once."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.runtime.orders import LATE, NO_SLIPS, Orders
from tests.edge.ticket_printer.thinking import SLIP
from tests.support.live import until
from wire import codec
from wire.messages import Health
from wire.orders import Done, Identify, PrintSlip, Restart, SelfTest, SendLog

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TESTS = {"lamps": "点亮所有灯 Light every lamp"}


def order(test: str = "lamps", late_s: float = 0.0, ident: str = "o-1") -> SelfTest:
    return SelfTest(id=ident, test=test, at=NOW - timedelta(seconds=late_s))


@pytest.mark.parametrize("late_s", [-3.0, 0.0, 29.0])
def test_a_test_of_the_class_ordered_just_now_is_carried_out(late_s):
    assert Orders(TESTS, "b").refused(order(late_s=late_s), NOW.timestamp()) is None


def test_a_test_that_the_class_does_not_have_is_refused_and_the_refusal_names_those_it_has():
    refused = Orders(TESTS, "b").refused(order("slip"), NOW.timestamp())
    assert refused is not None
    assert (refused.to, refused.ok) == ("o-1", False)
    assert "slip" in refused.text
    assert "lamps" in refused.text


@pytest.mark.parametrize("late_s", [31.0, -60.0])
def test_an_order_of_another_time_is_refused(late_s):
    refused = Orders(TESTS, "b").refused(order(late_s=late_s), NOW.timestamp())
    assert refused is not None
    assert "too late" in refused.text


@pytest.mark.parametrize("prints", [True, False])
def test_a_slip_is_for_a_class_that_prints_some(prints):
    refused = Orders({}, "b", prints=prints).refused(PrintSlip(id="o-1", at=NOW, slip=SLIP), NOW.timestamp())
    assert (refused is None) == prints
    assert refused is None or refused.text == NO_SLIPS


def test_a_second_copy_of_an_order_is_known_and_another_order_is_not():
    orders = Orders(TESTS, "b")
    assert [orders.is_new(order(ident=ident)) for ident in ("o-1", "o-1", "o-2")] == [True, False, True]


@pytest.mark.parametrize("kind", [Identify, Restart, SendLog])
def test_every_kind_of_order_is_refused_when_it_comes_late(kind):
    refused = Orders({}, "b").refused(kind(id="o-1", at=NOW - timedelta(seconds=31)), NOW.timestamp())
    assert refused is not None
    assert (refused.ok, refused.text) == (False, LATE)


def test_over_the_broker_an_order_that_comes_twice_is_answered_once(hub, agent):
    agent("caller-1")
    until(lambda: hub.messages(Health), "the caller is there")
    for ident in ("o-1", "o-1", "o-2"):
        ordered = SelfTest(id=ident, test="no-such-test", at=datetime.now(UTC))
        hub.say("caller-1", "order", codec.encode(ordered))
    until(lambda: [one.to for one in hub.messages(Done)] == ["o-1", "o-2"], "both orders are answered")
    assert not any(one.ok for one in hub.messages(Done))
