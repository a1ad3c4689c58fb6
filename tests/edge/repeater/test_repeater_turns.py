"""Several repeaters, one handheld: what one of them does when it is its turn, and when it is not."""

from datetime import UTC, datetime

import pytest

from edge.protocols import ff68, ff68_keys
from edge.repeater import logic
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Arrived, Context, LinkChanged, ReportHealth, Send, Tick
from wire.messages import Ask, CallerView, EvaluatorView, Handheld, RepeaterView, Reply

T = 1_800_000_000.0
KEYPAD, RATER = 5, 9
NEXT = ff68.Frame(KEYPAD, ff68_keys.KEY, b"\x0c")
GOOD = ff68.Frame(RATER, ff68_keys.RATING, b"\x02")
ACK, BEEP = Transmit(NEXT, urgent=True), Transmit(ff68_keys.beep(KEYPAD), urgent=True)


def view(turn: int, turns: int = 3, number: str = "A012") -> RepeaterView:
    keypad = CallerView(epoch=1, version=1, counter="03", phase="idle", number=number)
    ask = Ask(id="ask-1", number="A012", until=datetime.fromtimestamp(T + 30, UTC))
    rater = EvaluatorView(epoch=1, version=1, counter="03", counter_name="3号窗口", phase="idle", ask=ask)
    both = ((KEYPAD, keypad), (RATER, rater))
    return RepeaterView(
        epoch=1, version=1, handhelds=tuple(Handheld(address=a, view=v, turn=turn, turns=turns) for a, v in both)
    )


class Repeater:
    """Every call returns what came of one input, or of time passing until then."""

    def __init__(self, turn: int, turns: int = 3, up: bool = True, **settings: object) -> None:
        self.state = logic.start(Context("repeater-1", "b007"), Settings(**settings))
        self(PortChanged(at=T - 3, open=True))
        self(LinkChanged(at=T - 2, up=up))
        self.first = self(Arrived(at=T - 1, message=view(turn, turns)))

    def __call__(self, event: object) -> list[object]:
        self.state, effects = logic.react(self.state, event)
        return list(effects)

    def hears(self, frame: ff68.Frame, at: float, rssi_dbm: int | None = None) -> list[object]:
        """What it answers and passes on; not what it shows, nor its reports of health."""
        heard = self(Heard(at=at, frame=frame, rssi_dbm=rssi_dbm))
        return [one for one in heard if isinstance(one, Send) or (isinstance(one, Transmit) and one.urgent)]

    def until(self, end: float) -> list[tuple[float, object]]:
        """What it does by itself, and when."""
        done = []
        while (at := logic.wake_at(self.state)) is not None and at <= end:
            done += [(round(at - T, 3), effect) for effect in self(Tick(at=at))]
        return done

    def facts(self, address: int = KEYPAD) -> dict[str, object]:
        return logic.facts(self.state)["handhelds"][str(address)]


def answers(done: list[tuple[float, object]]) -> list[tuple[float, object]]:
    return [(at, effect) for at, effect in done if isinstance(effect, Transmit) and effect.urgent]


def test_who_listens_shows_nothing_and_polls_nobody() -> None:
    repeater = Repeater(turn=1)
    assert repeater.first == []
    assert repeater.until(T + 300) == []


def test_who_listens_passes_a_press_on_at_once_and_says_nothing_in_the_air() -> None:
    (send,) = Repeater(turn=1).hears(NEXT, T, -71)
    assert isinstance(send, Send)
    assert (send.message.message.verb, send.message.rssi_dbm) == ("call-next", -71)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_nth_answers_the_nth_repeat_a_slot_later_and_tells_that_it_stood_in(turn: int) -> None:
    repeater = Repeater(turn=turn, turns=4)
    repeater.hears(NEXT, T)
    for repeat in range(1, turn):
        assert repeater.hears(NEXT, T + repeat * 0.2) == []
        assert answers(repeater.until(T + repeat * 0.2 + 0.19)) == []
    at = turn * 0.2
    assert repeater.hears(NEXT, T + at) == []
    done = repeater.until(T + at + 0.19)
    assert done == [(round(at + turn * 0.04, 3), ACK), (round(at + turn * 0.04, 3), ReportHealth())]
    assert repeater.facts()["stood_in_s_ago"] == 0.0


