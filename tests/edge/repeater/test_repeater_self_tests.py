"""What a technician sees when he orders "beep" or "air": in words, and without disturbing anybody."""

from datetime import UTC, datetime

from edge.protocols import ff68, ff68_keys
from edge.repeater import logic
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Arrived, Context, LinkChanged, Send, Tick
from wire.messages import Ask, CallerView, EvaluatorView, Handheld, RepeaterView
from wire.orders import Done, SelfTest

T = 1_800_000_000.0
KEYPAD, RATER = 5, 9


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


class Repeater:
    def __init__(self, *, open_port: bool = True, ask: bool = False, handhelds: bool = True) -> None:
        self.state = logic.start(Context("repeater-1", "b007"), Settings())
        self(LinkChanged(at=T - 9, up=True))
        keypad = CallerView(epoch=1, version=1, counter="03", phase="idle")
        asked = Ask(id="ask-1", number="A012", until=moment(T + 60)) if ask else None
        rater = EvaluatorView(epoch=1, version=1, counter="03", counter_name="3号窗口", phase="idle", ask=asked)
        both = (Handheld(address=KEYPAD, view=keypad), Handheld(address=RATER, view=rater, turn=1, turns=2))
        self(Arrived(at=T - 8, message=RepeaterView(epoch=1, version=1, handhelds=both if handhelds else ())))
        if open_port:
            self(PortChanged(at=T - 7, open=True))

    def __call__(self, event: object) -> list[object]:
        self.state, effects = logic.react(self.state, event)
        return list(effects)

    def order(self, test: str, at: float = T, ident: str = "o1") -> list[object]:
        return self(Arrived(at=at, message=SelfTest(id=ident, test=test, at=moment(at))))

    def told(self, effects: list[object]) -> Done:
        (said,) = [one.message for one in effects if isinstance(one, Send) and isinstance(one.message, Done)]
        return said

    def ended(self) -> Done:
        """Let time pass until it is told."""
        for _ in range(100):
            effects = self(Tick(at=logic.wake_at(self.state)))
            if self.state.trial is None:
                return self.told(effects)
        raise AssertionError("the self-test does not end")


def frames(effects: list[object]) -> list[ff68.Frame]:
    return [one.frame for one in effects if isinstance(one, Transmit)]


def test_beep_lets_every_handheld_beep_and_tells_at_once_when_all_did() -> None:
    repeater = Repeater()
    assert frames(repeater.order("beep")) == [ff68_keys.beep(KEYPAD), ff68_keys.beep(RATER)]
    repeater(Heard(at=T + 0.1, frame=ff68_keys.beep(KEYPAD)))
    said = repeater.told(repeater(Heard(at=T + 0.2, frame=ff68_keys.beep(RATER), rssi_dbm=-70)))
    assert (said.to, said.ok) == ("o1", True)
    assert said.text == "5：已应答 answered；9：已应答 answered -70 dBm"


def test_who_does_not_answer_is_named_with_what_to_look_at() -> None:
    repeater = Repeater()
    repeater.order("beep")
    repeater(Heard(at=T + 0.1, frame=ff68_keys.beep(KEYPAD)))
    said = repeater.ended()
    assert said.ok is False
    assert said.text == "5：已应答 answered；9：未应答，查电池与距离 no answer: see its battery and distance"


def test_air_polls_each_with_what_it_shows_anyhow() -> None:
    repeater = Repeater()
    sent = frames(repeater.order("air"))
    assert sent[:2] == [ff68_keys.display(KEYPAD, 0, ""), ff68_keys.star_level(RATER, 5)]
    repeater(Heard(at=T + 0.1, frame=sent[0], rssi_dbm=-58))
    repeater(Heard(at=T + 0.2, frame=sent[1], rssi_dbm=-81))
    said = repeater.ended()
    assert (said.ok, said.text) == (True, "5：已应答 answered -58 dBm；9：已应答 answered -81 dBm")


def test_air_tells_a_line_that_gives_back_what_is_sent_from_handhelds() -> None:
    """A frame to an address that nobody has comes back: so would all others."""
    repeater = Repeater()
    for frame in frames(repeater.order("air")):
        repeater(Heard(at=T + 0.1, frame=frame))
    assert repeater.state.trial is None
    repeater = Repeater()
    sent = frames(repeater.order("air"))
    said = [repeater(Heard(at=T + 0.1, frame=frame)) for frame in sent][-1]
    assert repeater.told(said).ok is False
    assert "local_echo = true" in repeater.told(said).text


def test_who_is_in_use_is_left_in_peace() -> None:
    repeater = Repeater(ask=True)
    repeater(Heard(at=T - 1, frame=ff68.Frame(KEYPAD, 1, b"\x0c")))
    done = repeater.order("beep")
    assert ff68_keys.beep(KEYPAD) not in frames(done)
    said = repeater.told(done)
    assert said.text.count("使用中，未打扰 in use, left in peace") == 2


def test_a_press_during_the_test_is_answered_as_ever() -> None:
    repeater = Repeater()
    repeater.order("beep")
    press = ff68.Frame(KEYPAD, 1, b"\x0c")
    effects = repeater(Heard(at=T + 0.1, frame=press))
    assert Transmit(press, urgent=True) in effects


def test_what_hinders_a_test_is_said_at_once_with_what_to_mend() -> None:
    closed = Repeater(open_port=False)
    assert "串口未打开" in closed.told(closed.order("beep")).text
    nobody = Repeater(handhelds=False)
    assert "没有手持器" in nobody.told(nobody.order("air")).text
    busy = Repeater()
    busy.order("beep")
    assert "另一自检" in busy.told(busy.order("air", T + 0.1, "o2")).text
