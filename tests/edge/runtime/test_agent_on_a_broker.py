"""The whole agent over a real Mosquitto: views, presses, presence, and the kill -9 of its process."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.runtime import agent as agent_module
from tests.edge.runtime.board import Board
from tests.support.live import until
from wire import codec
from wire.messages import (
    Action,
    BoardView,
    CallerView,
    Handheld,
    Health,
    Relayed,
    RepeaterView,
    Reply,
    SignageView,
    WindowView,
)

CALLER = CallerView(epoch=1, version=5, counter="1", phase="called", number="A005")


def test_an_older_view_is_dropped_and_a_newer_epoch_is_taken(hub, agent):
    caller = agent("caller-1")
    hub.show("caller-1", CALLER)
    until(lambda: "A005" in caller.driver.display, "the view is shown")
    hub.show("caller-1", replace(CALLER, version=4, number="A004"))
    until(lambda: caller.stale_views == 1, "the older one is counted")
    assert "A005" in caller.driver.display
    hub.show("caller-1", replace(CALLER, epoch=2, version=1, number="A001"))
    until(lambda: "A001" in caller.driver.display, "a restored hub's first view is shown")
    hub.show("caller-1", CALLER)
    until(lambda: caller.stale_views == 2, "one of the lost epoch is not")
    assert "A001" in caller.driver.display


def test_what_cannot_be_read_is_counted_and_the_next_view_is_shown(hub, agent):
    caller = agent("caller-1")
    until(lambda: hub.messages(Health), "the caller is there")
    hub.say("caller-1", "view", b"\xff{")
    hub.say("caller-1", "from-the-future", b"{}")
    until(lambda: caller.bad_messages == 2, "both are counted")
    hub.show("caller-1", CALLER)
    until(lambda: "A005" in caller.driver.display, "the view is shown")


@pytest.mark.parametrize("area", ["lobby", "reply", "view"])
def test_a_board_is_taken_for_a_board_whatever_its_area_is_called(hub, agent, area):
    player = agent("led-window-1")  # any agent that follows a board will do: this one is told to
    until(lambda: hub.messages(Health), "the agent is there")
    player._link.follow(f"tingxu/1/board/small/{area}")
    hub.board(BoardView(epoch=1, version=3, hall="small", area=area, title="一", english="one"))
    until(lambda: player._shown.get(f"tingxu/1/board/small/{area}") == (1, 3), "the board is taken")
    assert player.bad_messages == 0


def test_a_press_while_the_hub_is_away_is_refused_at_the_keypad_and_never_sent(hub, agent):
    caller = agent("caller-1")
    hub.show("caller-1", replace(CALLER, phase="idle", number=""))
    until(lambda: "空闲" in caller.driver.display, "the view is shown")
    hub.listen(False)
    until(lambda: "离线" in caller.driver.display, "the keypad says that it is offline")
    caller.driver.press("call-next")
    until(lambda: caller.state.offline == 1, "the press was noticed")
    hub.listen(True)
    until(lambda: caller.state.noticed is None and "离线" not in caller.driver.display, "the keypad is back")
    caller.driver.press("recall")
    until(lambda: hub.messages(Action), "a press is heard")
    assert [action.verb for action in hub.messages(Action)] == ["recall"]


def test_a_press_expires_on_its_way_and_what_must_arrive_does_not(hub, agent):
    caller = agent("caller-1", expires_s=7.0)
    until(lambda: caller.state.online, "the link is up")
    caller.driver.press("call-next")
    until(lambda: hub.messages(Action), "the press is heard")
    assert {expiry for _, message, expiry in hub.heard if isinstance(message, Action)} == {7}
    assert {expiry for _, message, expiry in hub.heard if isinstance(message, Health)} == {None}


def test_a_press_that_a_repeater_passes_on_expires_as_well(hub, agent):
    repeater = agent("repeater-1")
    keypad = repeater.driver.radio.keypad(5)
    hub.show("repeater-1", RepeaterView(epoch=1, version=1, handhelds=(Handheld(address=5, view=CALLER),)))
    until(lambda: keypad.display.number == "005", "the handheld shows its view")
    keypad.press("recall")
    until(lambda: hub.messages(Relayed), "the press is heard")
    assert {expiry for _, message, expiry in hub.heard if isinstance(message, Relayed)} == {10}


def test_health_tells_of_the_runtime_and_its_answer_is_not_for_the_logic(hub, agent):
    evaluator = agent("evaluator-1")
    until(lambda: hub.messages(Health), "health is told")
    (health, *_) = hub.messages(Health)
    assert (health.device["connects"], health.device["bad_messages"], health.device["stale_views"]) == (1, 0, 0)
    assert "journal" not in health.device
    assert health.disk_free_mb
    hub.reply("evaluator-1", health.id, code="no-position")
    hub.reply("evaluator-1", "another", code="no-such-ask")
    until(lambda: evaluator.state.refused, "the logic hears of a refusal")
    assert evaluator.state.refused == 1


def test_the_clock_is_the_hubs(hub, agent):
    window = agent("led-window-1")
    until(lambda: hub.messages(Health), "health is told")
    sent = hub.messages(Health)[-1]
    ahead = datetime(2031, 5, 1, tzinfo=UTC)
    hub.say("led-window-1", "reply", codec.encode(Reply(to=sent.id, ok=True, at=ahead)))
    until(lambda: window._clock.now() > ahead.timestamp() - 60, "the clock is put right")
    until(lambda: hub.messages(Health)[-1].at.year == 2031, "and the next report says so")


def test_a_killed_process_is_offline_for_everybody_and_online_again_after_its_start(hub, site):
    """Its last will: nobody has to notice by himself."""
    board = Board(site.identity("evaluator-1").directory, site.port)
    try:
        until(lambda: hub.online.get("evaluator-1"), "it is online")
        board.kill()
        until(lambda: hub.online["evaluator-1"] is False, "it is offline")
        board.start()
        until(lambda: hub.online["evaluator-1"], "it is online again")
    finally:
        board.kill()


def test_an_input_that_fails_costs_itself_alone(hub, agent, monkeypatch):
    window = agent("led-window-1")
    until(lambda: window.driver.shown, "the window says something")
    perform, failed = window.driver.perform, []

    def fail(effect):
        failed.append(effect)
        raise RuntimeError("planted")

    monkeypatch.setattr(window.driver, "perform", fail)
    view = WindowView(epoch=1, version=1, counter="1", counter_name="1号窗口", phase="called", number="A001", calls=1)
    hub.show("led-window-1", view)
    until(lambda: failed, "an input fails")
    monkeypatch.setattr(window.driver, "perform", perform)
    hub.show("led-window-1", replace(view, version=2, number="A002", calls=1))
    until(lambda: window.driver.shown == "A002", "the next is done")


def test_what_is_overdue_and_always_fails_does_not_take_the_whole_processor(hub, agent, monkeypatch):
    """A Tick that raises is due again at once; the loop then pauses, and still takes what comes."""
    caller = agent("caller-1")
    until(lambda: caller.state.online, "the link is up")
    ticks, paused = [], []

    class Broken:
        def __getattr__(self, name):
            return getattr(logic, name)

        def wake_at(self, state):
            return 0.0

        def react(self, state, event):
            if type(event).__name__ == "Tick":
                ticks.append(event)
                raise RuntimeError("planted")
            return logic.react(state, event)

    logic, get = caller._logic, caller._inbox.get

    class Inbox:
        put = caller._inbox.put

        def get(self, timeout):
            paused.append(timeout)
            return get(timeout=timeout)

    caller._inbox, caller._logic = Inbox(), Broken()
    caller.driver.press("recall")
    until(lambda: len(ticks) >= 2, "ticks fail")
    hub.show("caller-1", CALLER)
    until(lambda: caller.state.view is not None, "a view is taken all the same")
    assert paused[1:].count(agent_module._ERROR_PAUSE_S) >= 1
    caller._logic = logic


def test_signage_follows_its_board(hub, agent, tmp_path):
    player = agent("signage-player-1", media_dir=str(tmp_path / "media"), width=640, height=360)
    hub.show("signage-player-1", SignageView(epoch=1, version=1, hall="small", area="lobby"))
    hub.board(BoardView(epoch=1, version=1, hall="small", area="lobby", title="大厅", english="Lobby"))
    until(lambda: len(player._shown) == 2, "the board comes after the view")
