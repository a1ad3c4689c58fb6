"""What the screens of an area show of the day."""

from hub.domain import commands as c
from hub.domain import projection
from tests.support.day import Script


def shown(day: Script) -> list[tuple[str, str]]:
    return [(call.number, call.phase) for call in projection.area_calls(day.state, day.hall.area[0])]


def call(day: Script, counter: str) -> None:
    day.do(c.CallNext, counter=counter)


def test_the_newest_call_stands_first_and_a_served_one_stays_for_those_who_look_up_late():
    day = Script()
    day.sign_on("1", "1001")
    day.sign_on("2", "1002")
    day.take("A")
    day.take("B")
    call(day, "1")
    day.do(c.Serve, counter="1")
    day.do(c.End, counter="1")
    call(day, "2")
    assert shown(day) == [("B001", "called"), ("A001", "ended")]


def test_a_no_show_leaves_the_board():
    day = Script()
    day.sign_on("1", "1001")
    day.take("A")
    call(day, "1")
    for _ in range(2):
        day.wait(5)
        day.do(c.Recall, counter="1")
    day.do(c.NoShow, counter="1")
    assert shown(day) == []


def test_a_recall_brings_a_call_to_the_top_again():
    day = Script()
    day.sign_on("1", "1001")
    day.sign_on("2", "1002")
    day.take("A")
    day.take("B")
    call(day, "1")
    call(day, "2")
    day.wait(5)
    day.do(c.Recall, counter="1")
    assert shown(day) == [("A001", "called"), ("B001", "called")]
