"""Two processes of one hub at one broker: devices cannot tell which of them they speak to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from hub.desk import Desk
from hub.domain import commands as c
from hub.mqtt.gateway import Gateway
from hub.roster import Roster
from hub.storage.database import open_log
from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.messages import Action, Health, Presence


class Other:
    """A second hub process in a live hall; `gateway` None: one that commits, and is gone before it tells anybody."""

    def __init__(self, hall: LiveHall, *, speaks: bool = True) -> None:
        self._hall, self._log = hall, open_log(hall.directory / "hub.db")
        self.desk = Desk([hall.hall], self._log)
        self.roster = Roster([hall.hall], hall._bound)
        self.screens = hall.new_screens()
        gateway = Gateway(
            self.desk,
            self.roster,
            lambda door, code: None,
            "hub-2",
            screens=self.screens,
            keepers=hall.new_keepers(),
        )
        self.gateway = gateway if speaks else None

        async def start() -> None:
            await self.desk.open()
            if self.gateway is not None:
                await self.gateway.start("127.0.0.1", hall.port, hall.client_tls("hub-2"))

        hall.run(start())

    def close(self) -> None:
        if self.gateway is not None:
            self._hall.run(self.gateway.stop())
        self._hall.run(self.desk.close())
        self._log.close()


@pytest.fixture
def other(hall: LiveHall) -> Iterator[Other]:
    other = Other(hall)
    until(lambda: other.gateway._session.is_up, "hub-2 is at the broker")
    yield other
    other.close()


def now() -> datetime:
    return datetime.now(UTC)


def press(n: int, verb: str = "sign-on", argument: str = "1001") -> Action:
    return Action(id=f"x-{n}", verb=verb, argument=argument, at=now())


def view_of(device) -> object:
    return codec.decode_view(device.bodies[topics.down(device.name, "view")])


def test_each_press_is_answered_once_whoever_got_it(hall, other, device):
    caller = device("caller-1")
    until(lambda: hall.roster.seat(caller.name) and other.roster.seat(caller.name), "both know its place")
    for n in range(20):
        caller.say(press(n))
    until(lambda: hall.desk.position == other.desk.position > 0, "both know what happened")
    assert [reply.to for reply in caller.replies] == [f"x-{n}" for n in range(20)]
    by_first = [hall.desk.is_others(position) for position in range(1, hall.desk.position + 1)]
    assert set(by_first) == {True, False}, "the broker gave all of them to one process"


def test_health_is_heard_by_both_and_answered_by_one(hall, other, device):
    caller = device("caller-1")
    until(lambda: hall.roster.seat(caller.name) and other.roster.seat(caller.name), "both know its place")
    caller.say(Health(id="h-1", at=now(), uptime_s=1.0, agent="test", device={"keys": 21}))
    until(
        lambda: all(roster.seat(caller.name).facts == {"keys": 21} for roster in (hall.roster, other.roster)),
        "both know how it is",
    )
    caller.say(press(1))
    assert [reply.to for reply in caller.replies] == ["h-1", "x-1"]


def test_what_a_process_committed_and_did_not_live_to_show_is_shown_by_another(hall, device):
    caller, dying = device("caller-1"), Other(hall, speaks=False)
    sign_on = c.SignOn(id="on", at=now(), by="t", counter="1", clerk="1001")
    hall.run(dying.desk.handle(hall.name, sign_on))
    until(lambda: topics.down(caller.name, "view") in caller.bodies and view_of(caller).clerk == "1001", "it is shown")
    dying.close()


def test_an_old_view_that_lies_over_a_newer_one_is_replaced(hall, other, device):
    """As a process may leave it that was held up between looking and telling."""
    caller = device("caller-1")
    old = until(lambda: topics.down(caller.name, "view") in caller.bodies and view_of(caller), "it has its first view")
    caller.say(press(1))
    until(lambda: view_of(caller).clerk == "1001", "it has a newer one")
    topic = topics.down(caller.name, "view")
    hall._loop.call_soon_threadsafe(
        lambda: other.gateway._session.publish(topic, codec.encode(replace(old, version=0)), retain=True)
    )
    until(lambda: view_of(caller).clerk == "", "the old one lies there")
    until(lambda: view_of(caller).clerk == "1001", "it is replaced")


def test_the_hub_is_there_as_long_as_one_process_is(hall, other, device):
    caller = device("caller-1")
    hall.run(hall.gateway.stop())
    hub = topics.presence(topics.HUB)
    until(lambda: caller.bodies.get(hub) == codec.encode(Presence(online=True)), "devices see a hub")
    assert caller.say(press(1)).ok
