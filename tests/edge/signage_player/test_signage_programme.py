"""What a screen plays besides its board: whole programmes at their times, emergencies at once, and back again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from edge.runtime.device import Arrived, Context, Input, LinkChanged, Send, Tick
from edge.signage_player import logic
from edge.signage_player.announcements import Speak
from edge.signage_player.logic import ShowBoard
from edge.signage_player.programme import (
    BatchTaken,
    BatchWaiting,
    Ended,
    Journal,
    Keep,
    PlayMedia,
    Stored,
    Turn,
    Whole,
)
from edge.signage_player.settings import Settings
from wire.messages import (
    BoardView,
    ContentItem,
    Daypart,
    Emergency,
    Play,
    Played,
    Playlist,
    Programme,
    Reply,
    SignageView,
    Spoken,
)
from wire.orders import SelfTest

NINE = datetime(2026, 1, 5, 1, 0, tzinfo=UTC).timestamp()  # 9:00 in the hall


def item(number: int) -> ContentItem:
    return ContentItem(sha256=f"{number:064x}", size=10, type="image/png", name=f"{number}.png")


ALWAYS = Playlist(id="always", items=(item(1),))
MORNING = Playlist(
    id="morning",
    items=(item(2),),
    zone="full",
    ticker="早上好",
    priority=1,
    dayparts=(Daypart(begins="09:00", ends="10:00"),),
)
PROGRAMME = Programme(mark="m", timezone="Asia/Shanghai", playlists=(ALWAYS, MORNING))
EMERGENCY = Emergency(id="e", zh="请离开", en="Please leave")


def view(version: int = 1, **changes: Any) -> SignageView:
    return SignageView(epoch=1, version=version, hall="small", area="lobby", ticker="厅", **changes)


def run(*inputs: Input) -> tuple[logic.State, list[Any]]:
    """The state after these, and what the last of them led to."""
    state, effects = logic.start(Context("tv-1", "b"), Settings()), []
    for one in inputs:
        state, effects = logic.react(state, one)
    return state, effects


def media(effects: list[Any]) -> PlayMedia:
    (found,) = [one for one in effects if isinstance(one, PlayMedia)]
    return found


def board(effects: list[Any]) -> ShowBoard:
    (found,) = [one for one in effects if isinstance(one, ShowBoard)]
    return found


def test_a_programme_is_fetched_first_and_played_when_it_is_whole() -> None:
    told = Arrived(at=NINE - 60, message=view(programme=PROGRAMME))
    _, effects = run(told)
    assert Keep(PROGRAMME, None) in effects
    assert not any(isinstance(one, PlayMedia) for one in effects)
    _, effects = run(told, Whole(at=NINE - 50, programme=PROGRAMME))
    assert media(effects) == PlayMedia((Turn(item(1), False),))


def test_the_same_view_again_asks_for_nothing() -> None:
    told = view(programme=PROGRAMME)
    _, effects = run(Arrived(at=1, message=told), Arrived(at=2, message=msgspec.structs.replace(told, version=2)))
    assert not any(isinstance(one, Keep) for one in effects)


def test_what_was_on_the_disk_plays_with_nobody_to_ask() -> None:
    _, effects = run(Stored(at=NINE - 60, programme=PROGRAMME, emergency=None))
    assert media(effects) == PlayMedia((Turn(item(1), False),))


def test_a_daypart_begins_and_ends_at_its_moment_with_its_zone_and_ticker() -> None:
    stored = Stored(at=NINE - 60, programme=PROGRAMME, emergency=None)
    state, _ = run(stored)
    assert logic.wake_at(state) == NINE
    state, effects = logic.react(state, Tick(at=NINE))
    assert media(effects) == PlayMedia((Turn(item(2), True),))
    assert board(effects).ticker == "早上好"
    assert logic.wake_at(state) == NINE + 3600
    _, effects = logic.react(state, Tick(at=NINE + 3600))
    assert media(effects) == PlayMedia((Turn(item(1), False),))


def test_a_clock_that_is_put_right_plays_what_belongs_to_the_right_time() -> None:
    """The board woke up in 1970; the hub's answer to its first health report sets the agent's clock."""
    _, effects = run(Stored(at=5.0, programme=PROGRAMME, emergency=None), Tick(at=NINE + 1))
    assert media(effects) == PlayMedia((Turn(item(2), True),))


def test_an_emergency_takes_the_screen_at_once_and_gives_it_back() -> None:
    stored = Stored(at=NINE, programme=PROGRAMME, emergency=None)
    before, _ = run(stored, Arrived(at=NINE + 1, message=view(1, programme=PROGRAMME)))
    urgent = msgspec.structs.replace(EMERGENCY, item=item(9))
    state, effects = logic.react(before, Arrived(at=NINE + 2, message=view(2, programme=PROGRAMME, emergency=urgent)))
    assert board(effects).alarm == logic.Words("请离开", "Please leave")
    assert media(effects) == PlayMedia((Turn(item(9), False),), folder=False)
    assert Keep(PROGRAMME, urgent) in effects
    after, effects = logic.react(state, Arrived(at=NINE + 3, message=view(3, programme=PROGRAMME)))
    assert (after.screen, after.media) == (before.screen, before.media)
    assert board(effects).alarm is None


def test_an_emergency_ends_by_itself_at_its_end_also_without_a_hub() -> None:
    until = datetime.fromtimestamp(NINE + 100, UTC)
    urgent = msgspec.structs.replace(EMERGENCY, until=until)
    state, _ = run(Arrived(at=NINE, message=view(emergency=urgent)), LinkChanged(at=NINE + 1, up=False))
    assert state.screen is not None
    assert state.screen.alarm is not None
    _, effects = logic.react(state, Tick(at=NINE + 100))
    assert board(effects).alarm is None
    assert media(effects) == PlayMedia()


def test_an_emergency_of_before_a_power_cut_holds_until_the_hub_says_otherwise() -> None:
    state, _ = run(Stored(at=NINE, programme=None, emergency=EMERGENCY))
    assert state.screen is not None
    assert state.screen.alarm is not None
    _, effects = logic.react(state, Arrived(at=NINE + 5, message=view()))
    assert board(effects).alarm is None
    assert Keep(None, None) in effects


def test_what_is_not_published_any_more_leaves_the_screens_own_folder() -> None:
    _, effects = run(Stored(at=NINE, programme=PROGRAMME, emergency=None), Whole(at=NINE + 1, programme=None))
    assert media(effects) == PlayMedia()


def test_a_programme_that_cannot_be_followed_changes_nothing_and_is_told() -> None:
    bad = msgspec.structs.replace(PROGRAMME, timezone="Mars/Olympus")
    stored = Stored(at=NINE, programme=PROGRAMME, emergency=None)
    state, effects = run(stored, Arrived(at=NINE + 1, message=view(programme=bad, emergency=EMERGENCY)))
    assert "Mars/Olympus" in str(logic.facts(state)["programme_refused"])
    assert state.reel.whole == PROGRAMME
    assert board(effects).alarm is not None, "an emergency counts all the same"


def test_what_was_played_is_journaled_by_the_hubs_clock() -> None:
    _, effects = run(Ended(at=NINE + 12, sha256=item(1).sha256, played_s=12.004, outcome="whole"))
    began = datetime.fromtimestamp(NINE - 0.004, UTC)
    assert effects[0] == Journal(Play(sha256=item(1).sha256, at=began, played_s=12.0, outcome="whole"))


BATCH = Played(id="x-p1", plays=())


def sent(effects: list[Any]) -> list[Any]:
    return [one.message for one in effects if isinstance(one, Send)]


def reply(at: float, code: str = "", to: str = "x-p1") -> Arrived:
    return Arrived(at=at, message=Reply(to=to, ok=not code, at=datetime.fromtimestamp(at, UTC), code=code))


def test_a_batch_is_sent_when_the_hub_is_there_and_again_until_it_answers() -> None:
    state, effects = run(BatchWaiting(at=1, batch=BATCH))
    assert sent(effects) == []
    state, effects = logic.react(state, LinkChanged(at=2, up=True))
    assert sent(effects) == [BATCH]
    assert logic.wake_at(state) == 32
    state, effects = logic.react(state, Tick(at=32))
    assert sent(effects) == [BATCH]
    state, effects = logic.react(state, reply(33, to="other"))
    assert effects == []
    state, effects = logic.react(state, reply(34))
    assert BatchTaken("x-p1") in effects
    _, effects = logic.react(state, Tick(at=100))
    assert sent(effects) == []


def test_a_batch_is_kept_while_the_screen_has_no_place_and_let_go_when_it_is_refused_for_good() -> None:
    waiting = BatchWaiting(at=1, batch=BATCH)
    state, effects = run(LinkChanged(at=0, up=True), waiting, reply(2, "no-position"))
    assert effects == []
    _, effects = logic.react(state, reply(40, "wrong-class"))
    assert BatchTaken("x-p1") in effects


def test_a_test_order_leaves_the_programme_alone() -> None:
    stored = Stored(at=NINE, programme=PROGRAMME, emergency=None)
    order = SelfTest(id="t", test="pattern", at=datetime.fromtimestamp(NINE, UTC))
    state, effects = run(stored, Arrived(at=NINE + 1, message=order))
    assert not any(isinstance(one, PlayMedia | Keep) for one in effects)
    assert state.reel.whole == PROGRAMME


def test_an_emergency_goes_before_a_test_pattern() -> None:
    order = SelfTest(id="t", test="pattern", at=datetime.fromtimestamp(NINE, UTC))
    state, effects = run(Arrived(at=NINE, message=view()), Arrived(at=NINE, message=order))
    assert board(effects).pattern
    _, effects = logic.react(state, Arrived(at=NINE + 1, message=view(2, emergency=EMERGENCY)))
    assert board(effects).alarm is not None


def test_nobody_is_sent_to_a_counter_by_a_voice_while_an_emergency_has_the_screen() -> None:
    at = datetime.fromtimestamp(NINE, UTC)
    one = Spoken(number="A001", counter="1", zh="请A001号", en="A001", begins_at=at, ends_at=at + timedelta(seconds=9))
    said = BoardView(epoch=1, version=2, hall="small", area="lobby", title="厅", english="Hall", spoken=(one,))
    told = view(emergency=EMERGENCY, announces=True)
    state, _ = run(LinkChanged(at=NINE - 9, up=True), Arrived(at=NINE - 8, message=told))
    state, effects = logic.react(state, Arrived(at=NINE + 0.1, message=said))
    assert not any(isinstance(one, Speak) for one in effects)
    assert state.screen is not None
    assert state.screen.alarm is not None
