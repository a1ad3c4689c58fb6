"""Self-tests over a real broker: offered in the presence, ordered, answered by the device that was asked."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.live import until
from wire import codec, topics
from wire.messages import Presence
from wire.orders import Done, SelfTest

OFFERED = {"beep": "响一声 Beep"}
NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def caller(hall, device):
    one = device("caller-1")
    told = Presence(online=True, boot="b", device_class="caller", tests=OFFERED)
    one.publish(topics.presence(one.name), codec.encode(told))
    until(lambda: (seat := hall.roster.seat(one.name)) and seat.tests == OFFERED, "the hub knows what it offers")
    return one


def ordered(hall, caller, after_s=0):
    at = NOW + timedelta(seconds=after_s)
    return hall.book.order(
        hall="small", position="caller-1", device=caller.name, what="self-test", detail="beep", by="tech", at=at,
        expires_at=at + timedelta(seconds=30),
    )  # fmt: skip


def send(hall, caller, ident):
    async def order():
        return hall.gateway.order(caller.name, SelfTest(id=ident, test="beep", at=NOW))

    assert hall.run(order())
    topic = topics.down(caller.name, "order")
    return codec.decode_order(until(lambda: caller.bodies.get(topic), "the order arrives"))


def answer(caller, to, n=1, ok=True):
    said = Done(id=f"b-{n}", to=to, ok=ok, text="响过 It beeped", at=NOW)
    caller.publish(topics.up(caller.name, "done"), codec.encode(said))


def test_an_order_reaches_its_device_and_the_answer_is_kept(hall, caller):
    one = ordered(hall, caller)
    assert send(hall, caller, one.id).test == "beep"
    answer(caller, one.id)
    until(lambda: hall.book.at("small", "caller-1")[0].ok, "the answer is kept")
    assert hall.book.at("small", "caller-1")[0].text == "响过 It beeped"


def test_only_the_first_answer_of_the_device_that_was_asked_counts(hall, caller, device):
    one = ordered(hall, caller)
    other = device("window-1")
    answer(other, one.id, ok=False)
    until(lambda: ("mqtt", "unknown-order") in hall.refusals, "another device has no say")
    answer(caller, one.id)
    until(lambda: hall.book.at("small", "caller-1")[0].ok, "the device's own answer is kept")
    answer(caller, one.id, n=2, ok=False)
    until(lambda: hall.refusals.count(("mqtt", "unknown-order")) == 2, "a second answer is counted")
    assert hall.book.at("small", "caller-1")[0].ok


def test_what_a_device_offers_is_forgotten_when_another_takes_its_place(hall, caller):
    seat = hall.roster.at("small", "caller-1")
    hall.roster.seat_all([])
    assert seat.tests == {}


def test_of_old_tests_the_newest_twenty_stay(hall, caller):
    made = [ordered(hall, caller, after_s).id for after_s in range(22)]
    assert [one.id for one in hall.book.at("small", "caller-1")] == made[:1:-1]
