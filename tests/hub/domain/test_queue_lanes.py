"""Who is next: priority, appointments and the others in turns; ageing; the policy; and why."""

from datetime import timedelta

import pytest

from hub.domain import commands as c
from hub.domain import words
from hub.domain.policies import POLICIES
from tests.support.day import Script


@pytest.fixture
def day():
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    return script


def take(day, service="A", **fields):
    day.wait(1)
    return day.do(c.TakeTicket, service=service, **fields)[0].number


def calls(day, many, counter="1"):
    return [day.do(c.CallNext, counter=counter, id=f"n{day.state.version}")[-1] for _ in range(many) if serve(day)]


def serve(day):
    if day.state.counter("1").number:
        day.do(c.Serve, counter="1")
    return True


def test_marks_share_their_service_s_count(day):
    assert take(day) == "A001"
    assert take(day, priority="elder") == "VA002"
    assert take(day, slot_at=day.now) == "YA003"


def test_one_ordinary_ticket_after_two_with_priority(day):
    ordinary = [take(day) for _ in range(3)]
    first = [take(day, priority="elder") for _ in range(5)]
    called = calls(day, 8)
    assert [one.number for one in called] == [
        first[0], first[1], ordinary[0], first[2], first[3], ordinary[1], first[4], ordinary[2],
    ]  # fmt: skip
    assert called[2].why == "ordinary-turn"
    assert "轮到普通号" in words.why(called[2].why, called[2].number, called[2].because).zh
    assert called[0].passed == (ordinary[0], ordinary[1], ordinary[2])


def test_who_has_waited_long_enough_is_called_with_those_who_have_priority(day):
    old = take(day)
    day.wait(29 * 60)
    young = take(day)
    day.wait(2 * 60)
    fresh = take(day, priority="elder")
    called = calls(day, 3)
    assert [one.number for one in called] == [old, fresh, young]
    assert [one.why for one in called][:2] == ["aged", "priority"]
    assert called[0].because == {"minutes": "31"}


def test_an_appointment_is_called_from_its_slot_on_and_before_only_when_nobody_else_waits(day):
    slot = day.now + timedelta(minutes=10)
    booked, walk_in = take(day, slot_at=slot), take(day)
    called = calls(day, 2)
    assert [(one.number, one.why) for one in called] == [(walk_in, "first-come"), (booked, "early")]


def test_appointments_and_walk_ins_take_turns(day):
    booked = [take(day, slot_at=day.now) for _ in range(3)]
    walk_in = [take(day) for _ in range(3)]
    assert [one.number for one in calls(day, 6)] == [
        booked[0], walk_in[0], booked[1], walk_in[1], booked[2], walk_in[2],
    ]  # fmt: skip


def test_by_service_order_the_preferred_service_comes_first_but_starves_nobody(day):
    day.do(c.ChangeSettings, changes={"policy.calling": "service-order", "counter.1.services": ["B", "A"]})
    second = take(day, "A")
    first = take(day, "B")
    called = calls(day, 1)
    assert (called[0].number, called[0].why) == (first, "service-order")
    day.wait(31 * 60)
    take(day, "B")
    assert calls(day, 1)[0].number == second


def test_every_reason_has_words_in_both_languages():
    for policy in POLICIES.values():
        for told in (policy.names, *policy.words.values()):
            assert told.zh
            assert told.en


def test_where_everybody_has_waited_long_the_order_is_still_that_of_arrival(day):
    old = [take(day) for _ in range(3)]
    day.wait(31 * 60)
    fresh = [take(day) for _ in range(2)]
    assert [one.number for one in calls(day, 5)] == [*old, *fresh]


def test_who_comes_after_the_clock_was_put_back_stands_behind(day):
    first, second = take(day), take(day)
    day.wait(-3600)
    third = take(day, "B")
    assert [one.number for one in calls(day, 3)] == [first, second, third]


def test_an_appointment_called_early_waits_no_more_for_its_slot_when_it_goes_on(day):
    booked = day.do(c.TakeTicket, service="A", slot_at=day.now + timedelta(minutes=20))[0].number
    calls(day, 1)
    day.do(c.Transfer, counter="1", service="B")
    take(day)
    assert [one.number for one in calls(day, 1)] == [booked]


def test_an_appointment_of_another_day_is_refused_at_the_door(day):
    for days in (1, 2900000):
        with pytest.raises(ValueError, match="appointment"):
            take(day, slot_at=day.now + timedelta(days=days))


def test_a_call_out_of_turn_says_whom_it_passed(day):
    earlier, chosen = take(day), take(day)
    called = day.do(c.Call, counter="1", number=chosen, reason="x")[-1]
    assert called.passed == (earlier,)


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize(("priority", "ahead"), [("", 0), ("", 5), ("elder", 0), ("elder", 7)])
def test_nobody_waits_longer_than_the_bound_however_many_come_with_priority(day, policy, priority, ahead):
    """k + 1 turns of the first lane reach who has waited long; between two of them at most two others are called."""
    day.do(c.ChangeSettings, changes={"policy.calling": policy})
    for _ in range(ahead):
        take(day)
    waits = take(day, priority=priority)
    day.wait(31 * 60)
    bound = (ahead + 1) + -(-(ahead + 1) // 2) * 2
    for _ in range(bound):
        take(day, priority="elder")
        take(day, "C", slot_at=day.now)
        if calls(day, 1)[0].number == waits:
            break
    else:
        pytest.fail(f"not called within {bound} calls")
