"""What goes wrong around the gateway, over a real broker: and what devices notice of it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.mqtt import views
from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.messages import Action, Health, Issued, Presence, Printed, Rating, TakeTicket


def now() -> datetime:
    return datetime.now(UTC)


def sign_on(hall: LiveHall, counter: str = "1") -> None:
    hall.run(hall.desk.handle("small", c.SignOn(id=f"on-{counter}", at=now(), by="test", counter=counter)))


@contextlib.contextmanager
def locked(hall: LiveHall) -> Iterator[None]:
    """Somebody else writes to the database, and does not end."""
    hall._log._db.execute("PRAGMA busy_timeout=100")
    with contextlib.closing(sqlite3.connect(hall.directory / "hub.db", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        yield
        blocker.execute("ROLLBACK")


# Devices that come, move and die.


def test_a_board_that_was_moved_to_another_counter_works_there_from_its_next_start(hall, device):
    """It enrols again with another position's token, and connects."""
    caller = device("caller-1")
    sign_on(hall, "1")
    sign_on(hall, "2")
    topic = topics.down(caller.name, "view")
    until(lambda: topic in caller.bodies and codec.decode_view(caller.bodies[topic]).counter == "1", "it is at 1")
    hall._placed[caller.name] = "caller-2"
    caller.publish(topics.presence(caller.name), codec.encode(Presence(online=True, boot="again")))
    until(lambda: codec.decode_view(caller.bodies[topic]).counter == "2", "it shows counter 2")
    assert caller.say(Action(id="b-1", verb="sign-off", at=now())).ok
    assert hall.desk.today("small").counter("1").clerk == "1001"
    assert hall.desk.today("small").counter("2").clerk == ""


def test_a_device_that_died_while_the_broker_was_away_is_not_online(hall, device):
    """Its last will died with the broker."""
    gone, stays = device("caller-1"), hall.agent("window-1")
    until(lambda: hall.roster.online("small") == 2, "both are online")
    hall.broker.stop()
    gone.close()
    hall.broker.start()
    online = {gone.name: False, stays.device: True}
    until(lambda: {name: hall.roster.seat(name).online for name in online} == online, "only the other is online")


def test_however_many_are_unknown_at_once_the_registry_is_asked_twice_at_most(hall):
    asked = []
    hall.roster._load = lambda: asked.append(1) or []

    async def flood() -> None:
        await asyncio.gather(*(hall.gateway._seat("nobody") for _ in range(200)))

    hall.run(flood())
    assert len(asked) <= 2


def test_another_hubs_last_will_does_not_make_devices_believe_that_there_is_none(hall):
    said: list[bool] = []
    other = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="hub-2", protocol=mqtt.MQTTv5)
    other.tls_set_context(hall.client_tls("hub-2"))
    other.on_message = lambda client, data, message: said.append(codec.decode_presence(message.payload).online)
    other.connect("127.0.0.1", hall.port)
    other.loop_start()
    try:
        other.subscribe(topics.presence(topics.HUB), 1)
        until(lambda: said == [True], "the hub is known to listen")
        other.publish(topics.presence(topics.HUB), codec.encode(Presence(online=False)), qos=1, retain=True)
        until(lambda: said == [True, False, True], "it says so again")
    finally:
        other.disconnect()
        other.loop_stop()


# Too much, and nothing at all.


