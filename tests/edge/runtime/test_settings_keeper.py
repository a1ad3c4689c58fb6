"""The keeper of settings by itself: a board that starts, is told, fails and starts again, on a clock of the test's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.runtime import gate
from edge.runtime.config import AgentSettings, Config, ConfigError, Hub
from edge.runtime.device import device_class
from edge.runtime.keeper import Site
from edge.runtime.settings_file import SettingsFile
from edge.runtime.settings_keeper import STARTS_MAX, SettingsKeeper
from wire import codec
from wire.messages import UpMessage
from wire.upkeep import Configured, Settings

SETTLE_S, TRIAL_S = 8.0, 60.0
REPEATER = device_class("repeater")
FILE: dict[str, Any] = {"driver": "simulated", "port": "/dev/ttyS0"}


class Board:
    """One with a serial line: `port` says how it is. `said`: what went up; `renewed`: it is to start anew."""

    def __init__(self, place: Path, **file: Any) -> None:
        self.place, self.file = place, {**FILE, **file}
        self.port: Callable[[dict[str, Any]], str] = lambda table: "open"
        self.now, self.said, self.reports = 0.0, list[Configured](), 0
        self.start()

    def start(self) -> None:
        """Until its loop runs."""
        agent = AgentSettings(state_dir=str(self.place), settle_s=SETTLE_S, trial_s=TRIAL_S)
        config = Config(hub=Hub("", "", ""), agent=agent, device=self.file)
        self.keeper = SettingsKeeper(REPEATER, config, monotonic=lambda: self.now)
        self.renewed, self.asked = False, ""
        self.table = self.keeper.config().device
        site = Site(self._ident, self._send, self._report, lambda: None, self._renew, ailing=self._ailing)
        self.keeper.begin(site, self.now)
        self.keeper.linked(self.now, True)

    def told(self, revision: int, version: int = 0, **device: Any) -> None:
        message = Settings(epoch=1, version=version or revision, revision=revision, device=device)
        self.keeper.take(self.now, codec.encode(message))
        self.keeper.tick(self.now)

    def pass_time(self, seconds: float, *, answered: bool = True) -> None:
        """The agent's loop; `answered`: the hub answers health reports."""
        end = self.now + seconds
        while not self.renewed and self.now < end:
            due = self.keeper.wake_at()
            self.now = min(end, max(self.now, due if due is not None else end))
            self.keeper.tick(self.now)
            if answered and self.asked:
                self.asked, ident = "", self.asked
                self.keeper.answered(self.now, ident)

    def hear(self) -> None:
        """The hub answers to everything."""
        for message in self.said:
            self.keeper.answered(self.now, message.id)

    @property
    def last(self) -> tuple[int, str, int]:
        return self.said[-1].revision, self.said[-1].outcome, self.said[-1].in_force

    def _ident(self) -> str:
        return f"b-k{len(self.said)}"

    def _send(self, message: UpMessage) -> bool:
        assert isinstance(message, Configured)
        self.said.append(message)
        return True

    def _report(self) -> str:
        self.reports += 1
        self.asked = f"b-h{self.reports}"
        return self.asked

    def _renew(self) -> None:
        self.renewed = True

    def _ailing(self) -> dict[str, str]:
        return gate.ailing(REPEATER.well, {"port": self.port(self.table), "sent": 3})


@pytest.fixture
def board(tmp_path: Path) -> Board:
    one = Board(tmp_path)
    one.pass_time(SETTLE_S)
    return one


def test_new_settings_are_tried_from_a_new_start_and_kept_after_an_answered_healthy_report(board: Board) -> None:
    board.told(1, star_level=3)
    assert board.renewed
    board.start()
    assert board.table["star_level"] == 3
    assert board.said == [], "not before it has proved itself"
    board.pass_time(SETTLE_S - 1)
    assert board.reports == 0, "the hardware may still be opening"
    board.pass_time(2)
    assert board.last == (1, "applied", 1)
    board.start()
    assert board.table["star_level"] == 3


