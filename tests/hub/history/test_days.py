"""What rows a day of the log has: times as they were, undo as if it never was, ratings with their tickets."""

from typing import Any

import pytest

from hub.domain import commands as c
from hub.history.days import DayHistory
from tests.support.day import Script


@pytest.fixture
def script() -> Script:
    script = Script()
    script.sign_on("1", "1001")
    return script


def rows(script: Script, relation: str) -> list[Any]:
    day = DayHistory(script.hall, script.state.day)
    for event in script.events:
        day.add(event)
    return day.rows(script.now)[relation]  # type: ignore[index]


def serve(script: Script, counter: str = "1", walk: float = 20, service: float = 100) -> str:
    (*_, called) = script.do(c.CallNext, counter=counter)
    script.wait(walk)
    script.do(c.Serve, counter=counter)
    script.wait(service)
    script.do(c.End, counter=counter)
    return called.number


def test_a_ticket_that_was_served_has_its_times(script: Script):
    number = script.take("A")
    script.wait(60)
    assert serve(script) == number
    (turn,) = rows(script, "turns")
    assert (turn.waited_s, turn.walked_s, turn.served_s, turn.outcome) == (60, 20, 100, "ended")
    assert (turn.counter, turn.clerk, turn.service, turn.centre, turn.minute) == ("1", "1001", "A", "zonghe", 541)
    (ticket,) = rows(script, "tickets")
    assert (ticket.waited_s, ticket.outcome, ticket.counter, ticket.minute) == (60, "ended", "1", 540)
    assert ticket.estimate_low_s <= ticket.estimate_s <= ticket.estimate_high_s


def test_a_call_that_was_undone_is_no_turn_and_nobody_waited_until_then(script: Script):
    script.take("A")
    script.wait(60)
    script.do(c.CallNext, counter="1")
    script.wait(5)
    script.do(c.Undo, counter="1")
    assert rows(script, "turns") == []
    assert rows(script, "tickets")[0].waited_s is None
    script.wait(5)
    serve(script)
    assert [turn.waited_s for turn in rows(script, "turns")] == [70]
    assert rows(script, "tickets")[0].waited_s == 70


def test_a_call_is_undone_also_after_a_press_that_was_refused(script: Script):
    script.take("A")
    script.do(c.CallNext, counter="1")
    script.wait(1)
    assert script.refused(c.Recall, counter="1") == "recall-too-soon"
    script.do(c.Undo, counter="1")
    assert rows(script, "turns") == []


def test_an_end_that_was_undone_goes_on_as_the_same_turn(script: Script):
    script.take("A")
    serve(script, service=100)
    script.wait(10)
    script.do(c.Undo, counter="1")
    assert [turn.outcome for turn in rows(script, "turns")] == ["open"]
    script.wait(50)
    script.do(c.End, counter="1")
    (turn,) = rows(script, "turns")
    assert (turn.outcome, turn.served_s) == ("ended", 160)


def test_ending_one_and_calling_the_next_in_one_press_is_undone_in_one(script: Script):
    script.take("A")
    second = script.take("A")
    script.do(c.CallNext, counter="1")
    script.wait(10)
    script.do(c.Serve, counter="1")
    script.wait(30)
    script.do(c.CallNext, counter="1")
    assert [turn.outcome for turn in rows(script, "turns")] == ["ended", "open"]
    script.do(c.Undo, counter="1")
    assert [turn.outcome for turn in rows(script, "turns")] == ["open"]
    assert next(one for one in rows(script, "tickets") if one.number == second).waited_s is None


def test_recalls_are_of_the_same_turn(script: Script):
    script.take("A")
    script.do(c.CallNext, counter="1")
    for _ in range(2):
        script.wait(30)
        script.do(c.Recall, counter="1")
    script.do(c.NoShow, counter="1")
    (turn,) = rows(script, "turns")
    assert (turn.calls, turn.outcome) == (3, "missed")
    assert rows(script, "tickets")[0].outcome == "no_show"


def test_who_is_sent_on_waits_from_then_though_the_place_is_kept(script: Script):
    number = script.take("A")
    script.wait(60)
    script.do(c.CallNext, counter="1")
    script.wait(300)
    script.do(c.Transfer, counter="1", service="B")
    script.wait(40)
    script.sign_on("2", "1002")
    script.do(c.CallNext, counter="2")
    first, second = rows(script, "turns")
    assert (first.waited_s, first.outcome, first.service) == (60, "transferred", "A")
    assert (second.number, second.waited_s, second.service) == (number, 40, "B")
    (ticket,) = rows(script, "tickets")
    assert (ticket.service, ticket.waited_s, ticket.counter) == ("A", 60, "2")


def test_a_rating_stands_with_who_served_and_one_that_was_not_given_is_none(script: Script):
    for level in (2, None):
        script.take("A")
        serve(script)
        ask = script.state.asks[script.state.asked["1"]]
        if level:
            script.do(c.Rate, ask=ask.id, level=level, reasons=("301",), pressed_at=script.now)
    bad, unrated = rows(script, "ratings")
    assert (bad.level, bad.late, bad.reasons, bad.clerk) == (2, False, "301", "1001")
    assert unrated.level is None


def test_a_rating_by_phone_on_another_day_is_late(script: Script):
    script.take("A")
    serve(script)
    ask = script.state.asks[script.state.asked["1"]]
    script.do(c.EndDay)
    script.wait(26 * 3600)
    script.do(c.Rate, ask=ask.id, level=5, pressed_at=script.now, late=True)
    (row,) = rows(script, "ratings")
    assert (row.level, row.late, row.day) == (5, True, "2026-01-05")


def test_a_rating_that_was_given_before_the_end_was_undone_is_counted_once(script: Script):
    script.take("A")
    serve(script)
    ask = script.state.asks[script.state.asked["1"]]
    script.do(c.Rate, ask=ask.id, level=4, pressed_at=script.now)
    ended_again = script.do(c.Undo, counter="1") and script.do(c.End, counter="1")
    assert ended_again
    assert [row.level for row in rows(script, "ratings")] == [4]


def test_a_counters_time_is_all_there_and_apart(script: Script):
    script.wait(30)  # signed on and idle
    script.take("A")
    serve(script, walk=20, service=100)
    script.do(c.Pause, counter="1")
    script.wait(600)
    script.do(c.Resume, counter="1")
    script.wait(50)
    script.do(c.SignOff, counter="1")
    script.wait(500)  # closed: nobody's time
    spent: dict[str, float] = {}
    for row in rows(script, "stretches"):
        assert row.seconds <= 900
        assert (row.minute % 15, row.clerk, row.floor) == (0, "1001", "f1")
        spent[row.state] = spent.get(row.state, 0) + row.seconds
    assert spent == {"idle": 80, "called": 20, "serving": 100, "paused": 600}


def test_a_failed_slip_and_a_day_that_ended_are_told_apart(script: Script):
    failed = script.take("A", printer=True)
    script.do(c.ConfirmPrint, number=failed, outcome="failed", reason="paper out", printed_at=script.now)
    script.take("A")
    script.do(c.EndDay)
    assert [row.outcome for row in rows(script, "tickets")] == ["unprinted", "unserved"]
