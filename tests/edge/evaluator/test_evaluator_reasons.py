"""The touch page's side of the state machine: the press is the rating at once, and reasons follow or do not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluator.events import Chosen, Face, Finished, KeyDown, Ticked
from edge.evaluator.settings import PageSettings
from edge.runtime.device import Effect, NotTaken, Send
from tests.edge.evaluator.bench import Bench, ratings, reply, sent
from wire.messages import Rating, RatingReasons


class Touched(Bench):
    """A page alone, or beside keys."""

    def __init__(self, driver: str = "page", **page: float | bool) -> None:
        super().__init__(driver=driver, page=PageSettings(**page))

    def touch(self, level: int, ask: str = "q1") -> list[Effect]:
        return self.give(Chosen(at=self.at, ask=ask, level=level))

    def tick(self, code: str, on: bool = True, ask: str = "q1") -> list[Effect]:
        return self.give(Ticked(at=self.at, ask=ask, code=code, on=on))

    def done(self, ask: str = "q1") -> list[Effect]:
        return self.give(Finished(at=self.at, ask=ask))

    @property
    def explained(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(rating, ask, reasons) of each."""
        messages = [message for message in sent(self.effects) if isinstance(message, RatingReasons)]
        return [(message.rating, message.ask, message.reasons) for message in messages]


@pytest.fixture
def bench() -> Touched:
    return Touched()


def test_the_rating_goes_before_anybody_is_asked_why(bench: Touched) -> None:
    bench.ask("q1")
    effects = bench.touch(2)
    rating = Rating(id="b0-1", ask="q1", level=2, at=datetime.fromtimestamp(bench.at, UTC))
    assert effects[0] == Send(rating, durable=True)
    assert (bench.face.step, bench.face.level) == ("reasons", 2)
    assert [reason.code for reason in bench.face.reasons] == [str(code) for code in range(207, 215)]


