"""A wired evaluator of the market: what it is sent, what its frames mean, when it is answered."""

import pytest

from edge.evaluator import logic
from edge.evaluator.events import Heard, PortChanged, Transmit
from edge.evaluator.settings import Ff68Settings
from edge.protocols import ff68_keys
from edge.protocols.ff68 import Frame
from edge.runtime.device import Effect, NotTaken, ReportHealth, Send, Tick
from tests.edge.evaluator.bench import Bench, ratings, sent
from wire.orders import Done

ASK = Frame(7, 0x01, b"\x0b")
REST = Frame(7, 0x02, b"\x04")
VERY_SATISFIED, SATISFIED, DEFAULT, DISSATISFIED = (Frame(7, 0x11, bytes((key,))) for key in (3, 2, 1, 0))


def acknowledged(press: Frame) -> Frame:
    return Frame(7, 0x01, press.data)


class OnCable(Bench):
    """Address 7, four stars at rest; `frames`: all that was sent to it."""

    def __init__(self) -> None:
        super().__init__(driver="ff68", ff68=Ff68Settings(address=7, stars=4))
        self.port(True)

    def port(self, is_open: bool) -> list[Effect]:
        return self.give(PortChanged(at=self.at, is_open=is_open))

    def hear(self, frame: Frame) -> list[Frame]:
        """What it is answered."""
        return frames(self.give(Heard(at=self.at, frame=frame)))

    @property
    def facts(self) -> dict[str, object]:
        return dict(logic.facts(self.state))


def frames(effects: list[Effect]) -> list[Frame]:
    return [effect.frame for effect in effects if isinstance(effect, Transmit)]


@pytest.fixture
def bench() -> OnCable:
    """At rest, with its stars on and echoed."""
    bench = OnCable()
    bench.hear(REST)
    return bench


def test_an_ask_starts_the_rating_and_its_end_brings_the_stars_back(bench: OnCable) -> None:
    assert frames(bench.ask("q1")) == [ASK]
    assert bench.hear(ASK) == []
    assert frames(bench.ask(None)) == [REST]


@pytest.mark.parametrize(("press", "level"), [(VERY_SATISFIED, 5), (SATISFIED, 4), (DISSATISFIED, 2)])
def test_a_key_is_acknowledged_after_it_is_on_disk(bench: OnCable, press: Frame, level: int) -> None:
    bench.ask("q1")
    effects = bench.give(Heard(at=bench.at, frame=press))
    assert bench.rated == [("q1", level)]
    kinds = [type(effect) for effect in effects]
    assert kinds.index(Send) < kinds.index(Transmit)
    assert frames(effects) == [acknowledged(press), REST]


def test_its_default_is_nobodys_rating(bench: OnCable) -> None:
    bench.ask("q1")
    assert bench.hear(DEFAULT) == [acknowledged(DEFAULT)]
    assert bench.rated == []


def test_a_repeat_of_a_press_is_answered_again_and_rates_nothing(bench: OnCable) -> None:
    bench.ask("q1")
    bench.hear(SATISFIED)
    for _ in range(2):
        bench.at += 0.2
        assert bench.hear(SATISFIED) == [acknowledged(SATISFIED)]
    bench.at += 1.5
    assert bench.hear(SATISFIED)[0] == acknowledged(SATISFIED), "it never heard the answer, and is thanked still"
    assert (bench.rated, bench.facts["repeats"]) == ([("q1", 4)], 2)


def test_a_press_that_nobody_asked_for_is_beeped_at(bench: OnCable) -> None:
    assert bench.hear(SATISFIED) == [ff68_keys.beep(7)]
    assert (bench.rated, bench.facts["unasked"]) == ([], 1)


def test_a_press_that_is_not_on_disk_is_not_acknowledged_and_its_repeat_is_one_more_try(bench: OnCable) -> None:
    bench.ask("q1")
    effects = bench.give(Heard(at=bench.at, frame=SATISFIED))
    (rating,) = ratings(effects)
    assert ASK in frames(bench.give(NotTaken(at=bench.at, id=rating.id))), "it goes on asking"
    bench.at += 0.2
    assert bench.hear(SATISFIED)[0] == acknowledged(SATISFIED)
    assert [one.id for one in ratings(bench.effects)] == ["b0-1", "b0-2"]