def test_a_flood_of_one_device_is_cut_off_and_no_other_waits_for_it(hall, device):
    """While nothing can be stored: so many are held, the rest are counted; a journal would send them again."""
    sign_on(hall)
    machine, caller = device("machine-1"), device("caller-1")
    hall._log._db.execute("PRAGMA busy_timeout=8000")
    with contextlib.closing(sqlite3.connect(hall.directory / "hub.db", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        for n in range(400):
            message = Printed(id=f"f-{n}", number="A001", outcome="printed", at=now())
            machine._client.publish(topics.up(machine.name, "printed"), codec.encode(message), qos=1)
        until(lambda: hall.refusals.count(("mqtt", "too-many")) == 144, "the rest is turned away")
        blocker.execute("ROLLBACK")
    assert caller.say(Action(id="b-1", verb="call-next", at=now())).code == "nobody-waiting"
    assert not hall.gateway._under_way


def test_who_can_help_itself_hears_nothing_when_nothing_can_be_stored_and_a_clerk_hears_so(hall, device):
    """A machine gives its own number, a rating is sent again from the journal: a refusal would end that."""
    sign_on(hall)
    machine, evaluator, caller = device("machine-1"), device("evaluator-1"), device("caller-1")
    with locked(hall):
        rating = Rating(id="b-1", ask="2026-01-01.A001", level=5, at=now())
        evaluator.publish(topics.up(evaluator.name, "rating"), codec.encode(rating))
        take = TakeTicket(id="b-1", service="A", at=now())
        machine.publish(topics.up(machine.name, "take"), codec.encode(take))
        reply = caller.say(Action(id="b-1", verb="call-next", at=now()))
        assert (reply.code, reply.text) == ("unavailable", "系统繁忙，请稍后再按")
        until(lambda: hall.refusals.count(("mqtt", "unavailable")) == 3, "all three are counted")
    assert machine.replies == evaluator.replies == []
    assert evaluator.say(rating).code == "unknown-ask"
    assert machine.say(take).slip.number == "A001"


@pytest.mark.parametrize("ident", ["", "x" * 101])
def test_a_message_without_a_decent_id_is_counted_and_changes_nothing(hall, device, ident):
    caller = device("caller-1")
    caller.publish(topics.up(caller.name, "action"), codec.encode(Action(id=ident, verb="sign-on", at=now())))
    assert caller.say(Action(id="b-1", verb="pause", at=now())).code == "counter-closed"
    assert ("mqtt", "bad-message") in hall.refusals
    assert hall.desk.position == 1


def test_a_clerk_with_a_wrong_number_is_told_in_chinese(hall, device):
    reply = device("caller-1").say(Action(id="b-1", verb="sign-on", argument="9999", at=now()))
    assert (reply.code, reply.text) == ("unknown-clerk", "没有这个工号")


# Our own faults.


def test_a_view_that_cannot_be_made_keeps_no_other_from_being_shown(hall, device, monkeypatch):
    """The window comes first, the caller after it."""
    right = views.view

    def faulty(state, roster, seat, *rest):
        if seat.position.id == "window-1":
            raise ZeroDivisionError
        return right(state, roster, seat, *rest)

    monkeypatch.setattr(views, "view", faulty)
    caller, broken = device("caller-1"), device("window-1")
    sign_on(hall)
    topic = topics.down(caller.name, "view")
    until(lambda: b"1001" in caller.bodies.get(topic, b""), "the caller shows the clerk")
    assert topics.down(broken.name, "view") not in broken.bodies


def test_a_fault_while_following_events_is_not_the_end_of_following(hall, device, monkeypatch):
    window, faults = device("window-1"), []

    async def since(desk, position, right=Desk.since):
        if not faults:
            faults.append(position)
            raise sqlite3.OperationalError("disk I/O error")
        return await right(desk, position)

    monkeypatch.setattr(Desk, "since", since)
    sign_on(hall)
    sign_on(hall, "2")
    until(lambda: len(faults) == 1, "the fault happened")
    until(lambda: not hall.gateway._calm.is_set(), "the calm views are shown, and will not be for an hour")
    monkeypatch.setattr("hub.mqtt.gateway._CALM_S", 3600)
    topic = topics.down(window.name, "view")
    hall.run(hall.desk.handle("small", c.Pause(id="p", at=now(), by="test", counter="1")))
    until(lambda: b'"paused"' in window.bodies.get(topic, b""), "the window still follows")
    assert not any(task.done() for task in hall.gateway.tasks())


# Midnight, and boards that slept over it.


def test_after_midnight_every_view_is_of_the_new_day(hall, device):
    sign_on(hall)
    hall.run(hall.desk.handle("small", c.TakeTicket(id="t", at=now(), by="test", service="A")))
    hall.run(hall.desk.handle("small", c.CallNext(id="n", at=now(), by="test", counter="1")))
    machine, window = device("machine-1"), device("window-1")
    until(lambda: b"A001" in window.bodies.get(topics.down(window.name, "view"), b""), "the number is shown")
    hall.desk.now = lambda: now() + timedelta(days=1)
    assert hall.run(hall.desk.turn_day("small"))
    day = hall.desk.today("small").day.encode()
    until(lambda: day in machine.bodies.get(topics.down(machine.name, "view"), b""), "the machine knows the day")
    until(lambda: b'"closed"' in window.bodies[topics.down(window.name, "view")], "the window is closed")
    until(lambda: b"A001" not in window.bodies[topics.board("small", "lobby")], "the board is empty")


def test_numbers_given_before_a_board_knew_the_time_are_not_taken_for_yesterdays(hall, device):
    """Switched on this morning with last evening's time, without a hub: its citizens wait today."""
    machine = device("machine-1")
    evening = now() - timedelta(hours=15)
    given = Issued(id="b-1", number="AA01", service="A", at=evening)
    machine.publish(topics.up(machine.name, "issued"), codec.encode(given))
    until(lambda: ("mqtt", "clock-unknown") in hall.refusals, "the hub waits for its clock")
    assert machine.replies == []
    machine.say(Health(id="h-1", at=evening + timedelta(minutes=1), uptime_s=60, agent="0"))
    assert machine.say(given).ok
    ticket = hall.desk.today("small").tickets["AA01"]
    assert abs(ticket.taken_at - (now() - timedelta(minutes=1))) < timedelta(minutes=1)
    assert machine.say(Printed(id="b-2", number="AA01", outcome="printed", at=evening + timedelta(seconds=5))).ok
    assert [type(one.event) for one in hall.run(hall.desk.since(0))] == [e.TicketAdmitted, e.TicketQueued]
