"""Whose turn it is: one after another, whole, none twice, none stale; and what becomes of them when screens change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from edge.signage_player import announcements
from edge.signage_player.announcements import Turns
from wire.messages import Spoken

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spoken(number: str, begins: float, ends: float, counter: str = "1") -> Spoken:
    return Spoken(
        number=number,
        counter=counter,
        zh=f"请{number}",
        en=number,
        begins_at=EPOCH + timedelta(seconds=begins),
        ends_at=EPOCH + timedelta(seconds=ends),
    )


def announcing(*heard: Spoken, at: float = 0.0) -> Turns:
    """A screen that has announced since 0, with this board."""
    return announcements.heard(announcements.told(Turns(), True, 0.0), heard, at)


def due(turns: Turns, at: float, quiet: bool = False) -> tuple[Turns, str]:
    turns, one = announcements.due(turns, at, late_s=30, quiet=quiet)
    return turns, one.number if one else ""


def run(turns: Turns, until: float, takes_s: float = 8.0, at: float = 0.0) -> list[tuple[float, str]]:
    """When each begins from `at` on, where each takes that long."""
    begun: list[tuple[float, str]] = []
    while at <= until:
        turns, number = due(turns, at)
        if number:
            begun.append((at, number))
            at += takes_s
            turns = announcements.ended(turns, ok=True)
        else:
            at += 0.5
    return begun


def test_each_begins_at_its_time_one_after_another() -> None:
    turns = announcing(spoken("A1", 1, 9), spoken("A2", 9, 17), spoken("A3", 17, 25))
    assert run(turns, 40) == [(1, "A1"), (9, "A2"), (17, "A3")]


def test_speech_that_is_longer_than_its_time_is_not_cut_and_loses_nobody() -> None:
    turns = announcing(spoken("A1", 0, 8), spoken("A2", 8, 16), spoken("A3", 16, 24))
    assert run(turns, 60, takes_s=11) == [(0, "A1"), (11, "A2"), (22, "A3")]


def test_nothing_is_said_while_something_is_being_said() -> None:
    turns, number = due(announcing(spoken("A1", 0, 8), spoken("A2", 8, 16)), 0)
    assert number == "A1"
    assert due(turns, 9) == (turns, "")
    assert announcements.wake_at(turns) is None


def test_what_a_later_view_leaves_out_is_not_said() -> None:
    turns = announcing(spoken("A1", 0, 8), spoken("A2", 8, 16))
    turns, _ = due(turns, 0)
    turns = announcements.ended(announcements.heard(turns, (spoken("A1", 0, 8),), 4), ok=True)
    assert due(turns, 9)[1] == ""


def test_what_a_later_view_leaves_out_because_its_time_is_over_is_still_said() -> None:
    turns, _ = due(announcing(spoken("A1", 0, 8), spoken("A2", 8, 16)), 0)
    turns = announcements.heard(turns, (), 17)
    assert due(announcements.ended(turns, ok=True), 18)[1] == "A2"


def test_what_is_being_said_or_was_said_does_not_come_again_with_the_next_view() -> None:
    turns, _ = due(announcing(spoken("A1", 0, 8)), 0)
    again = announcements.heard(turns, (spoken("A1", 0, 8),), 3)
    assert again.waiting == ()
    assert announcements.heard(announcements.ended(turns, ok=True), (spoken("A1", 0, 8),), 7.9).waiting == ()


def test_a_recall_after_its_end_is_said_again() -> None:
    turns, _ = due(announcing(spoken("A1", 0, 8)), 0)
    turns = announcements.heard(announcements.ended(turns, ok=True), (spoken("A1", 20, 28),), 20)
    assert due(turns, 20)[1] == "A1"


def test_one_that_moves_up_is_said_at_its_new_time_once() -> None:
    turns = announcing(spoken("A1", 0, 8), spoken("A2", 8, 16), spoken("A3", 16, 24))
    turns = announcements.heard(turns, (spoken("A1", 0, 8), spoken("A3", 8, 16)), 1)
    assert run(turns, 40) == [(0, "A1"), (8, "A3")]


@pytest.mark.parametrize(("at", "number", "missed"), [(45, "A1", 0), (46.1, "", 1)])
def test_what_is_stale_is_passed_over_and_counted(at: float, number: str, missed: int) -> None:
    turns, said = due(announcing(spoken("A1", 8, 16)), at)
    assert (said, turns.missed) == (number, missed)


def test_in_quiet_hours_nothing_is_said_and_nothing_is_kept_for_later() -> None:
    turns, number = due(announcing(spoken("A1", 0, 8)), 0, quiet=True)
    assert (number, turns.waiting) == ("", ())


def test_a_screen_that_does_not_announce_says_nothing() -> None:
    turns = announcements.heard(Turns(), (spoken("A1", 0, 8), spoken("A2", 8, 16)), 0)
    assert run(turns, 40) == []


def test_who_takes_over_says_what_was_being_said_after_its_time_and_then_the_others() -> None:
    """So that two are never heard at once, and a sentence that was cut off by the other's death is heard whole."""
    turns = announcements.heard(Turns(), (spoken("A1", 0, 8), spoken("A2", 8, 16), spoken("A3", 16, 24)), 0)
    turns, _ = due(turns, 9)
    turns = announcements.told(turns, True, 10.0)
    assert run(turns, 60, at=10.0) == [(16, "A2"), (24, "A3")]


