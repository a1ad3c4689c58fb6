"""Which playlists are in force at a moment: times of day in the hall's zone, nights, dates, priorities."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire import programme as meaning
from wire.messages import Daypart, Playlist, Programme


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def playing(moment: datetime, *lists: Playlist, zone: str = "Asia/Shanghai") -> list[str]:
    return [one.id for one in meaning.playing(Programme(mark="", timezone=zone, playlists=lists), moment)]


def during(begins: str, ends: str, *weekdays: int, **more: object) -> Playlist:
    return Playlist(id="a", dayparts=(Daypart(weekdays=weekdays, begins=begins, ends=ends),), **more)


@pytest.mark.parametrize(
    ("moment", "plays"),
    [("2026-01-05T08:59:59", False), ("2026-01-05T09:00:00", True), ("2026-01-05T11:59:59", True),
     ("2026-01-05T12:00:00", False)],
)  # fmt: skip
def test_a_daypart_begins_with_its_first_moment_and_ends_before_its_last(moment: str, plays: bool) -> None:
    assert playing(at(moment), during("09:00", "12:00")) == (["a"] if plays else [])


def test_it_is_the_halls_clock_that_counts_whatever_zone_the_moment_is_told_in() -> None:
    assert playing(datetime(2026, 1, 5, 1, 30, tzinfo=UTC), during("09:00", "10:00")) == ["a"]


@pytest.mark.parametrize(
    ("moment", "plays"),
    [("2026-01-09T21:59", False), ("2026-01-09T22:00", True), ("2026-01-10T05:59", True), ("2026-01-10T06:00", False),
     ("2026-01-10T22:30", False), ("2026-01-09T03:00", False)],
)  # fmt: skip
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: str, plays: bool) -> None:
    """2026-01-09 is a Friday."""
    assert playing(at(moment), during("22:00", "06:00", 5)) == (["a"] if plays else [])


def test_the_night_of_the_last_day_goes_on_into_the_next() -> None:
    one = during("22:00", "06:00", first_day="2026-01-05", last_day="2026-01-05")
    moments = ("2026-01-05T05:00", "2026-01-05T23:00", "2026-01-06T05:00", "2026-01-06T23:00")
    assert [playing(at(moment), one) for moment in moments] == [[], ["a"], ["a"], []]


def test_equal_times_are_a_whole_day() -> None:
    assert [playing(at(f"2026-01-05T{time}"), during("07:00", "07:00", 1)) for time in ("06:59", "07:00")] == [
        [],
        ["a"],
    ]
    assert playing(at("2026-01-06T06:59"), during("07:00", "07:00", 1)) == ["a"]


def test_of_those_in_force_the_highest_priority_plays_and_equal_ones_in_turn() -> None:
    low, high = Playlist(id="low"), Playlist(id="high", priority=5, dayparts=(Daypart(begins="09:00", ends="10:00"),))
    other = Playlist(id="other")
    assert playing(at("2026-01-05T09:30"), low, high, other) == ["high"]
    assert playing(at("2026-01-05T10:00"), low, high, other) == ["low", "other"]


def test_a_clock_that_is_put_back_does_not_end_a_daypart_early() -> None:
    """Berlin, 2026-10-25: 02:30 comes twice."""
    one = during("02:00", "03:30")
    for utc_hour, plays in ((0, True), (1, True), (2, True)):
        moment = datetime(2026, 10, 25, utc_hour, 15, tzinfo=UTC)
        assert playing(moment, one, zone="Europe/Berlin") == (["a"] if plays else [])
    assert playing(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), one, zone="Europe/Berlin") == []


def test_the_next_change_is_told_over_nights_weeks_and_months() -> None:
    def next_(moment: str, one: Playlist) -> datetime | None:
        return meaning.next_change(Programme(mark="", timezone="Asia/Shanghai", playlists=(one,)), at(moment))

    assert next_("2026-01-05T08:00", during("09:00", "12:00")) == at("2026-01-05T09:00")
    assert next_("2026-01-05T09:00", during("09:00", "12:00")) == at("2026-01-05T12:00")
    assert next_("2026-01-10T07:00", during("22:00", "06:00", 5)) == at("2026-01-16T22:00")
    assert next_("2026-01-05T08:00", Playlist(id="a", first_day="2026-07-01")) == at("2026-07-01T00:00")
    assert next_("2026-01-05T08:00", Playlist(id="a", last_day="2026-01-04")) is None


@pytest.mark.parametrize(
    ("one", "word"),
    [(Programme(mark="", timezone="Mars/Olympus"), "tzdata"),
     (Programme(mark="", timezone="UTC", playlists=(Playlist(id="a", last_day="2026-02-31"),)), "2026-02-31")],
)  # fmt: skip
def test_what_cannot_be_followed_is_said_in_words(one: Programme, word: str) -> None:
    assert word in meaning.problem(one)


CLOCKS = st.integers(0, 23).flatmap(lambda hour: st.sampled_from([f"{hour:02}:00", f"{hour:02}:37"]))
DAYPARTS = st.builds(
    Daypart, weekdays=st.lists(st.integers(1, 7), max_size=3).map(tuple), begins=CLOCKS, ends=CLOCKS | st.just("24:00")
)
DAYS = st.sampled_from(["", "2026-03-27", "2026-03-29", "2026-10-25", "2026-12-31"])
LISTS = st.builds(
    Playlist,
    id=st.sampled_from("abc"),
    priority=st.integers(0, 2),
    first_day=DAYS,
    last_day=DAYS,
    dayparts=st.lists(DAYPARTS, max_size=2).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(
    lists=st.lists(LISTS, max_size=3).map(tuple),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo"]),
    moment=st.datetimes(datetime(2026, 3, 26), datetime(2027, 1, 2), timezones=st.just(UTC)),
)
def test_nothing_changes_before_the_moment_that_is_told(
    lists: tuple[Playlist, ...], zone: str, moment: datetime
) -> None:
    """So a screen that wakes up at these moments plays what it should at every moment."""
    programme = Programme(mark="", timezone=zone, playlists=lists)
    until = meaning.next_change(programme, moment)
    assert until is None or until > moment
    end = min(until.timestamp() if until else float("inf"), moment.timestamp() + 10 * 86400)
    now = meaning.playing(programme, moment)
    for share in (0.01, 0.2, 0.5, 0.77, 0.999):
        later = moment.timestamp() + (end - moment.timestamp()) * share
        assert meaning.playing(programme, datetime.fromtimestamp(later, UTC)) == now