def test_who_stands_by_keeps_silent_when_another_was_faster() -> None:
    repeater = Repeater(turn=2)
    repeater.hears(NEXT, T)
    repeater.hears(NEXT, T + 0.2)
    repeater.hears(NEXT, T + 0.4)
    assert repeater.hears(NEXT, T + 0.45) == []  # the answer of turn 1, as the air carries it
    assert answers(repeater.until(T + 2)) == []


def test_another_ones_answer_is_no_repeat_and_no_second_press() -> None:
    repeater = Repeater(turn=1)
    repeater.hears(NEXT, T)
    assert repeater.hears(NEXT, T + 0.03) == []
    assert answers(repeater.until(T + 3)) == []
    assert repeater.facts()["repeats"] == 0


def test_an_answer_whose_press_was_not_heard_is_passed_on_like_the_press() -> None:
    """Nobody can tell them apart, and the hub takes it for the echo that it is."""
    assert len(Repeater(turn=1).hears(NEXT, T + 0.03)) == 1


def test_another_ones_answer_to_a_rating_is_overheard() -> None:
    repeater = Repeater(turn=1)
    (send,) = repeater.hears(GOOD, T)
    assert send.durable
    repeater.hears(GOOD, T + 0.2)
    assert repeater.hears(ff68_keys.acknowledgement(GOOD), T + 0.22) == []
    assert answers(repeater.until(T + 3)) == []


def test_a_rating_that_a_stand_in_answers_is_on_disk_before() -> None:
    repeater = Repeater(turn=1)
    (send,) = repeater.hears(GOOD, T)
    repeater.hears(GOOD, T + 0.2)
    done = [effect for _, effect in repeater.until(T + 0.3)]
    assert done == [send, Transmit(ff68_keys.acknowledgement(GOOD), urgent=True), ReportHealth()]


def test_without_the_hub_the_first_lets_the_others_answer_before_it_beeps() -> None:
    repeater = Repeater(turn=0, turns=2, up=False)
    said = [repeater.hears(NEXT, T + repeat * 0.2) for repeat in range(4)]
    assert said == [[], [], [BEEP], [BEEP]]


def test_alone_it_beeps_at_once_without_the_hub() -> None:
    assert Repeater(turn=0, turns=1, up=False).hears(NEXT, T) == [BEEP]


def test_a_rating_without_the_hub_is_answered_in_its_turn() -> None:
    """On this disk it is as safe as on another."""
    send, ack = Repeater(turn=0, up=False).hears(GOOD, T)
    assert send.durable
    assert ack == Transmit(ff68_keys.acknowledgement(GOOD), urgent=True)


def test_only_the_one_that_speaks_beeps_for_a_press_that_nobody_answered() -> None:
    for turn, expected in ((0, [BEEP]), (1, [])):
        repeater = Repeater(turn=turn)
        repeater.hears(NEXT, T)
        assert [effect for _, effect in answers(repeater.until(T + 11))] == expected


def test_whose_copy_was_refused_beeps_though_it_only_listens() -> None:
    """The hub took the other repeaters' copies for echoes, and said yes to them."""
    repeater = Repeater(turn=1)
    (send,) = repeater.hears(NEXT, T)
    refusal = Reply(to=send.message.id, ok=False, at=datetime.fromtimestamp(T, UTC), code="nobody-waits")
    assert repeater(Arrived(at=T + 0.1, message=refusal)) == [BEEP]


