"""Devices and hub over a real broker: the path once through, and everything that is turned away."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.domain import commands as c
from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.messages import Action, CallerView, Handheld, Rating, RepeaterView, TakeTicket


def now() -> datetime:
    return datetime.now(UTC)


def sign_on(hall: LiveHall, counter: str = "1") -> None:
    hall.run(hall.desk.handle("small", c.SignOn(id=f"on-{counter}", at=now(), by="test", counter=counter)))


def test_from_the_tap_to_the_rating_on_real_agents(hall):
    """Take, print, call, show, serve, end, ask, rate: over Mosquitto, with everybody's real agent."""
    machine = hall.agent("machine-1", baud=115200)
    caller, window, evaluator = hall.agent("caller-1"), hall.agent("window-1"), hall.agent("evaluator-1")
    until(lambda: window.driver.shown == "1号窗口" or window.driver.shown == "暂未开放", "the window has its view")
    caller.driver.press("1", "0", "0", "1", "sign-on")
    until(lambda: hall.desk.today("small").counter("1").clerk == "1001", "the clerk is signed on")
    until(
        lambda: machine.state.view is not None if hasattr(machine.state, "view") else True, "the machine has its view"
    )
    machine.driver.press("A")
    slip = until(lambda: machine.driver.printer.slips, "a slip comes out")[0]
    until(lambda: hall.desk.today("small").tickets[slip.number].phase == "waiting", "the ticket waits once printed")
    caller.driver.press("call-next")
    until(lambda: window.driver.shown == slip.number, "the window shows the number")
    assert any("#" in row for row in window.driver.model.lit())
    caller.driver.press("serve")
    until(lambda: hall.desk.today("small").tickets[slip.number].phase == "serving", "the service began")
    caller.driver.press("end")
    until(lambda: len(evaluator.driver.lamps.lit) == 5, "the evaluator asks")
    evaluator.driver.press(5)
    until(lambda: hall.desk.today("small").tickets[slip.number].level == 5, "the rating is in the log")
    until(lambda: window.driver.shown != slip.number, "the window lets go of the number")
    assert hall.refusals == []


def test_a_killed_hub_comes_back_and_the_press_under_way_acts_once(hall):
    """The caller sends the same press again when the hub is back; the hub knows it by its id."""
    hall.run(hall.desk.handle("small", c.TakeTicket(id="t", at=now(), by="test", service="A")))
    hall.run(hall.desk.handle("small", c.TakeTicket(id="t2", at=now(), by="test", service="A")))
    sign_on(hall)
    caller, window = hall.agent("caller-1"), hall.agent("window-1")
    hall.stop_hub()
    hall.start_hub()
    until(lambda: hall.roster.online("small") == 2, "both are seen again by the new hub")
    caller.driver.press("call-next")
    until(lambda: window.driver.shown == "A001", "the window shows the number")
    assert hall.desk.today("small").tickets["A002"].phase == "waiting"


def test_a_restarted_broker_has_every_view_again(hall, device):
    sign_on(hall)
    first = device("window-1")
    topic = topics.down(first.name, "view")
    until(lambda: topic in first.bodies, "the view is there")
    hall.broker.stop()
    hall.broker.start()
    late = device("window-2")
    until(lambda: topics.down(late.name, "view") in late.bodies, "a device gets its view from the new broker")
    until(lambda: f"{topics.PREFIX}/board/small/lobby" in late.bodies, "and the board")


def test_the_same_press_delivered_twice_calls_one_ticket(hall, device):
    for n in range(2):
        hall.run(hall.desk.handle("small", c.TakeTicket(id=f"t{n}", at=now(), by="test", service="A")))
    sign_on(hall)
    caller = device("caller-1")
    press = Action(id="b-1", verb="call-next", at=now())
    assert caller.say(press).ok
    caller.replies.clear()
    assert caller.say(press).ok
    assert hall.desk.today("small").tickets["A002"].phase == "waiting"


def test_a_press_that_comes_too_late_is_refused_for_good(hall, device):
    sign_on(hall)
    late = Action(id="b-1", verb="call-next", at=now() - timedelta(seconds=11))
    caller = device("caller-1")
    assert (caller.say(late).code, caller.replies[0].text) == ("expired", "操作已过期，请重按")
    caller.replies.clear()
    assert caller.say(late).code == "expired"


