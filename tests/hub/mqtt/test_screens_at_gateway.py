"""What is published reaches a screen at once, whichever process of the hub it came to; what it played is kept once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain import commands as c
from hub.storage.content import Emergency, Plan, Playlist, Words
from tests.hub.mqtt.test_two_gateways import Other
from tests.support.live import LiveHall, until
from wire import codec, topics
from wire.messages import Health, Play, Played, SignageView


def now() -> datetime:
    return datetime.now(UTC)


def shown(device: Any) -> SignageView | None:
    body = device.bodies.get(topics.down(device.name, "view"))
    view = codec.decode_view(body) if body else None
    return view if isinstance(view, SignageView) else None


@pytest.fixture
def screen(device: Any) -> Any:
    """The hall's tv-1, which has said how it is."""
    one = device("tv-1")
    one.say(Health(id="h-1", at=now(), uptime_s=1.0, agent="test"))
    until(lambda: shown(one), "it has a view")
    return one


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub looks around more often than every ten seconds."""
    monkeypatch.setattr("hub.mqtt.gateway._LOOK_S", 0.5)


def tell(hall: LiveHall, desk: Any, what: str, ident: str) -> None:
    command = c.RecordScreens(id=f"{what}-{ident}", at=now(), by="boss", what=what, ident=ident)
    hall.run(desk.handle(hall.name, command))


def begin(hall: LiveHall, ident: str) -> None:
    words = Words(zh=ident)
    about = {"hall": hall.name, "sha256": None, "until": None, "begun_at": now(), "begun_by": "boss"}
    hall.screens.content.begin(Emergency(id=ident, words=words, **about))


def test_a_published_list_and_an_emergency_are_in_the_next_view_and_each_view_is_newer(hall, screen):
    first = shown(screen)
    assert (first.programme, first.emergency) == (None, None)
    about = {"id": "p", "hall": hall.name, "name": "one", "changed_at": now(), "changed_by": "boss"}
    hall.screens.content.save(Playlist(plan=Plan(ticker="新"), items=(), **about))
    tell(hall, hall.desk, "playlist-saved", "p")
    second = until(lambda: (view := shown(screen)) and view.programme and view, "it is told")
    begin(hall, "走")
    tell(hall, hall.desk, "emergency-begun", "走")
    third = until(lambda: (view := shown(screen)) and view.emergency and view, "it is told at once")
    assert third.emergency.zh == "走"
    assert third.programme == second.programme
    assert first.version < second.version < third.version


def test_an_emergency_that_came_to_another_process_is_shown_and_stays(hall, screen):
    """Neither process may put the older view in its place: both hear of it by the log."""
    other = Other(hall)
    try:
        until(lambda: other.gateway._session.is_up and other.roster.seat(screen.name), "both know the screen")
        begin(hall, "走")
        tell(hall, other.desk, "emergency-begun", "走")
        until(lambda: (view := shown(screen)) and view.emergency, "it is shown")
        both = (hall.screens, other.screens)
        until(lambda: all(len(one.catalogue(hall.name).emergencies) == 1 for one in both), "both know")
        hall.screens.content.withdraw(hall.name, "走", now(), "boss")
        tell(hall, hall.desk, "emergency-withdrawn", "走")
        until(lambda: shown(screen).emergency is None, "it is taken back")
        until(lambda: not any(one.catalogue(hall.name).emergencies for one in both), "both know")
        assert shown(screen).emergency is None
    finally:
        other.close()


def test_a_table_that_was_changed_without_a_word_to_the_log_is_looked_at_before_long(often, hall, screen):
    """A process may die between the two."""
    begin(hall, "走")
    until(lambda: shown(screen).emergency, "the next look finds it")


def test_what_was_played_is_kept_once_and_answered_each_time(hall, screen):
    batch = Played(id="x-p1", plays=(Play(sha256="0" * 64, at=now(), played_s=2.0, outcome="whole"),))
    assert screen.say(batch).ok
    screen.replies.clear()
    assert screen.say(batch).ok
    day = now().replace(hour=0, minute=0, second=0, microsecond=0)
    (kept,) = hall.screens.plays.read(hall.name, day, day.replace(year=day.year + 1))
    assert (kept.position, kept.device, kept.outcome) == ("tv-1", screen.name, "whole")


def test_only_a_screen_has_played_something(hall, device):
    reply = device("caller-1").say(Played(id="x-p1", plays=()))
    assert (reply.ok, reply.code) == (False, "wrong-class")
    assert hall.refusals == [("mqtt", "wrong-class")]
