"""The board and the voice in step, self-tests and the clock, through the logic: inputs in, screens and effects out."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, ReportHealth, Send, Tick
from edge.signage_player import logic
from edge.signage_player.announcements import Announce, Begun, Said, Speak, VoiceFound
from edge.signage_player.logic import ShowBoard, State
from edge.signage_player.settings import Settings
from edge.signage_player.trials import Photograph, Photographed
from wire.messages import BoardCall, BoardView, Emergency, SignageView, Spoken
from wire.orders import Done, SelfTest

Call = Callable[..., BoardCall]
BASE = 1_767_600_000.0  # 2026-01-05 16:00 in Beijing


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(BASE + at, UTC)


def spoken(call: BoardCall, begins: float, ends: float) -> Spoken:
    return Spoken(
        number=call.number,
        counter=call.counter,
        zh=f"请{call.number}",
        en=call.number,
        begins_at=moment(begins),
        ends_at=moment(ends),
    )


class Screen:
    """Drives the logic; `effects` are those of the last input."""

    def __init__(self, *, announces: bool = True, **settings: object) -> None:
        self.state: State = logic.start(Context("tv-01", "b00t"), Settings(**settings))  # type: ignore[arg-type]
        self.effects: list[Effect] = []
        self.version = 0
        self(Tick(at=BASE))
        view = SignageView(epoch=1, version=1, hall="h", area="f2", announces=announces, utc_offset_s=28800)
        self(Arrived(at=BASE, message=view))
        self(LinkChanged(at=BASE, up=True))

    def __call__(self, event: Input) -> list[Effect]:
        self.state, self.effects = logic.react(self.state, event)
        return self.effects

    def board(self, at: float, *calls: BoardCall, say: tuple[Spoken, ...] = ()) -> list[Effect]:
        self.version += 1
        board = BoardView(
            epoch=1, version=self.version, hall="h", area="f2", title="二层", english="2", calls=calls, spoken=say
        )
        return self(Arrived(at=BASE + at, message=board))

    def tick(self, at: float) -> list[Effect]:
        return self(Tick(at=BASE + at))

    @property
    def numbers(self) -> list[str]:
        assert self.state.screen is not None
        return [call.number for call in self.state.screen.calls]

    def speaks(self) -> list[str]:
        return [effect.id for effect in self.effects if isinstance(effect, Speak)]

    @property
    def lit(self) -> tuple[bool, tuple[str, str] | None]:
        assert self.state.screen is not None
        return self.state.screen.lit, self.state.screen.blinking


def test_a_new_row_comes_when_its_voice_begins(call: Call) -> None:
    screen, old, new = Screen(), call("A001"), call("A002", "4")
    screen.board(1, old)
    screen.board(10, new, old, say=(spoken(new, 10, 22),))
    assert screen.speaks() == ["call:1"]
    assert screen.numbers == ["A001"]
    screen(Begun(at=BASE + 10.3, id="call:1"))
    assert screen.numbers == ["A002", "A001"]
    assert screen.lit == (True, None)


def test_a_row_does_not_wait_long_for_a_voice_that_does_not_come(call: Call) -> None:
    screen, old, new = Screen(), call("A001"), call("A002", "4")
    screen.board(1, old)
    screen.board(10, new, old, say=(spoken(new, 10, 22),))
    assert logic.wake_at(screen.state) == pytest.approx(BASE + 11.5)
    screen.tick(11.5)
    assert screen.numbers == ["A002", "A001"]
    assert screen.lit == (True, None)


def test_a_voice_that_fails_lets_the_row_go_at_once_and_is_told(call: Call) -> None:
    screen, old, new = Screen(), call("A001"), call("A002", "4")
    screen.board(1, old)
    screen.board(10, new, old, say=(spoken(new, 10, 22),))
    effects = screen(Said(at=BASE + 10.1, id="call:1", ok=False, text="no sound"))
    assert ReportHealth() in effects
    assert screen.numbers == ["A002", "A001"]
    assert logic.facts(screen.state)["missed"] == 1


def test_a_screen_that_does_not_announce_waits_for_nothing(call: Call) -> None:
    screen, old, new = Screen(announces=False), call("A001"), call("A002", "4")
    screen.board(1, old)
    screen.board(10, new, old, say=(spoken(new, 10, 22),))
    assert screen.numbers == ["A002", "A001"]
    assert screen.lit == (True, None)
    assert screen.speaks() == []


def test_without_a_loudspeaker_a_screen_does_not_announce_whatever_the_hub_says(call: Call) -> None:
    screen, new = Screen(sound=False), call("A002", "4")
    screen.board(10, new, say=(spoken(new, 10, 22),))
    assert screen.speaks() == []
    assert logic.facts(screen.state)["announces"] is False


def test_the_row_that_is_being_said_blinks_though_another_is_newer(call: Call) -> None:
    screen, first, second = Screen(), call("A001"), call("A002", "4")
    screen.board(1)
    say = (spoken(first, 10, 22), spoken(second, 22, 34))
    screen.board(10, first, say=say[:1])
    screen(Begun(at=BASE + 10.2, id="call:1"))
    screen.board(10.4, second, first, say=say)
    screen.tick(11.9)
    assert screen.numbers == ["A002", "A001"]
    screen(Said(at=BASE + 21, id="call:1", ok=True))
    screen.tick(22)
    assert screen.speaks() == ["call:2"]
    screen(Begun(at=BASE + 22.2, id="call:2"))
    assert screen.lit == (True, None)
    screen.board(23, call("A003", "5"), second, first, say=(say[1], spoken(call("A003", "5"), 34, 46)))
    screen.tick(24.2)
    assert screen.numbers == ["A002", "A001"]
    screen.tick(24.5)
    assert screen.numbers == ["A003", "A002", "A001"]


def test_a_recall_leaves_its_row_where_it_is_and_blinks_with_the_voice(call: Call) -> None:
    screen, one = Screen(), call("A001")
    screen.board(1, one)
    again = call("A001", calls=2)
    screen.board(10, again, say=(spoken(again, 10, 22),))
    assert (screen.numbers, screen.lit[0]) == (["A001"], False)
    screen(Begun(at=BASE + 10.2, id="call:1"))
    assert screen.lit[0] is True


def test_a_hub_that_restarts_in_the_middle_of_a_sentence_changes_nothing_of_it(call: Call) -> None:
    """The link goes and comes, the same views come again: each is said once, and none is left out."""
    screen, first, second = Screen(), call("A001"), call("A002", "4")
    say = (spoken(first, 10, 22), spoken(second, 22, 34))
    screen.board(10, second, first, say=say)
    assert screen.speaks() == ["call:1"]
    screen(LinkChanged(at=BASE + 12, up=False))
    screen(Said(at=BASE + 21, id="call:1", ok=True))
    screen.tick(22)
    assert screen.speaks() == []  # nobody knows what the hub has another say meanwhile
    screen(LinkChanged(at=BASE + 24, up=True))
    assert screen.speaks() == ["call:2"]
    screen.board(24.1, second, first, say=say)
    screen(Said(at=BASE + 35, id="call:2", ok=True))
    screen.tick(40)
    assert logic.facts(screen.state)["spoken"] == 2


def test_a_power_cut_in_the_middle_of_a_sentence_has_it_said_again_whole(call: Call) -> None:
    """Nobody knows how much of it was heard, nor whether another screen was quick: it is said after its time."""
    screen, one = Screen(), call("A001")
    screen.board(10, one, say=(spoken(one, -2, 12),))
    assert screen.speaks() == []
    screen.tick(12)
    assert screen.speaks() == ["call:1"]


def test_a_clock_that_was_a_day_ahead_and_is_set_right_silences_nobody(call: Call) -> None:
    """A board hears its view before its first report is answered, by which its clock is set."""
    screen, first, second = Screen(), call("A001"), call("A002")
    screen(Arrived(at=BASE + 1, message=replace(screen.state.view, version=2, announces=False)))
    screen(Arrived(at=BASE + 86400, message=replace(screen.state.view, version=3, announces=True)))
    screen.board(86401, first)
    screen.board(9, second, first, say=(spoken(second, 10, 22),))
    screen.tick(10)
    assert screen.speaks() == ["call:1"]


def test_an_emergency_is_not_talked_over(call: Call) -> None:
    screen, one = Screen(), call("A001")
    alarm = Emergency(id="e1", zh="请离开", en="Leave")
    screen(Arrived(at=BASE + 5, message=replace(screen.state.view, version=2, emergency=alarm)))
    screen.board(10, one, say=(spoken(one, 10, 22),))
    assert screen.speaks() == []


def test_that_there_is_a_voice_is_told_at_once() -> None:
    assert ReportHealth() in Screen()(VoiceFound(at=BASE + 1))


def test_to_announce_or_not_is_told_to_the_loudspeaker_once() -> None:
    screen = Screen(announces=False)
    view = SignageView(epoch=1, version=2, hall="h", area="f2", announces=True)
    assert Announce(True) in screen(Arrived(at=BASE + 5, message=view))
    assert Announce(True) not in screen(Arrived(at=BASE + 6, message=view))
    off = SignageView(epoch=1, version=3, hall="h", area="f2")
    assert Announce(False) in screen(Arrived(at=BASE + 7, message=off))


def test_in_quiet_hours_the_board_changes_at_once_and_nothing_is_said(call: Call) -> None:
    screen, new = Screen(quiet_from="15:30", quiet_until="17:00"), call("A002", "4")
    screen.board(1)
    screen.board(10, new, say=(spoken(new, 10, 22),))
    assert screen.speaks() == []
    assert screen.numbers == ["A002"]


# The clock.


def test_the_board_has_the_halls_clock_and_wakes_for_the_next_minute() -> None:
    screen = Screen()
    screen.board(1)
    assert screen.state.screen is not None
    assert screen.state.screen.clock is not None
    assert (screen.state.screen.clock.time, screen.state.screen.clock.day) == ("16:00", "1月5日 星期一")
    assert logic.wake_at(screen.state) == BASE + 60
    screen.tick(60)
    assert screen.state.screen.clock is not None
    assert screen.state.screen.clock.time == "16:01"


def test_without_the_hub_the_clock_goes_on(call: Call) -> None:
    screen = Screen()
    screen.board(1, call("A001"))
    screen(LinkChanged(at=BASE + 2, up=False))
    screen.tick(3600)
    assert screen.state.screen is not None
    assert screen.state.screen.notice
    assert screen.state.screen.clock is not None
    assert screen.state.screen.clock.time == "17:00"


def test_a_board_that_believes_it_is_1970_shows_no_clock() -> None:
    state = logic.start(Context("tv-01", "b"), Settings())
    view = SignageView(epoch=1, version=1, hall="h", area="f2", utc_offset_s=28800)
    state, _ = logic.react(state, Arrived(at=100.0, message=view))
    assert state.screen is not None
    assert state.screen.clock is None


# Self-tests.


def order(test: str, at: float = 10) -> Arrived:
    return Arrived(at=BASE + at, message=SelfTest(id="o1", test=test, at=moment(at)))


def answers(effects: list[Effect]) -> list[Done]:
    return [one.message for one in effects if isinstance(one, Send) and isinstance(one.message, Done)]


def test_the_pattern_is_shown_photographed_and_gone_after_ten_seconds(call: Call) -> None:
    screen = Screen()
    screen.board(1, call("A001"))
    effects = screen(order("pattern"))
    assert [type(effect) for effect in effects] == [ShowBoard, Photograph]
    assert screen.state.screen == ShowBoard(pattern="tv-01 h/f2")
    (answer,) = answers(screen(Photographed(at=BASE + 10.5, id="o1", ok=True, picture="x", text="y")))
    assert (answer.to, answer.ok, answer.picture, answer.text) == ("o1", True, "x", "y")
    screen.tick(20)
    assert screen.numbers == ["A001"]


def test_a_call_ends_the_pattern_at_once(call: Call) -> None:
    screen = Screen(announces=False)
    screen.board(1, call("A001"))
    screen(order("pattern"))
    screen.board(12, call("A002", "4"), call("A001"))
    assert screen.numbers == ["A002", "A001"]


def test_a_board_without_a_new_call_leaves_the_pattern(call: Call) -> None:
    screen = Screen()
    screen.board(1, call("A001"))
    screen(order("pattern"))
    screen.board(12, call("A001"))
    assert screen.state.screen is not None
    assert screen.state.screen.pattern


def test_a_screenshot_changes_nothing_on_the_screen(call: Call) -> None:
    screen = Screen()
    screen.board(1, call("A001"))
    assert screen(order("screenshot")) == [Photograph("o1")]
    (answer,) = answers(screen(Photographed(at=BASE + 11, id="o1", ok=False, text="why")))
    assert (answer.ok, answer.text) == (False, "why")


def test_a_player_that_does_not_answer_fails_the_test_in_words() -> None:
    screen = Screen()
    screen(order("screenshot"))
    (answer,) = answers(screen.tick(36))
    assert (answer.ok, "没有回应" in answer.text) == (False, True)
    assert answers(screen(Photographed(at=BASE + 40, id="o1", ok=True, picture="x"))) == []


def test_the_sound_test_speaks_and_a_call_waits_until_it_is_said(call: Call) -> None:
    screen, new = Screen(), call("A002", "4")
    screen.board(1)
    (speak,) = [one for one in screen(order("sound")) if isinstance(one, Speak)]
    assert (speak.zh, speak.times) == ("测试", 1)
    screen.board(10.5, new, say=(spoken(new, 10.5, 22),))
    assert screen.speaks() == []
    (answer,) = answers(screen(Said(at=BASE + 12, id=speak.id, ok=True)))
    assert answer.ok
    assert screen.speaks() == ["call:1"]


def test_a_sound_test_on_a_screen_that_does_not_announce_is_answered_too() -> None:
    screen = Screen(announces=False)
    (speak,) = [one for one in screen(order("sound")) if isinstance(one, Speak)]
    (answer,) = answers(screen(Said(at=BASE + 12, id=speak.id, ok=False, text="没有声音")))
    assert (answer.ok, answer.text) == (False, "没有声音")


def test_ids_of_answers_are_never_used_twice() -> None:
    screen, found = Screen(), set()
    for number in range(3):
        message = SelfTest(id=f"o{number}", test="screenshot", at=moment(1))
        screen(Arrived(at=BASE + 1, message=message))
        (answer,) = answers(screen(Photographed(at=BASE + 2, id=f"o{number}", ok=True)))
        found.add(answer.id)
    assert len(found) == 3