def test_frames_of_another_address_do_nothing_but_count(bench: OnCable) -> None:
    bench.ask("q1")
    assert bench.hear(Frame(8, 0x11, b"\x03")) == []
    assert (bench.rated, bench.facts["strangers"]) == ([], 1)


def test_what_comes_faster_than_a_finger_is_dropped(bench: OnCable) -> None:
    for count in range(50):
        bench.hear(Frame(7, 0x11, bytes((2 + count % 2,))))
    assert bench.facts["dropped"] == 45


@pytest.mark.parametrize("frame", [Frame(7, 0x11, b""), Frame(7, 0x11, b"\x09"), Frame(7, 0x77, b"\x01\x02")])
def test_what_is_no_rating_is_counted_and_not_answered(bench: OnCable, frame: Frame) -> None:
    bench.ask("q1")
    assert bench.hear(frame) == []
    assert (bench.rated, bench.facts["unread"]) == ([], 1)


def test_an_unechoed_question_is_asked_again_then_now_and_then_and_is_told_in_health(bench: OnCable) -> None:
    bench.ask("q1")
    effects = bench.pass_time(1.6)
    assert frames(effects) == [ASK] * 3
    assert ReportHealth() in effects
    assert bench.facts["present"] is False
    assert frames(bench.pass_time(20)) == [ASK]
    bench.hear(ASK)
    assert bench.facts["present"] is True


def test_a_question_that_stands_is_not_asked_again(bench: OnCable) -> None:
    """The device would speak its prompt again and again."""
    bench.ask("q1")
    bench.hear(ASK)
    assert frames(bench.pass_time(29)) == []


def test_at_rest_it_is_asked_now_and_then_whether_it_is_there(bench: OnCable) -> None:
    assert frames(bench.pass_time(19.9)) == []
    assert frames(bench.pass_time(0.2)) == [REST]


def test_unplugged_it_is_sent_nothing_and_plugged_in_again_at_once_what_it_missed(bench: OnCable) -> None:
    bench.port(False)
    assert frames(bench.ask("q1")) == []
    assert frames(bench.pass_time(5)) == []
    assert frames(bench.port(True)) == [ASK]
    bench.hear(VERY_SATISFIED)
    assert bench.rated == [("q1", 5)]


def test_another_ask_is_asked_anew_though_the_frame_is_the_same(bench: OnCable) -> None:
    bench.ask("q1")
    bench.hear(ASK)
    assert frames(bench.ask("q2")) == [ASK]


def test_a_clock_put_back_does_not_silence_it(bench: OnCable) -> None:
    bench.at -= 3600
    bench.give(Tick(at=bench.at))
    assert REST in frames(bench.pass_time(20.5))


@pytest.mark.parametrize("test", ["lamps", "screen"])
def test_the_self_test_runs_the_stars_and_passes_when_they_are_echoed(bench: OnCable, test: str) -> None:
    shown = frames(bench.order(test))
    for _ in range(5):
        bench.hear(shown[-1])
        shown += frames(bench.pass_time(0.61))
    assert [frame.data[0] for frame in shown] == [1, 2, 3, 4, 5, 4]
    (told,) = [one for one in sent(bench.effects) if isinstance(one, Done)]
    assert told.ok


@pytest.mark.parametrize(("plugged", "words"), [(True, "地址7）没有应答"), (False, "打不开")])
def test_the_self_test_of_a_mute_or_unplugged_one_says_what_to_look_at(
    bench: OnCable, plugged: bool, words: str
) -> None:
    bench.port(plugged)
    bench.order("screen")
    bench.pass_time(6)
    (told,) = [one for one in sent(bench.effects) if isinstance(one, Done)]
    assert not told.ok
    assert words in told.text