def test_who_walks_away_has_rated_and_gives_no_reason(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(4)
    bench.pass_time(60)
    assert (bench.rated, bench.explained, bench.face.step) == ([("q1", 4)], [], "idle")


def test_ticked_reasons_go_with_the_ratings_id_when_the_citizen_is_done(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(2)
    bench.tick("213")
    bench.tick("209")
    bench.tick("213", on=False)
    effects = bench.done()
    assert bench.explained == [("b0-1", "q1", ("209",))]
    assert [effect.durable for effect in effects if isinstance(effect, Send)] == [True]
    assert bench.face.step == "thanks"
    assert bench.done() == [], "once"


def test_what_was_ticked_goes_though_nobody_said_that_this_was_all(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(5)
    bench.tick("517")
    bench.pass_time(14)
    assert bench.explained == []
    bench.pass_time(1.1)
    assert bench.explained == [("b0-1", "q1", ("517",))]


def test_each_tick_gives_as_much_time_again(bench: Touched) -> None:
    bench.ask("q1", seconds=5)
    bench.touch(5)
    for code in ("510", "511", "512"):
        bench.pass_time(10)
        bench.tick(code)
    assert bench.face.ticked == ("510", "511", "512")


def test_the_next_ask_ends_the_reasons_and_is_asked_after_the_thanks(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(2)
    bench.tick("213")
    bench.ask("q2")
    assert (bench.explained, bench.face.step) == ([("b0-1", "q1", ("213",))], "thanks")
    bench.pass_time(3)
    assert (bench.face.step, bench.face.ask) == ("ask", "q2")


def test_the_hub_that_has_the_rating_withdraws_the_ask_and_the_reasons_go_on(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(2)
    bench.ask(None)
    bench.give(reply("b0-1", bench.at))
    assert bench.face.step == "reasons"


def test_who_came_second_is_asked_for_no_reasons(bench: Touched) -> None:
    """The other evaluator of the counter was faster: this rating does not count, and neither would its reasons."""
    bench.ask("q1")
    bench.touch(2)
    bench.tick("213")
    bench.give(reply("b0-1", bench.at, code="already-rated"))
    assert (bench.face.step, bench.explained) == ("thanks", [])


def test_a_second_touch_changes_nothing(bench: Touched) -> None:
    bench.ask("q1")
    bench.touch(5)
    assert bench.touch(1) == []
    bench.pass_time(60)
    bench.touch(1)
    assert (bench.rated, bench.state.unasked) == ([("q1", 5)], 0)


def test_a_touch_on_what_was_shown_a_moment_ago_rates_nothing(bench: Touched) -> None:
    bench.ask("q1")
    bench.ask("q2")
    assert bench.touch(5, ask="q1") == []
    assert (bench.rated, bench.state.unasked) == ([], 1)


@pytest.mark.parametrize(("code", "ask"), [("510", "q1"), ("999", "q1"), ("", "q1"), ("213", "q0")])
def test_what_is_no_reason_for_this_rating_is_not_ticked(bench: Touched, code: str, ask: str) -> None:
    bench.ask("q1")
    bench.touch(2)
    assert bench.tick(code, ask=ask) == []


def test_without_reasons_in_the_settings_thanks_come_at_once() -> None:
    bench = Touched(reasons=False)
    bench.ask("q1")
    bench.touch(2)
    assert bench.face.step == "thanks"


def test_a_key_beside_the_page_is_thanked_for_without_reasons() -> None:
    bench = Touched("gpio")
    bench.ask("q1")
    bench.press(2)
    assert (bench.face.step, bench.rated) == ("thanks", [("q1", 2)])


@pytest.mark.parametrize("first", ["key", "page"])
def test_of_a_key_and_the_page_the_first_wins(first: str) -> None:
    bench = Touched("gpio")
    bench.ask("q1")
    down = KeyDown(at=bench.at, level=1)
    touch = Chosen(at=bench.at, ask="q1", level=5)
    for event in (down, touch) if first == "key" else (touch, down):
        bench.give(event)
    assert bench.rated == [("q1", 1 if first == "key" else 5)]


def test_a_touch_that_could_not_be_kept_is_asked_for_again_in_words(bench: Touched) -> None:
    bench.ask("q1")
    (send, *_) = bench.touch(2)
    bench.give(NotTaken(at=bench.at, id=send.message.id))
    assert (bench.face.step, bench.face.again) == ("ask", True)
    bench.touch(2)
    assert (bench.face.step, len(bench.rated)) == ("reasons", 2)


def test_reasons_that_could_not_be_kept_end_in_thanks_all_the_same(bench: Touched) -> None:
    """They are sent once; the rating was kept long before. What follows a Send that failed is not performed."""
    bench.ask("q1")
    bench.touch(2)
    bench.tick("213")
    (send, *_) = bench.done()
    (shown, *_) = [one for one in bench.give(NotTaken(at=bench.at, id=send.message.id)) if isinstance(one, Face)]
    assert shown.step == "thanks"
    assert bench.rated == [("q1", 2)]


def test_the_page_counts_down_in_whole_seconds_and_sleeps_in_between(bench: Touched) -> None:
    bench.ask("q1", seconds=3)
    shown = [bench.face.left_s]
    for effect in bench.pass_time(2.9):
        shown.append(effect.left_s)
    assert shown == [3, 2, 1]
    bench.pass_time(1)
    assert bench.face.step == "idle"


def test_the_page_names_the_ticket_and_who_serves_and_after_long_silence_of_the_hub_nobody(bench: Touched) -> None:
    bench.link(True)
    bench.ask("q1")
    assert (bench.face.number, bench.face.clerk, bench.face.online) == ("A012", "1001", True)
    bench.link(False)
    assert (bench.face.clerk, bench.face.online) == ("1001", False)
    bench.pass_time(599)
    assert (bench.face.step, bench.face.clerk) == ("idle", "1001")
    bench.pass_time(2)
    assert (bench.face.clerk, bench.face.phase, bench.face.counter_name) == ("", "", "1号窗口")
    bench.link(True)
    assert bench.face.clerk == "1001"


STEPS = st.one_of(
    st.tuples(st.just("touch"), st.integers(0, 6)),
    st.tuples(st.just("tick"), st.sampled_from(["510", "213", "115", "x"])),
    st.tuples(st.just("done"), st.none()),
    st.tuples(st.just("ask"), st.one_of(st.none(), st.integers(1, 5))),
    st.tuples(st.just("refuse"), st.none()),
    st.tuples(st.just("full"), st.none()),
    st.tuples(st.just("wait"), st.floats(0.0, 40.0)),
)


@given(st.lists(STEPS, max_size=40))
def test_reasons_are_for_a_rating_that_was_sent_before_them_once_and_of_its_level(steps) -> None:
    bench, newest = Touched(), 0
    for kind, value in steps:
        match kind:
            case "touch":
                bench.touch(value, ask=f"q{newest}")
            case "tick":
                bench.tick(value, ask=f"q{newest}")
            case "done":
                bench.done(ask=f"q{newest}")
            case "ask":
                newest = max(newest, value or 0)
                bench.ask(None if value is None else f"q{newest}")
            case "refuse" if bench.rated:
                bench.give(reply(ratings(bench.effects)[-1].id, bench.at, code="already-rated"))
            case "full" if bench.rated:
                bench.give(NotTaken(at=bench.at, id=ratings(bench.effects)[-1].id))
            case "wait":
                bench.pass_time(value)
    given_before: dict[str, Rating] = {}
    explained = set()
    for message in sent(bench.effects):
        if isinstance(message, Rating):
            given_before[message.id] = message
        elif isinstance(message, RatingReasons):
            rating = given_before[message.rating]
            assert (message.ask, message.level) == (rating.ask, rating.level)
            assert message.rating not in explained
            explained.add(message.rating)
            assert all(code.startswith(str(rating.level)) for code in message.reasons)