@pytest.mark.parametrize(
    ("position", "message", "code"),
    [
        ("evaluator-1", Action(id="b-1", verb="call-next", at=datetime.now(UTC)), "wrong-class"),
        ("window-1", TakeTicket(id="b-1", service="A", at=datetime.now(UTC)), "wrong-class"),
        ("machine-1", TakeTicket(id="b-1", service="Q", at=datetime.now(UTC)), "unknown-service"),
        ("evaluator-1", Rating(id="b-1", ask="2026-01-01.A001", level=9, at=datetime.now(UTC)), "bad-level"),
        ("caller-1", Action(id="b-1", verb="transfer", argument="99", at=datetime.now(UTC)), "unknown-counter"),
    ],
)
def test_what_a_device_has_no_say_in_is_refused_in_words_counted_and_changes_nothing(
    hall, device, position, message, code
):
    reply = device(position).say(replace(message, at=now()))
    assert (reply.ok, reply.code) == (False, code)
    assert reply.text
    assert ("mqtt", code) in hall.refusals
    assert hall.desk.position == 0


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("action", b"\xff\x00garbage", "bad-message"),
        ("action", b'{"kind":"rating","id":"1","ask":"x","level":5,"at":"2026-01-01T00:00:00Z"}', "bad-message"),
        ("nonsense", b"{}", "bad-message"),
        ("action", b"[" * 60000, "bad-message"),
    ],
)
def test_garbage_is_counted_and_the_next_message_is_served(hall, device, kind, payload, code):
    sign_on(hall)
    caller = device("caller-1")
    caller.publish(topics.up(caller.name, kind), payload)
    assert caller.say(Action(id="b-2", verb="call-next", at=now())).code == "nobody-waiting"
    assert ("mqtt", code) in hall.refusals


def test_a_device_cannot_speak_for_another(hall, device):
    """It publishes on another's topic: the broker swallows it, and the hub never hears of it."""
    sign_on(hall)
    window, caller = device("window-1"), device("caller-1")
    window.publish(topics.up(caller.name, "action"), codec.encode(Action(id="x-1", verb="call-next", at=now())))
    caller.say(Action(id="b-1", verb="call-next", at=now()))
    assert [reply.to for reply in caller.replies] == ["b-1"]
    assert hall.desk.position == 2


def test_a_device_without_a_position_is_told_so(hall, device):
    stranger = device("caller-1")
    hall._placed.clear()
    hall.run(_reload(hall))
    assert stranger.say(Action(id="b-1", verb="call-next", at=now())).code == "no-position"


async def _reload(hall: LiveHall) -> None:
    hall.roster.seat_all([])


def test_a_version_never_goes_back_for_a_view(hall, device):
    sign_on(hall)
    window = device("window-1")
    topic, versions = topics.down(window.name, "view"), []
    for n in range(5):
        hall.run(hall.desk.handle("small", c.TakeTicket(id=f"t{n}", at=now(), by="test", service="A")))
        hall.run(hall.desk.handle("small", c.CallNext(id=f"n{n}", at=now(), by="test", counter="1")))
        number = f"A00{n + 1}".encode()
        until(lambda number=number: number in window.bodies.get(topic, b""), "the view follows")
        versions.append(codec.decode_view(window.bodies[topic]).version)
        hall.run(hall.desk.handle("small", c.End(id=f"e{n}", at=now(), by="test", counter="1")))
    assert versions == sorted(versions)


def test_the_board_is_open_to_every_device_and_shows_no_clerk(hall, device):
    sign_on(hall)
    hall.run(hall.desk.handle("small", c.TakeTicket(id="t", at=now(), by="test", service="A")))
    hall.run(hall.desk.handle("small", c.CallNext(id="n", at=now(), by="test", counter="1")))
    window, topic = device("window-1"), topics.board("small", "lobby")
    until(lambda: topic in window.bodies and b"A001" in window.bodies[topic], "the board shows the call")
    assert b"1001" not in window.bodies[topic]


def test_a_handheld_view_survives_the_codec():
    view = CallerView(epoch=1, version=1, counter="1", phase="idle")
    shown = RepeaterView(epoch=1, version=1, handhelds=(Handheld(address=7, view=view),))
    assert codec.decode_view(codec.encode(shown)) == shown