def test_hardware_that_is_still_opening_is_not_taken_for_how_it_was_before(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.told(1, port="/dev/gone")
    assert not board.renewed, "the trial waits until it can be told what was well before it"
    board.pass_time(SETTLE_S)
    assert board.renewed


def test_a_port_that_was_open_and_is_not_any_more_brings_the_last_good_ones_back(board: Board) -> None:
    board.port = lambda table: "open" if table["port"] == "/dev/ttyS0" else "no such file"
    board.told(1, port="/dev/gone", star_level=3)
    board.start()
    board.pass_time(TRIAL_S + 1)
    assert board.renewed
    assert board.last == (1, "returned", 0)
    assert "no such file" in board.said[-1].problems["port"]
    board.start()
    assert board.table == FILE


def test_a_part_that_was_out_of_order_before_is_not_the_new_settings_fault(board: Board) -> None:
    board.port = lambda table: "no such file"
    board.told(1, star_level=3)
    board.start()
    board.pass_time(SETTLE_S + 1)
    assert board.last == (1, "applied", 1)


def test_without_the_hubs_answer_the_last_good_ones_come_back(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.pass_time(TRIAL_S + 1, answered=False)
    assert board.renewed
    board.start()
    assert board.table == FILE
    assert board.last == (1, "returned", 0)
    assert list(board.said[-1].problems) == ["hub"]


def test_a_hub_that_is_away_during_the_trial_is_waited_for_while_all_is_well(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.keeper.linked(board.now, False)
    board.pass_time(TRIAL_S * 3)
    assert not board.renewed
    board.keeper.linked(board.now, True)
    board.pass_time(3)
    assert board.last == (1, "applied", 1)


def test_but_not_for_ever_and_not_while_something_is_out_of_order(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.keeper.linked(board.now, False)
    board.pass_time(TRIAL_S * 12)
    assert board.renewed
    assert board.last == (1, "returned", 0)
    board.start()
    board.pass_time(SETTLE_S)
    board.port = lambda table: "open" if table["port"] == "/dev/ttyS0" else "no such file"
    board.told(2, port="/dev/gone")
    board.start()
    board.keeper.linked(board.now, False)
    board.pass_time(TRIAL_S + 1)
    assert list(board.said[-1].problems) == ["port"]


def test_an_agent_that_crashes_again_and_again_comes_back_with_the_last_good_ones(board: Board) -> None:
    board.told(1, star_level=3)
    for _ in range(STARTS_MAX):
        board.start()
        assert board.table["star_level"] == 3
    board.start()
    assert board.table == FILE
    assert board.last == (1, "returned", 0)


def test_a_driver_that_cannot_be_made_brings_them_back_at_once(board: Board) -> None:
    board.told(1, star_level=3)
    agent = AgentSettings(state_dir=str(board.place))
    keeper = SettingsKeeper(REPEATER, Config(hub=Hub("", "", ""), agent=agent, device=FILE))
    keeper.config()
    assert keeper.failed(RuntimeError("no such chip"))
    assert not keeper.failed(RuntimeError("again")), "that would not be the settings' fault"
    board.start()
    assert board.table == FILE
    assert "no such chip" in board.said[-1].problems["agent"]


def test_a_revision_that_was_returned_is_not_tried_again_and_a_higher_one_is(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.pass_time(TRIAL_S + 1, answered=False)
    board.start()
    board.told(1, star_level=3)
    board.pass_time(SETTLE_S * 3)
    assert not board.renewed
    board.told(2, star_level=3)
    assert board.renewed


def test_what_stays_unanswered_is_told_again_after_the_next_start(board: Board) -> None:
    board.told(1, star_level=9)
    assert board.last == (1, "refused", 0)
    board.start()
    assert board.last == (1, "refused", 0)
    assert len(board.said) == 2
    board.hear()
    board.start()
    assert len(board.said) == 2


def test_a_bad_item_is_named_and_the_others_are_in_force(board: Board) -> None:
    board.told(1, star_level=9, stuck_after=30)
    board.start()
    board.pass_time(SETTLE_S + 1)
    assert board.last == (1, "partly", 1)
    assert "≤ 5" in board.said[-1].problems["star_level"]
    assert board.table == {**FILE, "stuck_after": 30}


def test_settings_that_change_nothing_need_no_new_start(board: Board) -> None:
    board.told(1, port="/dev/ttyS0")
    assert not board.renewed
    assert board.last == (1, "applied", 1)


def test_a_newer_revision_takes_the_place_of_the_one_on_trial(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.told(2, star_level=4)
    assert board.renewed
    board.start()
    board.pass_time(SETTLE_S + 1)
    assert [(one.revision, one.outcome) for one in board.said] == [(2, "applied")]


def test_an_older_message_is_ignored(board: Board) -> None:
    board.told(2, version=7, port="/dev/ttyS0")
    board.told(1, version=6, star_level=3)
    assert not board.renewed


def test_a_board_that_was_moved_takes_the_settings_of_its_new_position_whatever_their_number(board: Board) -> None:
    board.told(9, star_level=3)
    board.start()
    board.pass_time(SETTLE_S + 1)
    board.told(0, version=10)
    assert board.renewed
    board.start()
    assert board.table == FILE


def test_a_position_without_settings_says_nothing_and_nothing_is_said(board: Board) -> None:
    board.told(0)
    board.pass_time(SETTLE_S * 2)
    assert (board.renewed, board.said, board.keeper.facts()) == (False, [], {})


def test_a_disk_that_takes_nothing_means_no_trial_and_is_told(board: Board) -> None:
    (board.place / "settings.new").mkdir()
    board.told(1, star_level=3)
    assert not board.renewed
    assert "settings.json" in str(board.keeper.facts()["settings_error"])
    board.start()
    assert board.table == FILE


def test_without_a_hub_a_start_takes_the_last_good_ones(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.pass_time(SETTLE_S + 1)
    board.start()
    board.keeper.linked(board.now, False)
    board.pass_time(3600, answered=False)
    assert board.table["star_level"] == 3
    assert not board.renewed


def test_a_file_of_the_boards_own_that_is_wrong_is_refused_unless_the_last_good_ones_put_it_right(tmp_path) -> None:
    with pytest.raises(ConfigError, match="star_level"):
        Board(tmp_path, star_level=9)
    board = Board(tmp_path)
    board.pass_time(SETTLE_S)
    board.told(1, star_level=3)
    board.start()
    board.pass_time(SETTLE_S + 1)
    board.file["star_level"] = 9
    board.start()
    assert board.table["star_level"] == 3


def test_the_trial_survives_a_power_cut_and_is_counted(board: Board) -> None:
    board.told(1, star_level=3)
    board.start()
    board.pass_time(SETTLE_S / 2)
    board.start()
    trial = SettingsFile(board.place).read().trial
    assert trial is not None
    assert trial.starts == 2
    board.pass_time(SETTLE_S + 1)
    assert board.last == (1, "applied", 1)