def test_who_is_chosen_shows_the_content_at_once_with_retries_and_says_when_nothing_comes_back() -> None:
    repeater = Repeater(turn=1)
    shows = Transmit(ff68_keys.display(KEYPAD, 0, "A012"))
    assert shows in repeater(Arrived(at=T, message=view(0)))
    done = repeater.until(T + 3)
    assert [at for at, effect in done if effect == shows] == [0.5, 1.0]
    assert (1.5, ReportHealth()) in done
    assert (repeater.facts()["misses"], repeater.facts()["present"]) == (1, False)


def test_who_is_chosen_and_heard_polls_from_then_on() -> None:
    repeater = Repeater(turn=1)
    repeater(Arrived(at=T, message=view(0)))
    shown = ff68_keys.display(KEYPAD, 0, "A012")
    repeater.hears(shown, T + 0.1, -60)
    repeater.hears(ff68_keys.start_rating(RATER), T + 0.1, -60)
    assert repeater.until(T + 20) == []
    assert (20.1, Transmit(shown)) in repeater.until(T + 20.2)
    assert (repeater.facts()["misses"], repeater.facts()["loss"], repeater.facts()["rssi_dbm"]) == (0, 0.0, -60)


def test_who_was_chosen_no_more_falls_silent() -> None:
    repeater = Repeater(turn=0)
    repeater(Arrived(at=T, message=view(2)))
    assert [one for one in repeater.until(T + 100) if one[1] != ReportHealth()] == []


def test_of_a_frame_and_its_echo_the_second_shows_that_the_handheld_is_there() -> None:
    """The first may be another repeater's, whom we hear much better."""
    repeater, shown = Repeater(turn=1), ff68_keys.display(KEYPAD, 3, "B001")
    repeater.hears(shown, T, -30)
    assert repeater.facts()["heard_s_ago"] is None
    repeater.hears(shown, T + 0.06, -75)
    assert (repeater.facts()["heard_s_ago"], repeater.facts()["rssi_dbm"]) == (0.0, -75)
    repeater.hears(shown, T + 20, -30)
    assert repeater.facts()["rssi_dbm"] == -75


def test_strength_and_loss_follow_the_newest_frames_slowly() -> None:
    repeater = Repeater(turn=0, turns=1)
    for number in range(40):
        repeater.hears(ff68.Frame(KEYPAD, 1, b"\x0d"), T + number, -80 if number < 20 else -60)
    assert repeater.facts()["rssi_dbm"] == -60
    assert repeater.facts(RATER)["loss"] == 1.0
    assert repeater.facts()["battery"] is None


def test_a_key_that_is_stuck_is_answered_no_more_and_named() -> None:
    repeater = Repeater(turn=0, turns=1, stuck_after=20)
    said = [repeater.hears(NEXT, T + number * 0.25).count(ACK) for number in range(60)]
    assert said == [1] * 20 + [0] * 40
    assert repeater.facts()["stuck"] is True
    assert len(repeater.hears(NEXT, T + 60)) == 2
    assert repeater.facts()["stuck"] is False


def test_strangers_are_counted_the_newest_named_and_a_flood_of_them_costs_nothing() -> None:
    repeater = Repeater(turn=0, strangers_per_s_max=5.0)
    for number in range(100):
        assert repeater.hears(ff68.Frame(100 + number, 1, b"\x0c"), T) == []
    facts = logic.facts(repeater.state)
    assert (facts["strangers"], facts["strangers_dropped"], facts["stranger"]) == (100, 95, 104)
    repeater.hears(ff68.Frame(77, 1, b"\x0c"), T + 1)
    assert logic.facts(repeater.state)["stranger"] == 77


def test_a_clock_that_is_set_back_keeps_an_answer_from_hanging() -> None:
    repeater = Repeater(turn=1)
    repeater.hears(NEXT, T)
    repeater.hears(NEXT, T + 0.2)
    repeater(Tick(at=T - 5000))
    assert [effect for _, effect in answers(repeater.until(T - 4999))] == [ACK]
