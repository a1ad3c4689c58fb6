"""A rating reaches the hub exactly once: over an absent hub, a killed agent, a refusal, and a full disk."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from edge.runtime import agent as agent_module
from edge.runtime.outbox import Entry, Outbox
from hub.domain import commands as c
from hub.domain.events import Rated
from tests.edge.runtime.board import Board
from tests.support.live import LiveHall, until
from wire import codec
from wire.messages import Ask, EvaluatorView, Health, Rating


def view(ask: str | None, version: int = 1) -> EvaluatorView:
    until_at = datetime.now(UTC) + timedelta(seconds=60)
    asked = None if ask is None else Ask(id=ask, number="A001", until=until_at)
    return EvaluatorView(epoch=1, version=version, counter="1", counter_name="1号窗口", phase="serving", ask=asked)


@pytest.fixture
def board(site) -> Iterator[Board]:
    one = Board(site.identity("evaluator-1").directory, site.port)
    yield one
    one.kill()


def test_a_rating_given_while_the_hub_was_away_is_in_its_log_once_though_the_agent_was_killed_meanwhile(tmp_path):
    hall = LiveHall(tmp_path)
    board = Board(hall.identity("evaluator-1").directory, hall.port)
    try:
        ask(hall)
        until(lambda: len(board.look()["lit"]) == 5, "the evaluator asks")
        hall.stop_hub()
        until(lambda: not board.look()["up"], "the evaluator knows that the hub is away")
        board.tell("press", 2)
        until(lambda: board.look()["blinking"] == [2], "the citizen is thanked")
        board.kill()
        board.start()
        assert board.look()["outbox"] == 1
        hall.start_hub()
        until(lambda: board.look()["outbox"] == 0, "the hub has answered")
        assert hall.desk.today("small").tickets["A001"].level == 2
        rated = [one.event for one in hall.run(hall.desk.since(0)) if isinstance(one.event, Rated)]
        assert [event.level for event in rated] == [2]
    finally:
        board.kill()
        hall.close()


def ask(hall: LiveHall) -> None:
    """One citizen from the ticket to the question."""
    about = {"at": datetime.now(UTC), "by": "test"}
    for command in (
        c.SignOn(id="1", counter="1", **about),
        c.TakeTicket(id="2", service="A", **about),
        c.CallNext(id="3", counter="1", **about),
        c.Serve(id="4", counter="1", **about),
        c.End(id="5", counter="1", **about),
    ):
        hall.run(hall.desk.handle("small", command))


def test_what_the_hub_refuses_is_not_sent_for_ever(hub, agent, site):
    evaluator = agent("evaluator-1")
    hub.show("evaluator-1", view("q1"))
    until(lambda: evaluator.driver.lamps.lit, "the evaluator asks")
    evaluator.driver.press(5)
    rating, *again = until(lambda: hub.messages(Rating), "the rating is heard")
    assert all(one == rating for one in again), "on a slow disk it may have been sent twice by now"
    hub.reply("evaluator-1", rating.id, code="no-such-ask")
    until(lambda: len(evaluator._outbox) == 0, "the entry is gone")
    assert Outbox(site.directory / "boards" / "evaluator-1" / "outbox.journal").pending() == []


def test_what_the_hub_says_nothing_to_is_kept_and_sent_again_with_its_id(hub, agent, monkeypatch):
    monkeypatch.setattr(agent_module, "_RESEND_S", 0.2)
    evaluator = agent("evaluator-1")
    hub.show("evaluator-1", view("q1"))
    until(lambda: evaluator.driver.lamps.lit, "the evaluator asks")
    evaluator.driver.press(4)
    until(lambda: len(hub.messages(Rating)) >= 4, "it comes again and again")
    assert len({rating.id for rating in hub.messages(Rating)}) == 1
    assert len(evaluator._outbox) == 1
    hub.reply("evaluator-1", hub.messages(Rating)[0].id)
    until(lambda: len(evaluator._outbox) == 0, "an answer ends it")


def test_entries_of_an_earlier_life_go_out_in_their_order_as_soon_as_the_hub_listens(hub, site):
    directory = site.identity("evaluator-1").directory
    earlier = Outbox(directory / "outbox.journal")
    ratings = [Rating(id=f"old-{n}", ask=f"q{n}", level=5, at=datetime.now(UTC)) for n in range(50)]
    for rating in ratings:
        earlier.add(Entry(rating.id, "rating", codec.encode(rating)))
    earlier.close()
    board = Board(directory, site.port)
    try:
        until(lambda: len(hub.messages(Rating)) >= 50, "all of them come")
        assert hub.messages(Rating)[:50] == ratings
        for rating in ratings:
            hub.reply("evaluator-1", rating.id)
        until(lambda: board.look()["outbox"] == 0, "all of them are answered")
    finally:
        board.kill()


def test_on_a_full_disk_nobody_is_thanked_and_the_citizen_may_press_again(hub, board):
    hub.show("evaluator-1", view("q1"))
    until(lambda: len(board.look()["lit"]) == 5, "the evaluator asks")
    hub.listen(False)
    until(lambda: not board.look()["up"], "the hub is away")
    board.tell("disk", "full")
    board.tell("press", 3)
    until(lambda: board.look()["journal"], "the disk takes nothing")
    assert board.look()["outbox"] == 0
    board.tell("disk", "free")
    until(lambda: board.look()["lit"] == [5, 4, 3, 2, 1], "the evaluator still asks")
    board.tell("press", 1)
    until(lambda: board.look()["blinking"] == [1], "once there is room, the citizen is thanked")
    hub.listen(True)
    until(lambda: hub.messages(Rating), "the rating comes")
    assert [rating.level for rating in hub.messages(Rating)] == [1]


def test_on_a_full_disk_a_listening_hub_gets_the_rating_and_health_says_what_the_disk_said(hub, board):
    hub.show("evaluator-1", view("q1"))
    until(lambda: len(board.look()["lit"]) == 5, "the evaluator asks")
    until(lambda: board.look()["up"], "it knows that the hub listens")  # the question may come before that
    board.tell("disk", "full")
    board.tell("press", 5)
    (rating,) = until(lambda: hub.messages(Rating), "the rating is published once")
    journal = until(lambda: hub.messages(Health)[-1].device.get("journal"), "health says why it is not journaled")
    assert "outbox.journal: File too large" in journal
    assert board.look()["lit"] == [5, 4, 3, 2, 1], "no thanks yet: nobody is sure"
    hub.reply("evaluator-1", rating.id)
    until(lambda: board.look()["blinking"] == [5], "the hub is sure, and the citizen thanked")
    board.tell("disk", "free")
    hub.show("evaluator-1", view("q2", version=2))
    until(lambda: len(board.look()["lit"]) == 5, "the next is asked")
    board.tell("press", 4)
    until(lambda: len(hub.messages(Rating)) == 2, "the next rating comes")
    until(lambda: hub.messages(Health)[-1].id and "journal" not in hub.messages(Health)[-1].device, "all is well again")
