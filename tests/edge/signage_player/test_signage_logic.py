"""When a screen changes, and to what: tables of inputs and screens, without clock or hardware."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from edge.runtime.device import Arrived, Context, Effect, Follow, Input, LinkChanged, Tick
from edge.signage_player import logic
from edge.signage_player.logic import ShowBoard, State
from edge.signage_player.programme import Keep
from edge.signage_player.settings import Settings
from wire.messages import BoardCall, BoardView, SignageView

CONTEXT = Context("tv-01", "b00t")
VIEW = SignageView(epoch=1, version=1, hall="dongcheng", area="f2")
Call = Callable[..., BoardCall]


def board(*calls: BoardCall, version: int = 1, area: str = "f2", ticker: str = "") -> BoardView:
    return BoardView(
        epoch=1,
        version=version,
        hall="dongcheng",
        area=area,
        title="二层",
        english="Floor 2",
        calls=calls,
        ticker=ticker,
    )


def run(*events: Input, settings: Settings | None = None) -> tuple[State, list[Effect]]:
    """The last state, and the effects of the last event."""
    state, effects = logic.start(CONTEXT, settings or Settings()), []
    for event in events:
        state, effects = logic.react(state, event)
    return state, effects


def shown(effects: list[Effect]) -> ShowBoard:
    found = [effect for effect in effects if isinstance(effect, ShowBoard)]
    assert len(found) == 1
    return found[0]


def up_with(*calls: BoardCall) -> list[Input]:
    return [
        Tick(at=0),
        Arrived(at=1, message=VIEW),
        LinkChanged(at=1, up=True),
        Arrived(at=2, message=board(*calls)),
    ]


def test_the_first_screen_is_due_at_once_and_is_the_notice() -> None:
    state = logic.start(CONTEXT, Settings())
    assert logic.wake_at(state) == 0.0
    _, effects = run(Tick(at=5))
    assert shown(effects).notice


def test_the_view_says_which_board_is_followed() -> None:
    _, effects = run(Tick(at=0), Arrived(at=1, message=VIEW))
    assert effects == [Follow("tingxu/1/board/dongcheng/f2"), Keep(None, None)]


def test_a_view_of_another_area_follows_that_one_and_drops_the_calls(call: Call) -> None:
    other = SignageView(epoch=1, version=2, hall="dongcheng", area="f3")
    state, effects = run(*up_with(call("A001")), Arrived(at=3, message=other))
    assert effects[0] == Follow("tingxu/1/board/dongcheng/f3")
    assert shown(effects).notice
    assert state.board is None


def test_a_view_with_an_impossible_area_is_refused_in_words_and_the_board_stays(call: Call) -> None:
    bad = SignageView(epoch=1, version=2, hall="dongcheng", area="../+")
    state, effects = run(*up_with(call("A001")), Arrived(at=3, message=bad))
    assert effects == []
    assert "'../+'" in str(logic.facts(state)["refused"])
    assert logic.facts(state)["board"] == "live"


def test_a_board_of_another_area_is_not_shown(call: Call) -> None:
    _, effects = run(*up_with(call("A001")), Arrived(at=3, message=board(call("Z999"), area="f9")))
    assert effects == []


def test_calls_are_shown_newest_first_and_no_more_than_the_rows(call: Call) -> None:
    calls = [call(f"A{n:03}") for n in range(9, 0, -1)]
    _, effects = run(*up_with(*calls), settings=Settings(rows=4))
    assert [one.number for one in shown(effects).calls] == ["A009", "A008", "A007", "A006"]


def test_what_is_there_when_the_screen_comes_on_does_not_blink(call: Call) -> None:
    state, effects = run(*up_with(call("A001")))
    assert not shown(effects).lit
    assert logic.wake_at(state) is None


def test_a_new_call_blinks_by_ticks_and_ends_calm(call: Call) -> None:
    events = [*up_with(call("A001")), Arrived(at=10.0, message=board(call("A002"), call("A001"), version=2))]
    state, effects = run(*events, settings=Settings(blink_s=2))
    halves, moments = [shown(effects).lit], []
    while (wake := logic.wake_at(state)) is not None:
        moments.append(wake)
        state, effects = logic.react(state, Tick(at=wake))
        halves += [effect.lit for effect in effects]
    assert moments == [10.5, 11.0, 11.5, 12.0]
    assert halves == [True, False, True, False]
    assert state.screen is not None
    assert not state.screen.lit


@pytest.mark.parametrize(
    ("before", "after", "blinks"),
    [
        (["A001"], ["A002", "A001"], True),
        (["A002", "A001"], ["A002", "A001"], False),
        (["A002", "A001"], ["A001"], False),  # undone: the older call comes back to the top
        ([], ["A001"], True),
        (["A001"], [], False),
    ],
)
def test_only_a_call_that_was_not_there_blinks(call: Call, before: list[str], after: list[str], blinks: bool) -> None:
    state, _ = run(
        *up_with(*map(call, before)), Arrived(at=9, message=board(*map(call, after), version=2, ticker="changed"))
    )
    assert state.screen is not None
    assert state.screen.lit is blinks


def test_the_end_of_a_service_is_no_new_call(call: Call) -> None:
    one = call("A001")
    state, _ = run(*up_with(one), Arrived(at=60, message=board(replace(one, phase="ended"), version=2)))
    assert state.blink_until <= 60


def test_a_recall_of_the_same_number_blinks_again(call: Call) -> None:
    _, effects = run(*up_with(call("A001")), Arrived(at=9, message=board(call("A001", calls=2), version=2)))
    assert shown(effects).lit


def test_a_board_with_nothing_new_draws_nothing(call: Call) -> None:
    _, effects = run(*up_with(call("A001")), Arrived(at=9, message=board(call("A001"), version=2)))
    assert effects == []


def test_without_the_hub_calls_stay_for_the_limit_and_then_give_way_to_the_notice(call: Call) -> None:
    state, effects = run(*up_with(call("A001")), LinkChanged(at=100, up=False))
    assert effects == []
    assert logic.facts(state)["board"] == "kept"
    assert logic.wake_at(state) == 160
    state, effects = logic.react(state, Tick(at=160))
    assert shown(effects).notice
    assert shown(effects).calls == ()
    assert shown(effects).waiting == ()
    assert shown(effects).title == "二层"
    assert logic.facts(state)["board"] == "neutral"
    assert logic.wake_at(state) is None


def test_a_link_that_comes_and_goes_does_not_lengthen_the_limit_while_it_is_down(call: Call) -> None:
    state, _ = run(*up_with(call("A001")), LinkChanged(at=100, up=False), LinkChanged(at=130, up=False))
    assert logic.wake_at(state) == 160


def test_a_hub_that_is_back_within_the_limit_leaves_the_calls_and_is_asked_anew(call: Call) -> None:
    state, effects = run(*up_with(call("A001")), LinkChanged(at=100, up=False), LinkChanged(at=130, up=True))
    assert effects == [Follow("tingxu/1/board/dongcheng/f2")]
    assert logic.wake_at(state) is None
    assert logic.facts(state)["board"] == "live"


def test_after_the_notice_old_calls_come_back_only_with_a_board_from_the_hub(call: Call) -> None:
    away = [*up_with(call("A001")), LinkChanged(at=100, up=False), Tick(at=160), LinkChanged(at=200, up=True)]
    state, effects = run(*away)
    assert effects == [Follow("tingxu/1/board/dongcheng/f2")]
    _, effects = logic.react(state, Arrived(at=201, message=board(call("A001"))))
    assert [one.number for one in shown(effects).calls] == ["A001"]
    assert not shown(effects).lit


def test_a_retained_board_that_comes_while_the_hub_is_away_is_believed_for_the_limit(call: Call) -> None:
    state, effects = run(
        Tick(at=0),
        Arrived(at=1, message=VIEW),
        Arrived(at=2, message=board(call("A001"))),
        settings=Settings(keep_s=30),
    )
    assert not shown(effects).notice
    assert logic.wake_at(state) == 32


def test_a_view_without_board_leaves_media_and_its_own_ticker(call: Call) -> None:
    off = SignageView(epoch=1, version=2, hall="dongcheng", area="f2", board=False, ticker="欢迎")
    state, effects = run(*up_with(call("A001")), Arrived(at=3, message=off))
    assert shown(effects) == ShowBoard(ticker="欢迎")
    assert logic.facts(state)["board"] == "off"


def test_the_screens_own_ticker_goes_before_the_boards() -> None:
    own = SignageView(epoch=1, version=1, hall="dongcheng", area="f2", ticker="own")
    _, effects = run(Tick(at=0), Arrived(at=1, message=own), Arrived(at=2, message=board(ticker="board's")))
    assert shown(effects).ticker == "own"
