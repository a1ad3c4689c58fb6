"""A caller that nobody knows shows its code or its number; one that the hub looks for says HERE every other second."""

from datetime import UTC, datetime

from edge.caller import face, logic, segments
from edge.caller.pairing import pairing
from edge.caller.settings import CallerSettings
from edge.runtime.device import Arrived
from edge.runtime.pairing import Rhythm
from tests.edge.caller.bench import Bench
from wire import pairing_number
from wire.orders import Identify

CODE = "7K3M-0QXA"
NUMBER = pairing_number.number(CODE)


def identify(bench: Bench, seconds: float = 4.0) -> None:
    order = Identify(id="i", at=datetime.fromtimestamp(bench.at, UTC), seconds=seconds)
    bench.give(Arrived(at=bench.at, message=order))


def test_an_oled_shows_the_code_and_digits_the_number_for_they_have_no_letters():
    [shown] = pairing(CODE, CallerSettings(display="oled"))
    assert (shown.mode, shown.number) == ("pairing", CODE)
    [shown] = pairing(CODE, CallerSettings(keypad="matrix", display="digits"))
    assert segments.signs(shown) == f"P {NUMBER}"


def test_without_a_display_the_lamp_of_the_link_flashes_the_number():
    [rhythm] = pairing(CODE, CallerSettings())
    assert isinstance(rhythm, Rhythm)
    lit = [effect.online for _, effect in rhythm.steps]
    assert sum(lit) == 1 + sum(map(int, NUMBER))
    assert pairing(CODE, CallerSettings(signals={})) == ()


def test_it_says_here_every_other_second_and_a_number_can_be_read_between():
    bench = Bench(keypad="matrix", display="digits")
    bench.link(True)
    bench.view("serving", "A012")
    identify(bench)
    seen = [bench.display]
    for _ in range(4):
        bench.pass_time(1)
        seen.append(bench.display)
    resting = face.rest(bench.state.view, online=True).text
    assert seen == ["这里 HERE", resting, "这里 HERE", resting, resting]


def test_what_the_clerk_does_is_shown_before_it():
    bench = Bench(display="oled")
    bench.link(True)
    bench.view("idle")
    identify(bench, 30)
    bench.press("call-next")
    assert bench.display == "…"
    assert logic.busy(bench.state) != ""


def test_it_tells_what_to_look_for_by_what_is_fitted():
    assert "显示屏" in logic.here(Bench(display="oled").state)
    assert "指示灯" in logic.here(Bench().state)
    assert logic.here(Bench(signals={}).state) == ""
