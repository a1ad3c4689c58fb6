"""Ratings between real agents and a hub, over a real broker: for their own ticket, by the first press, once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edge.evaluator.events import Chosen, Ticked
from edge.runtime.agent import Agent
from halls.format import Position
from hub.domain import commands as c
from hub.domain import events as e
from tests.support.day import small_hall
from tests.support.live import LiveHall, until


class TwoEvaluators(LiveHall):
    """The small hall with a second evaluator at counter 1, as at most counters of a large one."""

    def __init__(self, directory: Path) -> None:
        hall = small_hall()
        second = Position(id="evaluator-1b", kind="evaluator", area="lobby", counter="1")
        super().__init__(directory, replace(hall, position=(*hall.position, second)))
        self._done = 0

    def do(self, kind: type[c.Command], **fields: Any) -> None:
        self._done += 1
        command = kind(id=f"t{self._done}", at=datetime.now(UTC), by="test", **fields)
        assert self.run(self.desk.handle(self.name, command)).refused is None

    def serve_one(self) -> None:
        """From the ticket to the question."""
        self.do(c.TakeTicket, service="A")
        self.do(c.CallNext, counter="1")
        self.do(c.End, counter="1")

    def level(self, number: str) -> int:
        return int(self.desk.today(self.name).tickets[number].level)

    def logged(self, kind: type[e.Event]) -> list[Any]:
        return [one.event for one in self.run(self.desk.since(0)) if isinstance(one.event, kind)]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoEvaluators]:
    hall = TwoEvaluators(tmp_path)
    hall.do(c.SignOn, counter="1")
    yield hall
    hall.close()


def asks(agent: Agent) -> bool:
    return len(agent.driver.lamps.lit) == 5


def delivered(*agents: Agent) -> None:
    for agent in agents:
        until(lambda agent=agent: len(agent._outbox) == 0, f"the hub has answered {agent.device}")


def test_a_press_is_for_the_ticket_that_was_asked_about_though_the_next_is_served_already(two: TwoEvaluators) -> None:
    evaluator = two.agent("evaluator-1")
    two.serve_one()
    until(lambda: asks(evaluator), "the evaluator asks")
    two.do(c.TakeTicket, service="A")
    two.do(c.CallNext, counter="1")
    two.do(c.Serve, counter="1")
    until(lambda: evaluator.state.view.phase == "serving", "the evaluator knows that the next is there")
    assert asks(evaluator), "and still asks the one before"
    evaluator.driver.press(4)
    until(lambda: two.level("A001") == 4, "it is in the log")
    assert two.level("A002") == 0


def test_the_first_rating_at_any_evaluator_of_a_counter_ends_the_question_at_the_others(two: TwoEvaluators) -> None:
    one, other = two.agent("evaluator-1"), two.agent("evaluator-1b")
    two.serve_one()
    until(lambda: asks(one) and asks(other), "both ask")
    other.driver.press(2)
    until(lambda: not asks(one), "the first is dark again")
    one.driver.press(5)
    delivered(one, other)
    until(lambda: one.state.unasked == 1, "a press there is one that nobody asked for")
    assert [rated.level for rated in two.logged(e.Rated)] == [2]
    assert other.state.refused == 0


def test_pressed_at_both_while_the_hub_was_away_one_counts_and_both_are_delivered(two: TwoEvaluators) -> None:
    one, other = two.agent("evaluator-1"), two.agent("evaluator-1b")
    two.serve_one()
    until(lambda: asks(one) and asks(other), "both ask")
    two.stop_hub()
    until(lambda: not one._up and not other._up, "both know that the hub is away")
    one.driver.press(5)
    other.driver.press(1)
    until(lambda: one.driver.lamps.blinking and other.driver.lamps.blinking, "both thank")
    two.start_hub()
    delivered(one, other)
    (rated,) = two.logged(e.Rated)
    assert two.level("A001") == rated.level
    until(lambda: one.state.refused + other.state.refused == 1, "the other one is told")
    assert len(two.logged(e.Refused)) == 1


def test_reasons_are_logged_with_the_rating_that_they_are_for(two: TwoEvaluators) -> None:
    evaluator = two.agent("evaluator-1", page={"port": 0, "reasons_s": 0.5})
    two.serve_one()
    ask = until(lambda: evaluator.state.asking, "the page asks").ask.id
    evaluator._inbox.put(lambda at: Chosen(at=at, ask=ask, level=2))
    evaluator._inbox.put(lambda at: Ticked(at=at, ask=ask, code="213", on=True))
    until(lambda: two.logged(e.ReasonsGiven), "what was ticked goes by itself")
    delivered(evaluator)
    (rated,), (given,) = two.logged(e.Rated), two.logged(e.ReasonsGiven)
    assert (given.rating, given.number, given.reasons) == (rated.command, "A001", ("213",))
    assert two.refusals == []


def test_reasons_given_without_the_hub_follow_their_rating_when_it_is_back(two: TwoEvaluators) -> None:
    evaluator = two.agent("evaluator-1", page={"port": 0, "reasons_s": 0.5})
    two.serve_one()
    ask = until(lambda: evaluator.state.asking, "the page asks").ask.id
    two.stop_hub()
    until(lambda: not evaluator._up, "the hub is away")
    evaluator._inbox.put(lambda at: Chosen(at=at, ask=ask, level=5))
    evaluator._inbox.put(lambda at: Ticked(at=at, ask=ask, code="517", on=True))
    until(lambda: len(evaluator._outbox) == 2, "both are on disk")
    two.start_hub()
    delivered(evaluator)
    assert [rated.level for rated in two.logged(e.Rated)] == [5]
    assert [given.reasons for given in two.logged(e.ReasonsGiven)] == [("517",)]
