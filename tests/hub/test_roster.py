"""Who sits where, as devices come, move, leave and fall silent."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from halls.format import Position, Wireless
from hub.roster import Bound, Roster
from tests.support.day import small_hall
from wire.messages import Health, Presence

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
REPEATER = Position(id="repeater-1", kind="repeater", area="lobby")
HANDHELD = Position(
    id="handheld-1", kind="caller", area="lobby", counter="1", wireless=Wireless(address=7, repeaters=("repeater-1",))
)


def health(**fields) -> Health:
    return Health(**{"id": "h", "at": NOW, "uptime_s": 1.0, "agent": "0", **fields})


@pytest.fixture
def roster() -> Roster:
    hall = small_hall()
    roster = Roster([replace(hall, position=(*hall.position, REPEATER, HANDHELD))], list)
    roster.seat_all(
        [Bound("a", "small", "caller-1"), Bound("b", "small", "window-1"), Bound("r", "small", "repeater-1")]
    )
    return roster


def test_a_device_that_moved_sits_in_one_place_only(roster):
    roster.present("a", Presence(online=True), NOW)
    assert roster.seat_all([Bound("a", "small", "caller-2"), Bound("b", "small", "window-1")])
    left, taken = roster.at("small", "caller-1"), roster.at("small", "caller-2")
    assert (left.device, left.online, taken.device) == ("", False, "a")
    assert roster.seat("a") is taken


def test_a_device_that_was_revoked_leaves_its_seat_and_what_was_known_of_it(roster):
    roster.healthy("a", health(device={"keys": 3}), NOW)
    roster.seat_all([Bound("b", "small", "window-1")])
    seat = roster.at("small", "caller-1")
    assert (seat.device, seat.online, seat.health, seat.facts, seat.seen_at) == ("", False, None, {}, None)


def test_to_hear_the_same_again_changes_nothing(roster):
    roster.present("b", Presence(online=True), NOW)
    same = [Bound("r", "small", "repeater-1"), Bound("b", "small", "window-1"), Bound("a", "small", "caller-1")]
    assert not roster.seat_all(same)
    assert roster.seat("b").online


def test_a_handheld_is_offline_once_nobody_heard_it_for_a_while_though_its_repeater_is_gone(roster):
    handheld = roster.at("small", "handheld-1")
    roster.healthy("r", health(handhelds={"7": {"heard_s_ago": 80.0}}), NOW)
    roster.present("r", Presence(online=False), NOW)
    assert (handheld.online, handheld.device) == (True, "via repeater-1")
    roster.pass_time(NOW + timedelta(seconds=5))
    assert handheld.online
    roster.pass_time(NOW + timedelta(seconds=15))
    assert not handheld.online


@pytest.mark.parametrize("address", ["²", "٧", "-7", "", "x", "7" * 5000])
def test_an_address_that_is_none_is_passed_over(roster, address):
    roster.healthy("r", health(handhelds={address: {"heard_s_ago": 1.0}, "7": {"heard_s_ago": 2.0}}), NOW)
    assert roster.at("small", "handheld-1").online


def test_nobody_is_online_until_the_broker_says_so(roster):
    roster.present("a", Presence(online=True), NOW)
    roster.all_unseen(NOW)
    assert roster.online("small") == 0


@pytest.mark.parametrize("offset_ms", [None, 3_600_000.0])
def test_how_far_behind_a_boards_clock_was_comes_from_its_health_and_is_forgotten_when_it_restarts(roster, offset_ms):
    roster.present("a", Presence(online=True, boot="1"), NOW)
    at = NOW - timedelta(hours=1) if offset_ms is None else NOW
    roster.healthy("a", health(at=at, clock_offset_ms=offset_ms), NOW)
    roster.present("a", Presence(online=True, boot="1"), NOW)
    assert roster.seat("a").clock_behind_s == 3600.0
    roster.present("a", Presence(online=True, boot="2"), NOW)
    assert roster.seat("a").clock_behind_s is None


def test_what_a_repeater_says_of_a_handheld_is_kept_and_told_in_words(roster):
    told = {"heard_s_ago": 3.0, "rssi_dbm": -71, "loss": 0.25, "misses": 2, "stood_in_s_ago": 1.0, "turn": 0}
    roster.healthy("r", health(handhelds={"7": told}), NOW)
    handheld = roster.at("small", "handheld-1")
    hearing = handheld.hearings["repeater-1"]
    assert (hearing.rssi_dbm, hearing.loss, hearing.misses) == (-71.0, 0.25, 2)
    assert (NOW - hearing.heard_at, NOW - hearing.stood_in_at) == (timedelta(seconds=3), timedelta(seconds=1))
    assert handheld.facts == {"repeater-1": "3.0 s, -71 dBm, 25% lost"}


@pytest.mark.parametrize("nonsense", ["x", True, -1.0, 1e300, float("inf"), None, [1]])
def test_nonsense_about_a_handheld_is_as_if_nothing_was_said(roster, nonsense):
    facts = dict.fromkeys(("heard_s_ago", "stood_in_s_ago", "misses"), nonsense)
    roster.healthy("r", health(handhelds={"7": facts}), NOW)
    hearing = roster.at("small", "handheld-1").hearings["repeater-1"]
    assert (hearing.heard_at, hearing.stood_in_at) == (None, None)
    assert not roster.at("small", "handheld-1").online


def test_a_repeater_can_speak_while_it_and_its_radio_are_there(roster):
    seat = roster.seat("r")
    assert not roster.can_speak(seat, NOW)
    roster.present("r", Presence(online=True), NOW)
    assert roster.can_speak(seat, NOW)
    roster.healthy("r", health(device={"port": "[Errno 2] could not open port"}), NOW)
    assert not roster.can_speak(seat, NOW)
    roster.healthy("r", health(device={"port": "open"}), NOW)
    roster.present("r", Presence(online=False), NOW)
    assert not roster.can_speak(seat, NOW)


def test_after_a_break_of_our_own_everybody_gets_the_time_to_come_back(roster):
    roster.present("r", Presence(online=True), NOW)
    roster.all_unseen(NOW)
    seat = roster.seat("r")
    assert roster.can_speak(seat, NOW + timedelta(seconds=9))
    assert not roster.can_speak(seat, NOW + timedelta(seconds=11))
    roster.present("r", Presence(online=False), NOW + timedelta(seconds=1))
    assert not roster.can_speak(seat, NOW + timedelta(seconds=2))
