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
