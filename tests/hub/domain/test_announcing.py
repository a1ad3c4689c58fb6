"""What the announcer of an area says: one thing after another, none cut off, none lost."""

from datetime import timedelta

import pytest

from hub.domain import announcing, projection
from hub.domain import commands as c
from tests.support.day import Script


@pytest.fixture
def day():
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    script.do(c.ChangeSettings, changes={"area.lobby.voice": True, "policy.announcement_s": 8})
    return script


def said(day, after_s=0.0):
    one = announcing.spoken(day.state, "lobby", day.now + timedelta(seconds=after_s))
    return one and one.number


def call(day, counter):
    return day.do(c.CallNext, counter=counter)[-1].number


def test_an_area_is_silent_unless_it_has_a_voice():
    day = Script()
    day.sign_on("1", "1001")
    day.take("A")
    call(day, "1")
    assert said(day) is None


def test_a_ticket_with_a_voice_is_spoken_in_a_silent_area():
    day = Script()
    day.sign_on("1", "1001")
    day.do(c.TakeTicket, service="A", voice=True)
    assert said(day) is None
    assert call(day, "1") == said(day)


def test_a_second_call_waits_until_the_first_is_said_to_its_end(day):
    first, second = day.take("A"), day.take("B")
    assert [call(day, "1"), call(day, "2")] == [first, second]
    assert [said(day, after_s) for after_s in (0, 7.9, 8, 15.9, 16)] == [first, first, second, second, None]


def test_a_recall_of_what_is_still_to_be_said_adds_nothing(day):
    day.take("A")
    day.take("B")
    first, second = call(day, "1"), call(day, "2")
    day.wait(5)
    day.do(c.Recall, counter="2")
    day.do(c.Recall, counter="1")
    assert [said(day, after_s) for after_s in (0, 3, 10.9, 11)] == [first, second, second, None]


def test_a_recall_later_is_said_again(day):
    day.take("A")
    number = call(day, "1")
    day.wait(9)
    assert said(day) is None
    day.do(c.Recall, counter="1")
    assert said(day) == number


def test_who_is_served_already_is_not_called_out_and_the_next_moves_up(day):
    """The one that has begun is said to its end, though its ticket is served."""
    day.do(c.ChangeSettings, changes={"policy.announcement_s": 20})
    for _ in range(3):
        day.take("A")
    first, second = call(day, "1"), call(day, "2")
    day.do(c.Serve, counter="2")
    day.do(c.Serve, counter="1")
    third = call(day, "1")
    assert second not in {said(day, after_s) for after_s in range(60)}
    assert [said(day, after_s) for after_s in (0, 19, 20, 39, 40)] == [first, first, third, third, None]


def test_a_clock_put_back_silences_nobody(day):
    day.take("A")
    call(day, "1")
    day.take("B")
    day.wait(-3600)
    day.do(c.Settle)
    number = call(day, "2")
    assert said(day, 8) == number


def test_digits_are_read_singly_in_both_languages(day):
    for _ in range(12):
        number = day.take("A")
    day.do(c.Call, counter="1", number=number, reason="x")
    told = announcing.words(day.state, announcing.spoken(day.state, "lobby", day.now))
    assert told.zh == "请A零一二号到1号窗口办理"
    assert told.en == "Ticket A zero one two, please go to counter 1"


def test_screens_of_the_area_are_told_what_is_spoken_from_when_to_when(day):
    numbers = [day.take("A"), day.take("B")]
    assert [call(day, "1"), call(day, "2")] == numbers
    (area,) = day.hall.area
    first, second = projection.board(day.state, area, epoch=1, version=1).spoken
    assert (first.number, first.begins_at, second.begins_at) == (numbers[0], day.now, first.ends_at)
    assert "零零一号" in first.zh
