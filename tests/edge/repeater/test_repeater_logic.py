"""What the repeater decides, input by input: no thread, no port, no clock."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from edge.protocols import ff68, ff68_keys
from edge.repeater import logic
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.repeater.state import State
from edge.runtime.device import Arrived, Context, LinkChanged, ReportHealth, Send, Tick
from wire.messages import Ask, CallerView, EvaluatorView, Handheld, Rating, Relayed, RepeaterView, Reply

T = 1_800_000_000.0
KEYPAD, EVALUATOR = 5, 9
NEXT = ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x0c")
RECALL = ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x0d")
SATISFIED = ff68.Frame(EVALUATOR, ff68_keys.RATING, b"\x02")
BEEP = Transmit(ff68_keys.beep(KEYPAD), urgent=True)
ASKS = Transmit(ff68_keys.start_rating(EVALUATOR))


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def caller(number: str = "", waiting: int = 0, phase: str = "idle") -> CallerView:
    return CallerView(epoch=1, version=1, counter="03", phase=phase, number=number, waiting=waiting)


def evaluator(ask: str = "", until: float = T + 30) -> EvaluatorView:
    asked = Ask(id=ask, number="A012", until=moment(until)) if ask else None
    return EvaluatorView(epoch=1, version=1, counter="03", counter_name="3号窗口", phase="idle", ask=asked)


def view(keypad: CallerView | None = None, rater: EvaluatorView | None = None) -> RepeaterView:
    handhelds = [Handheld(address=KEYPAD, view=keypad)] if keypad else []
    handhelds += [Handheld(address=EVALUATOR, view=rater)] if rater else []
    return RepeaterView(epoch=1, version=1, handhelds=tuple(handhelds))


class Repeater:
    """A state and what it did: each call returns the effects of one input."""

    def __init__(self, shown: RepeaterView, up: bool = True, **settings: object) -> None:
        self.state: State = logic.start(Context("repeater-1", "b007"), Settings(**settings))
        self(PortChanged(at=T - 3, open=True))
        self(LinkChanged(at=T - 2, up=up))
        self.first = self(Arrived(at=T - 1, message=shown))

    def __call__(self, event: object) -> list[object]:
        self.state, effects = logic.react(self.state, event)
        return list(effects)

    def hears(self, frame: ff68.Frame, at: float = T) -> list[object]:
        """Without the reports of health that a first hearing brings."""
        return [effect for effect in self(Heard(at=at, frame=frame)) if effect != ReportHealth()]

    def handheld(self, address: int) -> dict[str, object]:
        return logic.facts(self.state)["handhelds"][str(address)]


def sends(effects: Iterable[object]) -> list[Send]:
    return [effect for effect in effects if isinstance(effect, Send)]


def test_a_press_is_acknowledged_first_and_sent_once_not_durable() -> None:
    ack, send = Repeater(view(caller())).hears(NEXT)
    assert ack == Transmit(NEXT, urgent=True)
    assert isinstance(send, Send)
    assert not send.durable
    relayed = send.message
    assert isinstance(relayed, Relayed)
    assert (relayed.handheld, relayed.message.verb, relayed.message.at) == (KEYPAD, "call-next", moment(T))
    assert relayed.id == relayed.message.id == "b007-1"


def test_a_repeat_in_short_order_is_acknowledged_again_and_acts_once() -> None:
    repeater = Repeater(view(caller()))
    assert len(repeater.hears(NEXT)) == 2
    for repeat in (0.2, 0.4, 0.6):
        assert repeater.hears(NEXT, T + repeat) == [Transmit(NEXT, urgent=True)]
    assert repeater.handheld(KEYPAD)["repeats"] == 3


def test_a_last_repeat_acts_not_again_though_all_before_it_were_lost() -> None:
    """Of four only the first and the last were heard, and the last answer to it, by a repeater that stood in."""
    repeater = Repeater(view(caller()))
    assert len(sends(repeater.hears(NEXT))) == 1
    assert sends(repeater.hears(NEXT, T + 0.74)) == []


def test_the_same_key_eight_tenths_of_a_second_later_is_a_new_press() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(RECALL)
    (second,) = sends(repeater.hears(RECALL, T + 0.81))
    assert second.message.id == "b007-2"


def test_another_key_at_once_is_a_new_press() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(NEXT)
    assert len(sends(repeater.hears(RECALL, T + 0.1))) == 1


def test_an_address_that_is_not_in_the_view_is_dropped_and_counted() -> None:
    repeater = Repeater(view(caller()))
    assert repeater(Heard(at=T, frame=ff68.Frame(77, ff68_keys.KEY, b"\x0c"))) == []
    assert logic.facts(repeater.state)["strangers"] == 1


def test_a_handheld_that_left_the_view_is_a_stranger() -> None:
    repeater = Repeater(view(caller()))
    repeater(Arrived(at=T, message=view()))
    assert repeater.hears(NEXT, T + 1) == []
    assert logic.facts(repeater.state)["strangers"] == 1


def test_with_the_link_down_a_key_is_answered_with_the_beep_and_nothing_is_sent() -> None:
    repeater = Repeater(view(caller()), up=False)
    assert repeater.hears(NEXT) == [BEEP]
    assert repeater.hears(NEXT, T + 0.2) == [BEEP]  # the handheld missed it
    repeater(LinkChanged(at=T + 1, up=True))
    assert sends(repeater.hears(NEXT, T + 2)) != []


def test_a_key_that_means_nothing_beeps_and_cancel_is_taken_without_the_hub() -> None:
    repeater = Repeater(view(caller()))
    assert repeater.hears(ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x07\x0f")) == [BEEP]
    cancel = ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x0e")
    assert repeater.hears(cancel, T + 1) == [Transmit(cancel, urgent=True)]


@pytest.mark.parametrize(("phase", "verb"), [("paused", "resume"), ("idle", "pause"), ("serving", "pause")])
def test_pause_toggles_by_what_the_counter_does(phase: str, verb: str) -> None:
    pause = ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x12")
    (send,) = sends(Repeater(view(caller(phase=phase))).hears(pause))
    assert send.message.message.verb == verb


def test_faster_than_the_limit_is_dropped_until_time_has_passed() -> None:
    repeater = Repeater(view(caller()), frames_per_s_max=2.0)
    keys = [ff68.Frame(KEYPAD, ff68_keys.KEY, bytes((key,))) for key in (0x0C, 0x0D, 0x0B, 0x12)]
    assert [len(repeater.hears(key)) for key in keys] == [2, 2, 0, 0]
    assert repeater.handheld(KEYPAD)["dropped"] == 2
    assert len(repeater.hears(keys[2], T + 0.5)) == 2


def test_one_handheld_that_floods_does_not_silence_another() -> None:
    repeater = Repeater(view(caller(), evaluator("ask-1")))
    for _ in range(100):
        repeater.hears(NEXT)
    assert len(repeater.hears(SATISFIED)) == 2


def test_a_refusal_beeps_at_the_handheld_that_pressed() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(NEXT)
    refusal = Reply(to="b007-1", ok=False, at=moment(T), code="nobody-waits", text="没有等候的号票")
    assert repeater(Arrived(at=T + 0.1, message=refusal)) == [BEEP]
    assert repeater(Arrived(at=T + 0.2, message=refusal)) == []


def test_a_good_reply_says_nothing_because_the_view_will() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(NEXT)
    assert repeater(Arrived(at=T + 0.1, message=Reply(to="b007-1", ok=True, at=moment(T)))) == []
    assert repeater(Tick(at=T + 11)) == []


def test_a_press_that_nobody_answers_beeps_after_ten_seconds() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(NEXT)
    assert logic.wake_at(repeater.state) <= T + 10
    assert repeater(Tick(at=T + 9.9)) == []
    assert repeater(Tick(at=T + 10)) == [BEEP]
    assert logic.facts(repeater.state)["unanswered"] == 1


# Ratings.


@pytest.mark.parametrize("up", [True, False])
def test_a_rating_is_journaled_before_it_is_acknowledged_with_and_without_link(up: bool) -> None:
    send, ack = Repeater(view(rater=evaluator("ask-1")), up=up).hears(SATISFIED)
    assert isinstance(send, Send)
    assert send.durable
    assert send.message == Relayed(
        id="b007-1", handheld=EVALUATOR, message=Rating(id="b007-1", ask="ask-1", level=4, at=moment(T))
    )
    assert ack == Transmit(ff68.Frame(EVALUATOR, 0x01, b"\x02"), urgent=True)


def test_a_repeated_rating_is_journaled_under_the_same_id() -> None:
    """If the disk refused the first, an acknowledgement alone would be a lie; twice the same id is one rating."""
    repeater = Repeater(view(rater=evaluator("ask-1")))
    assert repeater.hears(SATISFIED, T + 0.2) == repeater.hears(SATISFIED)


def test_only_the_first_rating_of_an_ask_counts() -> None:
    repeater = Repeater(view(rater=evaluator("ask-1")))
    assert sends(repeater.hears(SATISFIED)) != []
    worse = ff68.Frame(EVALUATOR, ff68_keys.RATING, b"\x00")
    assert repeater.hears(worse, T + 0.1) == [Transmit(ff68_keys.beep(EVALUATOR), urgent=True)]
    assert repeater.hears(SATISFIED, T + 2) == [Transmit(ff68_keys.beep(EVALUATOR), urgent=True)]
    repeater(Arrived(at=T + 3, message=view(rater=evaluator("ask-2", T + 60))))
    assert sends(repeater.hears(SATISFIED, T + 4))[0].message.message.ask == "ask-2"


@pytest.mark.parametrize("rater", [evaluator(), evaluator("ask-1", until=T - 0.1)], ids=["no ask", "ask is over"])
def test_a_rating_without_an_open_ask_beeps_and_is_not_sent(rater: EvaluatorView) -> None:
    assert Repeater(view(rater=rater)).hears(SATISFIED) == [Transmit(ff68_keys.beep(EVALUATOR), urgent=True)]


def test_the_key_for_no_rating_is_taken_and_ignored() -> None:
    repeater = Repeater(view(rater=evaluator("ask-1")))
    nothing = ff68.Frame(EVALUATOR, ff68_keys.RATING, b"\x01")
    assert repeater.hears(nothing) == [Transmit(ff68.Frame(EVALUATOR, 0x01, b"\x01"), urgent=True)]
    assert sends(repeater.hears(SATISFIED, T + 1)) != []


def test_an_evaluator_cannot_press_keys_nor_a_keypad_rate() -> None:
    repeater = Repeater(view(caller(), evaluator("ask-1")))
    assert repeater.hears(ff68.Frame(EVALUATOR, ff68_keys.KEY, b"\x0c")) == []
    assert repeater.hears(ff68.Frame(KEYPAD, ff68_keys.RATING, b"\x02")) == [BEEP]


# What handhelds are shown.


def test_a_handheld_is_shown_its_content_as_soon_as_it_is_in_the_view() -> None:
    repeater = Repeater(view(caller("A012", 7), evaluator("ask-1")))
    assert repeater.first == [
        Transmit(ff68_keys.display(KEYPAD, 7, "A012")),
        Transmit(ff68_keys.start_rating(EVALUATOR)),
    ]


def test_a_view_with_the_same_content_sends_nothing() -> None:
    repeater = Repeater(view(caller("A012", 7), evaluator("ask-1")))
    assert repeater(Arrived(at=T, message=view(caller("A012", 7, phase="serving"), evaluator("ask-1")))) == []


def test_a_change_goes_to_the_handheld_that_it_concerns() -> None:
    repeater = Repeater(view(caller("A012", 7), evaluator()))
    assert repeater(Arrived(at=T, message=view(caller("A012", 6), evaluator()))) == [
        Transmit(ff68_keys.display(KEYPAD, 6, "A012"))
    ]


def test_a_new_ask_starts_the_rating_again_and_its_end_lights_the_stars() -> None:
    repeater = Repeater(view(rater=evaluator("ask-1")), star_level=4)
    assert repeater(Arrived(at=T, message=view(rater=evaluator("ask-2")))) == [
        Transmit(ff68_keys.start_rating(EVALUATOR))
    ]
    assert repeater(Arrived(at=T + 40, message=view(rater=evaluator()))) == [
        Transmit(ff68_keys.star_level(EVALUATOR, 4))
    ]


def test_an_echo_is_heard_and_ends_the_retries_until_the_next_poll() -> None:
    repeater = Repeater(view(caller("A012", 7)), poll_s=20.0)
    shown = ff68_keys.display(KEYPAD, 7, "A012")
    assert repeater(Heard(at=T, frame=shown)) == [ReportHealth()]
    assert logic.wake_at(repeater.state) == T + 20
    assert repeater(Tick(at=T + 20)) == [Transmit(shown)]
    assert repeater.handheld(KEYPAD)["present"] is True


def test_a_present_handheld_that_missed_a_frame_gets_it_again_twice_and_so_at_the_next_poll() -> None:
    repeater = Repeater(view(caller()))
    repeater.hears(NEXT, T)
    repeater(Arrived(at=T + 1, message=view(caller("A012", 7))))
    moments = []
    while (at := logic.wake_at(repeater.state)) < T + 23:
        moments += [at - T for effect in repeater(Tick(at=at)) if isinstance(effect, Transmit) and not effect.urgent]
    assert moments == [1.5, 2.0, 21.0, 21.5, 22.0]


def test_an_absent_handheld_is_polled_and_no_more() -> None:
    repeater = Repeater(view(caller()))
    assert logic.wake_at(repeater.state) == T - 1 + 20
    assert len(repeater(Tick(at=T + 19))) == 1
    assert logic.wake_at(repeater.state) == T + 39


def test_echoes_are_never_answered_even_when_late() -> None:
    """Else a beep, echoed, would beep for ever."""
    repeater = Repeater(view(caller("A012"), evaluator()))
    for late in (ff68_keys.beep(KEYPAD), ff68_keys.display(KEYPAD, 1, "B001"), ff68_keys.star_level(EVALUATOR, 1)):
        assert repeater.hears(late) == []
    assert repeater.hears(ff68_keys.start_rating(EVALUATOR)) == []


def test_a_handheld_that_is_first_heard_or_lost_is_reported_at_once() -> None:
    repeater = Repeater(view(caller()), lost_s=65.0, poll_s=20.0)
    assert ReportHealth() in repeater(Heard(at=T, frame=ff68_keys.display(KEYPAD, 0, "")))
    reported = []
    while (at := logic.wake_at(repeater.state)) < T + 200:
        reported += [at - T for effect in repeater(Tick(at=at)) if effect == ReportHealth()]
    assert len(reported) == 1
    assert 65 <= reported[0] < 65 + 21
    assert repeater.handheld(KEYPAD) | {"heard_s_ago": 0} == repeater.handheld(KEYPAD) | {
        "present": False,
        "lost": 1,
        "heard_s_ago": 0,
    }
    assert ReportHealth() in repeater(Heard(at=T + 201, frame=ff68_keys.display(KEYPAD, 0, "")))


def test_without_a_port_nothing_is_due_and_when_it_is_back_all_is_shown_anew() -> None:
    repeater = Repeater(view(caller("A012", 7)))
    assert repeater(PortChanged(at=T, open=False)) == [ReportHealth()]
    assert logic.wake_at(repeater.state) is None
    assert repeater(Tick(at=T + 50)) == []
    back = repeater(PortChanged(at=T + 60, open=True))
    assert back == [ReportHealth(), Transmit(ff68_keys.display(KEYPAD, 7, "A012"))]


def test_a_clock_set_back_by_years_stops_neither_polls_nor_presses() -> None:
    repeater, past = Repeater(view(caller())), T - 1e9
    repeater.hears(NEXT)
    repeater(Tick(at=past))
    assert past - 1 <= logic.wake_at(repeater.state) <= past + 20
    assert sends(repeater.hears(RECALL, past + 2)) != []
    assert repeater.handheld(KEYPAD)["heard_s_ago"] == 0.0


def test_facts_say_when_each_handheld_was_heard() -> None:
    repeater = Repeater(view(caller(), evaluator()))
    repeater.hears(NEXT)
    repeater(Tick(at=T + 4.5))
    facts = logic.facts(repeater.state)
    assert (facts["known"], facts["present"], facts["relayed"]) == (2, 1, 1)
    assert facts["handhelds"]["5"]["heard_s_ago"] == 4.5
    assert facts["handhelds"]["5"]["kind"] == "caller"
    assert facts["handhelds"]["9"]["heard_s_ago"] is None