def test_what_was_over_when_it_took_over_is_not_repeated() -> None:
    turns = announcements.heard(Turns(), (spoken("A1", 0, 8),), 0)
    turns = announcements.heard(announcements.told(turns, True, 9.0), (spoken("A1", 0, 8),), 9)
    assert run(turns, 30, at=9.0) == []


def test_who_gives_up_ends_its_sentence_and_begins_no_other() -> None:
    turns, _ = due(announcing(spoken("A1", 0, 8), spoken("A2", 8, 16)), 0)
    turns = announcements.told(turns, False, 3.0)
    assert turns.now is not None
    assert run(announcements.ended(turns, ok=True), 30) == []


def test_two_screens_of_which_one_takes_over_are_never_heard_at_once() -> None:
    """For every moment of the change-over, with the other one alive and speaking to the end of its sentence."""
    programme = tuple(spoken(f"A{n}", n * 8, n * 8 + 8) for n in range(5))
    for tenth in range(0, 400, 3):
        change = tenth / 10
        old = announcing(*programme)
        new = announcements.heard(Turns(), programme, 0)
        spans = [*_spans(old, change, gives=True), *_spans(new, change, gives=False)]
        spans.sort()
        assert all(ends <= begins for (_, ends, _), (begins, _, _) in pairwise(spans)), change
        assert {number for _, _, number in spans} == {f"A{n}" for n in range(5)}, change


def _spans(turns: Turns, change: float, *, gives: bool) -> list[tuple[float, float, str]]:
    found, at, told = [], 0.0, False
    while at < 80:
        if not told and at >= change:
            turns, told = announcements.told(turns, not gives, change), True
        turns, number = due(turns, at)
        if number:
            found.append((at, at + 7.9, number))
            turns = announcements.ended(turns, ok=True)
            at += 7.9
        at = round(at + 0.1, 1)
    return found


def test_health_tells_what_was_said_and_what_was_not() -> None:
    turns, _ = due(announcing(spoken("A1", 0, 8), spoken("A2", 8, 16)), 0)
    assert announcements.facts(turns) == {"announces": True, "spoken": 0, "missed": 0, "unspoken": 1}
    turns = announcements.ended(turns, ok=True)
    turns, _ = due(turns, 8)
    turns = announcements.ended(turns, ok=False)
    assert announcements.facts(turns) == {
        "announces": True,
        "spoken": 1,
        "missed": 1,
        "unspoken": 0,
        "last_spoken": "请A1",
    }
    assert announcements.facts(replace(Turns())) == {"announces": False}
