"""Tickets named by their digits alone."""

import pytest
from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import words
from tests.support.day import Script


@pytest.fixture
def day() -> Script:
    script = Script()
    script.sign_on("1", "1001")
    script.sign_on("2", "1002")
    return script


def test_digits_alone_name_the_one_ticket_that_waits_here_and_has_them(day):
    """Keypads have no letters; what another counter serves, or does not wait, is not meant."""
    counters = tuple(replace(one, services=("B",)) if one.id == "2" else one for one in day.state.hall.counter)
    day.state = replace(day.state, hall=replace(day.state.hall, counter=counters))
    assert [day.take("A"), day.take("B")] == ["A001", "B001"]
    assert day.refused(c.Call, counter="2", number="2", reason="x") == "unknown-ticket"
    assert day.do(c.Call, counter="2", number="01", reason="x")[-1].number == "B001"
    day.do(c.Park, counter="2")
    assert day.refused(c.Call, counter="2", number="1", reason="x") == "unknown-ticket"
    assert day.do(c.Return, counter="2", number="1")[-1].number == "B001"


def test_digits_that_two_tickets_have_are_refused_with_both(day):
    first, second = day.state.place("1").services[:2]
    day.take(first), day.take(second)
    assert day.refused(c.Call, counter="1", number="1", reason="x") == "which-ticket"
    assert words.refusal("which-ticket", f"{first}001、{second}001").zh == f"请输完整号码：{first}001、{second}001"
    for _ in range(2):
        day.do(c.CallNext, counter="1")
        day.do(c.Park, counter="1")
    assert day.refused(c.Return, counter="1", number="001") == "which-ticket"
